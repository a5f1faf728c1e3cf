"""Protected assets and branches stay, whoever tries what, until the protection is taken away."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audobon_cli.derivations.replay import replace_content
from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import AssetNotFound, AssetProtected, BranchProtected
from audobon_cli.history import branches, commits
from audobon_cli.history.undo import undo as undo_version
from audobon_cli.library.add import add_asset, add_assets
from audobon_cli.library.organize import (
    Arrangement,
    add_tags,
    annotate,
    arrange,
    move,
    rate,
    rename,
    set_protected,
)
from audobon_cli.library.store.blobs import BlobStore
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.location import DATABASE_NAME
from audobon_cli.library.store.migrations import MIGRATIONS
from audobon_cli.library.trash import clean_assets, purge_assets, restore_assets, trash_assets
from audobon_cli.library.undo import last_step, undo_step
from audobon_cli.storage.database import Database
from tests.history.workshop import AUTHOR, record
from tests.library.samples import draft
from tests.media.samples import encoded
from tests.sync.workshop import Machine


def _two(library: Library) -> tuple[Asset, Asset]:
    one, other = (add_asset(library, draft(name), name.encode()).asset for name in ("final", "sketch"))
    return set_protected(library, [one], True).assets[0], other


CHANGES: dict[str, Callable[[Library, list[Asset]], object]] = {
    "trash": trash_assets,
    "move": lambda library, assets: move(library, assets, "x"),
    "rename": lambda library, assets: [rename(library, one, "x") for one in reversed(assets)],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_no_change_of_several_assets_touches_any_if_one_is_protected(
    library: Library, change: Callable[[Library, list[Asset]], Any]
) -> None:
    final, sketch = _two(library)
    with pytest.raises(AssetProtected) as caught:
        change(library, [sketch, final] if change is not CHANGES["rename"] else [final])
    assert caught.value.details["assets"] == [final.id]
    assert f"assets unprotect {final.id}" in caught.value.hint
    assert [library.assets.get(one.id) for one in (final, sketch)] == [final, sketch]
    set_protected(library, [final], False)
    change(library, [final])


def test_tags_notes_and_ratings_of_a_protected_asset_are_free(library: Library) -> None:
    final, _ = _two(library)
    add_tags(library, [final], ["x"])
    annotate(library, [final], "x")
    rate(library, [final], 3)
    now = library.assets.get(final.id)
    assert now == replace(final, tags=("x",), note="x", rating=3)
    with pytest.raises(AssetProtected):
        arrange(library, [now], Arrangement(add_tags=("y",), category="x"))
    assert library.assets.get(final.id) == now


def test_the_bytes_of_a_protected_asset_are_not_replaced(library: Library) -> None:
    final = add_asset(library, draft("final"), encoded("PNG")).asset
    (final,) = set_protected(library, [final], True).assets
    with pytest.raises(AssetProtected):
        replace_content(library, final, encoded("PNG", size=(9, 9)), "other.png")
    assert library.assets.get(final.id) == final
    assert library.assets.count() == 1
    changed = replace(final, metadata={"measured": 1})  # what is measured of it is no change
    with library.change() as changes:
        changes.update(changed)
    assert library.assets.get(final.id) == changed


def test_what_is_protected_never_comes_into_the_trash_and_so_is_not_purged(library: Library) -> None:
    final, sketch = _two(library)
    assert clean_assets(library, -1, unrated=False).assets == (sketch,)
    with pytest.raises(AssetNotFound):
        purge_assets(library, [final])
    restore_assets(library, [sketch])
    assert clean_assets(library, -1, unrated=False, dry_run=True).kept == 1


def test_protection_is_found_and_undone(library: Library) -> None:
    final, sketch = _two(library)
    assert library.assets.matching("protected:yes") == (final,)
    assert library.assets.matching("protected:no") == (sketch,)
    assert library.assets.matching("kind:sprite -protected:yes") == (sketch,)
    step = last_step(library)
    assert step is not None
    assert step.what == "protect"
    assert undo_step(library, step)[0].protected is False
    assert library.assets.matching("protected:yes") == ()
    assert library.assets.problems() == ()


def test_commits_keep_the_protection_and_moving_between_them_is_no_change(library: Library) -> None:
    early = add_asset(library, draft("early"), b"early").asset
    commits.commit(library, "before", AUTHOR)
    branches.create_branch(library, "old")
    final, _ = _two(library)
    set_protected(library, [early], True)
    commits.commit(library, "after", AUTHOR)
    assert (record(library, final.id) or {})["protected"] is True
    branches.switch(library, "old", AUTHOR)
    assert library.assets.matching("protected:yes") == ()
    branches.switch(library, "main", AUTHOR)
    assert {one.name for one in library.assets.matching("protected:yes")} == {"early", "final"}
    with pytest.raises(AssetProtected):
        branches.restore(library, [early.id], "HEAD~1")
    with pytest.raises(AssetProtected):
        branches.restore(library, None, "HEAD~1")
    assert branches.restore(library, [early.id]) == 1
    assert library.assets.matching("protected:yes")


def test_a_protected_branch_only_goes_forward(library: Library) -> None:
    add_asset(library, draft("a"), b"a")
    commits.commit(library, "one", AUTHOR)
    branches.create_branch(library, "kept")
    assert branches.set_branch_protected(library, "main", True)
    assert branches.set_branch_protected(library, "kept", True)
    assert not branches.set_branch_protected(library, "kept", True)
    assert [ref.protected for ref in branches.branches(library)] == [True, True]
    add_asset(library, draft("b"), b"b")
    commits.commit(library, "two", AUTHOR)
    for work in (
        lambda: branches.delete_branch(library, "kept", force=True),
        lambda: branches.rename_branch(library, "kept", "other"),
        lambda: undo_version(library),
    ):
        with pytest.raises(BranchProtected) as caught:
            work()
        assert "audobon version unprotect" in caught.value.hint
    heads = {ref.name: ref.commit for ref in branches.branches(library)}
    assert heads["main"] != heads["kept"], "a commit moves a protected branch forward"
    branches.set_branch_protected(library, "main", False)
    undo_version(library)
    branches.set_branch_protected(library, "kept", False)
    branches.delete_branch(library, "kept")
    branches.create_branch(library, "kept")
    assert [ref.protected for ref in branches.branches(library)] == [False, False]


def test_protection_goes_along_to_other_machines(tmp_path: Path) -> None:
    mine, yours = (Machine(tmp_path / name, str(tmp_path / "place")) for name in ("mine", "yours"))
    library = mine.create()
    final, _ = _two(library)
    commits.commit(library, "one", AUTHOR)
    branches.set_branch_protected(library, "main", True)
    mine.push(library)
    library.close()
    yours.clone()
    other = yours.library()
    assert other.assets.matching("protected:yes") == (final,)
    assert [ref.protected for ref in branches.branches(other)] == [True]
    # What was said of it here stands, and a push tells the place of it.
    branches.set_branch_protected(other, "main", False)
    yours.push(other)
    with yours.place() as place:
        assert place.read_refs().protected == ()
    other.close()


@pytest.mark.plain
def test_a_library_of_format_11_opens_with_nothing_protected(tmp_path: Path) -> None:
    BlobStore(tmp_path).create()
    old = Database(tmp_path, DATABASE_NAME, MIGRATIONS[:11])
    old.create()
    with old.transaction() as transaction:
        transaction.run("INSERT INTO blobs VALUES (printf('%064d', 1), 9, 0)")
        transaction.run(
            "INSERT INTO assets (id, name, kind, blob, size_bytes, width, height, mode, created, prompt, model,"
            " quality, style, category, tags, note, duration_seconds) VALUES ('0000000000000001', 'a', 'sprite',"
            " printf('%064d', 1), 9, 8, 8, 'RGBA', 1, '', '', '', '', '', '[]', '', 0)"
        )
    old.close()
    opened = Library.open(tmp_path)
    (asset,) = opened.assets.list().assets
    assert not asset.protected
    opened.close()


def test_many_refusals_are_told_at_once(library: Library) -> None:
    added = [one.asset for one in add_assets(library, [(draft(f"n{n}"), bytes([n])) for n in range(5)])]
    set_protected(library, added, True)
    with pytest.raises(AssetProtected, match="n0, n1, n2 and 2 more") as caught:
        trash_assets(library, added)
    assert "assets unprotect protected:yes" in caught.value.hint
