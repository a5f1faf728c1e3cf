"""See what takes the space, and free it."""

GROUP = ("show", "free")
