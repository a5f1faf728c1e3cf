"""Pictures that look alike are found, and duplicates; colours are what is painted."""

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from audobon_cli.domain.asset import Asset, AssetKind
from audobon_cli.domain.events import Event
from audobon_cli.library.add import add_asset
from audobon_cli.library.semantic_search import WordTable, similar_in_meaning
from audobon_cli.library.similar import find_duplicates, index_appearances, similar_assets
from audobon_cli.library.store.library import Library
from audobon_cli.library.thumbnails import make_thumbnails, thumbnail, thumbnail_path
from audobon_cli.library.trash import trash_assets
from audobon_cli.media.image.appearance import compute_appearance
from audobon_cli.media.types import Appearance
from tests.library.samples import draft
from tests.media.samples import SVG, encoded


def _drawn(shape: str, color: str, shift: int = 0, side: int = 64) -> bytes:
    import io

    picture = Image.new("RGBA", (side, side))
    box = (side // 8 + shift, side // 8, side * 3 // 4 + shift, side // 2)
    getattr(ImageDraw.Draw(picture), shape)(box, fill=color)
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


def _file(library: Library, name: str, data: bytes, **other: object) -> Asset:
    return add_asset(library, draft(name, **other), data).asset


def test_the_same_thing_larger_or_recoloured_is_near_and_another_far(library: Library) -> None:
    one = _file(library, "one", _drawn("ellipse", "#aa3322"))
    larger = _file(library, "larger", _drawn("ellipse", "#aa3322", side=128))
    paler = _file(library, "paler", _drawn("ellipse", "#bb4433"))
    _file(library, "other", encoded(seed=9))
    assert index_appearances(library) == 4
    assert index_appearances(library) == 0
    found = similar_assets(library, one)
    assert {alike.asset.id for alike in found} == {larger.id, paler.id}
    assert [alike.bits for alike in found] == sorted(alike.bits for alike in found)
    trash_assets(library, [larger])
    assert [alike.asset.id for alike in similar_assets(library, one)] == [paler.id]
    assert library.assets.problems() == ()


def test_colours_are_those_painted_and_can_be_asked_for(library: Library) -> None:
    asset = _file(library, "green", _drawn("rectangle", "#3a9d23"))
    index_appearances(library)
    assert compute_appearance(_drawn("rectangle", "#3a9d23")).colors == ((0x3A, 0x9D, 0x23),)
    assert library.assets.matching("palette:#3a9d23") == (asset,)
    assert library.assets.matching("palette:#ff0000") == ()


@pytest.mark.parametrize(
    "data", [b"", b"junk", encoded()[:60], SVG], ids=["empty", "junk", "cut off", "vector"]
)
def test_what_cannot_be_decoded_looks_like_nothing(library: Library, data: bytes) -> None:
    assert compute_appearance(data) == Appearance(0, ())
    kind = AssetKind.VECTOR if data == SVG else AssetKind.SPRITE
    asset = _file(library, "odd", data, kind=kind)
    assert index_appearances(library) == 1
    assert similar_assets(library, asset) == ()
    assert thumbnail(library, asset) is None


def test_a_missing_file_does_not_stop_the_look(library: Library) -> None:
    asset = _file(library, "gone", b"x")
    library.blobs.path(asset.blob).unlink()
    events: list[Event] = []
    assert index_appearances(library, events.append) == 1
    assert events


def test_duplicates_are_grouped_by_bytes_and_by_look(library: Library) -> None:
    from tests.library.samples import recipe

    first = _file(library, "first", _drawn("ellipse", "red"), recipe=recipe(1))
    same = _file(library, "same", _drawn("ellipse", "red"), recipe=recipe(2))
    alike = _file(library, "alike", _drawn("ellipse", "red", side=128))
    _file(library, "other", encoded(seed=3))
    index_appearances(library)
    (group,) = find_duplicates(library, near=False)
    assert (group.exact, {asset.id for asset in group.assets}) == (True, {first.id, same.id})
    exact, near = find_duplicates(library, near=True)
    assert (exact.exact, near.exact) == (True, False)
    assert alike.id in {asset.id for asset in near.assets}


def test_hashes_of_many_assets_lie_in_many_pages(library: Library) -> None:
    assets = [add_asset(library, draft(str(n)), str(n).encode()).asset for n in range(3)]
    with library.database.transaction() as transaction:
        for place, asset in enumerate(assets):
            transaction.run("UPDATE assets SET number = ? WHERE id = ?", 5000 * (place + 1), asset.id)
            transaction.run("UPDATE asset_search SET words = '', facets = '' WHERE rowid = ?", place + 1)
    with library.change() as changes:
        for place, asset in enumerate(assets):
            changes.look(asset.id, Appearance((1 << 63) + (1 << place) - 1, ()))
    assert [one.asset.id for one in similar_assets(library, assets[2], bits=1)] == [assets[1].id]


def test_meaning_goes_by_name_and_prompt(library: Library) -> None:
    ghost = _file(library, "ghost", b"g")
    names = {"haunting": b"m", "spirit": b"w", "teacup": b"t"}
    for name, data in names.items():
        _file(library, name, data)
    near = similar_in_meaning(library, ghost, WordTable(), 5)
    assert [asset.name for asset in near] in (["haunting", "spirit"], ["spirit", "haunting"])
    assert similar_in_meaning(library, _file(library, "??", b"q"), WordTable(), 5) == []


def test_thumbnails_are_small_kept_and_made_again(library: Library, tmp_path: Path) -> None:
    small, large = (
        _file(library, "s", _drawn("ellipse", "red")),
        _file(library, "l", _drawn("ellipse", "red", side=300)),
    )
    broken = _file(library, "b", b"x")
    assert make_thumbnails(library, [small, large, broken]) == (2, 1)
    for asset, side in ((small, 64), (large, 128)):
        with Image.open(thumbnail_path(library, asset.blob)) as opened:
            assert opened.size == (side, side)
    path = thumbnail_path(library, small.blob)
    path.unlink()
    assert thumbnail(library, small) == path.read_bytes()
