"""Download and manage the models that draw."""

GROUP = ("list", "show", "pull", "push", "add", "verify", "remove", "update", "login", "logout", "warm")
FILES = {"logout": "login"}
