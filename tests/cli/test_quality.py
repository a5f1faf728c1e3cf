"""``audobon quality score`` at the command line: on assets, files and folders, with palettes, and wrong."""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bench.judged_faults import FAULTS
from bench.judged_sprites import members

from audobon_cli.media.image.pixels import Pixels, encode_png
from tests.conftest import Audobon


def data(audobon: Audobon, *arguments: str) -> dict[str, Any]:
    """What a command gives to scripts."""
    ran = audobon(*arguments, "--json")
    assert ran.status == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out.splitlines()[-1])["data"]
    return found


def disc(colour: tuple[int, int, int] = (200, 60, 50)) -> Pixels:
    """A disc in one colour, in 64 x 64 pixels."""
    rows, columns = np.indices((64, 64)) - 31.5
    made = np.zeros((64, 64, 4), dtype=np.uint8)
    made[rows**2 + columns**2 <= 24**2] = (*colour, 255)
    return made


@pytest.fixture
def art() -> Path:
    """A sound disc, one with specks, and nothing at all."""
    folder = Path("art")
    folder.mkdir()
    specks = disc()
    specks[[1, 1, 60], [2, 40, 61]] = (200, 60, 50, 255)
    for name, pixels in {"disc": disc(), "specks": specks, "nothing": np.zeros_like(specks)}.items():
        (folder / f"{name}.png").write_bytes(encode_png(pixels))
    return folder


def test_the_worst_come_first_with_reasons(audobon: Audobon, art: Path) -> None:
    found = data(audobon, "quality", "score", "art")
    assert [one["name"] for one in found["pictures"]] == ["nothing", "specks", "disc"]
    nothing, specks, sound = found["pictures"]
    assert nothing["why"] == ["hardly anything is to be seen"]
    assert specks["why"] == ["stray specks: 3"]
    assert sound["why"] == []
    assert (sound["passed"], specks["passed"], found["passed"]) == (True, False, False)
    assert all(0 <= one["score"] <= 1 for each in found["pictures"] for one in each["faults"])


def test_fail_has_a_status_and_threshold_moves_it(audobon: Audobon, art: Path) -> None:
    failed = audobon("quality", "score", "art", "--fail", "--json")
    assert failed.status == 3
    error = json.loads(failed.out.splitlines()[-1])["error"]
    assert error["code"] == "quality.low"
    assert [one["name"] for one in error["details"]["failed"]] == ["nothing", "specks"]
    assert audobon("quality", "score", "art/disc.png", "--fail").status == 0
    assert audobon("quality", "score", "art/specks.png", "--threshold", "0.05", "--fail").status == 0
    assert audobon("quality", "score", "art", "--threshold", "2").status == 2


def test_assets_are_scored_by_query(audobon: Audobon, art: Path) -> None:
    audobon("assets", "import", "art/disc.png", "art/specks.png", "--tag", "new")
    found = data(audobon, "quality", "score", "tag:new")
    assert [one["name"] for one in found["pictures"]] == ["specks", "disc"]
    assert audobon("quality", "score", "tag:none").status != 0


def test_colours_are_held_against_the_contract_s_palette_or_a_card(audobon: Audobon, art: Path) -> None:
    assert data(audobon, "quality", "score", "art/disc.png")["palette"] is None
    Path("audobon.toml").write_text('[contract]\npalette = "two.hex"\n')
    Path("two.hex").write_text("c83c32\n000000\n")
    blue = Path("blue.png")
    blue.write_bytes(encode_png(disc((40, 60, 220))))
    found = data(audobon, "quality", "score", "art/disc.png", "blue.png")
    assert [one["name"] for one in found["pictures"]] == ["blue", "disc"]
    assert found["pictures"][0]["why"] == ["100 % is outside of the palette"]
    assert found["pictures"][1]["why"] == []
    against = data(audobon, "quality", "score", "art/disc.png", "--against", "blue.png")
    assert against["palette"] == "blue.png"
    assert not against["passed"]


def test_of_an_animation_the_worst_frame_counts(audobon: Audobon) -> None:
    from PIL import Image

    frames = [Image.fromarray(disc()), Image.fromarray(np.roll(disc(), 24, axis=1))]
    frames[0].save("move.webp", save_all=True, append_images=frames[1:], lossless=True, duration=100)
    found = data(audobon, "quality", "score", "move.webp")["pictures"][0]
    assert found["frame"] == 2
    assert found["why"][0].startswith("frame 2: cut off along")


def test_the_page_shows_every_picture_and_is_not_overwritten(audobon: Audobon, art: Path) -> None:
    audobon("quality", "score", "art", "--report", "quality.html")
    page = Path("quality.html").read_text()
    assert page.count("data:image/png") == 3
    assert "stray specks: 3" in page
    assert audobon("quality", "score", "art", "--report", "quality.html").status == 51


@pytest.mark.parametrize(
    "fault", [name for name in FAULTS if name not in ("off_palette", "outline", "alignment")]
)
def test_a_planted_fault_lowers_its_own_score(audobon: Audobon, fault: str) -> None:
    Path("art").mkdir()
    lowered = 0
    for number, (_, pixels) in enumerate(members("plain", 4, 9)):
        made = FAULTS[fault](pixels, random.Random(number))
        assert made is not None
        for name, each in ((f"a{number}", pixels), (f"b{number}", made)):
            Path("art", f"{name}.png").write_bytes(encode_png(each))
    found = {
        one["name"]: {each["fault"]: each["score"] for each in one["faults"]}
        for one in data(audobon, "quality", "score", "art")["pictures"]
    }
    lowered = sum(found[f"b{number}"][fault] < found[f"a{number}"][fault] for number in range(4))
    assert lowered >= 3
