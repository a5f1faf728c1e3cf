"""Writing that survives a kill or a power cut, and the errors that disks give.

The rule throughout: bytes are written whole under a temporary name, synced, renamed, and the folder
that holds the new name is synced; only then is anything acknowledged. A sync that fails is never
tried again on the same descriptor, because the kernel may have dropped the pages and would answer
"done" (PostgreSQL's fsync lesson of 2018): it surfaces as an error and the new name is not used.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from audobon_cli.domain.errors import DiskFull, OutputExists, OutputUnwritable
from audobon_cli.platforms import current
from audobon_cli.storage.disk_errors import FULL

LONG_PATHS = "; docs/platforms.md says how Windows takes longer ones"

CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL


@contextlib.contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turn an OSError of the body into DiskFull or OutputUnwritable for the user's file ``path``."""
    try:
        yield
    except OSError as error:
        if current().posix_errno(error) in FULL:
            raise DiskFull(
                f"No space is left to write {path}.",
                hint="free some space, or write to another disk with --out",
                path=str(path),
            ) from error
        raise OutputUnwritable(
            f"{path} cannot be written: {error.strerror or error}.",
            hint=_way_out(error, path),
            path=str(path),
        ) from error


def _way_out(error: OSError, path: Path) -> str:
    if current().is_in_use(error):
        return "another program has it open: close it there, then run the same command again"
    if len(str(path)) >= current().longest_path:
        return f"shorten it: a path has at most {current().longest_path - 1} characters here{LONG_PATHS}"
    return "name a file in a folder that exists and that you may write to"


def sync_descriptor(descriptor: int) -> None:
    """Force a file that is open for writing onto the disk itself. Raises OSError; never call it twice after that."""
    current().sync(descriptor)


def sync_file(path: Path) -> None:
    """Make the content of ``path``, already written, durable. Raises OSError."""
    current().sync_file(path)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable. Raises OSError."""
    current().sync_folder(folder)


def can_sync_filesystem() -> bool:
    """Whether one call makes a whole batch of files durable here."""
    return current().can_sync_filesystem


def sync_filesystem(descriptor: int) -> None:
    """Make everything written so far to the file system of ``descriptor`` durable (Linux).

    Open ``descriptor`` before the writes: see platforms/linux.py. Raises OSError.
    """
    current().sync_filesystem(descriptor)


def create_file(path: Path | str, mode: int = 0o666) -> int:
    """A descriptor of a new file, open for writing. Raises OSError, FileExistsError among them."""
    return current().open(path, CREATE, mode)


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write all of ``data``, however many calls that takes. Raises OSError."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def write_new(path: Path, data: bytes | memoryview, mode: int = 0o666, *, durable: bool = True) -> None:
    """Write a file that is not there yet; ``durable``: its bytes are on the disk on return, its name only with
    sync_folder. Raises OSError, FileExistsError among them."""
    descriptor = create_file(path, mode)
    try:
        write_all(descriptor, data)
        if durable:
            sync_descriptor(descriptor)
    finally:
        os.close(descriptor)


def write_output(path: Path, data: bytes, overwrite: bool = False) -> None:
    """Write a file of the user's, whole or not at all, durable on return.

    Without ``overwrite`` the name is only ever created: of two processes racing for it one gets
    OutputExists, and neither file is mixed or lost. With it the old file is replaced in one step and
    keeps its permissions; a symbolic link is followed; a device or pipe is written straight.
    The folder must exist. Raises OutputExists, OutputUnwritable or DiskFull.
    """
    with output_errors(path):
        if not overwrite:
            if os.path.lexists(path):
                raise output_exists(path)
            _write_beside(path, data, mode=None, replace=False)
            return
        target = Path(os.path.realpath(path))
        try:
            old = target.stat()
        except FileNotFoundError:
            _write_beside(target, data, mode=None, replace=True)
            return
        if stat.S_ISREG(old.st_mode):
            _write_beside(target, data, mode=stat.S_IMODE(old.st_mode), replace=True)
        else:
            target.write_bytes(data)


def output_exists(path: Path) -> OutputExists:
    """The error for a file that is there already and may not be overwritten."""
    return OutputExists(
        f"{path} exists already.", hint="give another name, or --overwrite to replace it", path=str(path)
    )


def _write_beside(path: Path, data: bytes, mode: int | None, replace: bool) -> None:
    temporary = path.with_name(f".audobon-{os.urandom(8).hex()}.tmp")
    descriptor = create_file(temporary)
    try:
        try:
            if mode is not None:
                current().set_mode(descriptor, mode)
            write_all(descriptor, data)
            sync_descriptor(descriptor)
        finally:
            os.close(descriptor)
        if replace:
            current().replace(temporary, path)
        else:
            _name_once(temporary, path)
    finally:
        with contextlib.suppress(OSError):  # after a replace it is gone already
            current().delete(temporary, missing_ok=True)
    sync_folder(path.parent)


def _name_once(temporary: Path, path: Path) -> None:
    """Give ``temporary`` the name ``path`` unless that name is taken, in one step."""
    named = current().name_new(temporary, path)
    if named is None:
        # Some FUSE file systems have neither links nor such a rename: claim the name first, then replace the claim.
        try:
            os.close(create_file(path))
        except FileExistsError as taken:
            raise output_exists(path) from taken
        current().replace(temporary, path)
    elif not named:
        raise output_exists(path)
