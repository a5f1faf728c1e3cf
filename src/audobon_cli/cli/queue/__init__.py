"""Draw later, in the background, with many workers."""

GROUP = (
    "add",
    "command",
    "list",
    "show",
    "status",
    "run",
    "watch",
    "pause",
    "resume",
    "cancel",
    "retry",
    "prune",
    "stop",
)
FILES = {"resume": "pause"}
