"""What is thrown away can be had back until it is purged; gc never takes what anything names."""

import time

import pytest

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import AssetAmbiguous, AssetNotFound, InvalidInput, LibraryBusy
from audobon_cli.library.add import add_asset, add_assets
from audobon_cli.library.organize import add_tags, link
from audobon_cli.library.store.library import Library
from audobon_cli.library.trash import (
    LibraryGcReport,
    collect_garbage,
    list_trash,
    purge_assets,
    restore_assets,
    select_trashed,
    trash_assets,
)
from audobon_cli.library.verify import verify_library
from tests.library.samples import draft


def _three(library: Library) -> list[Asset]:
    return [one.asset for one in add_assets(library, [(draft(n), n.encode()) for n in ("a", "b", "c")])]


def _purge(library: Library, *assets: Asset) -> None:
    trash_assets(library, assets)
    purge_assets(library, assets)


def test_the_trash_gives_back_exactly_what_was_thrown_away(library: Library) -> None:
    one, two, _ = _three(library)
    (tagged,) = add_tags(library, [one], ["boss"]).assets
    link(library, two, "variant-of", one)
    trash_assets(library, [tagged])
    assert library.assets.count() == 2
    assert library.assets.matching("tag:boss") == ()
    assert [held.asset for held in list_trash(library)] == [tagged]
    assert restore_assets(library, select_trashed(library, ["a"])) == [tagged]
    assert library.assets.matching("tag:boss") == (tagged,)
    assert len(library.assets.relations(one.id)) == 1
    assert library.assets.problems() == ()


def test_only_what_is_in_the_trash_can_be_restored_or_purged(library: Library) -> None:
    one, two, _ = _three(library)
    for work in (restore_assets, purge_assets):
        with pytest.raises(AssetNotFound):
            work(library, [one])
    with pytest.raises(AssetNotFound):
        select_trashed(library, ["a"])
    trash_assets(library, [one, two])
    with pytest.raises(AssetNotFound):
        trash_assets(library, [one])
    again = add_asset(library, draft("a"), b"other").asset
    trash_assets(library, [again])
    with pytest.raises(AssetAmbiguous):
        select_trashed(library, ["a"])


def test_gc_marks_waits_and_deletes(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, _ = _three(library)
    _purge(library, one)
    trash_assets(library, [two])  # still named: in the trash
    assert collect_garbage(library, dry_run=True) == LibraryGcReport(1, 0, 0, 0)
    assert collect_garbage(library) == LibraryGcReport(1, 0, 0, 0)
    assert collect_garbage(library) == LibraryGcReport(0, 1, 0, 0)
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now + 25 * 3600 * 10**9)
    assert collect_garbage(library, dry_run=True) == LibraryGcReport(0, 0, 1, 1)
    assert one.blob in library.blobs
    assert collect_garbage(library) == LibraryGcReport(0, 0, 1, 1)
    assert one.blob not in library.blobs
    assert collect_garbage(library) == LibraryGcReport(0, 0, 0, 0)
    assert verify_library(library).clean
    restore_assets(library, [two])
    assert library.blobs.read(two.blob) == b"b"


def test_what_came_into_use_again_is_kept_and_its_mark_forgotten(library: Library) -> None:
    one, *_ = _three(library)
    _purge(library, one)
    collect_garbage(library)
    add_asset(library, draft("a again"), b"a")
    assert collect_garbage(library, grace_hours=0) == LibraryGcReport(0, 0, 0, 0)
    assert library.blobs.read(one.blob) == b"a"


def test_a_blob_that_two_assets_name_stays_until_both_are_gone(library: Library) -> None:
    from tests.library.samples import recipe

    first = add_asset(library, draft(recipe=recipe(1)), b"same").asset
    second = add_asset(library, draft(recipe=recipe(2)), b"same").asset
    _purge(library, first)
    assert collect_garbage(library, grace_hours=0).deleted == 0
    _purge(library, second)
    assert collect_garbage(library, grace_hours=0).deleted == 1


def test_a_clock_that_was_set_back_deletes_nothing_early(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, *_ = _three(library)
    _purge(library, one)
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now + 10**9 * 3600 * 24 * 365)
    collect_garbage(library)
    monkeypatch.setattr(time, "time_ns", lambda: now)
    assert collect_garbage(library).deleted == 0
    monkeypatch.setattr(time, "time_ns", lambda: now + 10**9 * 3600 * 23)
    assert collect_garbage(library).deleted == 0
    assert one.blob in library.blobs


def test_files_that_nobody_ever_named_are_collected_too(library: Library) -> None:
    stray = library.blobs.put(b"from a killed import")
    assert collect_garbage(library).marked == 1
    assert collect_garbage(library, grace_hours=0).deleted == 1
    assert stray not in library.blobs


def test_gc_waits_for_whoever_is_filing(library: Library) -> None:
    one, *_ = _three(library)
    _purge(library, one)
    other = Library(library.root, wait_seconds=0.05)
    with library.pinned(), pytest.raises(LibraryBusy):
        collect_garbage(other, grace_hours=0)
    assert one.blob in library.blobs
    with library.pinned(), Library(library.root, wait_seconds=5).pinned():
        pass  # any number may file
    other.close()


def test_a_negative_grace_is_refused(library: Library) -> None:
    with pytest.raises(InvalidInput):
        collect_garbage(library, grace_hours=-1)
