"""Full disks, failing disks, read-only media and network file systems, all of them real."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from audobon_cli.domain.errors import LibraryReadOnly
from audobon_cli.library.add import add_asset, add_assets
from audobon_cli.library.store.library import Library
from audobon_cli.platforms.mounts import filesystem_type
from tests.fault_injection import as_nobody, needs_mounts, needs_strace, run_injected, run_mounted
from tests.library.samples import draft, found, picture

FILL = """
import sys
from pathlib import Path
from audobon_cli.domain.errors import AudobonError, DiskFull
from audobon_cli.library.add import add_asset, add_assets
from audobon_cli.library.verify import verify_library
from audobon_cli.library.store.library import Library
from tests.library.samples import draft, found, picture

root = Path(sys.argv[1]) / "library"
ballast = Path(sys.argv[1]) / "ballast"
ballast.write_bytes(b"x" * 300_000)
kept = []
def fill():
    for number in range(10_000):
        size = 3000 + 997 * number % 9000
        kept.append(add_asset(Library.open(root), draft(str(number)), picture(number, size)).asset)
try:
    Library.create(root)
    if sys.argv[2] == "many":
        batch = [(draft(str(n)), picture(n, 9000)) for n in range(2000)]
        add_assets(Library.open(root), batch)
    fill()
except DiskFull as error:
    print(error.code)
ballast.unlink()
library = Library.create(root)
kept.append(add_asset(library, draft("after"), picture(10_001)).asset)
assert all(library.assets.get(asset.id) == asset for asset in kept)
report = verify_library(library)
assert report.clean, report
assert library.assets.count() == len(kept), (library.assets.count(), len(kept))
assert list((root / "tmp").iterdir()) == []
"""

TOUCH = """
import sys
from pathlib import Path
from audobon_cli.domain.errors import AudobonError
from audobon_cli.library.add import add_asset
from audobon_cli.library.verify import verify_library
from audobon_cli.library.store.library import Library
from tests.library.samples import draft, found, picture
library = Library.open(Path(sys.argv[1]))
try:
    page = found(library)
    print(page.total, found(library, "drag").total, verify_library(library).clean)
except AudobonError as error:
    print(error.code)
attempts = (
    lambda: add_asset(library, draft("new"), picture(99)),
    lambda: library.database.transaction().__enter__(),
)
for attempt in attempts:
    try:
        attempt()
    except AudobonError as error:
        print(error.code)
"""


@needs_mounts
@pytest.mark.parametrize("size", ["600k", "720k", "800k", "1000k", "1500k"])
def test_a_full_disk_keeps_what_was_acknowledged_and_works_again_with_space(
    tmp_path: Path, size: str
) -> None:
    out = run_mounted(f'mount -t tmpfs -o size={size} none "$1"', FILL, str(tmp_path), "one")
    assert out == "disk.full\n"


@needs_mounts
def test_a_batch_too_big_for_the_disk_is_filed_not_at_all(tmp_path: Path) -> None:
    out = run_mounted('mount -t tmpfs -o size=3000k none "$1"', FILL, str(tmp_path), "many")
    assert out == "disk.full\n"


@needs_mounts
def test_a_library_on_read_only_media_can_be_read_and_not_written(library: Library) -> None:
    add_asset(library, draft("dragon"), picture(1))
    library.close()
    out = run_mounted('mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"', TOUCH, str(library.root))
    assert out.split() == ["1", "1", "True", "library.read_only", "library.read_only"]


@needs_mounts
def test_read_only_media_with_an_unfinished_log_are_read_with_it(tmp_path: Path, library: Library) -> None:
    add_asset(library, draft("dragon"), picture(1))
    copy = tmp_path / "copy"
    shutil.copytree(library.root, copy, ignore=shutil.ignore_patterns("*-shm"))
    assert (copy / "audobon.db-wal").stat().st_size > 0
    out = run_mounted('mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"', TOUCH, str(copy))
    assert out.split() == ["1", "1", "True", "library.read_only", "library.read_only"]


@pytest.fixture
def public_library() -> Path:
    """A library that everybody may read and only its owner write."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    library = Library.create(folder / "library")
    add_assets(library, [(draft("dragon"), picture(1)), (draft("knight"), picture(2))])
    library.close()
    yield library.root
    shutil.rmtree(folder)


@pytest.mark.posix
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_somebody_without_rights_reads_and_is_refused_writing(public_library: Path) -> None:
    def attempt() -> tuple[int, list[str]]:
        library = Library.open(public_library)
        codes = []
        for action in (
            lambda: add_asset(library, draft("new"), picture(3)),
            lambda: library.database.transaction().__enter__(),
            lambda: Library.create(public_library.parent / "other"),
        ):
            with pytest.raises(LibraryReadOnly) as caught:
                action()
            codes.append(caught.value.code)
        return found(library).total, codes

    assert as_nobody(attempt) == (2, ["library.read_only"] * 3)


@pytest.mark.posix
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_somebody_without_rights_reads_while_the_owner_writes(public_library: Path) -> None:
    owner = Library.open(public_library)
    add_asset(owner, draft("third"), picture(3))
    assert as_nobody(lambda: found(Library.open(public_library)).total) == 3
    owner.close()


@pytest.mark.posix
@needs_mounts
def test_a_library_on_a_network_is_refused(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"1 0 8:1 / / rw - ext4 /dev/sda rw\n2 1 0:50 / {tmp_path} rw - nfs4 server:/x rw\n")
    code = """
import sys
from pathlib import Path
from audobon_cli.domain.errors import FilesystemUnsupported
from audobon_cli.library.store.library import Library
for action in (Library.create, lambda root: Library(root).database.create()):
    try:
        action(Path(sys.argv[1]))
    except FilesystemUnsupported as error:
        print(error.code, error.details["filesystem"])
"""
    setup = f'mount --bind "{mounts}" /proc/$$/mountinfo'
    try:
        out = run_mounted(setup, code, str(tmp_path / "library"))
    except AssertionError as error:
        pytest.skip(f"the list of mounts cannot be replaced here: {error}")
    assert out == "library.filesystem nfs4\n" * 2
    assert not (tmp_path / "library").exists()


MOUNTS = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /home rw - btrfs /dev/sdb rw
31 30 0:41 / /home/me/My\040Cloud rw - fuse.sshfs me@host: rw
32 22 0:42 / /mnt rw - nfs4 server:/export rw
33 32 0:43 / /mnt rw - xfs /dev/sdc rw
broken line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/etc/x", "ext4"),
        ("/home/me", "btrfs"),
        ("/home/me/My Cloud/lib/.audobon", "fuse.sshfs"),
        ("/homes", "ext4"),
        ("/mnt/a", "xfs"),
    ],
)
def test_the_file_system_of_a_path_is_that_of_the_mount_on_top(path: str, kind: str) -> None:
    assert filesystem_type(Path(path), MOUNTS) == kind
    assert filesystem_type(Path(path), "") is None


FILE_UNDER_FAULT = """
import sys
from pathlib import Path
from audobon_cli.domain.errors import AudobonError
from audobon_cli.library.add import add_assets
from audobon_cli.library.store.library import Library
from tests.library.samples import draft, found, picture
library = Library.open(Path(sys.argv[1]))
try:
    add_assets(library, [(draft(str(n)), picture(n)) for n in range(int(sys.argv[2]))])
    print("acknowledged")
except AudobonError as error:
    print(error.code)
"""


@needs_strace
@pytest.mark.parametrize(
    "call",
    [
        *("fsync:when=1", "fsync:when=2", "fdatasync:when=1"),
        *(pytest.param(call, marks=pytest.mark.posix) for call in ("syncfs:when=1", "syncfs:when=2")),
    ],
)
def test_a_sync_that_fails_is_never_acknowledged(library: Library, call: str) -> None:
    name, when = call.split(":")
    count = "20" if name == "syncfs" else "1"
    library.close()
    done = run_injected(f"{name}:error=EIO:{when}", FILE_UNDER_FAULT, str(library.root), count)
    assert done.stdout == "disk.failed\n", done.stdout + done.stderr
    assert found(library).total == 0
    add_assets(library, [(draft(str(number)), picture(number)) for number in range(20)])
    assert found(library).total == 20


@needs_strace
@pytest.mark.parametrize("call", ["rename", "pwrite64"])
def test_other_refusals_in_the_middle_are_told_and_leave_no_row(library: Library, call: str) -> None:
    library.close()
    done = run_injected(f"{call}:error=ENOSPC:when=1+", FILE_UNDER_FAULT, str(library.root), "1")
    assert done.stdout == "disk.full\n", done.stdout + done.stderr
    assert found(library).total == 0
