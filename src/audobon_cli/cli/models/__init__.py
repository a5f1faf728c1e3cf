"""Download and manage the models that draw."""

GROUP = (
    "list",
    "show",
    "garden",
    "pull",
    "push",
    "add",
    "verify",
    "remove",
    "update",
    "login",
    "logout",
    "warm",
)
FILES = {"logout": "login"}
