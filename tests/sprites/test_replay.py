"""Replays: the same bytes where nothing changed, the right ones where something did."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audobon_cli.derivations.replay import ReplayStatus, remake, replace_content, replay, with_content
from audobon_cli.derivations.run import OperationContext, Task, derived_by, make
from audobon_cli.derivations.sources import Source
from audobon_cli.domain.asset import Asset, AssetKind
from audobon_cli.domain.errors import PictureUnusable
from audobon_cli.domain.events import ignore
from audobon_cli.domain.media import ImageInfo
from audobon_cli.library.add import AssetDraft, add_asset
from audobon_cli.library.store.library import Library
from audobon_cli.media.image.pixels import DecodedImage, encode_png
from audobon_cli.sprites.operations.frame_times import FRAME_KEYWORD
from audobon_cli.sprites.operations.operation import Operation
from audobon_cli.sprites.operations.outline import Outline
from audobon_cli.sprites.operations.palettes import DITHERS, ApplyPalette, ExtractPalette
from audobon_cli.sprites.operations.pixelate import Pixelate
from audobon_cli.sprites.operations.recolor import Recolor
from audobon_cli.sprites.operations.tile import Tile
from audobon_cli.sprites.operations.trim import Trim
from audobon_cli.sprites.operations.upscale import Upscale
from audobon_cli.sprites.pictures import PictureReader
from audobon_cli.sprites.sheets.sheet import Sheet
from audobon_cli.sprites.sheets.slice import Slice
from tests.sprites.samples import GREEN, RED, disc, knight


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """An empty one."""
    return Library.create(tmp_path / "library")


def filed(library: Library, name: str, pixels: np.ndarray) -> Asset:
    """A source asset."""
    draft = AssetDraft(name, AssetKind.SPRITE, ImageInfo(pixels.shape[1], pixels.shape[0], "RGBA"))
    return add_asset(library, draft, encode_png(pixels)).asset


def derived(library: Library, operation: Operation, parents: Sequence[Asset], name: str = "d") -> Asset:
    """What the operation makes of assets, filed."""
    sources = tuple(Source(parent.name, asset=library.assets.get(parent.id)) for parent in parents)
    (made,) = make([Task(operation, sources, name)], OperationContext(library, ignore))
    assert made.asset is not None
    return made.asset


def random_operation(rng: random.Random, assets: list[Asset]) -> tuple[Operation, list[Asset]]:
    """Any operation with any parameters that work on any visible picture, and parents for it."""
    parent = rng.choice(assets)
    several = rng.sample(assets, k=min(len(assets), rng.randint(1, 5)))
    operations: list[tuple[Operation, list[Asset]]] = [
        (Trim(padding=rng.randint(0, 2), square=rng.random() < 0.5), [parent]),
        (Outline(colour=(rng.randrange(256), 9, 9), inner=rng.random() < 0.5, grow=rng.random() < 0.3), [parent]),
        (Recolor(sources=(RED,), targets=(GREEN,), tolerance=rng.random() / 5), [parent]),
        (ApplyPalette(palette=(RED, GREEN, (0, 0, 0)), dither=rng.choice(DITHERS)), [parent]),
        (Pixelate(width=rng.randint(6, 20), height=rng.randint(6, 20)), [parent]),
        (Upscale(factor=2, method=rng.choice(["nearest", "scale2x"])), [parent]),
        (Tile(blend=0.2, hard=rng.random() < 0.5), [parent]),
        (Slice(columns=1, rows=1, method="grid", keep_empty=True), [parent]),
        (ExtractPalette(rng.randint(2, 8)), several),
        (Sheet(names=tuple(f"f{i}" for i in range(len(several))), padding=rng.randint(0, 2), max_size=8192), several),
    ]  # fmt: skip
    return rng.choice(operations)


def grow(library: Library, rng: random.Random, marker: int) -> tuple[list[Asset], list[Asset]]:
    """A random graph: two sources, and six to ten assets made of them and of each other."""
    figure = knight(16, shift=rng.randrange(5))
    figure[8, 8, :3] = (marker, 1, 2)  # no two graphs share a source
    sources = [
        filed(library, f"a{marker}", figure),
        filed(library, f"b{marker}", disc(rng.choice([16, 20, 24]), (rng.randrange(256), marker % 256, 30))),
    ]
    made: list[Asset] = []
    for number in range(rng.randint(6, 10)):
        # Palettes are one pixel high: nothing that needs a picture is made of them.
        usable = [a for a in (*sources, *made) if 8 <= a.height <= 200 and 8 <= a.width <= 200]
        operation, parents = random_operation(rng, usable)
        made.append(derived(library, operation, parents, f"d{marker}_{number}"))
    return sources, made


@pytest.mark.parametrize(
    ("seed", "graphs"), [(20, 12), pytest.param(21, 100, marks=pytest.mark.slow)], ids=["12", "100"]
)
def test_random_graphs_come_out_byte_for_byte(library: Library, seed: int, graphs: int) -> None:
    rng = random.Random(seed)
    for marker in range(graphs):
        sources, made = grow(library, rng, marker)
        report = replay(library, sources, ignore)
        assert {each.status for each in report.assets} == {ReplayStatus.IDENTICAL}
        assert {each.asset.id for each in report.assets} == {asset.id for asset in made}
        assert [library.assets.get(asset.id).blob for asset in made] == [asset.blob for asset in made]


def test_replacing_a_source_gives_what_making_it_all_anew_would_and_back_again(library: Library) -> None:
    rng = random.Random(4)
    for marker in range(6):
        sources, made = grow(library, rng, marker)
        before = {asset.id: asset.blob for asset in made}
        first = library.blobs.read(sources[0].blob)
        replace_content(library, sources[0], encode_png(knight(16, shift=5)), "new.png")
        planned = replay(library, [sources[0]], ignore, dry_run=True)
        assert {a.id: library.assets.get(a.id).blob for a in made} == before
        report = replay(library, [sources[0]], ignore)
        assert [(r.asset.id, r.status) for r in planned.assets] == [
            (r.asset.id, r.status) for r in report.assets
        ]
        for asset in made:
            now = library.assets.get(asset.id)
            assert now.derivation is not None
            parents = [library.assets.get(p.asset) for p in now.derivation.parents]
            assert [p.blob for p in parents] == [p.blob for p in now.derivation.parents]
            assert (sources[0].id in _ancestors(library, now)) == (
                asset.id in {r.asset.id for r in report.assets}
            )
        assert {r.status for r in replay(library, sources, ignore).assets} == {ReplayStatus.IDENTICAL}
        replace_content(library, library.assets.get(sources[0].id), first, "old.png")
        replay(library, [sources[0]], ignore)
        assert {a.id: library.assets.get(a.id).blob for a in made} == before
    assert library.assets.problems() == ()


def _ancestors(library: Library, asset: Asset) -> set[str]:
    found: set[str] = set()
    todo = [asset]
    while todo:
        derivation = todo.pop().derivation
        for parent in derivation.parents if derivation else ():
            if parent.asset not in found:
                found.add(parent.asset)
                todo.append(library.assets.get(parent.asset))
    return found


def test_only_what_depends_on_the_replaced_asset_is_looked_at(library: Library) -> None:
    one, other = filed(library, "one", knight()), filed(library, "other", disc())
    mine, theirs = derived(library, Trim(), [one]), derived(library, Trim(), [other])
    lined = derived(library, Outline(grow=True), [mine])
    replace_content(library, one, encode_png(knight(32)), "x.png")
    report = replay(library, [one], ignore)
    assert [r.asset.id for r in report.assets] == [mine.id, lined.id]
    assert {r.status for r in report.assets} == {ReplayStatus.REMADE}
    assert library.assets.get(theirs.id).blob == theirs.blob
    now = library.assets.get(lined.id)
    assert (now.width, now.height) == (16, 28)


def test_what_was_replaced_is_in_the_trash_and_a_painted_over_child_is_left_alone(library: Library) -> None:
    source = filed(library, "source", knight())
    child = derived(library, Trim(), [source])
    grandchild = derived(library, Upscale(), [child])
    painted = replace_content(library, child, encode_png(disc(20)), "painted.png")
    assert painted.id == child.id
    assert painted.derivation is None
    old = library.assets.of_blob(child.blob)
    assert len(old) == 1
    assert old[0] != child.id
    replay(library, [painted], ignore)
    assert library.assets.get(grandchild.id).width == 40
    replace_content(library, source, encode_png(knight(32)), "x.png")
    assert replay(library, [source], ignore).assets == ()
    assert library.assets.get(child.id).blob == painted.blob


def test_a_failure_stops_its_own_branch_alone(library: Library) -> None:
    source = filed(library, "source", knight())
    trimmed, big = derived(library, Trim(), [source], "trimmed"), derived(library, Upscale(), [source], "big")
    lined = derived(library, Outline(), [trimmed], "lined")
    replace_content(library, source, encode_png(np.zeros((8, 8, 4), dtype=np.uint8)), "empty.png")
    report = replay(library, [source], ignore)
    status = {r.asset.name: r.status for r in report.assets}
    assert status == {
        "trimmed": ReplayStatus.FAILED, "lined": ReplayStatus.FAILED, "big": ReplayStatus.REMADE,
    }  # fmt: skip
    error = report.error()
    assert error is not None
    assert "trimmed: Nothing of source is visible" in error.message
    assert library.assets.get(lined.id).blob == lined.blob
    assert library.assets.get(big.id).width == 16


def test_a_sheet_that_needs_fewer_pages_says_so(library: Library) -> None:
    frames = [filed(library, f"f{i}", disc(80, (i * 30, 0, 0))) for i in range(4)]
    operation = Sheet(names=("a", "b", "c", "d"), max_size=64, page=2)
    page = derived(library, operation, frames)
    for frame in frames:
        replace_content(library, frame, encode_png(knight()), "x.png")
    (result,) = replay(library, [page], ignore).assets
    assert result.status is ReplayStatus.FAILED
    assert "pages now" in result.reason


def without(parameters: dict[str, Any], *names: str) -> dict[str, Any]:
    """``parameters`` as they were recorded before there were ``names``."""
    return {key: value for key, value in parameters.items() if key not in names}


@pytest.mark.parametrize("cells", [False, True])
@pytest.mark.parametrize("grown", [False, True])
def test_pages_of_powers_of_two_come_out_as_they_were(library: Library, cells: bool, grown: bool) -> None:
    """Those of records that have a size that is none: pages grew beyond it at first, and then they did not."""
    frames = [filed(library, f"f{n}", np.full((30, 30, 4), 40 + n, np.uint8)) for n in range(9)]
    sources = tuple(Source(one.name, asset=one) for one in frames)
    page = 0 if grown else 1  # of three
    asked = Sheet(names=tuple("abcdefghi"), page=page, power_of_two=True, max_size=100, cells=cells)
    now = derived(library, asked, frames)
    assert now.width == 64
    assert now.derivation is not None
    assert now.derivation.parameters["max_size"] == 64
    reader = PictureReader(library)
    product = (asked if grown else asked.settled()).run([reader.picture(source) for source in sources])
    data = product.encode()
    with library.pinned():
        library.blobs.put(data)
        with library.change() as changes:
            changes.update(with_content(now, product, data, derived_by(asked, frames)))
    before = library.assets.get(now.id)
    assert before.width == (128 if grown else 64)
    assert [each.status for each in replay(library, [before], ignore).assets] == [ReplayStatus.IDENTICAL]
    assert remake(library, before).data == data


def test_records_of_before_times_of_data_mean_what_they_did() -> None:
    said = json.dumps({"frames": {"a": {"frame": {"x": 0, "y": 0, "w": 16, "h": 16}, "duration": 40}}})
    now = Slice(method="data", data=said, keep_times=True, data_times=True)
    old = Slice.from_parameters(without(now.parameters(), "data_page", "data_times"))
    sheet = DecodedImage("sheet", (knight(),))
    assert now.run([sheet]).texts == {FRAME_KEYWORD: "40"}
    assert old.run([sheet]).texts == {}
    timed = [DecodedImage(f"w_{n}", (knight(shift=n),), texts={FRAME_KEYWORD: "40"}) for n in range(2)]
    asked = Sheet(fps=8, retime=True)
    before = Sheet.from_parameters(without(asked.parameters(), "retime"))
    assert [[frame.duration_ms for frame in one.pack(timed).record.frames] for one in (asked, before)] == [
        [125, 125],
        [40, 40],
    ]


def test_what_is_no_picture_replaces_nothing(library: Library) -> None:
    source = filed(library, "source", knight())
    with pytest.raises(PictureUnusable):
        replace_content(library, source, b"no picture", "x.png")
    assert library.assets.get(source.id).blob == source.blob
    assert replace_content(library, source, library.blobs.read(source.blob), "same.png") == source
    assert library.assets.count() == 1
