"""See and change the settings."""

GROUP = ("show", "get", "set", "unset", "edit", "path")
FILES = {"get": "set", "unset": "set"}
