"""Backups: what the commands of `audobon backup` do.

docs/backup-format.md says what lies at a destination, byte by byte, and why pruning is safe beside writers.
``repository/`` knows the objects and speaks to a ``Remote`` (``remotes/``); ``create/``, ``restore/``,
``check/`` and ``prune/`` do what the commands of those names do, the files here the rest.

- **The key is derived beside other work** (``unlock.py``): scrypt takes 0.2 s and leaves the interpreter to
  the copy of the library. scrypt is the standard library's, with settings that need 32 MiB.
- **Nothing waits for a human**: a lease saves work, and safety does not hang on it.
- **Points name contents, not objects**, so that ``sync.py`` copies them unchanged between repositories with
  other keys.
- ``tests/backup/`` kills, stops, flips, deletes, interleaves, cuts the power, lets calls fail and jumps in
  time; ``bench/backup.py`` runs beside restic and borg.
"""
