"""Sheet data, TOML and sizes of others: refused in a sentence, before they cost memory or time."""

import json
import time

import numpy as np
import pytest

from audobon_cli.domain.errors import InvalidInput, PictureUnusable
from audobon_cli.media.image.pixels import DecodedImage, Pixels
from audobon_cli.sprites.sheets.animations import choreography
from audobon_cli.sprites.sheets.readers import pages_in
from audobon_cli.sprites.sheets.readers.own_text import frames_in_texts
from audobon_cli.sprites.sheets.record import SHEET_KEYWORD, SHEET_SCHEMA
from audobon_cli.sprites.sheets.sheet import Sheet
from audobon_cli.sprites.sheets.slice import Slice
from tests.sprites.samples import canvas, knight, picture

RECT = {"x": 0, "y": 0, "w": 8, "h": 8}
ROW = {"name": "a", "rect": [0, 0, 8, 8], "offset": [0, 0], "source": [8, 8], "duration_ms": 100}


def frame(**new: object) -> str:
    """The data of one frame called a."""
    return json.dumps({"frames": {"a": {"frame": RECT, **new}}})


@pytest.mark.parametrize(
    "text",
    [
        "", "[" * 100_000, '{"a":' * 100_000, "null", "3", '"text"', '{"frames": null}', '{"frames": "text"}',
        '{"frames": [3]}', '{"frames": [[]]}', '{"frames": {"a": 3}}', '{"frames": {"a": []}}', '{"textures": {}}',
        '{"textures": []}', '{"textures": [3]}', '{"frames": {}}', '{"frames": []}',
        '{"frames": [{"filename": null, "frame": {"x": 0, "y": 0, "w": 8, "h": 8}}]}',
        '{"frames": [{"filename": 7, "frame": {"x": 0, "y": 0, "w": 8, "h": 8}}]}',
        '{"frames": {"a": {"frame": {"x": 1e999, "y": 0, "w": 8, "h": 8}}}}',
        '{"frames": {"a": {"frame": {"x": NaN, "y": 0, "w": 8, "h": 8}}}}',
        '{"frames": {"a": {"frame": {"x": ' + "9" * 400 + ', "y": 0, "w": 8, "h": 8}}}}',
        '{"frames": {"a": {"frame": {"x": ' + "9" * 5000 + ', "y": 0, "w": 8, "h": 8}}}}',
        frame(duration="long"), frame(duration=[]), frame(duration=-1), frame(duration=1e300), frame(rotated="yes"),
        frame(sourceSize={"w": 70_000, "h": 1}), frame(sourceSize={"w": True, "h": 8}), frame(sourceSize=None),
        frame(sourceSize={"w": 4, "h": 4}), frame(spriteSourceSize={"x": "1", "y": 0}),
        json.dumps({"frames": {"a" * 301: {"frame": RECT}}}),
        json.dumps({"textures": [{"frames": []}, {"frames": []}]}),
    ],
)  # fmt: skip
def test_odd_data_is_refused(text: str) -> None:
    began = time.thread_time()
    with pytest.raises(InvalidInput):
        pages_in(text)
    assert time.thread_time() - began < 20  # far less, on a machine of today


def test_all_frames_together_are_bounded() -> None:
    many = {str(n): {"frame": RECT, "sourceSize": {"w": 8192, "h": 8192}} for n in range(60)}
    with pytest.raises(InvalidInput, match="pixels together"):
        pages_in(json.dumps({"frames": many}))
    with pytest.raises(InvalidInput, match="frames, more than"):
        pages_in(json.dumps({"frames": [{"filename": "a", "frame": RECT}] * 10_001}))
    for mark in ('{"a":1},', "[],", "1,"):
        with pytest.raises(InvalidInput, match="too many parts"):
            pages_in("[" + mark * 1_000_001 + "1]")
    with pytest.raises(InvalidInput, match="longer than"):
        pages_in(" " * (17 << 20))


@pytest.mark.parametrize(
    "rows",
    [
        [{**ROW, "offset": []}], [{**ROW, "name": None}], [{**ROW, "rect": [0, 0, 8]}], [{**ROW, "source": "88"}], 3,
        [{**ROW, "duration_ms": "1"}], [{**ROW, "rect": [9000, 0, 8, 8]}], [{}], [[]], None,
        [{**ROW, "source": [65535, 65535]}] * 3,
    ],
)  # fmt: skip
def test_a_picture_whose_own_data_makes_no_sense_is_one_without(rows: object) -> None:
    said = {"schema": SHEET_SCHEMA, "page": 0, "pages": 1, "frames": rows}
    assert frames_in_texts({SHEET_KEYWORD: json.dumps(said)}, 16, 16) == ()
    assert frames_in_texts({SHEET_KEYWORD: "[" * 100_000}, 16, 16) == ()
    sheet = DecodedImage("sheet", (knight(),), texts={SHEET_KEYWORD: json.dumps(said)})
    assert len(Slice().pieces(sheet)) == 1


def test_frames_of_one_name_are_all_cut_and_names_are_fit_to_be_shown() -> None:
    rows = ", ".join('"tiles": ' + json.dumps({"frame": {**RECT, "x": 8 * n}}) for n in range(3))
    assert [f.x for f in pages_in('{"frames": {' + rows + "}}")[0].frames] == [0, 8, 16]
    (odd,) = pages_in(json.dumps({"frames": {"a\x1b[31m\ud800": {"frame": RECT}}}))[0].frames
    assert odd.name == "a_[31m_"
    assert pages_in("\ufeff" + frame())[0].frames[0].name == "a"


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("a = " + "[" * 100_000, "nested|cannot be used"),
        ("x" * (2 << 20), "longer than"),
        ("[animations.walk]\nfps = inf", "not finite"),
        ("[animations.walk]\nfps = nan", "not finite"),
        ("[animations.walk]\nfps = 100000", "frames a second"),
        ("[animations.walk]\nfps = 1e-9", "frames a second"),
        ("[animations.walk]\nfps = true", "positive"),
        ("[animations.walk]\nfps = " + "9" * 400, "beyond 64 bits"),
        ("[animations.walk]\ndurations = [inf, 1]", "not finite"),
        ("[animations.walk]\ndurations = [1e12, 1]", "longer than a day"),
        ("[animations.walk]\nframes = []", "has no frames"),
        ("[animations.walk]\nframes = 3", "cannot be used"),
        ("[animations.walk]\nframes = [3]", "cannot be used"),
        ('[animations.""]\nframes = "walk_*"', "no name"),
        ("[animations.walk]\nrepeat = 0", "repeated"),
        ("[animations.walk]\nrepeat = 10000", "repeated"),
        ("[animations.walk]\nrepeat = 2\nloop = true", "one of them goes"),
        ("pivot = [inf, 0]", "not finite"),
        ("pivot = [1e300, 0]", "pivot"),
        ("pivot = 3", "cannot be used"),
        ("pivot = [" + "9" * 400 + ", 0]", "cannot be used"),
        ("[frames.walk_0]\nborders = [-1, 0, 0, 0]", "borders"),
        ("[frames.walk_0]\nduration = nan", "not finite"),
        ("animations = 3", "cannot be used"),
        ("[wangsets]\nground = 3", "cannot be used"),
    ],
)
def test_odd_toml_is_refused(spec: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        choreography(["walk_0", "walk_1"], spec)


def test_many_patterns_for_many_frames_cost_no_minutes() -> None:
    names = [f"walk_{n}" for n in range(10_000)]
    exact = "[animations.walk]\nframes = [" + ", ".join(f'"{name}"' for name in names) + "]"
    began = time.thread_time()
    assert len(choreography(names, exact).animations[0].frames) == 10_000
    many = "\n".join(f'[frames."*{n}"]\nduration = 3' for n in range(1_000))
    with pytest.raises(InvalidInput, match="too many patterns"):
        choreography(names, many)
    with pytest.raises(InvalidInput, match="more than"):
        choreography(names, "[animations.a]\nframes = [" + '"*", ' * 11 + "]")
    assert time.thread_time() - began < 60  # two, on a machine of today


def test_borders_larger_than_their_frame_are_refused() -> None:
    with pytest.raises(InvalidInput, match="larger than its 16x16"):
        Sheet(spec="[frames.a]\nborders = [9, 0, 8, 0]").pack([picture(knight(), "a")])


def test_sheets_that_do_not_fit_memory_are_refused_at_once() -> None:
    large = [DecodedImage(str(n), (np.broadcast_to(np.uint8(0), (8192, 8192, 4)),)) for n in range(5)]
    with pytest.raises(InvalidInput, match="too large"):
        Sheet(max_size=16384).pack(large)
    cells = [DecodedImage("wide", (canvas(8192, 1),)), DecodedImage("high", (canvas(1, 8192),))]
    with pytest.raises(InvalidInput, match="its pages"):
        Sheet(cells=True, columns=1, max_size=16384).pack(
            [*cells, *(picture(canvas(1, 1), str(n)) for n in range(9))]
        )
    with pytest.raises(InvalidInput, match="10001 frames"):
        Sheet().pack([picture(canvas(1, 1), str(n)) for n in range(10_001)])


def test_islands_and_cells_without_number_are_refused() -> None:
    dust: Pixels = np.zeros((512, 512, 4), dtype=np.uint8)
    dust[::2, ::2] = 255
    with pytest.raises(PictureUnusable, match="65536 pieces"):
        Slice(smallest=1).pieces(picture(dust))
    with pytest.raises(PictureUnusable, match="pieces"):
        Slice(width=1, height=1).pieces(DecodedImage("a", (canvas(2048, 1024),)))


def test_frames_that_lie_turned_come_back_upright() -> None:
    upright = knight()
    high, wide = upright.shape[:2]
    page = canvas(high + 3, wide + 2)
    page[2 : 2 + wide, 3 : 3 + high] = np.rot90(upright, -1)  # clockwise, as TexturePacker turns
    row = {"frame": {"x": 3, "y": 2, "w": wide, "h": high}, "rotated": True}
    trimmed = {
        **row,
        "spriteSourceSize": {"x": 1, "y": 2, "w": wide, "h": high},
        "sourceSize": {"w": wide + 4, "h": high + 5},
    }
    (plain, placed) = Slice(method="data", data=json.dumps({"frames": {"a": row, "b": trimmed}})).pieces(
        picture(page, "sheet")
    )
    assert np.array_equal(plain.pixels, upright)
    assert np.array_equal(placed.pixels, np.pad(upright, ((2, 3), (1, 3), (0, 0))))
    outside = {"frames": {"a": {**row, "frame": {**row["frame"], "x": 4}}}}  # type: ignore[dict-item]
    with pytest.raises(PictureUnusable, match="outside"):
        Slice(method="data", data=json.dumps(outside)).pieces(picture(page, "sheet"))


def test_what_patterns_say_of_a_frame_adds_up() -> None:
    text = '[frames."*"]\npivot = [0.5, 1]\nduration = 70\n[frames.button]\nborders = [1, 2, 3, 4]\nduration = 90'
    found = choreography(["button", "coin"], text).frames
    assert (found[0].pivot, found[0].borders, found[0].duration) == ((0.5, 1), (1, 2, 3, 4), 90)
    assert (found[1].pivot, found[1].borders, found[1].duration) == ((0.5, 1), None, 70)
    with pytest.raises(InvalidInput, match="'border', which is not known"):
        choreography(["button"], "[frames.button]\nborder = [1, 2, 3, 4]")


@pytest.mark.parametrize("cells", [False, True])
def test_pages_of_powers_of_two_are_no_larger_than_asked(cells: bool) -> None:
    frames = [DecodedImage(f"f{n}", (np.full((30, 30, 4), 40 + n, np.uint8),)) for n in range(9)]
    sheet = Sheet(power_of_two=True, max_size=100, cells=cells).settled().pack(frames)
    assert all(side in (32, 64) for size in sheet.record.pages for side in size)
    large = [DecodedImage("a", (np.full((70, 70, 4), 255, np.uint8),))]
    with pytest.raises(InvalidInput, match=r"64.*, a power of two"):
        Sheet(power_of_two=True, max_size=100, cells=cells).settled().pack(large)
