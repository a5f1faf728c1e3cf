"""A folder as a remote.

Objects are written under .incoming/, synced, given their name by a hard link or by a rename that refuses to
replace, and the folder synced. Only ``compare_and_swap`` and ``delete`` take a lock (flock). Unlike a
library, a backup may lie on a network file system. A killed writer's file goes at once if its name carries
this boot of this machine and nobody holds its lock, else after a day.
"""
