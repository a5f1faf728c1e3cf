"""Stands in for the calls of kernel32 and advapi32, and for msvcrt and winreg, which the program uses on Windows."""

import ctypes
import errno
import fcntl
import os
import re
import stat
import types
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from audobon_cli.platforms import windows_calls as win
from tests.windows_rules import handles

HANDLES = 0x10000
"""A handle is a descriptor and this, so that one that is taken for the other is no file."""
USER = "S-1-5-21-1004336348-1177238915-682003330-1001"
ERRNO = {
    **dict.fromkeys((win.ERROR_FILE_NOT_FOUND, win.ERROR_PATH_NOT_FOUND), errno.ENOENT),
    **dict.fromkeys(
        (win.ERROR_ACCESS_DENIED, win.ERROR_SHARING_VIOLATION, win.ERROR_LOCK_VIOLATION), errno.EACCES
    ),
    **dict.fromkeys((win.ERROR_FILE_EXISTS, win.ERROR_ALREADY_EXISTS), errno.EEXIST),
    112: errno.ENOSPC,
    19: errno.EACCES,
    206: errno.ENOENT,
}
CODES = {
    errno.ENOENT: win.ERROR_FILE_NOT_FOUND,
    errno.ENOTDIR: win.ERROR_PATH_NOT_FOUND,
    errno.EACCES: win.ERROR_ACCESS_DENIED,
    errno.EPERM: win.ERROR_ACCESS_DENIED,
    errno.EISDIR: win.ERROR_ACCESS_DENIED,
    errno.EEXIST: win.ERROR_FILE_EXISTS,
    errno.ENOSPC: 112,
    errno.ENAMETOOLONG: 206,
    errno.EROFS: 19,
    errno.EIO: 1117,
}
WORDS = {
    win.ERROR_FILE_NOT_FOUND: "The system cannot find the file specified",
    win.ERROR_PATH_NOT_FOUND: "The system cannot find the path specified",
    win.ERROR_ACCESS_DENIED: "Access is denied",
    win.ERROR_SHARING_VIOLATION: "The process cannot access the file because it is being used by another process",
    19: "The media is write protected",
}
ERROR_INVALID_NAME, ERROR_DIR_NOT_EMPTY = 123, 145
RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[1-9¹²³])(\..*)?", re.IGNORECASE)

volumes: dict[str, tuple[int, str]] = {}
"""Kind of drive and file system of folders, for tests; all others are NTFS on a fixed drive."""
attributes: dict[str, int] = {}
"""Attributes that a test gives to paths besides those that they have."""
registry: dict[str, Any] = {"MachineGuid": "1f2e3d4c-0000-4000-8000-123456789abc"}
pending: dict[str, tuple[int, int]] = {}
"""Names that are deleted once nobody has them open: path, and which file."""

_real = types.SimpleNamespace(
    open=os.open, close=os.close, rename=os.rename, unlink=os.unlink, stat=os.stat, fsync=os.fsync
)
_libc = ctypes.CDLL(None, use_errno=True)
_HERE, _NOREPLACE = -100, 1
"""AT_FDCWD and RENAME_NOREPLACE of Linux."""

_state = {"error": 0}
_texts: dict[int, Any] = {}


def failure(code: int, path: object = None) -> OSError:
    """The OSError that Python raises on Windows for ``code``."""
    error = OSError(ERRNO.get(code, errno.EINVAL), WORDS.get(code, f"[WinError {code}]"), path)
    error.winerror = code  # type: ignore[attr-defined]
    return error


def _code(error: OSError) -> int:
    return getattr(error, "winerror", None) or CODES.get(error.errno or 0, 87)


def bad_name(path: object) -> bool:
    """Whether Windows has no such name."""
    name = os.path.basename(os.fspath(path))  # type: ignore[call-overload]
    name = name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
    if name in ("", ".", ".."):
        return False
    return bool(re.search(r'[<>:"\\|?*\x00-\x1f]', name) or name[-1] in " ." or RESERVED.fullmatch(name))


def settle() -> None:
    """Take away names whose files nobody has open any more."""
    for path, identity in list(pending.items()):
        try:
            found = _real.stat(path, follow_symlinks=False)
        except OSError:
            pending.pop(path, None)
            continue
        if (found.st_dev, found.st_ino) != identity:
            pending.pop(path, None)
        elif handles.holders(path) == (0, 0):
            pending.pop(path, None)
            with suppress(FileNotFoundError):  # another process had it open, too, and was the last
                _real.unlink(path)


def is_pending(path: object) -> bool:
    """Whether the name is deleted but still taken."""
    if not pending:
        return False
    settle()
    return os.path.abspath(os.fsdecode(os.fspath(path))) in pending  # type: ignore[arg-type]


def delete(path: object) -> None:
    """DeleteFile: raises OSError as Python does."""
    text = os.path.abspath(os.fsdecode(os.fspath(path)))  # type: ignore[arg-type]
    if is_pending(text):
        raise failure(win.ERROR_ACCESS_DENIED, path)
    found = _real.stat(text, follow_symlinks=False)
    if stat.S_ISREG(found.st_mode) and not found.st_mode & stat.S_IWUSR:
        raise failure(win.ERROR_ACCESS_DENIED, path)
    strict, sharing = handles.holders(text)
    if strict:
        raise failure(win.ERROR_SHARING_VIOLATION, path)
    if sharing:
        pending[text] = (found.st_dev, found.st_ino)
        return
    _real.unlink(text)


def move(source: object, target: object, replacing: bool) -> None:
    """MoveFileEx: raises OSError as Python does."""
    old, new = (os.path.abspath(os.fsdecode(os.fspath(path))) for path in (source, target))  # type: ignore[arg-type]
    found = _real.stat(old, follow_symlinks=False)
    if bad_name(new):
        raise failure(ERROR_INVALID_NAME, target)
    if is_pending(old) or is_pending(new):
        raise failure(win.ERROR_ACCESS_DENIED, target)
    if handles.holders(old)[0] or (stat.S_ISDIR(found.st_mode) and handles.is_open_below(old)):
        raise failure(win.ERROR_SHARING_VIOLATION, source)
    try:
        there = _real.stat(new, follow_symlinks=False)
    except FileNotFoundError:
        there = None
    if there is not None and (there.st_dev, there.st_ino) != (found.st_dev, found.st_ino):
        if not replacing:
            raise failure(win.ERROR_ALREADY_EXISTS, target)
        if stat.S_ISDIR(there.st_mode) or not there.st_mode & stat.S_IWUSR or any(handles.holders(new)):
            raise failure(win.ERROR_ACCESS_DENIED, target)
    if there is not None or replacing:
        _real.rename(old, new)
    else:
        _rename_new(old, new)


def _rename_new(old: str, new: str) -> None:
    """As one step, whoever else takes the name meanwhile: renameat2(2)."""
    if _libc.renameat2(_HERE, os.fsencode(old), _HERE, os.fsencode(new), _NOREPLACE):
        number = ctypes.get_errno()
        if number == errno.EEXIST:
            raise failure(win.ERROR_ALREADY_EXISTS, new)
        raise OSError(number, os.strerror(number), old)


def _call(function: Callable[..., Any], failed: object = 0) -> Any:
    """A call that gives ``failed`` and sets the error, as those of Windows do."""

    def called(*arguments: Any) -> Any:
        _state["error"] = 0
        try:
            answer = function(*(getattr(one, "value", one) if _is_number(one) else one for one in arguments))
        except OSError as error:
            _state["error"] = _code(error)
            return failed
        return 1 if answer is None else answer

    called.restype = called.argtypes = None  # type: ignore[attr-defined]
    return called


def _is_number(value: object) -> bool:
    return isinstance(value, ctypes._SimpleCData) and not isinstance(value, ctypes.c_void_p)


def create_file(
    path: str, access: int, share: int, security: object, disposition: int, flags: int, template: object
) -> int:
    """CreateFileW."""
    if bad_name(path) and os.path.basename(path).lower() != "nul":
        raise failure(ERROR_INVALID_NAME, path)
    if is_pending(path):
        raise failure(win.ERROR_ACCESS_DENIED, path)
    if os.path.isdir(path):
        if not flags & win.FLAG_BACKUP_SEMANTICS:
            raise failure(win.ERROR_ACCESS_DENIED, path)
        return _real.open(path, os.O_RDONLY | os.O_DIRECTORY) + HANDLES
    writes = bool(access & (win.GENERIC_WRITE | win.FILE_APPEND_DATA))
    if writes and os.path.exists(path) and not os.stat(path).st_mode & stat.S_IWUSR:
        raise failure(win.ERROR_ACCESS_DENIED, path)
    if handles.is_leased(path):
        raise failure(win.ERROR_SHARING_VIOLATION, path)
    made = {
        win.CREATE_NEW: os.O_CREAT | os.O_EXCL,
        win.CREATE_ALWAYS: os.O_CREAT | os.O_TRUNC,
        win.OPEN_ALWAYS: os.O_CREAT,
        win.TRUNCATE_EXISTING: os.O_TRUNC,
    }.get(disposition, 0)
    appends = os.O_APPEND if access & win.FILE_APPEND_DATA else 0
    descriptor = _real.open(path, (os.O_RDWR if writes else os.O_RDONLY) | made | appends, 0o666)
    if share & win.SHARE_DELETE:
        handles.share_deletion(descriptor)
    if not share & win.SHARE_READ:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _real.close(descriptor)
            raise failure(win.ERROR_SHARING_VIOLATION, path) from None
    os.set_inheritable(descriptor, False)
    return descriptor + HANDLES


def close_handle(handle: int) -> None:
    """CloseHandle, of a file or of the token, which is none."""
    if handle >= HANDLES:
        _real.close(handle - HANDLES)
        settle()


def lock_file(handle: int, how: int, reserved: int, low: int, high: int, place: win.Overlapped) -> None:
    """LockFileEx, at once or not at all."""
    assert how & win.LOCK_FAIL_IMMEDIATELY, "the program waits by itself"
    assert (low, high) == (1, 0)
    kind = fcntl.F_WRLCK if how & win.LOCK_EXCLUSIVE else fcntl.F_RDLCK
    if not handles.range_lock(handle - HANDLES, kind, _place(place)):
        raise failure(win.ERROR_LOCK_VIOLATION)


def unlock_file(handle: int, reserved: int, low: int, high: int, place: win.Overlapped) -> None:
    """UnlockFileEx."""
    handles.range_lock(handle - HANDLES, fcntl.F_UNLCK, _place(place))


def _place(place: win.Overlapped) -> int:
    return (place.OffsetHigh or 0) << 32 | (place.Offset or 0)


def flush(handle: int) -> None:
    """FlushFileBuffers."""
    _real.fsync(handle - HANDLES)


def move_file(source: str, target: str, flags: int) -> None:
    """MoveFileExW."""
    move(source, target, bool(flags & win.MOVE_REPLACE_EXISTING))


def get_attributes(path: str) -> int:
    """GetFileAttributesW."""
    try:
        found = _real.stat(path, follow_symlinks=False)
    except OSError:
        _state["error"] = win.ERROR_FILE_NOT_FOUND
        return win.INVALID_ATTRIBUTES
    given = attributes.get(os.path.abspath(path), 0)
    if stat.S_ISLNK(found.st_mode):
        return given | win.ATTRIBUTE_REPARSE_POINT
    kind = win.ATTRIBUTE_DIRECTORY if stat.S_ISDIR(found.st_mode) else 0
    return (
        given | kind | (0 if found.st_mode & stat.S_IWUSR else win.ATTRIBUTE_READONLY) or win.ATTRIBUTE_NORMAL
    )


def set_attributes(path: str, wanted: int) -> None:
    """SetFileAttributesW, of which only the mark of files that are not written to counts."""
    mode = stat.S_IMODE(_real.stat(path).st_mode)
    os.chmod(path, mode & ~0o222 if wanted & win.ATTRIBUTE_READONLY else mode | stat.S_IWUSR)


def volume_path(path: str, buffer: Any, size: int) -> None:
    """GetVolumePathNameW."""
    inside = [root for root in volumes if (path + os.sep).startswith(root.rstrip(os.sep) + os.sep)]
    buffer.value = max(inside, key=len, default=os.sep)


def volume_information(root: str, *rest: Any) -> None:
    """GetVolumeInformationW."""
    rest[-2].value = volumes.get(root, (3, "NTFS"))[1]


def _text(value: str, into: Any) -> None:
    buffer = ctypes.create_unicode_buffer(value)
    _texts[ctypes.addressof(buffer)] = buffer
    into._obj.value = ctypes.addressof(buffer)


def get_security(path: str, parts: int, buffer: Any, size: int, needed: Any) -> None:
    """GetFileSecurityW: what the mode says, as a list."""
    found = _real.stat(path)
    owner = USER if found.st_uid == os.getuid() else "S-1-5-21-1-2-3-1002"
    others = "(A;;FR;;;WD)" if found.st_mode & 0o077 else ""
    text = f"O:{owner}D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;{owner}){others}".encode()
    needed._obj.value = len(text) + 1
    if size < len(text) + 1:
        raise failure(win.ERROR_INSUFFICIENT_BUFFER)
    buffer.value = text


def set_security(path: str, parts: int, descriptor: Any) -> None:
    """SetFileSecurityW: as a mode."""
    text = ctypes.wstring_at(descriptor.value)
    allowed = re.findall(r"\(A;[^)]*;([^;)]*)\)", text)
    mode = 0o700 if os.path.isdir(path) else 0o600
    os.chmod(path, mode if set(allowed) <= {"SY", "BA", USER} else mode | 0o044)


def token_user(token: object, kind: int, buffer: Any, size: int, needed: Any) -> None:
    """GetTokenInformation, of which the SID is some address."""
    ctypes.c_void_p.from_buffer(buffer).value = 1


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "CreateFileW": _call(create_file, win.INVALID_HANDLE),
    "CloseHandle": _call(lambda handle: close_handle(getattr(handle, "value", handle) or 0)),
    "LockFileEx": _call(lock_file),
    "UnlockFileEx": _call(unlock_file),
    "FlushFileBuffers": _call(flush),
    "MoveFileExW": _call(move_file),
    "GetFileAttributesW": _call(get_attributes),
    "SetFileAttributesW": _call(set_attributes),
    "GetDriveTypeW": _call(lambda root: volumes.get(root, (3, "NTFS"))[0]),
    "GetVolumePathNameW": _call(volume_path),
    "GetVolumeInformationW": _call(volume_information),
    "GetCurrentProcess": _call(lambda: 1),
    "LocalFree": _call(lambda text: _texts.pop(text.value, None) and None),
    "OpenProcessToken": _call(lambda process, access, token: None),
    "GetTokenInformation": _call(token_user),
    "ConvertSidToStringSidW": _call(lambda sid, text: _text(USER, text)),
    "GetFileSecurityW": _call(get_security),
    "SetFileSecurityW": _call(set_security),
    "ConvertSecurityDescriptorToStringSecurityDescriptorW": _call(
        lambda descriptor, revision, parts, text, size: _text(descriptor.value.decode(), text)
    ),
    "ConvertStringSecurityDescriptorToSecurityDescriptorW": _call(
        lambda text, revision, descriptor, size: _text(text, descriptor)
    ),
}
LIBRARY = types.SimpleNamespace(**FUNCTIONS)


def last_error() -> int:
    """GetLastError."""
    return _state["error"]


def msvcrt() -> types.ModuleType:
    """The module msvcrt, as far as the program uses it."""
    module = types.ModuleType("msvcrt")
    module.get_osfhandle = lambda descriptor: (os.fstat(descriptor), descriptor + HANDLES)[1]  # type: ignore[attr-defined]
    module.open_osfhandle = lambda handle, flags: handle - HANDLES  # type: ignore[attr-defined]
    return module


def winreg() -> types.ModuleType:
    """The module winreg, with one key that has all values."""
    import contextlib

    def value(key: object, name: str) -> tuple[Any, int]:
        if name not in registry:
            raise failure(win.ERROR_FILE_NOT_FOUND, name)
        return registry[name], 1

    module = types.ModuleType("winreg")
    module.HKEY_LOCAL_MACHINE = 0  # type: ignore[attr-defined]
    module.OpenKey = lambda root, key: contextlib.nullcontext(key)  # type: ignore[attr-defined]
    module.QueryValueEx = value  # type: ignore[attr-defined]
    return module
