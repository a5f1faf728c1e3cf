"""Version control for assets: commits, branches, merges and undo over the library's own database.

The history lies in the library's own database, so that a change and its record are one transaction;
docs/history-format.md says what lies where. ``model/`` holds the pure rules, ``store/`` the rows; the files
here do what the commands of `audobon version` do.

- Each command that changes something runs in ``operation(...)``, which notes refs, state and the library's
  tree before and after. ``undo.py`` goes back by that.
- A merge with conflicts is kept as a decision to be made; the library is not touched before the last is made.
- ``git_export.py`` writes the stream of `git fast-import`; ``git_import.py`` reads with git's plumbing and
  gets the same commit ids.
- ``bench/history.py`` times it beside git on the same records.
"""
