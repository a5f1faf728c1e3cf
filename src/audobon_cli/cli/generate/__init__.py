"""Draw pictures."""

TOP_LEVEL = ("generate",)
