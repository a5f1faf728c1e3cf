"""See how pictures were made, and draw them elsewhere."""

GROUP = ("show", "export", "run")
