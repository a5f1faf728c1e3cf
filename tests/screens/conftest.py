"""A library that looks the same at every run but for ids, digests and times."""

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine
from tests.fault_injection import child_environment

LONG_NAME = "boss-dragon-of-the-northern-mountains-with-a-very-long-name"


def _picture(path: Path, seed: int, side: int) -> None:
    draw = random.Random(seed)
    image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    for x in range(side // 4, side * 3 // 4):
        for y in range(side // 4, side * 3 // 4):
            image.putpixel((x, y), (draw.randrange(256), 40, 200, 255))
    image.save(path)


@pytest.fixture
def filled(audobon: Audobon, fake_engine: FakeEngine, isolation: Path) -> Path:
    """A folder with a library of pictures drawn and imported, commits, a queue and two backups; its path."""
    audobon("init")
    for name, seed, side in ((LONG_NAME, 1, 32), ("hero", 2, 64), ("coin", 3, 48)):
        _picture(isolation / f"{name}.png", seed, side)
    audobon("generate", "wizard", "green slime of the caves", "--count", "2", "--seed", "7", "--library-only")
    audobon("assets", "import", f"{LONG_NAME}.png", "hero.png", "coin.png")
    audobon("version", "commit", "-m", "The first pictures of the game, with a subject that is rather long")
    audobon("assets", "tag", "hero", "--tag", "boss", "--tag", "enemies-of-the-first-level")
    audobon("assets", "rate", "hero", "--stars", "5")
    audobon("assets", "move", "coin", "--to", "items/treasure")
    audobon("version", "commit", "-m", "Tags")
    audobon("version", "branch", "flat")
    audobon("assets", "note", "coin", "--text", "for the second level")
    audobon("assets", "trash", "wizard-2")
    (isolation / "key").write_bytes(b"k" * 40)
    audobon("backup", "init", str(isolation / "disk"), "--key-file", "key", "--name", "usb")
    audobon("backup", "create", "--note", "before the great change of all the pictures")
    audobon("assets", "rate", "coin", "--stars", "3")
    audobon("backup", "create")
    audobon("queue", "add", "a castle on a hill", "red apple", "--seed", "3")
    audobon("queue", "add", "an iron sword in a stone, seen from the left, with moss", "--priority", "5")
    return isolation


@pytest.fixture
def on_terminals(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Programs that are begun on a terminal find the package, and their own warm files nowhere."""
    for name, value in child_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TZ", "Etc/UTC")
    yield
    shutil.rmtree(Path(os.environ["HOME"]) / ".cache", ignore_errors=True)
