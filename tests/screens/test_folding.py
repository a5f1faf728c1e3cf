"""At 80 columns no id, no number and no date is in two lines, in any command that lists."""

import re
from pathlib import Path

import pytest
from rich.text import Text

from audobon_cli.cli import reference
from tests.conftest import Audobon
from tests.screens.terminal import Terminal

LISTING = (
    "list",
    "log",
    "status",
    "show",
    "stats",
    "gpus",
    "plan",
    "models",
    "usage",
    "doctor",
    "duplicates",
)
ARGUMENTS = {
    "assets show": ("hero",),
    "assets tree": ("hero",),
    "backup key list": ("--key-file", "key"),
    "backup list": ("--key-file", "key"),
    "backup show": ("--key-file", "key"),
    "cloud doctor": None,
    "cloud schedule list": None,
    "cloud status": None,
    "library key list": None,
    "models show": ("sprite",),
    "presets show": ("high",),
    "provenance show": None,
    "style show": None,
    "train show": None,
    "queue show": ("1",),
    "recipe show": ("wizard",),
    "sound show": None,
    "version show": ("HEAD",),
    "vram plan": ("sdxl", "--gpu", "RTX 3050 6GB", "--all"),
}
"""What commands need besides their names; None: not to be tried here."""
MORE = (
    ("assets", "search", "green", "slime"),
    ("assets", "list", "-n", "0", "--sort", "name"),
    ("assets", "trash", "--list"),
    ("assets", "verify"),
    ("version", "branch"),
    ("version", "tag"),
    ("version", "diff", "HEAD~1", "HEAD"),
    ("version", "undo", "--list"),
    ("backup", "prune", "--key-file", "key", "--keep-last", "1", "--dry-run"),
    ("sprite", "check", "hero"),
)
WHOLE = re.compile(r"[0-9a-z]{16}|[0-9a-f]{7,}|\d[\d.,:-]*")
"""An id, a digest, a number, a date or a time of day."""


def _commands() -> list[tuple[str, ...]]:
    """Every command that lists, from the program itself."""
    found = []
    for name, command in reference.commands():
        words = tuple(name.split()[1:])
        if not words or hasattr(command, "commands") or words[-1] not in LISTING:
            continue
        arguments = ARGUMENTS.get(" ".join(words), ())
        if arguments is not None:
            found.append((*words, *arguments))
    return [*found, *MORE]


def _folded(raw: bytes, columns: int) -> list[str]:
    """What the terminal would break at its edge, of all that the program wrote."""
    lines = Text.from_ansi(raw.decode()).plain.splitlines()
    return [line for line in lines if any(_is_cut(line, edge) for edge in range(columns, len(line), columns))]


def _is_cut(line: str, edge: int) -> bool:
    """Whether ``edge`` lies in an id, a number or a date that is no part of a path."""
    return any(
        match.start() < edge < match.end() and "/" not in line[: match.start()].split(" ")[-1]
        for match in WHOLE.finditer(line)
    )


@pytest.mark.usefixtures("on_terminals")
def test_nothing_that_counts_is_folded(filled: Path, audobon: Audobon) -> None:
    commands = _commands()
    assert len(commands) > 25
    for argv in commands:
        with Terminal(argv, columns=80, folder=filled) as terminal:
            status = terminal.status()
        assert status in (0, 3), (argv, terminal.text)
        assert not _folded(terminal.raw, 80), (argv, terminal.text)


@pytest.mark.usefixtures("on_terminals")
def test_every_asset_has_one_line_and_a_whole_id(filled: Path, audobon: Audobon) -> None:
    assets = audobon("assets", "list", "--json").data["assets"]
    for columns in (60, 80, 120):
        with Terminal(("assets", "list"), columns=columns, folder=filled) as terminal:
            terminal.status()
            heading, *lines = terminal.text.splitlines()
        assert len(lines) == len(assets), columns
        for line, asset in zip(lines, assets, strict=True):
            short = line.split()[0]
            assert len(short) >= 7
            assert asset["id"].startswith(short)
            assert audobon("assets", "show", short).status == 0
            assert re.search(r"today \d\d:\d\d$", line), columns
        assert heading.split()[:2] == ["id", "name"]


@pytest.mark.usefixtures("on_terminals")
def test_a_model_is_a_line(isolation: Path, audobon: Audobon) -> None:
    with Terminal(("models", "list"), columns=80, folder=isolation) as terminal:
        terminal.status()
        lines = terminal.text.splitlines()
    assert len(lines) == len(audobon("models", "list", "--json").data["models"]) + 3  # two headings, a hint
