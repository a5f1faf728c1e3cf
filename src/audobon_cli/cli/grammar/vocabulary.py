"""The words of the command line: what was renamed, and what people of other programs type.

One verb and one flag mean the same everywhere. Old words go on working, so that no script breaks: they are not in the
help, and a terminal is told the new one. The tree of commands reads these tables, and a test tries every entry.

Nothing is imported here: completion and the root's help read it before anything else.
"""

from collections.abc import Sequence
from typing import NamedTuple

COMMON = "Common"
"""The heading of the options that every command takes."""

MOVED = {
    "warm": "models warm list",
    "warm --stop": "models warm stop",
    "assets gc": "assets prune",
    "version gc": "version prune",
    "queue clear": "queue prune",
}
"""Commands by their old names. JSON keeps calling them by these (`command`), and has the new one besides (`name`)."""

_LIBRARY = ("assets", "version", "backup", "models", "presets", "providers", "queue", "config")

SYNONYMS = {
    # Whatever is asked for without a group is about assets.
    **{word: "assets list" for word in ("ls", "list")},
    **{word: "assets search" for word in ("find", "search")},
    **{word: "assets trash" for word in ("rm", "delete", "remove", "trash")},
    **{word: f"assets {word}" for word in ("show", "open", "import", "export", "rename", "restore")},
    **{f"export {word}": f"analytics {word}" for word in ("parquet", "csv", "ndjson", "bigquery")},
    "pull": "models pull",
    "commit": "version commit",
    "check": "doctor",
    "settings": "config show",
    **{word: "disk free" for word in ("clean", "gc", "prune")},
    **{f"disk {word}": "disk show" for word in ("list", "ls", "usage")},
    **{f"config {word}": "config unset" for word in ("rm", "delete", "remove")},
    # One and many.
    "asset": "assets", "sprites": "sprite", "sounds": "sound", "recipes": "recipe", "versions": "version",
    "backups": "backup", "model": "models", "preset": "presets", "provider": "providers", "jobs": "queue",
    # Within groups.
    **{f"assets {word}": "assets trash" for word in ("rm", "delete", "remove")},
    "assets find": "assets search",
    "assets clear": "assets prune",
    "assets ls": "assets list",
    **{f"{group} undo": "undo" for group in ("assets", "sprite", "sound", "recipe")},
    **{f"version {word}": "version log" for word in ("list", "ls", "history")},
    "version clear": "version prune",
    "version checkout": "version switch",
    "backup ls": "backup list",
    **{f"backup {word}": "backup remove" for word in ("rm", "delete")},
    **{f"backup {word}": "backup prune" for word in ("gc", "clear")},
    "backup key ls": "backup key list",
    **{f"backup key {word}": "backup key remove" for word in ("rm", "delete")},
    "models ls": "models list",
    **{f"models {word}": "models remove" for word in ("rm", "delete")},
    "models download": "models pull",
    "models upgrade": "models update",
    "models warm ls": "models warm list",
    "presets ls": "presets list",
    "providers ls": "providers list",
    "queue ls": "queue list",
    **{f"queue {word}": "queue cancel" for word in ("rm", "delete", "remove")},
    "queue gc": "queue prune",
    **{f"config {word}": "config show" for word in ("list", "ls")},
    "vram list": "vram gpus",
    "vram ls": "vram gpus",
}  # fmt: skip
"""What people type, and the command that it leads to."""

OPTIONS: dict[str, dict[str, str]] = {
    "generate": {"--fresh": "--redraw", "--force": "--redraw", "--dry-run": "--plan"},
    "recipe run": {"--fresh": "--redraw", "--force": "--redraw"},
    "recipe export": {"--to": "--out"},
    "reproduce": {"--keep": "--out"},
    "assets export": {"--to": "--out"},
    "assets move": {"--to": "--category"},
    "assets note": {"--text": "--message"},
    "quality compare": {"--preset": "--quality"},
    "sprite check": {"--gate": "--fail", "--limit": "--threshold"},
    "sprite cut": {"--key": "--background"},
    "sprite palette": {"--from": "--palette", "--save": "--palette-out", "-n": "--colors"},
    "sprite tile": {"--only": "--axis"},
    "version branch": {"--delete": "--remove", "--at": "--from"},
    "version tag": {"--delete": "--remove", "--at": "--from"},
    "version merge": {"--strategy": "--prefer"},
    "backup create": {"--note": "--message"},
    "backup prune": {"--forget": "backup remove"},
    "backup restore": {"--to": "--out"},
    "backup key add": {"--label": "--message"},
    "backup key rotate": {"--label": "--message"},
    "vram plan": {"--batch": "--batch-size"},
    "vram profile": {"--forget": "--remove"},
    "queue add": {"--after": "--needs"},
    "queue command": {"--after": "--needs"},
    "queue run": {"--limit": "--max-jobs"},
}
"""By command, old options and the new ones, or the command that does it now.

``--to`` and ``--limit`` are old only where these tables say so."""

_OLD_NAMES = {new: old.partition(" --")[0] for old, new in MOVED.items()}


class Typed(NamedTuple):
    """A command line in the words of today; ``said`` is what to tell a person who typed others."""

    argv: list[str]
    said: str = ""


def in_new_words(argv: Sequence[str]) -> Typed:
    """The command line ``argv`` with old names and synonyms of commands replaced; options are left to the parser."""
    words, typed = _with_option_first(list(argv)), ""
    if words[:1] in (
        ["--show-completion"],
        ["--install-completion"],
    ):  # Typer's own, before there was the command
        return Typed(["completion", *words[1:]], f"{words[0]} is now `audobon completion`.")
    for _ in range(3):  # a synonym of a group, then of a command in it
        asked = _asking_for_help(words)
        if asked is not None:
            return Typed(asked)
        length, new = _renamed(words)
        if not length:
            break
        typed = typed or " ".join(words[:length])
        words[:length] = new.split()
    if words[:1] and words[0] in BARE and (not words[1:] or words[1].startswith("-")):
        words[:1] = words[:1] if words[1:2] in (["-h"], ["--help"]) else BARE[words[0]].split()
    return Typed(words, f"`audobon {typed}` is now `audobon {new_name(words)}`." if typed else "")


def _renamed(words: Sequence[str]) -> tuple[int, str]:
    """How many of the first ``words`` have another name, and which; 0 for none."""
    for length in (3, 2, 1):
        path = " ".join(words[:length])
        new = MOVED.get(path) or SYNONYMS.get(path)
        if new is not None and len(words) >= length:
            return length, new
    return 0, ""


def _with_option_first(words: list[str]) -> list[str]:
    """``warm --json --stop`` as ``warm --stop --json``: an option that is a command now stands behind its old name."""
    for old in MOVED:
        name, _, option = old.partition(" --")
        path = name.split()
        if option and words[: len(path)] == path and f"--{option}" in words:
            words.remove(f"--{option}")
            words.insert(len(path), f"--{option}")
    return words


def _asking_for_help(words: list[str]) -> list[str] | None:
    """``assets help trash`` as ``help assets trash``; None for another command line."""
    if "help" not in words[1:3] or words[0].startswith("-") or words[0] == "help":
        return None
    place = words.index("help", 1)
    if place == 2 and f"{words[0]} {words[1]}" not in ("backup key", "models warm"):
        return None
    if words[0] in SYNONYMS:
        words = [*SYNONYMS[words[0]].split(), *words[1:]]
        return _asking_for_help(words)
    return ["help", *words[:place], *words[place + 1 :]] if words[0] in GROUPS else None


BARE = {"disk": "disk show"}
"""Groups that mean one of their commands when nothing else is said."""

GROUPS = (*_LIBRARY, "sprite", "recipe", "vram", "disk")
"""The groups of commands."""


def new_name(words: Sequence[str]) -> str:
    """The words of a command line that name its command, as far as these tables can tell."""
    known = {*MOVED.values(), *SYNONYMS.values()}
    for length in (3, 2, 1):
        path = " ".join(words[:length])
        if path in known:
            return path
    return " ".join(words[:1])


def name_in_json(command: str) -> str:
    """What JSON calls ``command``: as it was called when it came."""
    return _OLD_NAMES.get(command, command)
