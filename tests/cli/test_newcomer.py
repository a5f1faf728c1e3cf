"""What a newcomer wants, in as few commands as the review asked for: each goal is tried in that many."""

from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import Audobon, Ran
from tests.tiny_models import clip_folder

pytestmark = pytest.mark.usefixtures("fake_engine")


class Newcomer:
    """Types commands, and counts them."""

    def __init__(self, audobon: Audobon) -> None:
        self.audobon = audobon
        self.typed: list[str] = []

    def __call__(self, *words: str) -> Ran:
        self.typed.append(" ".join(words))
        ran = self.audobon(*words)
        assert ran.status == 0, ran.err
        return ran


@pytest.fixture
def newcomer(audobon: Audobon) -> Newcomer:
    """Somebody who has drawn three pictures."""
    audobon("generate", "cute dragon", "--seed", "1", "--out", "cute_dragon.png")
    audobon("generate", "wizard", "oak", "--seed", "1")
    return Newcomer(audobon)


def size_of(file: str) -> tuple[int, int]:
    with Image.open(file) as image:
        return image.size


def listed(audobon: Audobon, *query: str) -> list[str]:
    return [asset["name"] for asset in audobon("assets", "list", *query, "--json").data["assets"]]


def test_make_a_picture_bigger_in_two(newcomer: Newcomer) -> None:
    page = newcomer("help").out
    assert "audobon sprite upscale cute_dragon -x 4 make it bigger" in page
    before = size_of("cute_dragon.png")
    newcomer("sprite", "upscale", "cute_dragon", "-x", "4", "--out", "big.png")
    assert size_of("big.png") == (before[0] * 4, before[1] * 4)
    assert len(newcomer.typed) == 2


def test_undo_a_trash_in_one(newcomer: Newcomer) -> None:
    newcomer.audobon("assets", "trash", "oak")
    newcomer("undo", "--yes")
    assert "oak" in listed(newcomer.audobon)
    assert len(newcomer.typed) == 1


def test_free_disk_in_two(newcomer: Newcomer) -> None:
    newcomer.audobon("assets", "trash", "oak")
    before = newcomer.audobon("assets", "stats", "--json").data["stored_files"]
    assert "disk free --trash" in newcomer("disk").out
    newcomer("disk", "free", "--yes")
    after = newcomer.audobon("assets", "stats", "--json").data
    assert (after["trashed"], after["stored_files"]) == (0, before - 1)
    assert len(newcomer.typed) == 2


def test_find_todays_pictures_in_one(newcomer: Newcomer) -> None:
    assert len(newcomer("assets", "list", "made:today").out.splitlines()) == 3
    assert newcomer("assets", "list", "made:yesterday").status == 0
    assert len(newcomer.typed) - 1 == 1, "the second asks for another day"


def test_use_a_model_of_ones_own_by_default_in_two(newcomer: Newcomer) -> None:
    newcomer("models", "pull", str(clip_folder()), "--name", "mine")
    newcomer("config", "set", "model", "mine")
    assert newcomer.audobon("config", "get", "model").out == "mine\n"
    assert len(newcomer.typed) == 2


def test_bring_one_asset_back_in_two(newcomer: Newcomer) -> None:
    newcomer.audobon("version", "commit", "-m", "first")
    newcomer.audobon("assets", "rename", "oak", "--to", "elm")
    newcomer.audobon("assets", "trash", "wizard")
    newcomer.audobon("assets", "purge", "wizard", "--yes")
    newcomer("version", "log")
    newcomer("assets", "restore", "wizard", "--from", "HEAD")
    assert "wizard" in listed(newcomer.audobon)
    assert "elm" in listed(newcomer.audobon), "the others stay as they are"
    assert len(newcomer.typed) == 2


def test_bring_one_asset_back_from_a_backup(newcomer: Newcomer, tmp_path: Path) -> None:
    newcomer.audobon("backup", "init", str(tmp_path / "usb"), "--name", "usb", "--no-encryption")
    newcomer.audobon("backup", "create")
    newcomer.audobon("assets", "trash", "wizard")
    newcomer.audobon("disk", "free", "--yes")
    newcomer("backup", "list")
    newcomer("assets", "restore", "wizard", "--from", "latest")
    assert "wizard" in listed(newcomer.audobon)
    assert len(newcomer.typed) == 2
