"""Back up the library to a folder or to Cloud Storage."""

GROUP = (
    "create",
    "list",
    "show",
    "diff",
    "init",
    "status",
    "verify",
    "restore",
    "remove",
    "prune",
    "sync",
    "repair",
    "unlock",
    "schedule",
    "key",
)
