"""The models that pictures are made with."""

GROUP = ("list", "show", "pull", "add", "verify", "remove", "update", "login", "logout", "warm")
FILES = {"logout": "login"}
