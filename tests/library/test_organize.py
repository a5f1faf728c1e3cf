"""Tags, categories, names, notes, ratings and relations change as asked, and the search with them."""

from pathlib import Path

import pytest

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import AssetAmbiguous, AssetNotFound, InvalidInput
from audobon_cli.library.add import add_asset, add_assets
from audobon_cli.library.lineage import family_tree
from audobon_cli.library.organize import (
    add_tags,
    annotate,
    clean_category,
    link,
    move,
    rate,
    remove_tags,
    rename,
    unlink,
)
from audobon_cli.library.select import select_assets, select_one
from audobon_cli.library.stats import library_statistics
from audobon_cli.library.store.library import Library
from tests.library.samples import add_derived, draft, picture


def _three(library: Library) -> list[Asset]:
    names = ("red dragon", "blue dragon", "knight")
    return [one.asset for one in add_assets(library, [(draft(n), n.encode()) for n in names])]


def _found(library: Library, text: str) -> list[str]:
    return [asset.name for asset in library.assets.matching(text)]


def test_tags_come_once_and_go(library: Library) -> None:
    assets = _three(library)
    assert add_tags(library, assets, ["Boss", "wip"]).changed == 3
    assert add_tags(library, assets[:1], ["boss"]).changed == 0
    assert len(_found(library, "tag:boss tag:wip")) == 3
    assert remove_tags(library, assets[:2], ["WIP"]).changed == 2
    assert _found(library, "tag:wip") == ["knight"]
    assert _found(library, "wip") == ["knight"]
    assert library.assets.problems() == library.database.problems() == ()


def test_moving_renaming_noting_and_rating_are_found(library: Library) -> None:
    assets = _three(library)
    move(library, assets[:2], " characters / enemies/ ")
    rename(library, assets[0], "fire dragon")
    annotate(library, assets[2:], "for the castle level")
    rate(library, assets[1:], 4)
    assert _found(library, "in:characters/**") == ["fire dragon", "blue dragon"]
    assert _found(library, "fire") == ["fire dragon"]
    assert _found(library, "red") == []
    assert _found(library, "castle rating:>3") == ["knight"]
    rate(library, assets[2:], None)
    annotate(library, assets[2:], "")
    assert _found(library, "rating:4") == ["blue dragon"]
    assert _found(library, "castle") == []
    assert library.assets.problems() == ()


def test_a_change_that_fails_changes_nothing(library: Library) -> None:
    assets = _three(library)
    with library.change() as changes:
        changes.trash(assets[2].id, 1)
    with pytest.raises(AssetNotFound):
        add_tags(library, assets, ["boss"])
    assert _found(library, "tag:boss") == []


@pytest.mark.parametrize("tags", [[""], ["\n"], ["x" * 65], ["a\x07b"]])
def test_what_is_no_tag_is_refused(library: Library, tags: list[str]) -> None:
    with pytest.raises(InvalidInput):
        add_tags(library, _three(library), tags)


@pytest.mark.parametrize("category", ["a/../b", "..", "a/*", "x" * 301, "a\x07"])
def test_what_is_no_category_is_refused(category: str) -> None:
    with pytest.raises(InvalidInput):
        clean_category(category)


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 301, "\u202e"])
def test_what_is_no_name_is_refused(library: Library, name: str) -> None:
    with pytest.raises(InvalidInput):
        rename(library, _three(library)[0], name)


@pytest.mark.parametrize("rating", [-1, 6])
def test_what_is_no_rating_is_refused(library: Library, rating: int) -> None:
    with pytest.raises(InvalidInput):
        rate(library, _three(library), rating)


def test_relations_are_of_known_kinds_or_words_of_ones_own(library: Library) -> None:
    red, blue, knight = _three(library)
    assert link(library, blue, "variant-of", red)
    assert not link(library, blue, "variant-of", red)
    assert link(library, knight, "fights", red)
    assert _found(library, f"variant-of:{red.id}") == ["blue dragon"]
    assert unlink(library, blue, "variant-of", red)
    assert not unlink(library, blue, "variant-of", red)
    for source, kind, target in ((red, "x y", blue), (red, "variant-of", red), (red, "", blue)):
        with pytest.raises(InvalidInput):
            link(library, source, kind, target)


def test_nothing_derives_from_itself_by_a_detour(library: Library) -> None:
    first, second, third = _three(library)
    link(library, second, "derived-from", first)
    link(library, third, "derived-from", second)
    with pytest.raises(InvalidInput, match="circle"):
        link(library, first, "derived-from", third)


def test_a_tree_shows_ancestors_children_and_shared_ones_once(library: Library) -> None:
    first, second, _ = _three(library)
    child = add_derived(library, draft("sheet"), b"s", [first, second], ("sheet", {}, {})).asset
    leaf = add_derived(library, draft("leaf"), b"l", [child], ("trim", {}, {})).asset
    roots = family_tree(library, child)
    assert [root.asset.name for root in roots] == ["red dragon", "blue dragon"]
    assert roots[0].children[0].children[0].asset == leaf
    assert roots[1].children[0].seen
    assert family_tree(library, leaf) == roots
    most = library_statistics(library).most_used
    assert {(name, uses) for _, name, uses in most} == {("red dragon", 1), ("blue dragon", 1), ("sheet", 1)}


def test_a_very_long_chain_is_cut_short(library: Library) -> None:
    parent = start = add_asset(library, draft("0"), b"0").asset
    for number in range(1, 130):
        parent = add_derived(library, draft(str(number)), picture(number), [parent], ("x", {}, {})).asset
    (root,) = family_tree(library, start)
    depth = 0
    while root.children:
        root, depth = root.children[0], depth + 1
    assert depth == 100
    assert root.seen


def test_arguments_are_ids_names_or_queries(library: Library) -> None:
    red, blue, knight = _three(library)
    assert select_assets(library, [red.id[:6], "knight", "red dragon"]) == [red, knight]
    assert select_assets(library, ["kind:sprite drag"]) == [red, blue]
    assert select_assets(library, ["blu"]) == [blue]
    assert select_one(library, "drag red") == red
    with pytest.raises(AssetAmbiguous) as caught:
        select_assets(library, ["drag"])
    assert len(caught.value.details["candidates"]) == 2  # type: ignore[arg-type]
    with pytest.raises(AssetAmbiguous):
        select_one(library, "kind:sprite")
    for text in ("nothing", "tag:nothing", " "):
        with pytest.raises(AssetNotFound):
            select_assets(library, [text])
    with pytest.raises(AssetNotFound, match="found by 'tag:nothing'"):
        select_assets(library, ["tag:nothing"])


def test_a_file_that_is_no_asset_is_told_from_a_name(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "a take.wav"
    path.write_bytes(b"")
    with pytest.raises(AssetNotFound) as caught:
        select_assets(library, [str(path)])
    assert f"audobon assets import '{path}'" in (caught.value.hint or "")


def test_statistics_count_what_lives(library: Library) -> None:
    assets = _three(library)
    add_tags(library, assets[:2], ["boss"])
    with library.change() as changes:
        changes.trash(assets[0].id, 1)
    found = library_statistics(library)
    assert (found.assets, found.trashed, found.stored_files) == (2, 1, 3)
    assert found.size_bytes == len("blue dragon") + len("knight")
    assert [(share.value, share.assets) for share in found.by["tag"]] == [("boss", 1)]
    assert sum(share.assets for share in found.by["month"]) == 2
