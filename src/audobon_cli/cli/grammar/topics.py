"""Pages of `audobon help TOPIC`: those of docs/ that a user of the program reads, as plain text."""

from pathlib import Path

TOPICS = {
    "tasks": "ten things to do, step by step",
    "queries": "the language of searches",
    "scripts": "JSON, pipes, exit statuses",
    "renamed": "old words and the new ones",
    "batch": "batch files",
    "own-presets": "your own qualities, styles and sizes",
    "loras": "LoRAs and what is read of them",
    "sheets": "sprite sheets and their data files",
    "workers": "the queue and its workers",
    "remote-drawing": "providers that draw elsewhere",
    "backup-gcs": "backups in Google Cloud Storage",
    "backup-s3": "backups in S3 and its like",
    "errors": "error codes and exit statuses",
}
"""The topics, and what each is about. The wheel carries these pages (pyproject.toml)."""

FILES = {"own-presets": "presets", "workers": "queue", "remote-drawing": "providers"}
"""Pages whose name is that of a group of commands."""
_PACKAGE = Path(__file__).parents[2]


def topic_text(name: str) -> str:
    """The page of a topic as a terminal shows it: code is indented, not fenced. Raises KeyError."""
    if name not in TOPICS:
        raise KeyError(name)
    page = FILES.get(name, name)
    shipped = _PACKAGE / "cli" / "grammar" / "pages" / f"{page}.md"
    file = shipped if shipped.is_file() else _PACKAGE.parents[1] / "docs" / f"{page}.md"
    lines, code = [], False
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            code = not code
        elif not line.startswith("<!--"):
            lines.append(f"    {line}".rstrip() if code else line)
    return "\n".join(lines).strip("\n")


def topics_page() -> str:
    """The list of topics."""
    return "\n".join(["Topics:", *(f"  {name:<13}{about}" for name, about in TOPICS.items())])
