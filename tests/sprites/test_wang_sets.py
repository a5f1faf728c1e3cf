"""Wang sets, as the parser of Arcade and others reads them."""

from pathlib import Path

import pytest
from pytiled_parser import parse_map

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.sprites.sheets.formats import sheet_files
from audobon_cli.sprites.sheets.formats.target import Target
from audobon_cli.sprites.sheets.sheet import Sheet
from tests.sprites.samples import disc, picture

TILES = [picture(disc(8 + n), name) for n, name in enumerate(("grass", "shore", "post"))]
SPEC = """
[wangsets.ground]
colors = { grass = "#3A9D23", dirt = "#8a5a2b" }
[wangsets.ground.tiles]
grass = "grass"
shore = ["dirt", "grass", "-", "dirt"]
[wangsets.fence]
kind = "edge"
colors = { wood = "#ffffff" }
tiles = { post = ["wood", "-", "wood", "-"] }
"""
MAP = """<map version="1.10" tiledversion="1.10.2" orientation="orthogonal" renderorder="right-down" width="1"
 height="1" tilewidth="10" tileheight="10" infinite="0" nextlayerid="1" nextobjectid="1">
 <tileset firstgid="1" source="land.tsx"/></map>"""


def test_tiled_gets_corners_and_edges(tmp_path: Path) -> None:
    sheet = Sheet(cells=True, columns=3, spec=SPEC).pack(TILES)
    for name, content in sheet_files(sheet, ("tiled",), Target("land", ("land.png",))).items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "map.tmx").write_text(MAP)
    ground, fence = parse_map(tmp_path / "map.tmx").tilesets[1].wang_sets or []
    assert (ground.name, ground.wang_type, fence.wang_type) == ("ground", "corner", "edge")
    assert [color.name for color in ground.wang_colors] == ["grass", "dirt"]
    assert tuple(ground.wang_colors[0].color) == (0x3A, 0x9D, 0x23, 255)
    assert {number: tile.wang_id for number, tile in ground.wang_tiles.items()} == {
        0: [0, 1, 0, 1, 0, 1, 0, 1], 1: [0, 2, 0, 1, 0, 0, 0, 2]
    }  # fmt: skip
    assert fence.wang_tiles[2].wang_id == [1, 0, 0, 0, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("kind = 'hex'", "kind of w"),
        ("colors = {}", "wants 1 to 254"),
        ("colors = { a = 'red' }", "no colour"),
        ("colors = { a = '#000000' }\nspeed = 3", "not known"),
        ("colors = { a = '#000000' }\ntiles = { sea = 'a' }", "no frame of w"),
        ("colors = { a = '#000000' }\ntiles = { grass = 'b' }", "none of the colors"),
        ("colors = { a = '#000000' }\ntiles = { grass = ['a'] }", "4 are wanted"),
        ("colors = 3", "cannot be used"),
    ],
)
def test_a_wrong_set_says_what_is_wrong(table: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        Sheet(cells=True, spec=f"[wangsets.w]\n{table}").pack(TILES)
