"""Files, names and locks as POSIX has them."""

import contextlib
import errno
import fcntl
import os
import stat
from pathlib import Path

NO_HARD_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})
NO_EXCLUSIVE_RENAME = frozenset({errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM})


class PosixFiles:
    """See Files. What Linux and macOS do differently is theirs to add."""

    longest_path = 1024
    can_sync_filesystem = False

    def open(self, path: Path | str, flags: int, mode: int = 0o666) -> int:
        """See Files."""
        return os.open(path, flags, mode)

    def open_without_links(self, path: Path, flags: int) -> int:
        """See Files."""
        return os.open(path, flags | os.O_NOFOLLOW)

    def read_at(self, descriptor: int, count: int, offset: int) -> bytes:
        """See Files."""
        return os.pread(descriptor, count, offset)

    def write_at(self, descriptor: int, data: bytes, offset: int) -> int:
        """See Files."""
        return os.pwrite(descriptor, data, offset)

    def sync(self, descriptor: int) -> None:
        """See Files."""
        os.fsync(descriptor)

    def sync_file(self, path: Path) -> None:
        """See Files."""
        self._sync(path, os.O_RDONLY)

    def sync_folder(self, folder: Path) -> None:
        """See Files."""
        self._sync(folder, os.O_RDONLY | os.O_DIRECTORY)

    def _sync(self, path: Path, flags: int) -> None:
        descriptor = os.open(path, flags)
        try:
            self.sync(descriptor)
        finally:
            os.close(descriptor)

    def sync_filesystem(self, descriptor: int) -> None:
        """See Files."""
        raise OSError(errno.ENOSYS, "syncfs is not available")

    def open_folder(self, folder: Path) -> int:
        """See Files."""
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)

    def replace(self, source: Path | str, target: Path | str) -> None:
        """See Files."""
        os.replace(source, target)

    def name_new(self, source: Path, target: Path) -> bool | None:
        """See Files. A hard link does it nearly everywhere; else a rename that refuses to replace."""
        try:
            os.link(source, target)
        except FileExistsError:
            # Over NFS the reply to a link that was made may be lost, and the next try finds it made (open(2)).
            return os.stat(source).st_nlink == 2 and os.path.samefile(source, target)
        except OSError as error:
            if error.errno not in NO_HARD_LINKS:
                raise
            return self._rename_new(source, target)
        return True

    def _rename_new(self, source: Path, target: Path) -> bool | None:
        """A rename that refuses to replace: see name_new."""
        number = self._exclusive_rename(os.fsencode(source), os.fsencode(target))
        if number == 0:
            return True
        if number == errno.EEXIST:
            return False
        if number is None or number in NO_EXCLUSIVE_RENAME:
            return None
        raise OSError(number, os.strerror(number), str(target))

    def _exclusive_rename(self, source: bytes, target: bytes) -> int | None:
        """The error number, 0 for none; None where the C library has no such call."""
        return None

    def delete(self, path: Path, missing_ok: bool = False) -> None:
        """See Files."""
        path.unlink(missing_ok)

    def delete_tree(self, folder: Path) -> None:
        """See Files."""
        import shutil

        shutil.rmtree(folder, ignore_errors=True)

    def set_mode(self, descriptor: int, mode: int) -> None:
        """See Files."""
        os.fchmod(descriptor, mode)

    def mark_stored(self, path: Path) -> None:
        """See Files."""
        path.chmod(0o444)

    def open_lock(self, path: Path, mode: int = 0o666) -> int:
        """See Files."""
        return os.open(path, os.O_RDWR | os.O_CREAT, mode)

    def try_lock(self, descriptor: int, shared: bool = False) -> bool:
        """See Files: an flock, which belongs to the open file and not to the process."""
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def unlock(self, descriptor: int) -> None:
        """See Files. Not by closing alone: a child forked meanwhile holds the same lock through its copy."""
        fcntl.flock(descriptor, fcntl.LOCK_UN)

    def hold_lease(self, path: Path) -> int:
        """See Files: an flock of a file that nobody else locks yet; a child that inherits it holds it, too."""
        descriptor = self.open_lock(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def is_leased(self, path: Path) -> bool:
        """See Files."""
        try:
            descriptor = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            return not self.try_lock(descriptor)
        finally:
            os.close(descriptor)

    def claim_folder(self, folder: Path) -> int | None:
        """See Files: the folder itself is locked."""
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except FileNotFoundError:
            return None
        try:
            if self.try_lock(descriptor) and _is_at(descriptor, folder):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        return None

    def delete_claimed(self, folder: Path, descriptor: int) -> None:
        """See Files."""
        self.delete_tree(folder)
        with contextlib.suppress(OSError):
            self.unlock(descriptor)
        os.close(descriptor)

    def posix_errno(self, error: OSError) -> int:
        """See Files."""
        return error.errno or 0

    def is_in_use(self, error: OSError) -> bool:
        """See Files: of no interest to POSIX."""
        return False

    def links_are_refused(self, error: OSError) -> bool:
        """See Files: everybody may."""
        return False


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def is_private_folder(folder: Path) -> bool:
    """A folder of this user's, with mode 0700; no link."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return (
        stat.S_ISDIR(found.st_mode)
        and found.st_uid == os.getuid()
        and not found.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    )


def is_private_file(file: Path) -> bool:
    """A file or pipe of this user's or the system's, which no group and nobody else may read or write."""
    try:
        found = file.stat()
    except OSError:
        return False
    return (
        (stat.S_ISREG(found.st_mode) or stat.S_ISFIFO(found.st_mode))
        and found.st_uid in (os.getuid(), 0)
        and not found.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    )
