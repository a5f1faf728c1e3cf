"""What PixiJS and Phaser make of our sheets, by their own parsers under Node.

They run where `npm install` was run in tests/peers, or NODE_PATH names a folder with the packages.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audobon_cli.media.image.pixels import Pixels, encode_png, read_picture, without_hidden_colour
from audobon_cli.sprites.sheets.formats import sheet_files
from audobon_cli.sprites.sheets.formats.previews import frame_pixels
from audobon_cli.sprites.sheets.formats.target import Target, page_names
from audobon_cli.sprites.sheets.sheet import PackedSheet, Sheet
from tests.sprites.samples import disc, knight, picture

PEERS = Path(__file__).parents[1] / "peers"
SECONDS = 240


def peer(package: str) -> Path:
    """The folder that holds the npm package. Skips the test, saying why, where there is none."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    folders = [str(PEERS / "node_modules"), *filter(None, os.environ.get("NODE_PATH", "").split(os.pathsep))]
    for folder in folders:
        if (Path(folder) / package / "package.json").is_file():
            return Path(folder)
    pytest.skip(f"{package} is not installed: run `npm install` in tests/peers, or set NODE_PATH")


def node(package: str, script: str, *arguments: str) -> dict[str, Any]:
    """What the script prints."""
    environment = {**os.environ, "NODE_PATH": str(peer(package))}
    ran = subprocess.run(
        ["node", str(PEERS / script), *arguments],
        capture_output=True, text=True, env=environment, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert not ran.stderr, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def written(sheet: PackedSheet, format_name: str, folder: Path) -> list[Path]:
    """A sheet's files in ``folder``; the paths of those that are JSON."""
    names = page_names("hero", len(sheet.pages))
    for name, pixels in zip(names, sheet.pages, strict=True):
        (folder / name).write_bytes(encode_png(pixels))
    files = sheet_files(sheet, (format_name,), Target("hero", names))
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]


def same_pictures(found: list[dict[str, Any]], sheet: PackedSheet, folder: Path) -> None:
    """Each frame, cut out of the PNG as the engine would, is the picture that was packed."""
    pages: dict[str, Pixels] = {}
    by_name = {frame["name"]: frame for frame in found}
    assert list(by_name) == [f.name for f in sorted(sheet.record.frames, key=lambda f: f.page)]
    for place, record in enumerate(sheet.record.frames):
        frame = by_name[record.name]
        if frame["image"] not in pages:
            pages[frame["image"]] = read_picture((folder / frame["image"]).read_bytes()).still
        x, y, w, h = (round(v) for v in frame["frame"])
        left, top, *_ = (round(v) for v in frame["trim"] or (0, 0))
        wide, high = (round(v) for v in frame["orig"])
        whole = np.zeros((high, wide, 4), dtype=np.uint8)
        whole[top : top + h, left : left + w] = pages[frame["image"]][y : y + h, x : x + w]
        assert np.array_equal(whole, frame_pixels(sheet, place)), record.name


def sheet_of_pages() -> PackedSheet:
    """Several pages, trimmed and untrimmed frames, pivots, an animation."""
    walk = [picture(knight(shift=i % 5), f"walk_{i:02}") for i in range(6)]
    discs = [picture(disc(30, (i * 20, 90, 200)), f"disc {i}/ä") for i in range(8)]
    sheet = Sheet(max_size=64, extrude=1, spec='pivot = [0.5, 1]\n[animations."walk"]').pack([*walk, *discs])
    assert len(sheet.pages) > 1
    return sheet


def size_of(sheet: PackedSheet, page: int) -> str:
    """As the scripts take it."""
    return "{}x{}".format(*sheet.record.pages[page])


def test_pixi_reads_every_frame_animation_and_page(tmp_path: Path) -> None:
    peer("pixi.js")
    sheet = sheet_of_pages()
    paths = written(sheet, "json", tmp_path)
    found = node("pixi.js", "pixi.cjs", *(f"{size_of(sheet, i)}={p}" for i, p in enumerate(paths)))
    same_pictures(found["frames"], sheet, tmp_path)
    assert found["animations"]["walk"] == [f"walk_{i:02}" for i in range(6)]
    assert found["packs"][0] == [path.name for path in paths[1:]]
    assert all(frame["anchor"] == [0.5, 1] for frame in found["frames"])


def test_phaser_reads_multi_atlas(tmp_path: Path) -> None:
    peer("phaser")
    sheet = sheet_of_pages()
    (path,) = written(sheet, "phaser", tmp_path)
    found = node(
        "phaser", "phaser.cjs", "multi", str(path), *(size_of(sheet, i) for i in range(len(sheet.pages)))
    )
    same_pictures(found["frames"], sheet, tmp_path)
    assert all(frame["anchor"] == [0.5, 1] for frame in found["frames"])


@pytest.mark.parametrize(
    ("format_name", "kind"), [("json", "hash"), ("json-array", "array"), ("aseprite", "array")]
)
def test_phaser_reads_single_atlases(format_name: str, kind: str, tmp_path: Path) -> None:
    peer("phaser")
    inputs = [picture(knight(shift=i), f"walk_{i}") for i in range(3)] + [
        picture(without_hidden_colour(disc(20)), "disc")
    ]
    sheet = Sheet().pack(inputs)
    (path,) = written(sheet, format_name, tmp_path)
    same_pictures(node("phaser", "phaser.cjs", kind, str(path), size_of(sheet, 0))["frames"], sheet, tmp_path)
