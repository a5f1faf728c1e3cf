"""Which files of a folder are pictures: by suffix, by how they begin, and never what only lies about there."""

import os
import struct
from pathlib import Path

import pytest

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.library.find_files import find_files
from tests.media.samples import SVG, encoded

APPLE_DOUBLE = struct.pack(">II16xH", 0x00051607, 0x00020000, 1) + struct.pack(">III", 9, 38, 4) + bytes(30)


def found(folder: Path) -> list[str]:
    """The paths of what is found, from the folder on."""
    return [file.path.relative_to(folder).as_posix() for file in find_files([str(folder)])]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jfif", encoded("JPEG", "RGB")), ("a.JPE", encoded("JPEG", "RGB")), ("a.jif", encoded("JPEG", "RGB")),
        ("a.pjpeg", encoded("JPEG", "RGB")), ("a.apng", encoded()), ("a", encoded()),
        ("a.jpg_large", encoded("JPEG", "RGB")),
        ("a.PNG", encoded()), ("a.png.1", encoded()), ("picture.0001", encoded("WEBP")), ("a.svg", SVG), ("a.xml", SVG),
        (".a.png", encoded()), ("._a.png", encoded()),
    ],
)  # fmt: skip
def test_pictures_whatever_they_are_called(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    assert found(tmp_path) == [name]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("._a.png", APPLE_DOUBLE), (".DS_Store", b"\0\0\0\1Bud1"), ("Thumbs.db", b"\xd0\xcf\x11\xe0" * 90),
        ("desktop.ini", b"[.ShellClassInfo]"), ("a.png.import", b"[remap]"), ("a.png.part", encoded()[:90]),
        ("a.webp.crdownload", encoded("WEBP")), ("a.png~", encoded()), ("a.png.bak", encoded()),
        ("notes.txt", b"\x89PN"),
        ("page.html", b"<!doctype html><svg></svg>"), ("page.xml", b'<?xml version="1.0"?><html><svg/></html>'),
        ("empty", b""), ("a.bmp", b"BM" + bytes(90)),
    ],
)  # fmt: skip
def test_litter_is_passed_over(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    "folder",
    ["__MACOSX", "$RECYCLE.BIN", "System Volume Information", ".Trashes", ".git", "@eaDir", "#recycle"],
)
def test_folders_of_systems_are_passed_over(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder / "S-1-5").mkdir(parents=True)
    (tmp_path / folder / "S-1-5" / "$IABC.png").write_bytes(b"\2\0\0\0")
    (tmp_path / "a.png").write_bytes(encoded())
    assert found(tmp_path) == ["a.png"]
    # Named by itself it is meant.
    assert len(find_files([str(tmp_path / folder / "S-1-5")])) == 1


def test_pipes_and_links_to_nowhere(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert found(tmp_path) == ["gone.png"]


def test_a_folder_that_cannot_be_read_is_not_passed_over_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "closed").mkdir()
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert found(tmp_path) == ["closed"]


def test_an_empty_text_is_not_this_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").write_bytes(encoded())
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidInput, match="empty text"):
        find_files([""])
    assert len(find_files(["."])) == 1
