"""Cloud Tasks: a queue for each run that is handed out, with a task for each slice that asks for one execution.

A queue of its own for each run, as the names of deleted queues cannot be used again for days; it is made after the
run's job and deleted before it, so that whatever hands out is found by the job's label. Deliveries may come twice:
executions take slices by writes that only create, so that one too many finds none left.
"""
