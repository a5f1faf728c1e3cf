"""Find, arrange and export what the library keeps."""

GROUP = (
    "list",
    "search",
    "show",
    "export",
    "open",
    "tree",
    "verify",
    "tag",
    "untag",
    "move",
    "rename",
    "note",
    "rate",
    "link",
    "unlink",
    "import",
    "trash",
    "restore",
    "purge",
    "prune",
    "stats",
    "similar",
    "duplicates",
    "thumbnails",
)
FILES = {"untag": "tag", "unlink": "link", "restore": "trash", "purge": "trash", "duplicates": "similar"}
