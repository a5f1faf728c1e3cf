"""Schedules: runs that Cloud Scheduler begins, whether or not a machine here is on.

A schedule is a job of Cloud Run with one task, and a job of Cloud Scheduler that asks for it to be run, by the same
name. The first is made first and deleted last, so that nothing is ever asked for that is not found by label.
**Money stops** in two places: the sum for a month is reserved in the ledger here, and each execution there counts
itself at the place before it does anything, and does nothing where the month's sum is used up.
"""
