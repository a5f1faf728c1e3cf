"""Where an asset is used is told and found, and only while what uses it lives."""

from pathlib import Path

import pytest

from audobon_cli.domain.asset import Asset, AssetKind
from audobon_cli.domain.errors import AssetNotFound
from audobon_cli.history import branches, commits
from audobon_cli.library.add import add_asset, show_asset
from audobon_cli.library.export import ExportRequest, export_assets
from audobon_cli.library.organize import link
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.uses import uses_of
from audobon_cli.library.trash import purge_assets, restore_assets, trash_assets
from tests.history.workshop import AUTHOR
from tests.library.samples import add_derived, draft


@pytest.fixture
def four(library: Library) -> dict[str, Asset]:
    """Two pictures of a sheet, one of which was cut out of it, an edited picture, and one that nothing uses."""
    made = {name: add_asset(library, draft(name), name.encode()).asset for name in ("a", "b", "cut", "alone")}
    sheet = draft("sheet", kind=AssetKind.SHEET)
    made["sheet"] = add_derived(library, sheet, b"s", [made["a"], made["b"]], ("sheet", {}, {})).asset
    made["edit"] = add_derived(library, draft("edit"), b"e", [made["a"]], ("outline", {}, {})).asset
    link(library, made["cut"], "part-of-sheet", made["sheet"])
    link(library, made["alone"], "variant-of", made["a"])
    return made


def _found(library: Library, query: str) -> set[str]:
    return {asset.name for asset in library.assets.matching(query)}


def test_uses_follow_from_what_assets_are_made_of(library: Library, four: dict[str, Asset]) -> None:
    assert _found(library, "used:sheet") == {"a", "b", "cut"}
    assert _found(library, "used:sprite") == {"a"}
    assert _found(library, "used:any") == {"a", "b", "cut"}
    assert _found(library, "used:never") == {"alone", "sheet", "edit"}
    assert _found(library, "-used:sheet kind:sprite") == {"alone", "edit"}
    assert _found(library, "used:never OR used:sprite") == {"alone", "sheet", "edit", "a"}
    assert _found(library, "used-in:sheet") == {"a", "b", "cut"}
    assert _found(library, f"used-in:{four['edit'].id} kind:sprite") == {"a"}
    with pytest.raises(AssetNotFound):
        _found(library, "used-in:nothing")
    page = library.assets.search("used:never", 2)
    assert (len(page.assets), page.total) == (2, 3)
    assert [one.name for one in show_asset(library, "a").uses.assets] == ["sheet", "edit"]


def test_what_lies_in_the_trash_uses_nothing(library: Library, four: dict[str, Asset]) -> None:
    trash_assets(library, [four["sheet"], four["b"]])
    assert _found(library, "used:any") == {"a"}
    assert [one.name for one in uses_of(library, four["a"].id).assets] == ["edit"]
    restore_assets(library, [four["sheet"], four["b"]])
    assert _found(library, "used:sheet") == {"a", "b", "cut"}


def test_exports_are_noted_once_a_folder_and_outlive_other_commits(
    library: Library, four: dict[str, Asset], tmp_path: Path
) -> None:
    commits.commit(library, "all", AUTHOR)
    wanted = ExportRequest(tmp_path / "game", references=("alone", "b"))
    export_assets(library, ExportRequest(tmp_path / "tried", references=("a",), dry_run=True))
    export_assets(library, wanted)
    export_assets(library, wanted)
    assert _found(library, "used:export") == {"alone", "b"}
    assert "alone" not in _found(library, "used:never")
    (export,) = uses_of(library, four["alone"].id).exports
    assert export.folder == str(tmp_path / "game")
    trash_assets(library, [four["alone"]])
    commits.commit(library, "without", AUTHOR)
    branches.switch(library, "HEAD~1", AUTHOR)
    assert _found(library, "used:export") == {"alone", "b"}
    trash_assets(library, [four["alone"]])
    purge_assets(library, [four["alone"]])
    assert uses_of(library, four["alone"].id).exports == ()


def test_what_can_only_be_read_is_exported_without_a_note(
    library: Library, four: dict[str, Asset], tmp_path: Path
) -> None:
    library.close()
    held = Library.open(library.root, keys=library.keys, read_only=True)
    export_assets(held, ExportRequest(tmp_path / "out", references=("a",)))
    assert len([*(tmp_path / "out").iterdir()]) == 1
    assert held.assets.matching("used:export") == ()
    held.close()
