"""Batches: read, resolved before the first picture, run so that running again does what is missing.

docs/batch.md says what batches do; this is how.

**No table of jobs.** A job's identity is the digest of the recipe that its picture will carry, by which
``generation/cache.py`` finds what was made: resuming, caching and making for assets are that one look-up.
Seeds that a row does not name come of its words (``syntax/seeds.py``), else a second run would be another
batch.

**Running** (``run.py``) goes model by model and kind by kind; each job ends as one entry of the ledger.
Errors that the next job would meet as well (disk, library, Ctrl-C) end the run; others are the job's own.

The grammar is pure (``syntax/``). A row's flags are read by a parser built from generate's own option classes
(``cli/requests/request.py``), so that there is no second list of options; names in tables are checked against
the same.

Planning and running are tested through the commands (tests/cli/test_batch.py): kind to refactoring, and slow
to point at a fault.
"""
