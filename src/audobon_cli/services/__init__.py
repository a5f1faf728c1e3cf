"""Services: processes that outlive a command and what they are connected to, and the resources that they share.

A service holds the lock of its place for as long as it lives (``place.py``), so that whatever ends it, nothing is left
to be taken for alive; its record says which process it is and where it answers. It is asked to end by a file, not by
a signal: numbers of processes are given again, and Windows has no signal that asks.
"""
