"""Who has a file open, and how: told by /proc, so that files opened in C and in other processes count too."""

import contextlib
import fcntl
import os
import struct
from collections.abc import Iterator

from tests.windows_rules import VARIABLE

SHARING, LOCKED = 1 << 61, 0x7FFFFFFF << 32
"""Bytes beyond all content: one says that a handle shares deletion, the other is what the program locks."""
_family: dict[int, bool] = {}


def range_lock(descriptor: int, kind: int, start: int) -> bool:
    """A lock of one byte that belongs to the open file (fcntl(2), F_OFD_SETLK)."""
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", kind, os.SEEK_SET, start, 1, 0))
    except (BlockingIOError, PermissionError):
        return False
    return True


def share_deletion(descriptor: int) -> None:
    """Say of a handle that others may delete and rename its file."""
    range_lock(descriptor, fcntl.F_RDLCK, SHARING)


def holders(path: str) -> tuple[int, int]:
    """How many handles of the file ``path`` do not share deletion, and how many do."""
    try:
        wanted = os.stat(path, follow_symlinks=False)
    except OSError:
        return 0, 0
    strict = sharing = 0
    for process in _processes():
        for descriptor in _descriptors(process, wanted):
            if _shares(process, descriptor):
                sharing += 1
            else:
                strict += 1
    may_be_mapped = path.endswith((".safetensors", ".gguf"))
    return strict + (may_be_mapped and _is_mapped(wanted)), sharing


def is_open_below(folder: str) -> bool:
    """Whether this process has a file open in ``folder`` or below."""
    beginning = os.path.realpath(folder) + os.sep
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/self/fd/{name}").startswith(beginning):
                return True
    return False


def is_leased(descriptor_or_path: int | str) -> bool:
    """Whether somebody opened the file so that others may not read it."""
    return _flock_taken(descriptor_or_path)


def _flock_taken(path: int | str) -> bool:
    if isinstance(path, int):
        return False
    try:
        descriptor = _real_open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        _real_close(descriptor)
    return False


_real_open, _real_close = os.open, os.close


def _processes() -> Iterator[int]:
    """This process and those that keep the rules too."""
    token = f"{VARIABLE}={os.environ.get(VARIABLE, '')}".encode()
    yield os.getpid()
    if token.endswith(b"="):
        return
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        number = int(name)
        if number not in _family:
            try:
                with _real_file(f"/proc/{name}/environ") as file:
                    _family[number] = token in file.read().split(b"\0")
            except OSError:
                continue
        if _family[number]:
            yield number


@contextlib.contextmanager
def _real_file(path: str) -> Iterator[object]:
    descriptor = _real_open(path, os.O_RDONLY)
    try:
        yield _Bytes(descriptor)
    finally:
        _real_close(descriptor)


class _Bytes:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self) -> bytes:
        found = b""
        while piece := os.read(self._descriptor, 1 << 16):
            found += piece
        return found


def _descriptors(process: int, wanted: os.stat_result) -> Iterator[str]:
    try:
        names = os.listdir(f"/proc/{process}/fd")
    except OSError:
        _family.pop(process, None)
        return
    for name in names:
        with contextlib.suppress(OSError):
            found = os.stat(f"/proc/{process}/fd/{name}")
            if (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino):
                yield name


def _shares(process: int, descriptor: str) -> bool:
    try:
        with _real_file(f"/proc/{process}/fdinfo/{descriptor}") as file:
            lines = file.read().decode("ascii", "replace").splitlines()  # type: ignore[attr-defined]
    except OSError:
        return True  # closed meanwhile
    return any(line.startswith("lock:") and line.split()[-1] == str(SHARING) for line in lines)


def _is_mapped(wanted: os.stat_result) -> bool:
    device = f"{os.major(wanted.st_dev):02x}:{os.minor(wanted.st_dev):02x}"
    with _real_file("/proc/self/maps") as file:
        lines = file.read().decode("utf-8", "replace").splitlines()  # type: ignore[attr-defined]
    return any(fields[3:5] == [device, str(wanted.st_ino)] for fields in (line.split() for line in lines))
