"""Make pictures."""

TOP_LEVEL = ("generate",)
