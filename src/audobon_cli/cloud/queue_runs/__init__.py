"""Jobs of the queue done in the cloud: each task of a run takes a slice, each result is filed here once.

What lies at the place, below ``runs/RUN/``: ``slices/N`` are the jobs of task N, ``inputs/`` pictures that they begin
with, ``results/J`` the files of job J, ``failures/J`` why it could not be done. All are only ever created. So it does
not matter how often a task is run, by whom, or where it was killed: the first result of a job is its result, and jobs
that have one are passed over.

On this machine a run is a record (``records.py``), its money in the ledger and its jobs, which this process holds as a
worker does. When the process dies the jobs go back to the queue; the next `audobon cloud run` finds the record, takes
what was done meanwhile and goes on.
"""
