"""Use services that draw pictures elsewhere."""

GROUP = ("list", "check", "models", "test", "login", "logout")
FILES = {"logout": "login"}
