"""Making a recovery point.

``point.py`` = ``snapshot.py`` (one moment) + ``upload.py`` (what the repository lacks) + ``publish.py`` (the
one safe order of steps).

- **What changed costs nothing to find**: stored files are named by their hash. The database goes in as the 32
  KiB pieces that differ. When files' sizes, inodes and kernel-kept times are those of the last backup, only the
  key and the list of packs are looked at, and everything once in a week.
- **One pass stores, and may be repeated**: ``Storing.run`` writes whatever the repository has not. The same
  call makes a backup, replaces what a prune has doomed meanwhile, and repairs.
- **Memory hardly grows**: per picture 28 bytes of where it lies (``repository/location_table.py``), 21 of the
  index, and while restoring 65 of what is wanted; the list of pictures is a file. 100,000 pictures take 7 to
  15 MiB more than 7,000.
"""
