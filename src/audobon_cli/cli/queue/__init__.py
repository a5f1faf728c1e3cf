"""Jobs for later, and for many workers."""

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
