"""The queue: adding jobs, running them, and telling how it stands.

docs/queue.md says what it does; this is how.

**A job is a kind and a request in JSON** (``model.py``): a picture request with nothing left open, or a
command line. A third kind is a runner and a line in ``runners/registry.py``. Commands are general and cheap
to add (they run as processes and are checked by the parser of the command line); pictures are a kind of their
own, because models then stay loaded.

**Done means kept.** A picture's row and its job's state are one transaction (the recorder of the run's
context is called inside the one that adds the asset). A second result for the same job raises, which undoes
it; it is counted. Whose result comes first does not matter.

**Fair**: each lane has one job in each *turn*, and a job that is added gets the first turn that its lane has
free, but none that is past. That is start-time fair queueing with jobs of equal cost, decided once, when a
job is added.
"""
