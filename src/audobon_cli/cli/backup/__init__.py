"""Back up the library to a folder or to Cloud Storage."""

GROUP = (
    "create",
    "list",
    "show",
    "diff",
    "init",
    "status",
    "cost",
    "verify",
    "drill",
    "restore",
    "remove",
    "prune",
    "sync",
    "repair",
    "unlock",
    "schedule",
    "key",
)
