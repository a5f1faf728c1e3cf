"""A library is made once, found upward, and never mistaken for an empty one."""

import multiprocessing
import shutil
from pathlib import Path

import pytest

from audobon_cli.domain.errors import LibraryCorrupt, LibraryNotFound
from audobon_cli.library.add import add_asset
from audobon_cli.library.store.library import Library
from tests.library.samples import draft, picture
from tests.processes import process_context


def test_making_a_library_twice_keeps_what_is_in_it(library: Library) -> None:
    asset = add_asset(library, draft(), picture(1)).asset
    assert Library.create(library.root).assets.get(asset.id) == asset


def _create(root: Path) -> int:
    library = Library.create(root)
    add_asset(library, draft(), multiprocessing.current_process().name.encode())
    return library.assets.count()


def test_processes_that_make_one_library_at_once_share_it(tmp_path: Path) -> None:
    with process_context().Pool(4) as pool:
        pool.map(_create, [tmp_path / "library"] * 4, chunksize=1)
    library = Library.open(tmp_path / "library")
    assert library.assets.count() >= 1
    assert library.database.problems() == ()


def test_opening_nothing_names_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(LibraryNotFound) as caught:
        Library.open(tmp_path / "nothing")
    assert "audobon init" in caught.value.hint
    assert not (tmp_path / "nothing").exists()


def test_naming_a_library_touches_no_disk(tmp_path: Path) -> None:
    assert not Library(tmp_path / "nothing").exists
    assert not (tmp_path / "nothing").exists()


def test_a_library_is_found_from_any_folder_below(library: Library) -> None:
    below = library.root.parent / "assets" / "sprites"
    below.mkdir(parents=True)
    assert Library.find(below) == Library.find(library.root.parent) == library.root


def test_a_folder_of_settings_alone_is_no_library(tmp_path: Path) -> None:
    (tmp_path / ".audobon").mkdir()
    (tmp_path / ".audobon" / "settings.toml").touch()
    assert Library.find(tmp_path) is None


def test_a_half_made_library_is_found_told_and_finished(tmp_path: Path) -> None:
    root = tmp_path / ".audobon"
    (root / "objects" / "00").mkdir(parents=True)
    assert Library.find(tmp_path) == root
    with pytest.raises(LibraryNotFound):
        Library.open(root)
    assert Library.create(root).assets.count() == 0


@pytest.mark.parametrize("open_it", [Library.open, Library.create])
def test_a_lost_database_is_never_replaced_by_an_empty_one(library: Library, open_it: object) -> None:
    add_asset(library, draft(), picture(1))
    library.close()
    library.database.path.unlink()
    with pytest.raises(LibraryCorrupt, match="gone"):
        open_it(library.root)  # type: ignore[operator]


def test_a_lost_database_whose_log_is_there_is_never_replaced(library: Library) -> None:
    library.close()
    library.database.path.rename(library.root / "audobon.db-wal")
    with pytest.raises(LibraryCorrupt, match="gone"):
        Library.create(library.root)


def test_a_copied_library_is_a_library(tmp_path: Path, library: Library) -> None:
    asset = add_asset(library, draft(), picture(1)).asset
    library.close()
    shutil.copytree(library.root, tmp_path / "copy")
    copy = Library.open(tmp_path / "copy")
    assert copy.assets.get(asset.id) == asset
    assert copy.blobs.read(asset.blob) == picture(1)
