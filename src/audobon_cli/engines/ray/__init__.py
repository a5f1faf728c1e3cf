"""Engines on the machines of a Ray cluster (the extra ``ray``).

Ray runs a call at least once and resumes nothing when its head is lost. So it only lends machines: which job
is done is decided by the library's own queue, on the machine where the library lies.

Actors run with ``max_restarts=0`` and ``max_task_retries=0``: the queue alone decides what is tried again. A
worker claims only when its actor is up, so that no job waits for a machine.
"""
