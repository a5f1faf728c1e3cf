"""A library on several machines: what `audobon library push`, `pull` and `clone` do.

docs/sync.md says what lies at a place. It is a backup's repository (``backup/repository/``: keys, packs, index) with
commits and objects of history in it, and one object ``refs`` that names what the branches are at.

- **Only what a ref reaches is there.** Objects first, durably; then ``refs``, by compare-and-swap. A killed push
  leaves packs that nothing names, and the next one uses them.
- **No object of a place is ever lost**, so that no writer can take away what another relies on: small packs go only
  once greater ones have all that is in them (``merge_packs.py``).
- **The program's backups cannot open a place**, whose configuration has another name: a prune would see no recovery
  point, and delete everything.
- A pull fetches, files all of it in one transaction under ``remote/BRANCH``, and then merges as ``history/`` does.
"""
