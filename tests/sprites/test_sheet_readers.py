"""Sheets cut by data: what our own files say comes back as it was, and so does what others write."""

import json
import time
from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest

from audobon_cli.domain.errors import InvalidInput, PictureUnusable
from audobon_cli.media.image.pixels import DecodedImage, Pixels, read_picture
from audobon_cli.sprites.sheets.formats import FORMATS, sheet_files
from audobon_cli.sprites.sheets.formats.target import Target, page_names
from audobon_cli.sprites.sheets.readers import READERS, page_of, pages_in
from audobon_cli.sprites.sheets.sheet import PackedSheet, Sheet
from audobon_cli.sprites.sheets.slice import Piece, Slice
from tests.sprites.samples import canvas, knight, picture

TIMES = (80, 120, 250)
SPEC = f'[animations.walk]\ndurations = {list(TIMES)}\n[animations.turn]\nframes = "spin_*"\nfps = 12'
FRAMES = [
    *(picture(knight(shift=2 * shift), f"walk_{shift:02}") for shift in range(3)),
    *(picture(np.rot90(knight(), turn), f"spin_{turn:02}") for turn in range(1, 4)),
]
MOVING = {"gif", "apng", "webp"}
GRIDS = {"tiled", "godot-tileset"}
ONE_PAGE = {"aseprite", *GRIDS}


def written(sheet: PackedSheet, form: str) -> Mapping[str, bytes]:
    """The files of a sheet called hero."""
    return sheet_files(sheet, (form,), Target("hero", page_names("hero", len(sheet.pages))))


def cut(page: Pixels, data: str, called: str = "hero") -> tuple[Piece, ...]:
    """The pieces of a page by its data."""
    sheet = DecodedImage(called, (page,))
    return Slice(method="data", data=data, data_times=True).on_page_of(sheet, called).pieces(sheet)


def cut_all(sheet: PackedSheet, form: str) -> list[Piece]:
    """The pieces of all pages, each by the file that is of it."""
    files = written(sheet, form)
    names = [name.removesuffix(".png") for name in page_names("hero", len(sheet.pages))]
    found: list[Piece] = []
    for name, page in zip(names, sheet.pages, strict=True):
        own = [content for file, content in files.items() if file.rpartition(".")[0] == name]
        (data,) = own or list(files.values())
        found += cut(page, data.decode(), name)
    return found


def same(one: Pixels, other: Pixels) -> bool:
    """Whether two pictures are of one size and look alike."""
    return one.shape == other.shape and np.array_equal(one, other)


STILL = [form for form in FORMATS if form not in MOVING]


@pytest.mark.parametrize(
    ("form", "several"),
    [*((form, False) for form in STILL), *((form, True) for form in STILL if form not in ONE_PAGE)],
)
def test_every_form_that_has_frames_is_cut_back_into_the_same_pictures(form: str, several: bool) -> None:
    sheet = Sheet(
        spec=SPEC, cells=form in GRIDS, trim=form != "unity", extrude=1, max_size=30 if several else 2048
    ).pack(FRAMES)
    assert (len(sheet.pages) > 1) == several
    pieces = cut_all(sheet, form)
    assert len(pieces) == len(FRAMES)
    for each in FRAMES:
        assert sum(same(piece.pixels, each.still) for piece in pieces) == 1, each.name
    names = {piece.name: piece.pixels for piece in pieces}
    if form not in {"godot", "godot-tileset"}:  # which have no names of frames
        assert all(same(names[each.name], each.still) for each in FRAMES)
    if form in {"unity", "godot-tileset"} or (form in {"json", "json-array"} and several):
        return  # no times; PixiJS's are left out where an animation is on several pages
    shown = [next(p for p in pieces if same(p.pixels, each.still)).duration for each in FRAMES]
    turned = (83, 84, 83) if form in {"aseprite", "tiled", "css"} else (Fraction(250, 3),) * 3
    assert tuple(shown) == (*TIMES, *turned)


@pytest.mark.parametrize("form", sorted(MOVING))
def test_every_moving_form_is_cut_back_into_the_same_pictures(form: str) -> None:
    sheet = Sheet(spec=SPEC).pack(FRAMES)
    content = written(sheet, form)[f"hero-walk.{form}"]
    moving = read_picture(content, "hero-walk")
    pieces = Slice(keep_times=True).pieces(moving)
    assert tuple(piece.duration for piece in pieces) == TIMES
    assert all(same(piece.pixels, each.still) for piece, each in zip(pieces, FRAMES, strict=False))


def test_frames_of_unity_come_back_as_they_are_stored() -> None:
    sheet = Sheet().pack(FRAMES[:1])
    (piece,) = cut_all(sheet, "unity")
    (record,) = sheet.record.frames
    assert record.trimmed
    assert piece.pixels.shape[:2] == (record.height, record.width)


def test_a_frame_of_two_animations_is_cut_once_from_resources_of_godot() -> None:
    spec = f'{SPEC}\n[animations.zigzag]\nframes = "walk_*"\ndirection = "pingpong"\nfps = 20'
    pieces = cut_all(Sheet(spec=spec).pack(FRAMES), "godot")
    assert [(p.name, p.duration) for p in pieces if p.name.startswith("walk")] == [
        ("walk_00", 80), ("walk_01", 120), ("walk_02", 250)
    ]  # fmt: skip
    assert len(pieces) == len(FRAMES)


UPRIGHT = np.arange(1, 7, dtype=np.uint8).reshape(3, 2, 1) * np.array([9, 5, 3, 0], np.uint8) + np.array(
    [0, 0, 0, 255], np.uint8
)
"""Two pixels wide and three high, each of another colour."""
WHOLE = np.pad(UPRIGHT, ((2, 3), (1, 4), (0, 0)))
"""It with margins: two pixels above, three below, one on the left, four on the right."""


def page_with(part: Pixels) -> Pixels:
    """A page on which ``part`` lies at 4, 1."""
    page = canvas(12, 9)
    page[1 : 1 + part.shape[0], 4 : 4 + part.shape[1]] = part
    return page


OLD = (
    "\nhero.png\nsize: 12, 9\nformat: RGBA8888\nfilter: Nearest,Nearest\nrepeat: none\nwalk\n  rotate: {turned}\n\
  xy: 4, 1\n  size: 2, 3\n  orig: 7, 8\n  offset: 1, 3\n  index: {index}\n"
)
NEW = "hero.png\nsize:12,9\nrepeat:none\nwalk\nindex:{index}\nbounds:4,1,2,3\noffsets:1,3,7,8\nrotate:{turned}\n"


@pytest.mark.parametrize("form", [OLD, NEW], ids=["old", "new"])
@pytest.mark.parametrize(
    ("turned", "quarters"), [("false", 0), ("true", 1), ("90", 1), ("180", 2), ("270", 3)]
)
def test_libgdx_turns_against_the_clock_and_counts_from_the_bottom(
    form: str, turned: str, quarters: int
) -> None:
    data = form.format(turned=turned, index=-1)
    (piece,) = cut(page_with(np.rot90(UPRIGHT, quarters)), data)  # numpy turns against the clock, too
    assert piece.name == "walk"
    assert same(piece.pixels, WHOLE)
    assert cut(page_with(UPRIGHT), form.format(turned="false", index=3))[0].name == "walk_3"


def test_libgdx_pages_end_with_an_empty_line_and_what_is_usual_is_left_out() -> None:
    coin, gem = "coin\nbounds: 4, 1, 2, 3\n", "gem\nbounds:4,1,2,3\n"
    data = f"pma: true\n\n\na.png\nsize: 12, 9\n{coin}\nart/b.png\nsize: 12, 9\n{gem}"
    assert [(p.image, p.stem, p.size, len(p.frames)) for p in pages_in(data)] == [
        ("a.png", "a", (12, 9), 1), ("art/b.png", "b", (12, 9), 1)
    ]  # fmt: skip
    (piece,) = cut(page_with(UPRIGHT), data, "B")
    assert (piece.name, piece.duration) == ("gem", None)
    assert same(piece.pixels, UPRIGHT)


STARLING = '<TextureAtlas imagePath="hero.png"><SubTexture name="walk0001" x="4" y="1" {} /></TextureAtlas>'


@pytest.mark.parametrize(
    "before", ["", '<?xml version="1.0" encoding="UTF-16"?>\n', "<!-- by <b> -->\n<?xml?>\n"]
)
def test_starling_turns_clockwise_and_has_the_sizes_of_what_lies_on_the_page(before: str) -> None:
    frame = 'frameX="-1" frameY="-2" frameWidth="7" frameHeight="8"'
    upright = before + STARLING.format(f'width="2" height="3" {frame}')
    turned = before + STARLING.format(f'width="3" height="2" rotated="true" {frame}')
    for part, data in ((UPRIGHT, upright), (np.rot90(UPRIGHT, -1), turned)):
        (piece,) = cut(page_with(part), data)
        assert piece.name == "walk0001"
        assert same(piece.pixels, WHOLE)
    (plain,) = cut(page_with(UPRIGHT), STARLING.format('width="2" height="3"'))
    assert same(plain.pixels, UPRIGHT)


def multipack(*images: str) -> str:
    """TexturePacker's JSON of several pages, each with a turned frame at another place."""
    row = {
        "frame": {"x": 4, "y": 1, "w": 2, "h": 3}, "rotated": True,
        "spriteSourceSize": {"x": 1, "y": 2, "w": 2, "h": 3}, "sourceSize": {"w": 7, "h": 8},
    }  # fmt: skip
    pages = [
        {"image": image, "size": {"w": 12 + place, "h": 9}, "frames": [{"filename": f"{place}.png", **row}]}
        for place, image in enumerate(images)
    ]
    return json.dumps({"textures": pages, "meta": {"app": "x"}})


def test_a_page_of_several_is_known_by_its_name_else_by_its_size() -> None:
    page = page_with(np.rot90(UPRIGHT, -1))
    data = multipack("art/Hero-0.png", "art\\hero-1.png")
    for called, name in (("hero-0", "0.png"), ("HERO-1", "1.png"), ("renamed", "0.png")):
        (piece,) = cut(page, data, called)
        assert piece.name == name
        assert same(piece.pixels, WHOLE)
    with pytest.raises(InvalidInput, match=r"2 pages, and 'other' is none of them: art/Hero-0.png, "):
        page_of(pages_in(data), "other", (99, 9))
    with pytest.raises(InvalidInput, match="has 2 pages and no number 3"):
        Slice(method="data", data=data, data_page=2).pieces(DecodedImage("a", (page,)))


def test_a_page_is_recorded_so_that_a_renamed_sheet_is_cut_alike() -> None:
    sheet = DecodedImage("hero-1", (page_with(np.rot90(UPRIGHT, -1)),))
    operation = Slice(method="data", data=multipack("hero-0.png", "hero-1.png")).on_page_of(sheet, "hero-1")
    again = Slice.from_parameters(operation.parameters())
    assert again.pieces(DecodedImage("renamed", sheet.frames))[0].name == "1.png"


def test_phaser_frame_rates_are_times() -> None:
    rows = [{"filename": f"w{n}", "frame": {"x": n, "y": 0, "w": 1, "h": 1}} for n in range(3)]
    anims = [{"frames": [{"frame": "w0"}, {"frame": "w1", "duration": 40}, {"frame": "w0"}], "frameRate": 20}]
    (page,) = pages_in(json.dumps({"textures": [{"frames": rows}], "anims": anims}))
    assert [each.time for each in page.frames] == [50, 40, None]


def test_resources_of_godot_3_and_tiles_over_several_cells() -> None:
    frames = (
        '[gd_resource type="SpriteFrames" load_steps=3 format=2]\n\n'
        '[ext_resource path="res://art/hero.png" type="Texture" id=1]\n\n'
        '[sub_resource type="AtlasTexture" id=1]\natlas = ExtResource( 1 )\nregion = Rect2( 4, 1, 2, 3 )\n'
        "margin = Rect2( 1, 2, 5, 5 )\n\n"
        '[resource]\nanimations = [ {\n"frames": [ SubResource( 1 ) ],\n"loop": true,\n"name": "wal\\"k",\n'
        '"speed": 8.0\n} ]\n'
    )
    (piece,) = cut(page_with(UPRIGHT), frames)
    assert (piece.name, piece.duration) == ('wal"k_00', 125)
    assert same(piece.pixels, WHOLE)
    tiles = (
        '[gd_resource type="TileSet" format=3]\n\n[ext_resource type="Texture2D" path="res://hero.png" id="1_a"]\n\n'
        '[sub_resource type="TileSetAtlasSource" id="s"]\ntexture = ExtResource("1_a")\n'
        "texture_region_size = Vector2i(2, 3)\nseparation = Vector2i(1, 1)\n"
        "1:0/size_in_atlas = Vector2i(2, 1)\n1:0/0 = 0\n"
    )
    ((tile,),) = (page.frames for page in pages_in(tiles))
    assert (tile.x, tile.y, tile.width, tile.height) == (3, 0, 5, 3)


def test_all_drawn_tiles_of_a_tileset_without_names_are_cut() -> None:
    page = canvas(12, 6)
    page[0:3, 0:2] = page[3:6, 2:4] = UPRIGHT
    image = '<image source="t.png" width="12" height="6"/>'
    data = f'<tileset tilewidth="2" tileheight="3" tilecount="12" columns="6">{image}</tileset>'
    pieces = cut(page, data)
    assert [piece.name for piece in pieces] == ["", ""]
    assert all(same(piece.pixels, UPRIGHT) for piece in pieces)
    kept = Slice(method="data", data=data, keep_empty=True).pieces(DecodedImage("t", (page,)))
    assert len(kept) == 12


def test_style_sheets_of_others_are_cut() -> None:
    data = """
    /* .no { width: 1px; height: 1px; background-position: 0 0 } */
    .icon { background-image: url('img/a{b}.png'); }
    .icon-gem, .other { background-position: -4px -1px; width: 2px; height: 3px }
    @media print { .icon-gem { width: 9px; height: 9px; background-position: 0 0 } }
    """
    (page,) = pages_in(data)
    assert (page.image, [each.name for each in page.frames]) == ("img/a{b}.png", ["other"])
    assert same(cut(page_with(UPRIGHT), data)[0].pixels, UPRIGHT)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("", "no form that can be read"), ("hello", "no form"), ("<svg/>", "no form"), ("a: 1\nb: 2", "no form"),
        ("a.png\nwalk\nbounds: 0, 0, 8\n", "not an atlas of libGDX: .* not 4 numbers"),
        ("a.png\nwalk\nxy: 0, 0\n", "nothing says where 'walk' lies"),
        ("a.png\nwalk\nbounds: 0, 0, 8, 8\nrotate: 45\n", "turned by '45'"),
        ("a.png\nwalk\nbounds: 0, 0, 8, 8\noffsets: 0, 0, 4, 4\n", "impossible sizes"),
        ("a.png\nwalk\nbounds: 0, 0, 1e9, 8\n", "is no number"),
        ("a.png\nwalk\nbounds: 0, 0, 99999, 8\n", "impossible sizes"),
        ("a.png\n" + "walk\nbounds: 0, 0, 8, 8\n" * 10_001, "10001 frames, more than"),
        ("<TextureAtlas>", "damaged XML"), ("<TextureAtlas/>", "has no frames"),
        ("<TextureAtlas>" + "<a>" * 100, "too many parts"),
        ("<TextureAtlas>" + "<a/>" * 300_000, "too many parts"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><TextureAtlas imagePath="&b;"/>', "damaged XML"),
        ('<TextureAtlas><SubTexture x="0" y="0" width="8" height="8"/></TextureAtlas>', "name is no text"),
        ('<TextureAtlas><SubTexture name="a" x="0" y="0"/></TextureAtlas>', "is no number"),
        ('<tileset tilewidth="8" tileheight="8"/>', "pictures of their own"),
        ('<tileset tilewidth="0" tileheight="8"><image width="8" height="8"/></tileset>', "have no size"),
        ('<tileset tilewidth="8" tileheight="8" tilecount="99999"><image width="8" height="8"/></tileset>', "99999"),
        ("[gd_resource]\n", "has no frames"),
        ('[gd_resource]\n[sub_resource type="AtlasTexture" id="1"]\n', "'atlas' is missing"),
        (":format=40300\n", "is no number"), (":size=8x8\na;0;0\n", "not a .tpsheet"),
        (".a { background-position: left top; width: 1px; height: 1px }", "is no number"),
        ("{" * 100 + "background-position", "JSON"), ("a" + "{" * 100 + "background-position", "nested too deeply"),
    ],
)  # fmt: skip
def test_data_that_makes_no_sense_is_refused_in_words(data: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        pages_in(data)


@pytest.mark.parametrize(
    "part", ['"', '\\"', "{", "}", "/*", "<!--", "url(", "[a", "[a]\n", '"name":"', "a:", "a\n", " "]
)
@pytest.mark.parametrize(
    "start", [".a {background-position", "<TextureAtlas ", "[gd_resource ", ":size=", "xy: 1"]
)
def test_odd_data_of_any_form_costs_little(start: str, part: str) -> None:
    began = time.thread_time()
    with pytest.raises(InvalidInput):
        pages_in(start + part * 50_000)
    assert time.thread_time() - began < 20  # some hundredths, on a machine of today


def test_the_first_reader_that_fits_is_the_right_one() -> None:
    for form in STILL:
        sheet = Sheet(spec=SPEC, cells=form in GRIDS).pack(FRAMES)
        (data,) = (content.decode() for content in written(sheet, form).values())
        fitting = [reader.called for reader in READERS if reader.fits(data)]
        assert len(fitting) == 1 or fitting[0] == "a resource of Godot", form
    with pytest.raises(PictureUnusable, match="outside"):
        cut(canvas(2, 2), OLD.format(turned="false", index=-1))
