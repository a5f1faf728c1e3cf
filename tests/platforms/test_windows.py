"""The Windows layer where its answers differ from all others, over a stand-in for Windows' calls."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audobon_cli import platforms
from audobon_cli.domain.errors import (
    DiskFull,
    FilesystemUnsupported,
    LibraryBusy,
    LibraryReadOnly,
    LinksRefused,
    OutputUnwritable,
    SystemLimit,
)
from audobon_cli.library.store.library import Library
from audobon_cli.platforms.windows_calls import ATTRIBUTE_RECALL_ON_DATA_ACCESS
from audobon_cli.platforms.windows_security import is_private_list, private_list
from audobon_cli.storage.disk_errors import library_errors
from audobon_cli.storage.durable_files import write_output
from audobon_cli.storage.file_names import safe_file_name
from audobon_cli.storage.filesystems import refuse_unfit_filesystem
from audobon_cli.storage.links import make_link
from tests.waiting import PATIENCE_SECONDS
from tests.windows_rules import are_in_force

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in is for systems that are not Windows")

ME, OTHER = "S-1-5-21-1-2-3-1001", "S-1-5-21-1-2-3-1002"


@pytest.fixture(autouse=True)
def rules() -> Iterator[None]:
    """Windows' rules, in force for this test."""
    from tests.windows_rules import kernel

    with pytest.MonkeyPatch.context() as patch:
        if not are_in_force():
            from tests.windows_rules.install import install

            install(patch)
        yield
    kernel.volumes.clear()
    kernel.attributes.clear()


def lies_on(folder: Path, drive: int, kind: str) -> None:
    from tests.windows_rules import kernel

    kernel.volumes[str(folder)] = (drive, kind)


@pytest.mark.parametrize(
    ("drive", "kind", "why"), [(4, "NTFS", "network"), (3, "FAT32", "journal"), (2, "exFAT", "journal")]
)
def test_a_library_is_refused_where_it_could_be_damaged(
    tmp_path: Path, drive: int, kind: str, why: str
) -> None:
    lies_on(tmp_path, drive, kind)
    with pytest.raises(FilesystemUnsupported, match=why) as caught:
        Library.create(tmp_path / "art" / ".audobon")
    assert caught.value.code == "library.filesystem"
    assert "--library" in caught.value.hint
    assert not (tmp_path / "art").exists()


def test_a_library_in_a_folder_of_a_cloud_service_is_refused(tmp_path: Path) -> None:
    from tests.windows_rules import kernel

    kernel.attributes[str(tmp_path)] = ATTRIBUTE_RECALL_ON_DATA_ACCESS
    with pytest.raises(FilesystemUnsupported, match="cloud"):
        refuse_unfit_filesystem(tmp_path / "OneDrive")


def test_a_library_whose_paths_would_be_too_long_is_refused(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * (200 - len(str(tmp_path))))
    with pytest.raises(FilesystemUnsupported, match="259 characters"):
        refuse_unfit_filesystem(deep)
    refuse_unfit_filesystem(tmp_path)


def test_a_file_that_another_program_has_open_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    with path.open("rb"), pytest.raises(OutputUnwritable) as caught:
        write_output(path, b"new", overwrite=True)
    assert "another program" in caught.value.hint
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["a.png"]
    write_output(path, b"new", overwrite=True)
    assert path.read_bytes() == b"new"


def test_a_file_that_is_open_for_a_moment_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading
    import time

    from audobon_cli.platforms import windows_files

    monkeypatch.setattr(windows_files, "PATIENCE_SECONDS", PATIENCE_SECONDS)
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    opened = path.open("rb")

    def close() -> None:
        time.sleep(0.3)
        opened.close()

    thread = threading.Thread(target=close)
    thread.start()
    write_output(path, b"new", overwrite=True)
    thread.join()
    assert path.read_bytes() == b"new"


def test_a_picture_that_somebody_reads_is_stored_again_all_the_same(library: Library) -> None:
    blob = library.blobs.put(b"dragon")
    library.blobs.path(blob).write_bytes(b"DRAGON")
    with library.blobs.path(blob).open("rb"), pytest.raises((LibraryBusy, LibraryReadOnly)):
        library.blobs.put(b"dragon")
    assert library.blobs.put(b"dragon") == blob
    with library.blobs.path(blob).open("rb"):
        assert library.blobs.put(b"dragon") == blob


def test_stored_files_that_were_marked_elsewhere_can_be_mended_and_deleted(library: Library) -> None:
    blob = library.blobs.put(b"dragon")
    path = library.blobs.path(blob)
    path.write_bytes(b"DRAGON")
    path.chmod(0o444)
    library.blobs.put(b"dragon")
    assert path.read_bytes() == b"dragon"
    path.chmod(0o444)
    library.blobs.delete([blob])
    assert not path.exists()


def test_links_without_developer_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.windows_rules import kernel

    def refused(*arguments: object, **words: object) -> None:
        raise kernel.failure(1314)

    monkeypatch.setattr(os, "symlink", refused)
    with pytest.raises(LinksRefused) as caught:
        make_link(tmp_path / "link", "target")
    assert caught.value.code == "system.links"
    assert "ms-settings:developers" in caught.value.hint


@pytest.mark.parametrize(
    ("code", "error"),
    [
        *((112, DiskFull), (39, DiskFull), (19, LibraryReadOnly), (5, LibraryReadOnly)),
        *((223, SystemLimit), (32, LibraryBusy), (33, LibraryBusy)),
    ],
)
def test_what_windows_says_has_a_code(tmp_path: Path, code: int, error: type[Exception]) -> None:
    from tests.windows_rules import kernel

    with pytest.raises(error), library_errors(tmp_path):
        raise kernel.failure(code, tmp_path)


@pytest.mark.parametrize(
    ("text", "private"),
    [
        (f"O:{ME}{private_list(ME, folder=True)}", True),
        (f"O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;{ME})", True),
        (f"O:{ME}G:S-1-5-21-1-2-3-513D:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIID;FA;;;{ME})", True),
        (f"O:{ME}D:P(A;;FA;;;{ME})(A;;FR;;;WD)", False),
        (f"O:{ME}D:P(A;;FA;;;{ME})(A;;0x1200a9;;;BU)", False),
        (f"O:{ME}D:P(A;;FA;;;{ME})(A;;FA;;;{OTHER})", False),
        (f"O:{ME}D:P(D;;FA;;;WD)(A;;FA;;;{ME})", True),
        (f"O:{OTHER}D:P(A;;FA;;;{ME})", False),
        (f"O:{ME}D:NO_ACCESS_CONTROL", False),
        (f"O:{ME}D:", False),
        (f"O:{ME}", False),
        ("", False),
    ],
)
def test_lists_of_who_may(text: str, private: bool) -> None:
    assert is_private_list(text, ME) is private


def test_every_program_of_the_console_does_not_get_the_workers_signals() -> None:
    layer = platforms.current()
    assert layer.apart()["creationflags"] == 0x200
    assert layer.detached()["creationflags"] == 0x208


def test_what_the_program_does_not_say_windows_decides(tmp_path: Path) -> None:
    """The rules themselves: what a program gets that forgets to name an encoding or a line end."""
    from tests.windows_rules.install import _open

    opened = _open(open)
    with opened(tmp_path / "a", "w") as file:
        file.write("ö\n")
    assert (tmp_path / "a").read_bytes() == b"\xf6\r\n"
    with opened(tmp_path / "a", "w", encoding="utf-8", newline="\n") as file:
        file.write("ö\n")
    assert (tmp_path / "a").read_bytes() == b"\xc3\xb6\n"


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.text(max_size=300), st.sampled_from(["", ".png", ".json"]))
def test_names_of_files_are_valid_on_all_three(text: str, suffix: str) -> None:
    import unicodedata

    from tests.windows_rules import kernel

    name = safe_file_name(text, suffix)
    assert not kernel.bad_name(name)
    assert name not in ("", ".", "..")
    assert "/" not in name
    assert len(name.encode()) <= 255
    assert unicodedata.is_normalized("NFC", name)


@pytest.mark.parametrize("name", ["con", "NUL", "aux.png", "com1", "LPT9.txt", "prn .png", "conin$", "com¹"])
def test_names_that_windows_keeps_for_itself_are_changed(name: str) -> None:
    from tests.windows_rules import kernel

    assert not kernel.bad_name(safe_file_name(name))


def test_modes_mean_nothing_and_stored_files_stay_deletable(library: Library) -> None:
    path = library.blobs.path(library.blobs.put(b"dragon"))
    assert path.stat().st_mode & stat.S_IWUSR
