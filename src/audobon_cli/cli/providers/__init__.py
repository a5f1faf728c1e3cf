"""Use services that draw pictures elsewhere."""

GROUP = ("list", "check", "reset", "models", "test", "login", "logout")
FILES = {"logout": "login", "reset": "check"}
