"""Twelve thousand icons through the whole workshop, opened by PixiJS: slow, and needs icons.

SPRITE_ICONS names a folder with Iconify's JSON sets in it (``icons.json``; the npm packages
@iconify-json/noto, twemoji, fluent-emoji-flat ...); resvg_py draws them. Figures are printed: run with
``-s``.
"""

import importlib
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from audobon_cli.derivations.run import OperationContext
from audobon_cli.derivations.sources import Source
from audobon_cli.domain.events import ignore
from audobon_cli.library.import_files import ImportRequest, ImportStatus, import_files
from audobon_cli.library.semantic_search import WordTable
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.search.index import Paging
from audobon_cli.library.store.search.query import Order, parse_query
from audobon_cli.media.image.pixels import Pixels, encode_png, read_picture
from audobon_cli.sprites.make_sheet import SheetRequest, make_sheet
from audobon_cli.sprites.operations.palettes import ApplyPalette, ExtractPalette
from audobon_cli.sprites.palettes import PaletteRequest, use_palette
from audobon_cli.sprites.sheets.sheet import Sheet
from tests.sprites.test_peers import node, peer

COUNT, SIDE, COLOURS, PAGE = 12_000, 64, 64, 2048


def drawn(folder: Path, count: int) -> list[tuple[str, bytes]]:
    """Up to ``count`` different icons, name and PNG. Skips the test where they cannot be had."""
    resvg = pytest.importorskip("resvg_py")
    icons: dict[bytes, str] = {}
    for path in sorted(folder.rglob("icons.json")):
        data = json.loads(path.read_text())
        for name, icon in data["icons"].items():
            wide, high = icon.get("width", data.get("width", 16)), icon.get("height", data.get("height", 16))
            svg = (
                '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
                f' viewBox="0 0 {wide} {high}"'
                f' width="{SIDE}" height="{SIDE}">{icon["body"]}</svg>'
            )
            picture = read_picture(bytes(resvg.svg_to_bytes(svg_string=svg)), name)
            icons.setdefault(encode_png(picture.still), f"{path.parent.name}-{name}")
            if len(icons) == count:
                break
        if len(icons) == count:
            break
    return [(name, data) for data, name in icons.items()]


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_thousands_of_icons_locked_packed_and_opened(tmp_path: Path) -> None:
    folder = os.environ.get("SPRITE_ICONS")
    if not folder:
        pytest.skip("SPRITE_ICONS names no folder of icon sets")
    peer("pixi.js")
    importlib.import_module("scipy.spatial")
    marks = [("start", time.perf_counter())]

    def mark(name: str) -> None:
        marks.append((name, time.perf_counter()))
        sys.stdout.write(f"{name:<28}{marks[-1][1] - marks[-2][1]:8.1f} s\n")

    icons = drawn(Path(folder), COUNT)
    mark(f"drawn: {len(icons)}")
    (tmp_path / "icons").mkdir()
    for name, data in icons:
        (tmp_path / "icons" / f"{name}.png").write_bytes(data)
    mark("written")
    library = Library.create(tmp_path / "library")
    imported = import_files(library, ImportRequest((str(tmp_path / "icons"),)))
    mark(f"imported: {imported.count(ImportStatus.IMPORTED)}")
    assets = [library.assets.get(file.asset) for file in imported.files if file.asset]
    assert len(assets) == len(icons)
    page = library.assets.find(parse_query("scary animal"), Paging(Order.RELEVANCE, 24), WordTable())
    mark("searched for: scary animal")
    sys.stdout.write(f"  {' '.join(asset.name for asset in page.assets)}\n")
    if any("ghost" in name for name, _ in icons):
        seen = {word for asset in page.assets for word in asset.name.split("-")}
        assert {"ghost", "spider", "snake", "bat", "wolf"} <= seen
    bench = OperationContext(library, ignore)
    request = PaletteRequest(ExtractPalette(COLOURS), ApplyPalette())
    palette, *locked = use_palette([Source(a.name, asset=a) for a in assets], request, bench)
    mark(f"palette-locked: {len(locked)}")
    assert palette.asset is not None
    allowed = {
        tuple(c) for c in read_picture(library.blobs.read(palette.asset.blob)).still[0, :, :3].tolist()
    }
    out = tmp_path / "out"
    sheet = SheetRequest("icons", Sheet(max_size=PAGE, padding=1), ("json",))
    report = make_sheet([made.source for made in locked], sheet, OperationContext(library, ignore, out, True))
    mark(f"packed: {len(report.pages)} pages")
    sizes = [f"{w}x{h}" for w, h in report.record.pages]
    jsons = [path for path in report.files if path.suffix == ".json"]
    found = node("pixi.js", "pixi.cjs", *(f"{s}={p}" for s, p in zip(sizes, jsons, strict=True)))
    mark(f"opened by PixiJS: {len(found['frames'])}")
    pages = {
        path.name: read_picture(path.read_bytes()).still for path in report.files if path.suffix == ".png"
    }
    assert len(found["frames"]) == len(locked)
    by_name = {frame["name"]: frame for frame in found["frames"]}
    for made, record in zip(locked, report.record.frames, strict=True):
        assert made.asset is not None
        original = read_picture(library.blobs.read(made.asset.blob)).still
        assert np.array_equal(cut_out(by_name[record.name], pages), original), record.name
    for page in pages.values():
        assert {tuple(c) for c in np.unique(page[page[..., 3] > 0][:, :3], axis=0).tolist()} <= allowed
    mark("compared pixel by pixel")
    stored = len({(f.page, f.x, f.y) for f in report.record.frames})
    area = sum(w * h for w, h in report.record.pages)
    used = sum(f[2] * f[3] for f in {(f.page, (f.x, f.y), f.width, f.height) for f in report.record.frames})
    sys.stdout.write(
        f"{len(locked)} frames, {stored} stored, {len(pages)} pages, {used / area:.1%} of their area used\n"
    )


def cut_out(frame: dict[str, list[float]], pages: dict[str, Pixels]) -> Pixels:
    """A frame as PixiJS would show it."""
    x, y, w, h = (round(v) for v in frame["frame"])
    left, top, *_ = (round(v) for v in frame["trim"] or (0, 0))
    wide, high = (round(v) for v in frame["orig"])
    whole = np.zeros((high, wide, 4), dtype=np.uint8)
    whole[top : top + h, left : left + w] = pages[str(frame["image"])][y : y + h, x : x + w]
    return whole
