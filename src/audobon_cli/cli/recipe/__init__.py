"""How pictures were made, and making them again elsewhere."""

GROUP = ("show", "export", "run")
