"""Ground tiles from the command line: single ones, and sets for map editors."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytiled_parser import parse_map

from audobon_cli.media.image.png import read_recipe
from tests.conftest import Audobon

MAP = """<map version="1.10" tiledversion="1.10.2" orientation="orthogonal" renderorder="right-down" width="1"
 height="1" tilewidth="16" tileheight="16" infinite="0" nextlayerid="1" nextobjectid="1">
 <tileset firstgid="1" source="SHEET.tsx"/></map>"""


@pytest.mark.parametrize(
    "options", [("--style", "pixel", "--size", "16"), ("--size", "96"), ("--tile", "xy")]
)
def test_a_tile_is_drawn_named_and_reproduced(audobon: Audobon, options: tuple[str, ...]) -> None:
    made = audobon(
        "generate", "stone floor tile, seamless", "--seed", "4", *options, "--count", "2", "--json"
    )
    assert made.status == 0
    first, second = made.data["assets"]
    assert first["blob"] != second["blob"]
    with Image.open(first["path"]) as image:
        assert image.getchannel("A").getextrema() == (255, 255)
    recipe = read_recipe(Path(first["path"]))
    assert recipe is not None
    assert recipe.composition["scene"]["ground"] == {"ground": "stone", "seed": 4}
    again = audobon("reproduce", first["id"], second["id"], "--exact", "--json")
    assert [one["status"] for one in again.data["assets"]] == ["identical", "identical"]


def test_a_tile_is_written_in_vectors(audobon: Audobon) -> None:
    assert audobon("generate", "mossy cobblestone tile", "--seed", "1", "--out", "moss.svg").status == 0
    assert "clipPath" in Path("moss.svg").read_text()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--strength", "0.5"), "without a seam"),
        (("--style", "pixel", "--size", "101"), "no grid"),
        (("--style", "pixel", "--size", "8"), "no grid"),
        (("--strength", "0", "--steps", "9"), "no effect"),
    ],
)
def test_what_a_tile_cannot_be_is_refused(audobon: Audobon, options: tuple[str, ...], words: str) -> None:
    ran = audobon("generate", "lava tile", *options, "--json")
    assert (ran.status, ran.json["error"]["code"]) == (2, "usage.invalid")
    assert words in ran.json["error"]["message"]
    assert not list(Path().glob("*.png"))


def test_what_was_understood_is_said(audobon: Audobon) -> None:
    ran = audobon("generate", "spotted grass to water", "--seed", "1", "--style", "pixel")
    assert ran.status == 0
    assert "audobon sprite tileset" in audobon("generate", "sand to water tile", "--seed", "1").err
    assert "spotted: changes nothing" in audobon("generate", "spotted sand tile", "--seed", "1").err


def tileset(audobon: Audobon, *arguments: str) -> str:
    ran = audobon(
        "sprite", "tileset", *arguments, "--style", "pixel", "--size", "16", "--seed", "1", "--name", "land", "--out",
        "art", "--format", "tiled", "--format", "godot-tileset", "--json",
    )  # fmt: skip
    assert ran.status == 0, ran.err
    assert [Path(path).name for path in ran.data["files"]] == ["land.png", "land.tsx", "land-tileset.tres"]
    return Path("art/land-tileset.tres").read_text()


def test_a_set_is_sixteen_assets_and_a_sheet_that_tiled_and_godot_know(audobon: Audobon) -> None:
    resource = tileset(audobon, "grass", "water")
    tiles = audobon("assets", "list", "--json").data["assets"]
    assert len(tiles) == 17
    Path("art/map.tmx").write_text(MAP.replace("SHEET", "land"))
    [wang] = parse_map(Path("art/map.tmx")).tilesets[1].wang_sets or []
    assert (wang.wang_type, [color.name for color in wang.wang_colors]) == ("corner", ["grass", "water"])
    ids = {tuple(tile.wang_id[1::2]) for tile in wang.wang_tiles.values()}
    assert len(ids) == 16
    assert {value for one in ids for value in one} == {1, 2}
    with Image.open("art/land.png") as sheet:
        assert sheet.size == (64, 64)
        tile = np.asarray(sheet)[:16, :16]
    [none] = [one["id"] for one in tiles if one["name"] == "grass_water_none"]
    assert audobon("assets", "export", none, "--out", "one").status == 0
    with Image.open("one/grass_water_none.png") as image:
        assert (np.asarray(image.convert("RGBA")) == tile).all()
    assert "terrain_set_0/mode = 1" in resource
    assert resource.count("/terrain_set = 0") == 16
    assert resource.count("/terrain = 0") == 15
    assert "0:0/0/terrains_peering_bit/top_right_corner = 1" in resource
    again = audobon("reproduce", "grass_water_all", "land", "--exact", "--json")
    assert [one["status"] for one in again.data["assets"]] == ["identical"] * 2
    assert audobon("assets", "credits", "land", "--json").data["credits"] == []
    before = {one["id"]: one["blob"] for one in tiles}
    tileset(audobon, "grass", "water", "--overwrite")
    after = {one["id"]: one["blob"] for one in audobon("assets", "list", "--json").data["assets"]}
    assert after == before, "the same set is the same assets"


@pytest.mark.parametrize(("layout", "tiles", "told"), [("blob", 48, 47), ("edge", 17, 16)])
def test_lone_tiles_are_told_from_the_ground_around(
    audobon: Audobon, layout: str, tiles: int, told: int
) -> None:
    resource = tileset(audobon, "purple grass", "dirt", "--layout", layout)
    mode = {"blob": 0, "edge": 2}[layout]
    assert f"terrain_set_0/mode = {mode}" in resource
    assert len(re.findall(r"/terrain = 0", resource)) == tiles - 1
    assert len(re.findall(r"/terrain = 1", resource)) == 1
    Path("art/map.tmx").write_text(MAP.replace("SHEET", "land"))
    [wang] = parse_map(Path("art/map.tmx")).tilesets[1].wang_sets or []
    ids = [tuple(tile.wang_id) for tile in wang.wang_tiles.values()]
    assert len(ids) == len(set(ids)) == told, "Tiled has no two tiles for one place"


def test_variants_are_further_tiles_of_each_ground(audobon: Audobon) -> None:
    resource = tileset(audobon, "grass", "dirt", "--variants", "2")
    assert resource.count("/terrain_set = 0") == 20
    names = {one["name"] for one in audobon("assets", "list", "--json").data["assets"]}
    assert {"grass_variant_2", "grass_variant_3", "dirt_variant_2", "dirt_variant_3"} <= names


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("grass", "dragon"), "'dragon' is no ground"),
        (("", "water"), "'' is no ground"),
        (("grass", "lawn"), "both are grass"),
        (("grass", "water", "--layout", "hex"), "no tile set 'hex'"),
        (("grass", "water", "--variants", "65"), "--variants 65"),
        (("grass", "water", "--format", "tiled"), "need a folder"),
        (("grass", "water", "--style", "pixel", "--size", "101"), "no grid"),
        (("grass", "water", "--out", "art", "--format", "tield"), "no sheet format"),
    ],
)
def test_odd_sets_are_refused_with_nothing_made(
    audobon: Audobon, arguments: tuple[str, ...], words: str
) -> None:
    ran = audobon("sprite", "tileset", *arguments, "--json")
    assert ran.status == 2
    assert words in ran.json["error"]["message"]
    assert not audobon("assets", "list", "--json").data["assets"]
    assert not Path("art").exists()


def test_files_in_the_way_are_told_before_anything_is_drawn(audobon: Audobon) -> None:
    Path("art").mkdir()
    Path("art/grass_water_corner.png").write_bytes(b"mine")
    ran = audobon("sprite", "tileset", "grass", "water", "--out", "art", "--json")
    assert ran.json["error"]["code"] == "output.exists"
    assert Path("art/grass_water_corner.png").read_bytes() == b"mine"
    assert not audobon("assets", "list", "--json").data["assets"]
