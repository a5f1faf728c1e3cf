"""The screens of the commands that people use most, as recorded at 80 and 120 columns.

After a change that is meant, ``RECORD_SCREENS=1 pytest -n 0 tests/screens/test_golden.py`` records them again.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Audobon
from tests.screens.terminal import screen_of

GOLDEN = Path(__file__).parent / "golden"
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("assets", "list"),
    ("assets", "list", "-n", "2", "--sort", "name"),
    ("assets", "search", "dragon", "--exact"),
    ("assets", "search", "qqqzzz", "--exact"),
    ("assets", "show", "hero"),
    ("assets", "stats"),
    ("assets", "trash", "--list"),
    ("assets", "tag", "coin", "--tag", "gold"),
    ("version", "status"),
    ("version", "log"),
    ("version", "branch"),
    ("version", "diff", "HEAD~1", "HEAD"),
    ("backup", "list", "--key-file", "key"),
    ("models", "list"),
    ("vram", "plan", "sdxl", "--gpu", "RTX 3050 6GB"),
    ("presets", "list"),
    ("presets", "show", "high"),
    ("queue", "list"),
    ("queue", "status"),
    ("providers", "list"),
    ("usage",),
    ("assets", "show", "nobody"),
)
MASKS = (
    (re.compile(r"(today|yesterday) \d\d:\d\d"), "today 16:29"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000"), "2026-11-28 16:29:00 +0000"),
    (re.compile(r"(month +)\d{4}-\d\d"), r"\g<1>2026-11"),
    (re.compile(r"(took +)[\d.]+ s"), r"\1N s"),
    # What fits is a matter of the machine, and so are free space and what is measured.
    (re.compile(r"(fits, streamed|fits|needs [\d.]+ [GM]iB|not known) *(?=  |$)", re.MULTILINE), "HERE"),
    (re.compile(r"\(\d+(\.\d)? [GM]iB free[^)]*\)"), "(N GiB free)"),
    (re.compile(r"(a picture of sprite here:? +)about .*"), r"\1N s"),
)


def _ids(audobon: Audobon) -> list[str]:
    """What differs from run to run: every id and digest of the library."""
    text = json.dumps(
        [
            audobon("assets", "list", "-n", "0", "--json").data,
            audobon("assets", "trash", "--list", "--json").data,
            audobon("version", "log", "--json").data,
            audobon("backup", "list", "--key-file", "key", "--json").data,
        ]
    )
    return re.findall(r'"([0-9a-z]{16}|[0-9a-f]{32}|[0-9a-f]{64})"', text)


def _masked(text: str, ids: list[str]) -> str:
    for name in ids:
        for length in (64, 32, 16, 12, 10, 9, 8, 7):
            if len(name) >= length:
                text = re.sub(rf"\b{name[:length]}\b", "x" * length, text)
    # Recipes in pictures name versions of libraries, and databases hold random ids: their sizes differ.
    text = re.sub(r"[\d.]+ KiB", lambda size: re.sub(r"\d", "N", size[0]), text)
    for pattern, instead in MASKS:
        text = pattern.sub(instead, text)
    return text


@pytest.mark.usefixtures("on_terminals")
@pytest.mark.parametrize("columns", [80, 120])
def test_screens_are_as_recorded(
    filled: Path, audobon: Audobon, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("USER", "ada")
    ids = _ids(audobon)
    parts = []
    for argv in COMMANDS:
        shown = _masked(screen_of(*argv, columns=columns, folder=filled), ids)
        parts.append(f"$ audobon {subprocess.list2cmdline(argv)}\n{shown}\n")
    text = "\n".join(parts)
    file = GOLDEN / f"{columns}.txt"
    if os.environ.get("RECORD_SCREENS"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
    assert sys.platform == "win32" or max(map(len, text.splitlines())) <= columns
