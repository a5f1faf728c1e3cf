"""``audobon sprite slice --data`` at the command line: pages by their names, times, and recipes of before."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audobon_cli.media.image.pixels import read_picture
from audobon_cli.sprites.operations.frame_times import FRAME_KEYWORD
from tests.cli.test_sprite import put
from tests.conftest import Audobon
from tests.sprites.samples import canvas, knight

TIMES = [200, 50, 400]


def walked(audobon: Audobon, *asked: str, name: str = "w", spec: bool = True) -> dict[str, Any]:
    """What a sheet of three steps in the folder ``art`` reports; with ``spec`` each has a time of its own."""
    for number in range(3):
        put(f"in/walk_{number}.png", knight(shift=2 * number))
    Path("walk.toml").write_text(f"[animations.walk]\ndurations = {TIMES}\n")
    timed = ["--animations", "walk.toml"] if spec else []
    ran = audobon("sprite", "sheet", "in", *timed, *asked, "--name", name, "-o", "art", "--json")
    assert ran.status == 0, ran.err
    return dict(ran.data)


def played(audobon: Audobon, *inputs: str) -> list[int]:
    """How long a sheet of the inputs shows each frame, in milliseconds."""
    ran = audobon("sprite", "sheet", *inputs, "--format", "aseprite", "--out", "played", "--overwrite")
    assert ran.status == 0, ran.err
    frames = json.loads(Path("played/sheet-aseprite.json").read_text())["frames"]
    return [frame["duration"] for frame in frames]


@pytest.mark.parametrize("form", ["aseprite", "json", "phaser", "godot", "css", ""])
def test_frames_that_are_cut_by_data_keep_its_times(audobon: Audobon, form: str) -> None:
    files = walked(audobon, *(["-f", form] if form else []))["files"]
    data = [file for file in files if not file.endswith(".png")]
    given = ["--data", *data] if data else []  # else what the page itself says
    assert audobon("sprite", "slice", "art/w.png", *given, "--out", "frames/").status == 0
    assert played(audobon, "frames") == TIMES
    assert played(audobon, "frames", "--fps", "8") == [125] * 3


def test_frames_of_which_data_says_no_times_play_at_the_rate_that_is_asked_for(audobon: Audobon) -> None:
    walked(audobon, spec=False)
    assert audobon("sprite", "slice", "art/w.png", "--out", "frames/").status == 0
    assert all(
        FRAME_KEYWORD not in read_picture(file.read_bytes()).texts for file in Path("frames").iterdir()
    )
    assert played(audobon, "frames") == [100] * 3
    assert played(audobon, "frames", "--fps", "20") == [50] * 3


def test_pages_of_one_file_are_cut_each_by_its_own_part(audobon: Audobon) -> None:
    made = walked(audobon, "--no-trim", "--max-size", "20", "-f", "phaser")
    pages = [file for file in made["files"] if file.endswith(".png")]
    assert len(pages) == 3
    ran = audobon("sprite", "slice", *pages, "--data", "art/w-atlas.json", "--out", "back/")
    assert ran.status == 0, ran.err
    for number in range(3):
        cut = read_picture(Path(f"back/walk_{number}.png").read_bytes()).still
        assert np.array_equal(cut, knight(shift=2 * number))
    put("other.png", canvas(9, 9))
    refused = audobon("sprite", "slice", "other.png", "--data", "art/w-atlas.json", "--out", "back2/")
    assert refused.status == 2
    assert "3 pages, and 'other' is none of them: w-0.png, w-1.png, w-2.png" in refused.err
    assert not Path("back2").exists()


def test_an_atlas_of_libgdx_is_cut_and_odd_data_is_refused(audobon: Audobon) -> None:
    put("sheet.png", np.rot90(knight()))
    Path("a.atlas").write_text("sheet.png\nwalk\nbounds: 0, 0, 16, 16\nrotate: true\nindex: 1\n")
    assert audobon("sprite", "slice", "sheet.png", "--data", "a.atlas", "--out", "x/").out.split() == [
        "x/walk_1.png"
    ]
    assert np.array_equal(read_picture(Path("x/walk_1.png").read_bytes()).still, knight())
    Path("b.atlas").write_text("nothing of the kind\n")
    refused = audobon("sprite", "slice", "sheet.png", "--data", "b.atlas", "--out", "y/")
    assert refused.status == 2
    assert "an atlas of libGDX" in refused.err
