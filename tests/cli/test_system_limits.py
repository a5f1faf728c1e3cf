"""What the system refuses is told with a status of its own: it is no bug."""

import errno
from pathlib import Path

import pytest

from audobon_cli.storage.system_limits import explain


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (MemoryError(), "memory.exhausted", 30),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "memory.exhausted", 30),
        (ImportError("libx.so: failed to map segment from shared object"), "memory.exhausted", 30),
        (RuntimeError("can't start new thread"), "memory.exhausted", 30),
        (OSError(errno.EMFILE, "Too many open files", "a"), "system.limit", 30),
        (OSError(errno.EFBIG, "File too large", "a"), "system.limit", 30),
        (OSError(errno.ENOSPC, "No space left on device", "a"), "disk.full", 31),
        (OSError(errno.EIO, "Input/output error", "a"), "disk.failed", 32),
        (OSError(errno.ENAMETOOLONG, "File name too long", "a" * 600), "usage.invalid", 2),
        (OSError(errno.EROFS, "Read-only file system", "a"), "output.unwritable", 17),
        (UnicodeEncodeError("utf-8", "a b\udcff", 3, 4, "surrogates not allowed"), "usage.invalid", 2),
    ],
)
def test_refusals_of_the_system(error: Exception, code: str, status: int) -> None:
    for raised in (error, _within(error)):
        found = explain(raised)
        assert found is not None
        assert (found.code, int(found.exit_status)) == (code, status)


def _within(cause: Exception) -> Exception:
    try:
        raise ValueError("it cannot be read") from cause
    except ValueError as error:
        return error


def test_what_is_ours_stays_a_bug() -> None:
    assert explain(KeyError("x")) is None
    assert explain(OSError(errno.ENOENT, "No such file", "a")) is None
    assert explain(UnicodeEncodeError("ascii", "é", 0, 1, "ordinal not in range(128)")) is None


def test_a_restore_onto_a_link_to_nowhere_is_refused(audobon, tmp_path: Path) -> None:
    assert audobon("init").status == 0
    place = str(tmp_path / "r")
    assert audobon("backup", "init", place, "--no-encryption").status == 0
    assert audobon("backup", "create", "-d", place).status == 0
    (tmp_path / "link").symlink_to("nowhere")
    ran = audobon("backup", "restore", "-d", place, "--to", str(tmp_path / "link"), "-y")
    assert ran.status == 17
    assert "bug" not in ran.err


@pytest.mark.parametrize("words", [(), ("--encrypted", "--passphrase-file", "words")])
def test_a_library_in_what_is_no_folder_is_refused(audobon, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / "words").write_text("correct horse battery staple")
    for place in ("file", "file/deeper", "link"):
        ran = audobon("init", str(tmp_path / place), *words)
        assert (ran.status, "is not a folder" in ran.err) == (17, True), ran.err
    assert sorted(path.name for path in tmp_path.iterdir() if path.name in ("file", "link", "words")) == [
        "file", "link", "words",
    ]  # fmt: skip
