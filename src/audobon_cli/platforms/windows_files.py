"""Files, names and locks as Windows has them.

Three rules differ from POSIX. A file can be renamed or deleted only if all who have it open allow it, so files are
opened here with all sharing, and what others hold open for a moment (indexers, virus scanners) is waited for. A name
that is deleted while its file is open stays taken until the last one closes it. Locks are of byte ranges and keep
others from reading those bytes, so the range lies beyond all content.
"""

import contextlib
import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from audobon_cli.platforms import windows_calls as win

if TYPE_CHECKING:
    from audobon_cli.platforms.base import Filesystem

T = TypeVar("T")

LOCK_HIGH = 0x7FFFFFFF
"""The upper half of the place of the one byte that is locked: no file is so large."""
FOLDER_LOCK = ".lock"
PATIENCE_SECONDS = 2.0
FIRST_PAUSE_SECONDS = 0.002
O_BINARY, O_NOINHERIT = 0x8000, 0x80  # fcntl.h of the C library: os.O_BINARY is there on Windows alone
SHORT_PATH, LONG_PATH = 260, 32_767
LONG_PATHS_KEY = r"SYSTEM\CurrentControlSet\Control\FileSystem"
MACHINE_KEY = r"SOFTWARE\Microsoft\Cryptography"
FAT_TYPES = frozenset({"FAT", "FAT12", "FAT16", "FAT32", "EXFAT"})
IN_USE = frozenset({win.ERROR_ACCESS_DENIED, win.ERROR_SHARING_VIOLATION, win.ERROR_LOCK_VIOLATION})
TAKEN = frozenset({win.ERROR_FILE_EXISTS, win.ERROR_ALREADY_EXISTS})
PLACEHOLDER = win.ATTRIBUTE_OFFLINE | win.ATTRIBUTE_RECALL_ON_OPEN | win.ATTRIBUTE_RECALL_ON_DATA_ACCESS
# winerror.h: HANDLE_DISK_FULL, DISK_FULL; WRITE_PROTECT; CRC, SEEK, SECTOR_NOT_FOUND, GEN_FAILURE, IO_DEVICE and
# FILE_CORRUPT; BAD_NETPATH, NETNAME_DELETED, BAD_NET_NAME, SEM_TIMEOUT, NETWORK_UNREACHABLE; FILE_TOO_LARGE;
# FILENAME_EXCED_RANGE; NOT_READY and DEVICE_NOT_CONNECTED.
ERRNO_OF: dict[int, int] = {
    **dict.fromkeys((39, 112), errno.ENOSPC),
    19: errno.EROFS,
    **dict.fromkeys((23, 25, 27, 31, 1117, 1392), errno.EIO),
    **dict.fromkeys((53, 64, 67, 121, 1231), errno.EHOSTUNREACH),
    223: errno.EFBIG,
    206: errno.ENAMETOOLONG,
    **dict.fromkeys((21, 1167), errno.ENXIO),
    **dict.fromkeys((5, 32, 33), errno.EACCES),
}


class WindowsFiles:
    """See Files."""

    can_sync_filesystem = False

    def __init__(self, calls: win.WindowsCalls) -> None:
        self.calls = calls
        self._seeking = threading.Lock()

    def open(self, path: Path | str, flags: int, mode: int = 0o666) -> int:
        """See Files. Who may reach it is a matter of its folder: ``mode`` means nothing here."""
        return self._open(path, flags, win.SHARE_ALL, win.ATTRIBUTE_NORMAL)

    def open_without_links(self, path: Path, flags: int) -> int:
        """See Files."""
        if self.calls.attributes(path) & win.ATTRIBUTE_REPARSE_POINT:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
        return self._open(path, flags, win.SHARE_ALL, win.ATTRIBUTE_NORMAL | win.FLAG_OPEN_REPARSE_POINT)

    def _open(self, path: Path | str, flags: int, share: int, attributes: int) -> int:
        kind = flags & (os.O_WRONLY | os.O_RDWR)
        access = {0: win.GENERIC_READ, os.O_WRONLY: win.GENERIC_WRITE}.get(
            kind, win.GENERIC_READ | win.GENERIC_WRITE
        )
        if flags & os.O_APPEND:
            access = access & ~win.GENERIC_WRITE | win.FILE_APPEND_DATA | win.SYNCHRONIZE
        handle = self.calls.create_file(path, access, share, _disposition(flags), attributes)
        try:
            return int(_msvcrt().open_osfhandle(handle, kind | flags & os.O_APPEND | O_BINARY | O_NOINHERIT))
        except BaseException:
            self.calls.CloseHandle(handle)
            raise

    def read_at(self, descriptor: int, count: int, offset: int) -> bytes:
        """See Files."""
        with self._seeking:
            os.lseek(descriptor, offset, os.SEEK_SET)
            return os.read(descriptor, count)

    def write_at(self, descriptor: int, data: bytes, offset: int) -> int:
        """See Files."""
        with self._seeking:
            os.lseek(descriptor, offset, os.SEEK_SET)
            return os.write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        """See Files: FlushFileBuffers."""
        os.fsync(descriptor)

    def sync_file(self, path: Path) -> None:
        """See Files. Only a handle that may write can be flushed."""
        descriptor = self.open(path, os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def sync_folder(self, folder: Path) -> None:
        """See Files. `replace` and `name_new` wait for the disk by themselves; NTFS can flush a folder too, others
        refuse it, and what they refuse is no error."""
        access = win.GENERIC_READ | win.GENERIC_WRITE
        try:
            handle = self.calls.create_file(
                folder, access, win.SHARE_ALL, win.OPEN_EXISTING, win.FLAG_BACKUP_SEMANTICS
            )
        except PermissionError:
            return
        try:
            if not self.calls.FlushFileBuffers(handle):
                error = win.last_error(folder)
                if self.posix_errno(error) in (errno.EIO, errno.ENOSPC, errno.ENXIO):
                    raise error
        finally:
            self.calls.CloseHandle(handle)

    def sync_filesystem(self, descriptor: int) -> None:
        """See Files: only administrators may."""
        raise OSError(errno.ENOSYS, "a whole volume cannot be flushed")

    def open_folder(self, folder: Path) -> int:
        """See Files."""
        raise OSError(errno.ENOSYS, "folders have no descriptors")

    def replace(self, source: Path | str, target: Path | str) -> None:
        """See Files: MoveFileEx, which is through to the disk when it returns."""

        def move() -> None:
            if not self.calls.MoveFileExW(
                str(source), str(target), win.MOVE_REPLACE_EXISTING | win.MOVE_WRITE_THROUGH
            ):
                error = win.last_error(target)
                self._make_writable(target)
                raise error

        try:
            _patiently(move)
        except OSError as error:
            if win.code_of(error) == win.ERROR_ACCESS_DENIED and os.path.isfile(target):
                raise win.system_error(win.ERROR_SHARING_VIOLATION, target) from error
            raise

    def name_new(self, source: Path, target: Path) -> bool | None:
        """See Files: a rename, which replaces nothing unless asked to."""

        def move() -> bool:
            if self.calls.MoveFileExW(str(source), str(target), win.MOVE_WRITE_THROUGH):
                return True
            error = win.last_error(target)
            if win.code_of(error) in TAKEN:
                return False
            raise error

        return _patiently(move)

    def delete(self, path: Path, missing_ok: bool = False) -> None:
        """See Files."""

        def unlink() -> None:
            try:
                path.unlink(missing_ok)
            except PermissionError:
                self._make_writable(path)
                raise

        _patiently(unlink)

    def _make_writable(self, path: Path | str) -> None:
        """Take away the mark of a file that came from elsewhere, which keeps Windows from replacing or deleting it."""
        found = self.calls.attributes(path)
        if found & win.ATTRIBUTE_READONLY and not found & win.ATTRIBUTE_DIRECTORY:
            self.calls.SetFileAttributesW(str(path), found & ~win.ATTRIBUTE_READONLY or win.ATTRIBUTE_NORMAL)

    def delete_tree(self, folder: Path) -> None:
        """See Files."""
        for path, is_folder in list(_inside_out(folder)):
            with contextlib.suppress(OSError):
                path.rmdir() if is_folder else self.delete(path, missing_ok=True)
        with contextlib.suppress(OSError):
            folder.rmdir()

    def set_mode(self, descriptor: int, mode: int) -> None:
        """See Files."""

    def mark_stored(self, path: Path) -> None:
        """See Files: the attribute would keep people and programs from deleting it."""

    def open_lock(self, path: Path, mode: int = 0o666) -> int:
        """See Files."""
        return self.open(path, os.O_RDWR | os.O_CREAT)

    def try_lock(self, descriptor: int, shared: bool = False) -> bool:
        """See Files: LockFileEx, of one byte beyond all content. A child does not inherit it."""
        how = win.LOCK_FAIL_IMMEDIATELY | (0 if shared else win.LOCK_EXCLUSIVE)
        place = win.Overlapped(OffsetHigh=LOCK_HIGH)
        if self.calls.LockFileEx(_msvcrt().get_osfhandle(descriptor), how, 0, 1, 0, place):
            return True
        error = win.last_error()
        if win.code_of(error) in (win.ERROR_LOCK_VIOLATION, win.ERROR_IO_PENDING):
            return False
        raise error

    def unlock(self, descriptor: int) -> None:
        """See Files."""
        place = win.Overlapped(OffsetHigh=LOCK_HIGH)
        if not self.calls.UnlockFileEx(_msvcrt().get_osfhandle(descriptor), 0, 1, 0, place):
            raise win.last_error()

    def hold_lease(self, path: Path) -> int:
        """See Files: nobody may open it for reading while it is open, here or in a child that has the handle."""

        def hold() -> int:
            return self._open(path, os.O_RDWR | os.O_CREAT, win.SHARE_DELETE, win.ATTRIBUTE_NORMAL)

        return _patiently(hold)

    def is_leased(self, path: Path) -> bool:
        """See Files."""
        try:
            os.close(self.open(path, os.O_RDONLY))
        except FileNotFoundError:
            return False
        except PermissionError as error:
            if win.code_of(error) == win.ERROR_SHARING_VIOLATION:
                return True
            raise
        return False

    def claim_folder(self, folder: Path) -> int | None:
        """See Files: a file in it is locked, as folders cannot be."""
        if self.calls.attributes(folder) & win.ATTRIBUTE_REPARSE_POINT:
            return None
        try:
            descriptor = _patiently(lambda: self.open_lock(folder / FOLDER_LOCK))
        except FileNotFoundError:  # deleted meanwhile
            return None
        if self.try_lock(descriptor):
            return descriptor
        os.close(descriptor)
        return None

    def delete_claimed(self, folder: Path, descriptor: int) -> None:
        """See Files. The lock goes last but one: a folder in which something is open cannot be deleted."""
        for path, is_folder in list(_inside_out(folder)):
            if path != folder / FOLDER_LOCK:
                with contextlib.suppress(OSError):
                    path.rmdir() if is_folder else self.delete(path, missing_ok=True)
        os.close(descriptor)
        with contextlib.suppress(OSError):
            self.delete(folder / FOLDER_LOCK, missing_ok=True)
            folder.rmdir()

    def filesystem(self, folder: Path) -> "Filesystem":
        """See Files."""
        from audobon_cli.platforms.base import Filesystem

        calls, place = self.calls, _nearest(folder)
        in_cloud = any(calls.attributes(path) & PLACEHOLDER for path in (place, *place.parents))
        root, kind = _text(), _text()
        if not calls.GetVolumePathNameW(str(place), root, len(root)):
            return Filesystem("", is_in_cloud=in_cloud)
        is_remote = calls.GetDriveTypeW(root.value) == win.DRIVE_REMOTE
        found = calls.GetVolumeInformationW(root.value, None, 0, None, None, None, kind, len(kind))
        name = str(kind.value) if found else ""
        return Filesystem(name, is_remote, in_cloud, name.upper() in FAT_TYPES)

    def posix_errno(self, error: OSError) -> int:
        """See Files."""
        return ERRNO_OF.get(win.code_of(error), error.errno or 0)

    def is_in_use(self, error: OSError) -> bool:
        """See Files."""
        return win.code_of(error) in (win.ERROR_SHARING_VIOLATION, win.ERROR_LOCK_VIOLATION)

    def links_are_refused(self, error: OSError) -> bool:
        """See Files: without developer mode only administrators may."""
        return win.code_of(error) == win.ERROR_PRIVILEGE_NOT_HELD

    @cached_property
    def longest_path(self) -> int:
        """See Files: 260, unless long paths are switched on for this machine."""
        return LONG_PATH if win.registry_value(LONG_PATHS_KEY, "LongPathsEnabled") == 1 else SHORT_PATH


def _disposition(flags: int) -> int:
    if flags & os.O_CREAT:
        if flags & os.O_EXCL:
            return win.CREATE_NEW
        return win.CREATE_ALWAYS if flags & os.O_TRUNC else win.OPEN_ALWAYS
    return win.TRUNCATE_EXISTING if flags & os.O_TRUNC else win.OPEN_EXISTING


def _patiently(call: Callable[[], T]) -> T:
    """The result of ``call``, tried again for two seconds while another program has the file open."""
    deadline, pause = time.monotonic() + PATIENCE_SECONDS, FIRST_PAUSE_SECONDS
    while True:
        try:
            return call()
        except PermissionError as error:
            if win.code_of(error) not in IN_USE or time.monotonic() > deadline:
                raise
        time.sleep(pause)
        pause = min(pause * 2, 0.1)


def _inside_out(folder: Path) -> Iterator[tuple[Path, bool]]:
    """What is below ``folder``, what lies in a folder before it; whether each is one. Links are not followed."""
    for root, folders, files in os.walk(folder, topdown=False):
        yield from ((Path(root, name), False) for name in files)
        for name in folders:
            path = Path(root, name)
            yield path, not path.is_symlink()


def _nearest(folder: Path) -> Path:
    """``folder``, or what is there of the folders above it."""
    path = Path(os.path.realpath(folder))
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def _text() -> Any:
    import ctypes

    return ctypes.create_unicode_buffer(LONG_PATH + 1)


def _msvcrt() -> Any:
    return win.windows_module("msvcrt")
