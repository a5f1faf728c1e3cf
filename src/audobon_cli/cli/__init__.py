"""The command line."""

FOLDERS = (
    "generate",
    "reproduce",
    "system",
    "recipe",
    "assets",
    "sprite",
    "version",
    "backup",
    "models",
    "presets",
    "providers",
    "vram",
    "queue",
    "config",
)
"""The order of the help; folders that are not named here follow."""
