"""Cloud Run jobs: one job a run, with one execution, whose tasks are slices.

A job of its own for each run, since labels are those of a job and executions cannot be given others: so that everything
is found by label, and the longest time is the job's own.
"""
