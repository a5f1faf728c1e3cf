"""Turn pictures into game art, up to sprite sheets."""

GROUP = (
    "cut",
    "trim",
    "palette",
    "pixelate",
    "outline",
    "recolor",
    "upscale",
    "tile",
    "tileset",
    "animate",
    "slice",
    "sheet",
    "check",
    "replace",
    "replay",
)
