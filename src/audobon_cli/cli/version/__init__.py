"""Commit the library, branch it, merge it, go back."""

GROUP = (
    "status",
    "commit",
    "log",
    "show",
    "diff",
    "branch",
    "protect",
    "unprotect",
    "undo",
    "prune",
    "verify",
    "tag",
    "switch",
    "merge",
    "conflicts",
    "resolve",
    "restore",
    "revert",
    "stash",
    "unstash",
    "export-git",
    "import-git",
)
FILES = {"unprotect": "protect", "unstash": "stash", "export-git": "git", "import-git": "git"}
