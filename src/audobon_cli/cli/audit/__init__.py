"""See and verify who changed what in the library."""

GROUP = ("show", "verify")
