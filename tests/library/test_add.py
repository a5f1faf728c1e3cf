"""Pictures are filed once, whole or not at all, and shown with all that is known."""

from pathlib import Path

import pytest

from audobon_cli.domain.derivation import derivation_from_json
from audobon_cli.domain.errors import AssetNotFound, DiskFull
from audobon_cli.library.add import (
    RelationKind,
    add_asset,
    add_assets,
    children_of,
    show_asset,
)
from audobon_cli.library.store.library import Library
from tests.library.samples import add_derived, draft, found, picture, recipe


def test_a_filed_picture_can_be_read_and_found(library: Library) -> None:
    asset, existing = add_asset(library, draft("dragon", prompt="a dragon"), picture(1))
    assert not existing
    assert library.blobs.read(asset.blob) == picture(1)
    assert asset.size_bytes == len(picture(1))
    assert found(library).assets == found(library, "drag").assets == (asset,)


def test_the_same_picture_and_recipe_are_filed_once(library: Library) -> None:
    first = add_asset(library, draft("dragon", recipe=recipe(1)), b"same")
    again = add_asset(library, draft("another name", recipe=recipe(1)), b"same")
    assert again == (first.asset, True)
    assert found(library).total == 1


def test_the_same_picture_of_another_recipe_is_another_asset_on_one_blob(library: Library) -> None:
    first = add_asset(library, draft(recipe=recipe(1)), b"same").asset
    second = add_asset(library, draft(recipe=recipe(2)), b"same")
    assert not second.existing
    assert second.asset.blob == first.blob
    assert len(list(library.blobs)) == 1


def test_a_batch_that_repeats_itself_files_each_once(library: Library) -> None:
    filed = add_assets(library, [(draft(), b"a"), (draft(), b"b"), (draft(), b"a")])
    assert [one.existing for one in filed] == [False, False, True]
    assert filed[0].asset == filed[2].asset


def test_a_batch_whose_source_fails_files_nothing(library: Library) -> None:
    def pictures() -> object:
        yield draft(), b"a"
        raise DiskFull("while drawing")

    with pytest.raises(DiskFull):
        add_assets(library, pictures())  # type: ignore[arg-type]
    assert found(library).total == 0


@pytest.mark.plain
def test_what_is_shown_has_recipe_relations_and_place(library: Library) -> None:
    parent = add_asset(library, draft("parent"), b"p").asset
    related = draft("child", recipe=recipe(), relations=((RelationKind.VARIANT_OF, parent.id),))
    child = add_asset(library, related, b"c").asset
    details = show_asset(library, "child")
    assert details.asset == child
    assert details.asset.recipe == recipe()
    assert [relation.target for relation in details.relations] == [parent.id]
    assert Path(details.path).read_bytes() == b"c"


def test_showing_what_is_not_there_is_an_error(library: Library) -> None:
    with pytest.raises(AssetNotFound):
        show_asset(library, "nothing")


def test_what_an_operation_made_names_its_parents_and_is_filed_once(library: Library) -> None:
    parent = add_asset(library, draft("hero", recipe=recipe()), b"p").asset
    operation = ("trim", {"margin": 1}, {"pillow": "12"})
    made = add_derived(library, draft("hero_trimmed"), b"t", [parent], operation)
    again = add_derived(library, draft("hero_trimmed"), b"t", [parent], operation)
    other = add_derived(library, draft("hero_trimmed"), b"t", [parent], ("trim", {"margin": 2}, {}))
    assert (again.asset, again.existing, other.existing) == (made.asset, True, False)
    assert children_of(library, parent.id) == (made.asset, other.asset)
    kept = show_asset(library, made.asset.id).asset.derivation
    assert kept is not None
    assert (kept.operation, kept.parameters) == ("trim", {"margin": 1})
    assert [(one.asset, one.blob) for one in kept.parents] == [(parent.id, parent.blob)]
    assert derivation_from_json(kept.to_json()) == kept


@pytest.mark.parametrize("text", ["[]", "{}", '{"schema": "audobon-derivation/1"}'])
def test_what_is_no_derivation_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a derivation"):
        derivation_from_json(text)
