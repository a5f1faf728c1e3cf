"""Draw pictures again, and compare."""

TOP_LEVEL = ("reproduce",)
