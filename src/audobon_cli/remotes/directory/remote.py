"""A folder as a remote: a disk, a stick, a mounted share."""

import contextlib
import errno
import os
import stat as stat_module
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from audobon_cli.domain.errors import (
    AudobonError,
    DiskFailed,
    RemoteFailed,
    RemoteFull,
    RemoteMissing,
    RemoteRefused,
    RemoteUnreachable,
)
from audobon_cli.platforms import current
from audobon_cli.remotes.bandwidth import PIECE_BYTES, Paces
from audobon_cli.remotes.base import ObjectStat
from audobon_cli.remotes.directory.staging import (
    NO_LOCKS,
    Unfinished,
    sweep_unfinished,
    sync_names,
    unfinished_file,
)
from audobon_cli.remotes.keys import check_key, is_key, object_missing, object_short
from audobon_cli.storage.disk_errors import DENIED, FAILING, FULL
from audobon_cli.storage.file_locks import exclusive_lock

LOCK = ".lock"
LOCK_SECONDS = 30.0
"""Locks are held for a few milliseconds; only a stopped process or a dead file server keeps one for so long."""
UNREACHABLE = frozenset(
    {errno.ESTALE, errno.ENOTCONN, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETUNREACH}
    | {errno.ETIMEDOUT, errno.ECONNRESET, errno.ECONNREFUSED, errno.ECONNABORTED}
)
# What a version's modification time is raised by, until the file system can tell it from the last one:
# ext4, xfs, btrfs and tmpfs count nanoseconds, NTFS and SMB 100 ns, some shares ms or s, FAT 2 s.
TICKS_NS = (1, 100, 1_000_000, 1_000_000_000, 2_000_000_000)


class DirectoryRemote:
    """See Remote. Objects are files under ``root``, and may be read by whom the folder itself lets read.

    ``create`` makes the folder, for its owner alone, if it is not there. What killed writers left unfinished is
    removed at the first write. `swap` and `delete` need a file system with locks between those that write to it
    (NFS not mounted with ``nolock``, SMB); `put` works on any.
    """

    def __init__(
        self, root: Path, create: bool = False, lock_seconds: float = LOCK_SECONDS, paces: Paces | None = None
    ) -> None:
        self.address = str(root)
        self._paces = paces or Paces()
        self._root = root
        self._lock_seconds = lock_seconds
        self._durable: set[Path] = set()
        self._swept = False
        self._lock = threading.Lock()
        with self._errors():
            if create:
                root.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = root.stat()
            if not stat_module.S_ISDIR(found.st_mode):
                raise NotADirectoryError(errno.ENOTDIR, "it is not a folder", self.address)
            self._mode = stat_module.S_IMODE(found.st_mode) & 0o777

    def put(self, key: str, content: bytes | memoryview) -> bool:
        """See Remote.put."""
        check_key(key)
        path = self._root / key
        with self._errors():
            self._make_durable(path.parent)
            created = False
            if not os.path.lexists(path):
                with self._unfinished(content) as file:
                    named = current().name_new(file.path, path)
                    created = self._name_under_lock(file, path) if named is None else named
            # Also of a name that was there: whoever made it may have been killed before this.
            sync_names(path.parent)
            return created

    def compare_and_swap(self, key: str, content: bytes | memoryview, version: str | None) -> str | None:
        """See Remote.compare_and_swap."""
        check_key(key)
        path = self._root / key
        with self._errors(), self._locked():
            old = self._stat(path)
            if (old and _version(old)) != version:
                return None
            self._make_durable(path.parent)
            with self._unfinished(content) as file:
                if old is None:
                    # Whoever only puts holds no lock.
                    if current().name_new(file.path, path) is False:
                        return None
                else:
                    _make_newer(file, old)
                if not _is_at(file, path):
                    current().replace(file.path, path)
            # By its name: Windows tells the time of the last write only once the file is closed.
            found = path.stat()
            sync_names(path.parent)
            return _version(found)

    def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """See Remote.get."""
        check_key(key)
        with self._errors():
            try:
                descriptor = current().open(self._root / key, os.O_RDONLY)
            except FileNotFoundError:
                self._check_root()
                raise object_missing(self.address, key) from None
            try:
                size = os.fstat(descriptor).st_size
                end = size if length is None else start + length
                if max(start, end) > size:
                    raise object_short(self.address, key, max(start, end), size)
                content = self._read(descriptor, start, end - start)
            finally:
                os.close(descriptor)
        if len(content) < end - start:
            raise object_short(self.address, key, end, start + len(content))
        return content

    def stat(self, key: str) -> ObjectStat | None:
        """See Remote.stat."""
        check_key(key)
        with self._errors():
            found = self._stat(self._root / key)
            if found is None:
                self._check_root()
                return None
            return _object_stat(key, found)

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        """See Remote.list."""
        with self._errors():
            self._check_root()
        folder = prefix.rpartition("/")[0]
        walk = self._walk(f"{folder}/" if folder else "", prefix)
        while True:
            with self._errors():
                found = next(walk, None)
            if found is None:
                return
            yield found

    def delete(self, key: str, version: str | None = None) -> bool:
        """See Remote.delete."""
        check_key(key)
        path = self._root / key
        with self._errors(), self._locked():
            found = self._stat(path)
            if found is None or version not in (None, _version(found)):
                return False
            current().delete(path)
            sync_names(path.parent)
            return True

    def close(self) -> None:
        """Nothing to give back."""

    def _walk(self, folder: str, prefix: str) -> Iterator[ObjectStat]:
        """The objects below ``folder`` (a key's beginning with "/" at its end, or "") that begin with ``prefix``."""
        entries = []
        with contextlib.suppress(FileNotFoundError), os.scandir(self._root / folder) as found:
            for entry in found:
                is_folder = entry.is_dir(follow_symlinks=False)
                if is_key(entry.name) and (is_folder or entry.is_file()):
                    entries.append((entry.name + "/" if is_folder else entry.name, entry))
        for name, entry in sorted(entries, key=lambda each: each[0]):
            key = folder + name
            if name.endswith("/") and (key.startswith(prefix) or prefix.startswith(key)):
                yield from self._walk(key, prefix)
            elif not name.endswith("/") and key.startswith(prefix):
                with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                    yield _object_stat(key, entry.stat())

    def _stat(self, path: Path) -> os.stat_result | None:
        try:
            found = path.stat()
        except FileNotFoundError:
            return None
        return found if stat_module.S_ISREG(found.st_mode) else None

    @contextlib.contextmanager
    def _unfinished(self, content: bytes | memoryview) -> Iterator[Unfinished]:
        with unfinished_file(self._root, content, self._mode & 0o666, self._paces.upload) as file:
            with self._lock:
                sweep, self._swept = not self._swept, True
            if sweep:
                sweep_unfinished(self._root, file.modified_seconds())
            yield file

    def _make_durable(self, folder: Path) -> None:
        """Make ``folder`` below the root exist, and be there after a power cut, too."""
        if folder in self._durable or folder == self._root:
            return
        self._make_durable(folder.parent)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(self._mode)
        # All of its siblings become durable by the same sync, whoever made them.
        with os.scandir(folder.parent) as entries:
            siblings = [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
        sync_names(folder.parent)
        self._durable.update(siblings)

    def _name_under_lock(self, file: Unfinished, path: Path) -> bool:
        with self._locked():
            if os.path.lexists(path):
                return False
            current().replace(file.path, path)
            return True

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            try:
                taken = stack.enter_context(exclusive_lock(self._root / LOCK, self._lock_seconds))
            except OSError as error:
                if error.errno not in NO_LOCKS:
                    raise
                raise RemoteRefused(
                    f"The file system of {self.address} has no locks, without which nothing can be replaced or "
                    "deleted safely.",
                    hint="mount it with locks (NFS: not with `nolock`), or back up to another place",
                    address=self.address,
                ) from error
            if not taken:
                raise RemoteUnreachable(
                    f"Another process keeps {self.address} locked for more than {self._lock_seconds:g} seconds.",
                    hint="see what else works there, then run the same command again",
                    address=self.address,
                )
            yield

    def _read(self, descriptor: int, start: int, length: int) -> bytes:
        most = PIECE_BYTES if self._paces.download.bytes_per_second else length
        pieces = []
        while length > 0 and (piece := current().read_at(descriptor, min(length, most), start)):
            self._paces.download.take(len(piece))
            pieces.append(piece)
            start += len(piece)
            length -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _check_root(self) -> None:
        self._root.stat()

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._explain(error) from error

    def _explain(self, error: OSError) -> AudobonError:
        why, number = error.strerror or str(error), current().posix_errno(error)
        if number == errno.ENOENT and not self._root.exists():
            return RemoteMissing(
                f"There is no folder {self.address}.",
                hint="connect the disk or mount the share it lies on; a new one is made with `audobon backup init`",
                address=self.address,
            )
        if number in FULL:
            return RemoteFull(
                f"No space is left in {self.address}.",
                hint="free some space there, or `audobon backup prune`; then run the same command again",
                address=self.address,
            )
        if number in DENIED:
            return RemoteRefused(
                f"{self.address} does not allow it: {why}.",
                hint="check the permissions of the folder, and whether its disk is mounted read-only",
                address=self.address,
            )
        if number in UNREACHABLE:
            return RemoteUnreachable(
                f"The file server of {self.address} does not answer: {why}.",
                hint="check the network, then run the same command again",
                address=self.address,
            )
        if number in FAILING:
            return DiskFailed(
                f"The disk under {self.address} failed: {why}.",
                hint="check the disk, copy what can be read to another one, then `audobon backup verify` there",
                address=self.address,
            )
        return RemoteFailed(
            f"{self.address} cannot be used: {why}.", hint="name a folder on a disk", address=self.address
        )


def _version(found: os.stat_result) -> str:
    return f"{found.st_mtime_ns:x}-{found.st_ino:x}-{found.st_size:x}"


def _object_stat(key: str, found: os.stat_result) -> ObjectStat:
    modified = datetime.fromtimestamp(found.st_mtime_ns / 1e9, UTC)
    return ObjectStat(key, found.st_size, modified, _version(found))


def _make_newer(file: Unfinished, old: os.stat_result) -> None:
    """Let the file's time be later than that of ``old``: inode numbers come back, times that only grow do not."""
    for tick in TICKS_NS:
        now = os.fstat(file.descriptor).st_mtime_ns
        if now > old.st_mtime_ns:
            return
        os.utime(file.path, ns=(old.st_mtime_ns + tick, old.st_mtime_ns + tick))


def _is_at(file: Unfinished, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.descriptor), path.stat())
    except FileNotFoundError:
        return False
