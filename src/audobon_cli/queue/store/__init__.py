"""Jobs and workers in the library's database.

**Claims lean on locks, not on clocks.** A worker holds an flock on a file of a fresh name (``workers.py``). A
process number with boot id and start time would say the same with more parts, and flock also covers children
that a worker leaves behind: they inherit the descriptor. Libraries are refused on network file systems, so
all who claim share one kernel; workers elsewhere draw for a process here. Heartbeats only find what hangs, by
the monotonic clock.

**Claims are not synced**: a power cut that loses one loses its worker, too. Results are. Jobs of a
millisecond are taken and ended by the handful, so that they share a sync.
"""
