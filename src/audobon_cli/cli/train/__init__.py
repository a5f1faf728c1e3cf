"""Teach models a look, a thing or a figure of your own."""

GROUP = (
    "lora",
    "embedding",
    "list",
    "show",
    "watch",
    "pause",
    "resume",
    "cancel",
    "compare",
    "export",
    "data",
    "worker",
)
FILES = {"cancel": "pause"}
