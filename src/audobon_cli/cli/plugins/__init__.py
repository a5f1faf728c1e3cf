"""See and check what other packages add."""

GROUP = ("list", "check")
