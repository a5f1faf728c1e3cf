"""The command line."""

FOLDERS = (
    "generate",
    "reproduce",
    "system",
    "recipe",
    "assets",
    "provenance",
    "sprite",
    "sound",
    "style",
    "quality",
    "version",
    "library",
    "backup",
    "models",
    "train",
    "presets",
    "prompts",
    "providers",
    "vram",
    "queue",
    "config",
    "disk",
    "cache",
    "audit",
    "operations",
)
"""The order of the help; folders that are not named here follow."""

SECTIONS = {
    "Make": ("generate", "prompts", "sprite", "sound", "style", "quality", "recipe", "reproduce", "queue"),
    "Keep": ("assets", "provenance", "version", "library", "backup", "audit", "undo"),
    "Models": ("models", "train", "vram", "presets", "providers"),
    "Manage": (
        "init",
        "config",
        "doctor",
        "disk",
        "cache",
        "status",
        "monitor",
        "usage",
        "stats",
        "logs",
        "metrics",
        "studio",
        "completion",
        "help",
    ),
}
"""The commands and groups by what they are for, as the help of the program lists them; a test finds each once."""
