"""Sheets: every frame comes back pixel by pixel, from our record and by each format's own arithmetic."""

import io
import json
import re
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from audobon_cli.domain.errors import InvalidInput, PictureUnusable
from audobon_cli.media.image.pixels import DecodedImage, Pixels, read_picture, without_hidden_colour
from audobon_cli.sprites.sheets.animations import by_names
from audobon_cli.sprites.sheets.formats import FORMATS, sheet_files
from audobon_cli.sprites.sheets.formats.previews import frame_pixels
from audobon_cli.sprites.sheets.formats.target import Target, page_names
from audobon_cli.sprites.sheets.pack import pack
from audobon_cli.sprites.sheets.readers import pages_in
from audobon_cli.sprites.sheets.sheet import PackedSheet, Sheet
from audobon_cli.sprites.sheets.slice import Slice
from tests.sprites.samples import any_pixels, canvas, disc, knight, picture

WALK = [picture(knight(shift=shift), f"walk_{shift:02}") for shift in range(4)]
SPEC = """
pivot = [0.5, 1.0]
[animations.walk]
frames = "walk_*"
durations = [100, 50, 100, 200]
direction = "pingpong"
[animations.still]
frames = ["disc"]
loop = false
[frames.disc]
borders = [4, 5, 6, 7]
"""


def files(sheet: PackedSheet, *formats: str) -> dict[str, bytes]:
    """The files of a sheet called hero."""
    return sheet_files(sheet, formats, Target("hero", page_names("hero", len(sheet.pages))))


def hero(**options: Any) -> PackedSheet:
    """A walk cycle and a disc."""
    inputs = [*WALK, picture(disc(24), "disc")]
    return Sheet(**{"spec": SPEC, **options}).pack(inputs)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(any_pixels(), min_size=1, max_size=12),
    st.integers(0, 3),
    st.integers(0, 2),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_whatever_is_packed_comes_back_and_nothing_overlaps(
    frames: list[Pixels], padding: int, extrude: int, trim: bool, power_of_two: bool, cells: bool
) -> None:
    operation = Sheet(
        padding=padding, extrude=extrude, trim=trim, power_of_two=power_of_two, cells=cells, max_size=64
    )
    inputs = [picture(frame, f"f{i}") for i, frame in enumerate(frames)]
    sheet = operation.pack(inputs)
    for place, frame in enumerate(frames):
        assert np.array_equal(frame_pixels(sheet, place), without_hidden_colour(frame))
    for page, pixels in enumerate(sheet.pages):
        height, width = pixels.shape[:2]
        assert max(height, width) <= 64
        if power_of_two:
            assert width & (width - 1) == height & (height - 1) == 0
        rectangles = {(f.x, f.y, f.width, f.height) for f in sheet.record.on_page(page)}
        claimed = np.zeros((height, width), dtype=int)
        for x, y, w, h in rectangles:
            assert x >= extrude
            assert y >= extrude
            claimed[y - extrude : y + h + extrude + padding, x - extrude : x + w + extrude + padding] += 1
        assert claimed.max() <= 1
        assert not pixels[claimed == 0].any()


def test_extrusion_repeats_the_outermost_pixels() -> None:
    sheet = Sheet(extrude=2, trim=False).pack([picture(disc(8)[2:6, 2:6], "a")])
    f = sheet.record.frames[0]
    around = sheet.pages[0][f.y - 2 : f.y + f.height + 2, f.x - 2 : f.x + f.width + 2]
    inner = frame_pixels(sheet, 0)
    assert np.array_equal(around, np.pad(inner, ((2, 2), (2, 2), (0, 0)), mode="edge"))


def test_identical_frames_are_stored_once_and_keep_their_names() -> None:
    moved = picture(np.roll(knight(), 3, axis=1), "b")
    sheet = Sheet().pack([picture(knight(), "a"), moved, picture(knight(), "a")])
    assert [f.name for f in sheet.record.frames] == ["a", "b", "a-2"]
    assert len({(f.x, f.y) for f in sheet.record.frames}) == 1
    assert len({f.offset_x for f in sheet.record.frames}) == 2


def test_the_same_input_gives_the_same_bytes() -> None:
    one, other = (Sheet(spec=SPEC).run([*WALK, picture(disc(24), "disc")]).encode() for _ in range(2))
    assert one == other
    assert files(hero(), *(f for f in FORMATS if f not in ("json-array", "tiled", "godot-tileset"))) == files(
        hero(), *(f for f in FORMATS if f not in ("json-array", "tiled", "godot-tileset"))
    )


def test_pages_when_one_is_not_enough_and_an_empty_frame() -> None:
    inputs = [picture(disc(24, (i * 5, 0, 0)), f"d{i}") for i in range(30)]
    sheet = Sheet(max_size=64).pack([*inputs, picture(canvas(9, 9), "nothing")])
    assert len(sheet.pages) > 2
    assert sheet.record.frames[-1].source_width == 9
    with pytest.raises(InvalidInput, match="A frame needs"):
        Sheet(max_size=16).pack(inputs)
    with pytest.raises(PictureUnusable, match="no number 9"):
        Sheet(max_size=64, page=8).run(inputs)


def test_packing_wastes_little() -> None:
    rng = np.random.default_rng(4)
    sizes = [tuple(int(v) for v in rng.integers(8, 64, 2)) for _ in range(200)]
    packed = pack(sizes, 2048)
    assert len(packed.pages) == 1
    area = packed.pages[0][0] * packed.pages[0][1]
    assert sum(w * h for w, h in sizes) / area > 0.85


def test_a_sheet_is_sliced_by_what_its_own_file_says() -> None:
    product = Sheet().run([*WALK, picture(disc(24), "disc")])
    pieces = Slice().pieces(read_picture(product.encode(), "hero"))
    assert [piece.name for piece in pieces] == ["walk_00", "walk_01", "walk_02", "walk_03", "disc"]
    assert np.array_equal(pieces[4].pixels, without_hidden_colour(disc(24)))
    assert np.array_equal(pieces[1].pixels, knight(shift=1))


@pytest.mark.parametrize("format_name", ["json", "json-array", "aseprite"])
def test_a_sheet_is_sliced_by_its_json(format_name: str) -> None:
    sheet = hero()
    (content,) = files(sheet, format_name).values()
    bare = DecodedImage("hero", sheet.pages)
    pieces = {p.name: p.pixels for p in Slice(method="data", data=content.decode()).pieces(bare)}
    for place, frame in enumerate(sheet.record.frames):
        assert np.array_equal(pieces[frame.name], frame_pixels(sheet, place))


def test_json_says_pivot_borders_and_animations() -> None:
    data = json.loads(files(hero(), "json")["hero.json"])
    assert data["animations"] == {"walk": [f"walk_0{i}" for i in (0, 1, 2, 3, 2, 1)], "still": ["disc"]}
    assert data["frames"]["disc"]["borders"] == {"left": 4, "top": 5, "right": 6, "bottom": 7}
    assert data["frames"]["walk_00"]["anchor"] == {"x": 0.5, "y": 1.0}
    assert data["meta"]["image"] == "hero.png"


def test_aseprite_tags_are_ranges_and_durations_are_kept() -> None:
    data = json.loads(files(hero(), "aseprite")["hero-aseprite.json"])
    tags = {tag["name"]: tag for tag in data["meta"]["frameTags"]}
    assert (tags["walk"]["from"], tags["walk"]["to"], tags["walk"]["direction"]) == (0, 3, "pingpong")
    assert tags["still"]["repeat"] == "1"
    assert [frame["duration"] for frame in data["frames"]] == [100, 50, 100, 200, 100]
    borders = next(s for s in data["meta"]["slices"] if s["name"] == "disc")["keys"][0]
    assert borders["center"] == {"x": 4, "y": 5, "w": 14, "h": 12}
    assert borders["pivot"] == {"x": 12, "y": 24}


def test_godot_regions_margins_speed_and_one_round_of_ping_pong() -> None:
    sheet = hero()
    text = files(sheet, "godot")["hero.tres"].decode()
    steps = re.match(r'\[gd_resource type="SpriteFrames" load_steps=(\d+) format=3\]', text)
    assert steps is not None
    assert int(steps[1]) == len(sheet.pages) + len(sheet.record.frames) + 1
    blocks = re.findall(
        r'id="AtlasTexture_(\d+)"\]\natlas = ExtResource\("1"\)\nregion = Rect2\((.*?)\)(?:\nmargin = Rect2\((.*?)\))?',
        text,
    )
    assert len(blocks) == len(sheet.record.frames)
    for place, region, margin in blocks:
        x, y, w, h = (int(v) for v in region.split(", "))
        left, top, more_x, more_y = (int(v) for v in margin.split(", ")) if margin else (0, 0, 0, 0)
        whole = canvas(w + more_x, h + more_y)
        whole[top : top + h, left : left + w] = sheet.pages[0][y : y + h, x : x + w]
        assert np.array_equal(whole, frame_pixels(sheet, int(place)))
    walk = text[text.index('"name": &"still"') :]
    assert re.findall(r"AtlasTexture_(\d)", walk) == list("012321")
    assert [float(v) for v in re.findall(r'"duration": ([\d.]+)', walk)] == [2, 1, 2, 4, 2, 1]
    assert '"speed": 20.0' in walk
    assert '"loop": false' in text


def test_unity_lines_count_from_below_and_escape_names() -> None:
    sheet = Sheet(spec="[frames.'a;b/c']\npivot = [0.5, 1.0]").pack([picture(knight(), "a;b/c")])
    line = files(sheet, "unity")["hero.tpsheet"].decode().splitlines()[-1]
    name, x, y, w, h, px, py, *_ = (part.strip() for part in line.split(";"))
    f = sheet.record.frames[0]
    page = Image.fromarray(sheet.pages[0]).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    part = page.crop((int(x), int(y), int(x) + int(w), int(y) + int(h))).transpose(
        Image.Transpose.FLIP_TOP_BOTTOM
    )
    whole = canvas(16, 16)
    whole[f.offset_y :, f.offset_x :][: int(h), : int(w)] = np.array(part)
    assert np.array_equal(whole, knight())
    assert name == "a%3Bb%2Fc"
    # The foot of the whole picture, seen from the stored part.
    assert np.isclose(float(px) * int(w) + f.offset_x, 8)
    assert np.isclose((1 - float(py)) * int(h) + f.offset_y, 16)


def test_a_nine_slice_is_stored_whole_for_its_borders_count_from_the_edges() -> None:
    spec = "[frames.a]\npivot = [0.5, 1.0]\nborders = [1, 2, 3, 4]"
    sheet = Sheet(spec=spec).pack([picture(knight(), "a"), picture(knight(), "b")])
    first, second = sheet.record.frames
    assert (first.width, first.height, first.trimmed, second.trimmed) == (16, 16, False, True)
    line = files(sheet, "unity")["hero.tpsheet"].decode().splitlines()[-2]
    assert [part.strip() for part in line.split(";")][3:] == ["16", "16", "0.5", "0", "1", "3", "2", "4"]
    assert json.loads(files(sheet, "json")["hero.json"])["frames"]["a"]["trimmed"] is False


def test_tiled_tiles_are_where_tiled_looks_for_them() -> None:
    sheet = Sheet(cells=True, extrude=1, padding=2, columns=3).pack(WALK)
    root = ElementTree.fromstring(files(sheet, "tiled")["hero.tsx"])
    margin, spacing, columns = (int(root.attrib[k]) for k in ("margin", "spacing", "columns"))
    width, height = int(root.attrib["tilewidth"]), int(root.attrib["tileheight"])
    named = {
        tile.find("properties/property").attrib["value"]: int(tile.attrib["id"]) for tile in root.iter("tile")
    }  # type: ignore[union-attr]
    for place, each in enumerate(WALK):
        number = named[each.name]
        x = margin + number % columns * (width + spacing)
        y = margin + number // columns * (height + spacing)
        assert np.array_equal(sheet.pages[0][y : y + height, x : x + width], WALK[place].still)
    assert [f.attrib["tileid"] for f in root.iter("frame")] == [str(named[w.name]) for w in WALK]
    with pytest.raises(InvalidInput, match="grid"):
        files(hero(), "tiled")


def test_tiled_can_read_whatever_names_are() -> None:
    spec = "[animations.a]\nframes = ['*']\n[animations.\"b\\u0001\\uFFFE\"]\nframes = ['*']"
    sheet = Sheet(cells=True, spec=spec).pack(
        [picture(knight(), name) for name in ("x\x1b", "y\ud800", "龙")]
    )
    root = ElementTree.fromstring(files(sheet, "tiled")["hero.tsx"])
    assert [p.attrib["value"] for p in root.iter("property")] == ["x_", "y_", "b__", "龙"]


def test_css_classes_show_their_frames() -> None:
    sheet = hero()
    text = files(sheet, "css")["hero.css"].decode()
    for place, f in enumerate(sheet.record.frames):
        rule = re.search(rf"\.hero-{f.name} \{{(.*?)\}}", text)
        assert rule is not None
        w, h = (int(re.search(rf"{side}: (\d+)px", rule[1])[1]) for side in ("width", "height"))  # type: ignore[index]
        x, y = (int(v) for v in re.search(r"position: -(\d+)px -(\d+)px", rule[1]).groups())  # type: ignore[union-attr]
        margin = re.search(r"margin: (\d+)px (\d+)px (\d+)px (\d+)px", rule[1])
        top, right, bottom, left = (int(v) for v in margin.groups()) if margin else (0, 0, 0, 0)
        whole = np.pad(sheet.pages[0][y : y + h, x : x + w], ((top, bottom), (left, right), (0, 0)))
        assert np.array_equal(whole, frame_pixels(sheet, place))
    assert "@keyframes hero-walk" in text
    assert "animation: hero-still 100ms step-end 1 forwards" in text


@pytest.mark.parametrize(("format_name", "lossless"), [("apng", True), ("webp", True), ("gif", False)])
def test_previews_move_as_the_animation_does(format_name: str, lossless: bool) -> None:
    sheet = Sheet(spec='[animations.walk]\ndurations = [100, 50, 100, 200]\ndirection = "pingpong"').pack(
        WALK
    )
    (content,) = files(sheet, format_name).values()
    shown = read_picture(content)
    order = (0, 1, 2, 3, 2, 1)
    assert shown.durations_ms == tuple((100, 50, 100, 200)[i] for i in order)
    for frame, place in zip(shown.frames, order, strict=True):
        assert np.array_equal(without_hidden_colour(frame), knight(shift=place))
    assert Image.open(io.BytesIO(content)).info.get("loop") == 0
    assert lossless or content.startswith(b"GIF89a")


@pytest.mark.parametrize("form", ["gif", "apng", "webp"])
@pytest.mark.parametrize("shown", ["a-b", "-ab", "ab-", "a-b-", "a--b"])
def test_previews_keep_frames_that_are_empty(form: str, shown: str) -> None:
    """Also where Pillow began the GIF anew at such a frame, so that no program showed what followed."""
    stills = {"a": knight(), "b": disc(24), "-": canvas(24, 24)}
    frames = [stills[letter] for letter in shown]
    packed = Sheet().pack([picture(frame, f"walk_{n}") for n, frame in enumerate(frames)])
    (content,) = files(packed, form).values()
    moving = read_picture(content)
    assert sum(moving.durations_ms) == 100 * len(frames)
    alike = [frame for n, frame in enumerate(frames) if not n or frame is not frames[n - 1]]
    high, wide = moving.height, moving.width
    for one, other in zip(moving.frames, frames if form == "gif" else alike, strict=True):
        whole = np.pad(other, ((0, high - other.shape[0]), (0, wide - other.shape[1]), (0, 0)))
        assert np.array_equal(
            one[..., 3], np.where(whole[..., 3] < 128, 0, 255) if form == "gif" else whole[..., 3]
        )
    image = Image.open(io.BytesIO(content))  # another reader
    assert getattr(image, "n_frames", 1) == len(moving.frames)


def _names(sheet: PackedSheet) -> Sequence[tuple[str, tuple[int, ...]]]:
    return [(a.name, a.frames) for a in sheet.record.animations]


def test_what_is_numbered_may_end_in_a_digit() -> None:
    names = [
        "hero2_00",
        "hero2_01",
        "lvl1-1",
        "lvl1-2",
        "lvl2-1",
        "lvl2-2",
        "a2 (1)",
        "a2 (2)",
        "run1",
        "run2",
    ]
    assert [each.name for each in by_names(names)] == ["hero2", "lvl1", "lvl2", "a2", "run"]


def test_animations_by_names_are_in_the_order_of_their_numbers() -> None:
    inputs = [
        picture(knight(shift=i % 5), n)
        for i, n in enumerate(["run_10", "run_2", "idle", "jump (1)", "run_1", "jump (2)", "a (b"])
    ]
    assert _names(Sheet().pack(inputs)) == [("run", (4, 1, 0)), ("jump", (3, 5))]


def test_an_animated_input_brings_its_frames_and_durations() -> None:
    moving = DecodedImage("spin", tuple(knight(shift=i) for i in range(3)), (40, 50, 60))
    sheet = Sheet().pack([moving])
    assert [(f.name, f.duration_ms) for f in sheet.record.frames] == [
        ("spin_00", 40),
        ("spin_01", 50),
        ("spin_02", 60),
    ]
    assert _names(sheet) == [("spin", (0, 1, 2))]


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("[animations.fly]", "no frame of fly"),
        ('[animations.walk]\ndirection = "up"', "direction of walk"),
        ("[animations.walk]\ndurations = [1]", "4 frames and 1 duration"),
        ("[animations.walk]\nfps = 0", "positive"),
        ("[animations.walk]\nspeed = 3", "not known"),
        ("[walk]", "not a table"),
        ("= nonsense", "cannot be used"),
    ],
)
def test_a_wrong_spec_says_what_is_wrong(spec: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        Sheet(spec=spec).pack(WALK)


def test_slicing_by_grid_and_by_islands() -> None:
    board = canvas(40, 36)
    for row in range(2):
        for column in range(2):
            board[2 + row * 17 : 18 + row * 17, 2 + column * 17 : 18 + column * 17] = knight()
    by_grid = Slice(columns=2, rows=2, margin=2, spacing=1, width=16, height=16).pieces(picture(board))
    assert [p.pixels.shape for p in by_grid] == [(16, 16, 4)] * 4
    assert all(np.array_equal(p.pixels, knight()) for p in by_grid)
    islands = Slice().pieces(picture(board))
    assert len(islands) == 4
    dots = canvas(20, 10)
    dots[2:5, 2:5] = dots[2:5, 7:10] = (1, 2, 3, 255)
    assert len(Slice().pieces(picture(dots))) == 2
    assert len(Slice(join=4).pieces(picture(dots))) == 1
    with pytest.raises(PictureUnusable, match="0 pieces"):
        Slice(smallest=50).pieces(picture(dots))
    with pytest.raises(PictureUnusable, match="no transparency"):
        Slice().pieces(picture(np.full((8, 8, 4), 255)))
    with pytest.raises(PictureUnusable, match="do not fit"):
        Slice(width=99, height=3).pieces(picture(dots))


@pytest.mark.parametrize(
    "data",
    ["{", "[]", '{"frames": 3}', '{"frames": {"a": {"frame": {"x": -1, "y": 0, "w": 4, "h": 4}}}}',
     '{"frames": {"a": {"frame": {"x": 0, "y": 0, "w": 4, "h": 4}, "rotated": 90}}}',
     '{"frames": {"a": {"frame": {"x": 30, "y": 0, "w": 4, "h": 4}}}}',
     '{"frames": {"a": {"frame": {"x": 0, "y": 0, "w": 4, "h": 4}, "sourceSize": {"w": 99999, "h": 99999}}}}'],
)  # fmt: skip
def test_hostile_sheet_data_is_refused(data: str) -> None:
    with pytest.raises(InvalidInput):
        Slice(method="data", data=data).pieces(picture(knight(), "sheet"))


@pytest.mark.parametrize(
    "data",
    [
        '{"a": {"x": 0, "y": 0}}',
        '{"frames": [[0, 0, 4, 4]]}',
        '{"frames": {"width": 4, "count": 2}}',
        '{"images": ["x.png"]}',
    ],
    ids=["spritesmith", "ShoeBox", "CreateJS", "no frames"],
)
def test_data_of_other_kinds_is_refused_in_words(data: str) -> None:
    with pytest.raises(InvalidInput, match="it has no frames, each with a name"):
        pages_in(data)
