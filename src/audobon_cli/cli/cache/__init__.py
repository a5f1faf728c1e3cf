"""See and limit what the program keeps to be quicker."""

GROUP = ("list", "prune")
