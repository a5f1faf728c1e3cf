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


def _shade(falling: bool, plus: int = 0, side: int = 32) -> bytes:
    import io

    picture = Image.new("RGB", (side, side))
    for x in range(side):
        level = (250 - 6 * x if falling else 58 + 6 * x) + plus
        picture.paste((level,) * 3, (x, 0, x + 1, side))
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


def _plain(colour: str) -> bytes:
    import io

    stream = io.BytesIO()
    Image.new("RGB", (16, 16), colour).save(stream, "PNG")
    return stream.getvalue()


def test_pictures_that_rise_nowhere_are_alike_by_their_colours(library: Library) -> None:
    made = {
        "fall": _shade(True),
        "fall again": _shade(True, 1),
        "rise": _shade(False),
        "rise again": _shade(False, 1),
        "red": _plain("#c00000"),
        "red again": _plain("#c10000"),
        "blue": _plain("#0000c0"),
    }
    assets = {name: _file(library, name, data) for name, data in made.items()}
    index_appearances(library)

    def near(name: str) -> set[str]:
        return {one.asset.name for one in similar_assets(library, assets[name])}

    assert {name: near(name) for name in made} == {
        "fall": {"fall again"},
        "fall again": {"fall"},
        "rise": {"rise again"},
        "rise again": {"rise"},
        "red": {"red again"},
        "red again": {"red"},
        "blue": set(),
    }
    groups = [{asset.name for asset in group.assets} for group in find_duplicates(library, near=True)]
    assert sorted(groups, key=min) == [{"fall", "fall again"}, {"red", "red again"}, {"rise", "rise again"}]


def _gradient(to: tuple[int, int, int], turned: str, form: str = "PNG", side: int = 64) -> bytes:
    """From black to a colour: rise, fall, down (it grows brighter downwards) or up."""
    import io

    picture = Image.new("RGB", (side, side))
    for x in range(side):
        picture.paste(tuple(level * x // (side - 1) for level in to), (x, 0, x + 1, side))
    turns = {
        "fall": Image.Transpose.ROTATE_180,
        "down": Image.Transpose.ROTATE_270,
        "up": Image.Transpose.ROTATE_90,
    }
    stream = io.BytesIO()
    (picture.transpose(turns[turned]) if turned in turns else picture).save(stream, form, quality=90)
    return stream.getvalue()


def test_gradients_are_alike_by_colours_and_direction(library: Library) -> None:
    colours = {"red": (255, 0, 0), "blue": (40, 80, 255), "grey": (200, 200, 200)}
    assets = {
        (name, turned, copy): _file(library, f"{name} {turned} {copy}", _gradient(colour, turned, *how))
        for name, colour in colours.items()
        for turned in ("rise", "fall", "down", "up")
        for copy, how in (("first", ("PNG",)), ("small", ("PNG", 48)), ("lossy", ("WEBP",)))
    }
    index_appearances(library)
    for (name, turned, copy), asset in assets.items():
        others = {f"{name} {turned} {other}" for other in ("first", "small", "lossy") if other != copy}
        found = {one.asset.name for one in similar_assets(library, asset)}
        assert found <= others, asset.name
        assert f"{name} {turned} small" in found | {asset.name}
    for group in find_duplicates(library, near=True):
        assert len({asset.name.rpartition(" ")[0] for asset in group.assets}) == 1


def test_looks_of_older_libraries_are_taken_again(library: Library) -> None:
    one, other = (_file(library, name, _plain(name)) for name in ("#c00000", "#c10000"))
    with library.change() as changes:
        for asset in (one, other):
            changes.look(asset.id, Appearance(0, ((0xC0, 0, 0),)))
    assert similar_assets(library, one) == ()
    index_appearances(library)
    assert [found.asset.id for found in similar_assets(library, one)] == [other.id]
    assert not library.survey.without_appearance(1)
    assert library.assets.problems() == ()


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


@pytest.mark.plain
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
