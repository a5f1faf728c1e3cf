"""See, start and stop what runs in the background."""

GROUP = ("list", "start", "stop")
FILES = {"stop": "start"}
