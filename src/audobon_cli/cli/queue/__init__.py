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
    "clear",
    "stop",
)
FILES = {"resume": "pause"}
