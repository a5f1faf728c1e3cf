"""Plan the memory of graphics cards."""

GROUP = ("plan", "gpus", "profile")
