"""See the settings and where they come from."""

GROUP = ("show", "path")
