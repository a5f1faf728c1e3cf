"""Make pictures into game art: clean alpha, one palette, one pixel grid, sheets that engines open."""

GROUP = (
    "cut",
    "trim",
    "palette",
    "pixelate",
    "outline",
    "recolor",
    "upscale",
    "tile",
    "slice",
    "sheet",
    "check",
    "replace",
    "replay",
)
