"""``audobon style`` at the command line: learn, show, check, diff; on assets, files and folders, and wrong."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bench.judged_sprites import members

from audobon_cli.media.image.pixels import encode_png
from tests.conftest import Audobon


def dump(folder: str, family: str, count: int, seed: int = 0) -> None:
    """Pictures of a judged family, as files of ``folder``."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    for number, (_, pixels) in enumerate(members(family, count, seed)):
        Path(folder, f"{folder}_{number}.png").write_bytes(encode_png(pixels))


def data(audobon: Audobon, *arguments: str) -> dict[str, Any]:
    """What a command gives to scripts."""
    ran = audobon(*arguments, "--json")
    assert ran.status == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out.splitlines()[-1])["data"]
    return found


@pytest.fixture
def art(audobon: Audobon) -> Audobon:
    """A library with inked drawings and pixel art in two categories."""
    dump("inked", "inked", 8)
    dump("pixels", "pixels 32", 4)
    audobon("assets", "import", "inked", "--category", "inked")
    audobon("assets", "import", "pixels", "--category", "pixels")
    return audobon


def test_a_card_learnt_of_assets_is_an_asset_derived_from_them(art: Audobon) -> None:
    made = data(art, "style", "learn", "category:inked", "--name", "mine")
    assert made["asset"]["kind"] == "style"
    assert made["pictures"] == 8
    shown = data(art, "assets", "show", "mine")
    assert shown["asset"]["name"] == "mine"
    again = data(art, "style", "learn", "category:inked", "--name", "mine")
    assert again["asset"]["existing"]
    assert again["asset"]["id"] == made["asset"]["id"]
    replayed = data(art, "sprite", "replay", "mine")
    assert [one["status"] for one in replayed["assets"]] == ["identical"]


def test_a_card_changes_when_what_it_was_learnt_of_does(art: Audobon) -> None:
    data(art, "style", "learn", "category:inked", "--name", "mine")
    art("sprite", "replace", "inked_0", "pixels/pixels_0.png")
    replayed = data(art, "sprite", "replay", "mine")
    assert [one["status"] for one in replayed["assets"]] == ["remade"]


def test_check_puts_strangers_first_says_why_and_has_a_status(art: Audobon) -> None:
    art("style", "learn", "category:inked", "--name", "mine")
    found = data(art, "style", "check", "kind:sprite", "--against", "mine")
    first = found["pictures"][:4]
    assert all(one["name"].startswith("pixels") and one["outlier"] for one in first)
    assert any("pixel grid 2 px, the set 1 px" in why for why in first[0]["why"])
    assert sum(one["outlier"] for one in found["pictures"]) in (4, 5)  # nine of ten members are within
    failed = art("style", "check", "kind:sprite", "--against", "mine", "--fail", "--json")
    assert failed.status == 3
    error = json.loads(failed.out.splitlines()[-1])["error"]
    assert error["code"] == "style.outliers"
    assert error["details"]["outliers"][0]["name"] == first[0]["name"]
    assert (
        art("style", "check", "category:inked", "--against", "mine", "--threshold", "3", "--fail").status == 0
    )
    assert (
        art("style", "check", "category:inked", "--against", "mine", "--threshold", "0.01", "--fail").status
        == 3
    )


def test_a_blank_picture_is_as_far_as_can_be_and_said_to_be_blank(art: Audobon) -> None:
    Path("blank.png").write_bytes(encode_png(np.zeros((16, 16, 4), dtype=np.uint8)))
    found = data(art, "style", "check", "blank.png", "inked", "--against", "inked")
    assert found["pictures"][0]["why"] == ["nothing is visible"]


def test_without_a_card_a_set_is_held_against_itself(art: Audobon) -> None:
    found = data(art, "style", "check", "category:inked", "pixels_0")
    assert found["against"]["asset"] is None
    assert found["pictures"][0]["name"] == "pixels_0"
    assert found["pictures"][0]["outlier"]


def test_folders_and_files_need_no_library(audobon: Audobon) -> None:
    dump("inked", "inked", 8)
    dump("pixels", "pixels 32", 1)
    made = data(audobon, "style", "learn", "inked", "--name", "mine", "--out", "mine.png")
    assert made["asset"]["kind"] == "style"
    found = data(audobon, "style", "check", "inked", "pixels/pixels_0.png", "--against", "mine.png")
    assert found["pictures"][0]["name"] == "pixels_0"
    Path("inked", "theme.wav").write_bytes(b"RIFF\0\0\0\0WAVE")  # sounds lie beside pictures
    among = data(audobon, "style", "check", "inked", "--against", "mine.png")
    assert len(among["pictures"]) == 8
    assert audobon("style", "learn", "inked", "--out", "mine.png").status == 51
    assert data(audobon, "style", "learn", "inked", "--out", "mine.png", "--overwrite")["path"] == "mine.png"


def test_a_card_s_file_is_a_card_when_it_is_imported(art: Audobon) -> None:
    art("style", "learn", "category:inked", "--name", "mine", "--out", "theirs.png")
    art("assets", "trash", "mine")
    art("assets", "import", "theirs.png")
    assert data(art, "assets", "show", "theirs")["asset"]["kind"] == "style"
    assert data(art, "style", "show", "theirs")["pictures"] == 8
    assert not data(art, "style", "check", "kind:sprite", "--against", "theirs")["passed"]


def test_show_has_every_measure_and_a_page_of_its_own(art: Audobon) -> None:
    art("style", "learn", "category:inked", "--name", "mine")
    shown = data(art, "style", "show", "mine", "--report", "mine.html")
    assert {one["measure"] for one in shown["measures"]} >= {
        "outline",
        "grid",
        "off_palette",
        "light_x",
        "soft_alpha",
    }
    assert len(shown["embedding"]["mean"]) == len(shown["embedding"]["deviation"]) == 160
    assert all(one["colour"].startswith("#") for one in shown["palette"])
    page = Path("mine.html").read_text(encoding="utf-8")
    assert "http" not in page.replace("http-equiv", "")
    assert shown["palette"][0]["colour"] in page
    words = art("style", "show", "mine").out
    assert "outline" in words
    assert "palette\t#" in words


def test_a_check_has_a_page(art: Audobon) -> None:
    art("style", "check", "kind:sprite", "--against", "category:inked", "--report", "check.html")
    page = Path("check.html").read_text(encoding="utf-8")
    assert "of 12 are not in the style" in page
    assert page.index("pixels_") < page.index("inked_")


def test_diff_tells_what_differs_most_first(art: Audobon) -> None:
    art("style", "learn", "category:inked", "--name", "mine")
    found = data(art, "style", "diff", "mine", "category:pixels")
    assert found["measures"][0]["measure"] == "grid"
    assert found["distance"] > 1
    assert data(art, "style", "diff", "mine", "mine")["distance"] == 0


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("style", "show", "inked_0"), 2, "is no style card"),
        (("style", "check", "kind:sound"), 11, "kind:sound"),
        (("style", "learn", "inked", "pixels_0"), 2, "is a file or folder"),
        (("style", "learn", "category:inked", "--out", "mine.txt"), 2, "does not end in .png"),
        (("style", "check", "nobody"), 11, "nobody"),
        (("style", "check", ""), 11, "''"),
        (("style", "check", "inked_0", "--against", ""), 11, "''"),
    ],
)
def test_what_cannot_be_is_told(art: Audobon, arguments: tuple[str, ...], status: int, said: str) -> None:
    ran = art(*arguments)
    assert said in ran.err
    assert ran.status == status, ran.err
