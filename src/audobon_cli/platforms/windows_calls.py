"""What Python has on Windows alone, and the calls of kernel32 and advapi32 that it has no function for.

Loaded when one is used. Each raises OSError with ``winerror`` as Python's own functions do on Windows.
"""

import ctypes
from ctypes import wintypes
from functools import cached_property
from pathlib import Path
from typing import Any

GENERIC_READ, GENERIC_WRITE = 0x80000000, 0x40000000
FILE_APPEND_DATA, SYNCHRONIZE = 0x4, 0x100000
SHARE_READ, SHARE_WRITE, SHARE_DELETE = 1, 2, 4
SHARE_ALL = SHARE_READ | SHARE_WRITE | SHARE_DELETE
CREATE_NEW, CREATE_ALWAYS, OPEN_EXISTING, OPEN_ALWAYS, TRUNCATE_EXISTING = 1, 2, 3, 4, 5
ATTRIBUTE_NORMAL, FLAG_BACKUP_SEMANTICS, FLAG_OPEN_REPARSE_POINT = 0x80, 0x02000000, 0x00200000
ATTRIBUTE_READONLY, ATTRIBUTE_DIRECTORY, ATTRIBUTE_REPARSE_POINT = 0x1, 0x10, 0x400
ATTRIBUTE_OFFLINE, ATTRIBUTE_RECALL_ON_OPEN, ATTRIBUTE_RECALL_ON_DATA_ACCESS = 0x1000, 0x40000, 0x400000
INVALID_ATTRIBUTES = 0xFFFFFFFF
LOCK_FAIL_IMMEDIATELY, LOCK_EXCLUSIVE = 1, 2
MOVE_REPLACE_EXISTING, MOVE_WRITE_THROUGH = 1, 8
DRIVE_REMOTE = 4
OWNER, DACL, PROTECTED_DACL = 0x1, 0x4, 0x80000000
TOKEN_QUERY, TOKEN_USER = 0x8, 1

ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND, ERROR_ACCESS_DENIED = 2, 3, 5
ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION = 32, 33
ERROR_FILE_EXISTS, ERROR_INSUFFICIENT_BUFFER, ERROR_ALREADY_EXISTS = 80, 122, 183
ERROR_IO_PENDING, ERROR_PRIVILEGE_NOT_HELD = 997, 1314
INVALID_HANDLE = ctypes.c_void_p(-1).value


class Overlapped(ctypes.Structure):
    """OVERLAPPED: for locks, the place of the first byte."""

    _fields_ = (
        ("Internal", ctypes.c_void_p),
        ("InternalHigh", ctypes.c_void_p),
        ("Offset", wintypes.DWORD),
        ("OffsetHigh", wintypes.DWORD),
        ("hEvent", wintypes.HANDLE),
    )


_TYPES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "CreateFileW": (
        wintypes.HANDLE,
        (
            *(wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p),
            *(wintypes.DWORD, wintypes.DWORD, wintypes.HANDLE),
        ),
    ),
    "CloseHandle": (wintypes.BOOL, (wintypes.HANDLE,)),
    "LockFileEx": (
        wintypes.BOOL,
        (wintypes.HANDLE, *(wintypes.DWORD,) * 4, ctypes.POINTER(Overlapped)),
    ),
    "UnlockFileEx": (wintypes.BOOL, (wintypes.HANDLE, *(wintypes.DWORD,) * 3, ctypes.POINTER(Overlapped))),
    "FlushFileBuffers": (wintypes.BOOL, (wintypes.HANDLE,)),
    "MoveFileExW": (wintypes.BOOL, (wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD)),
    "GetFileAttributesW": (wintypes.DWORD, (wintypes.LPCWSTR,)),
    "SetFileAttributesW": (wintypes.BOOL, (wintypes.LPCWSTR, wintypes.DWORD)),
    "GetDriveTypeW": (wintypes.UINT, (wintypes.LPCWSTR,)),
    "GetVolumePathNameW": (wintypes.BOOL, (wintypes.LPCWSTR, wintypes.LPWSTR, wintypes.DWORD)),
    "GetVolumeInformationW": (
        wintypes.BOOL,
        (
            *(wintypes.LPCWSTR, wintypes.LPWSTR, wintypes.DWORD),
            *(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, wintypes.LPWSTR, wintypes.DWORD),
        ),
    ),
    "GetCurrentProcess": (wintypes.HANDLE, ()),
    "LocalFree": (ctypes.c_void_p, (ctypes.c_void_p,)),
    "OpenProcessToken": (
        wintypes.BOOL,
        (wintypes.HANDLE, wintypes.DWORD, ctypes.POINTER(wintypes.HANDLE)),
    ),
    "GetTokenInformation": (
        wintypes.BOOL,
        (wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD, ctypes.POINTER(wintypes.DWORD)),
    ),
    "ConvertSidToStringSidW": (wintypes.BOOL, (ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p))),
    "GetFileSecurityW": (
        wintypes.BOOL,
        (wintypes.LPCWSTR, wintypes.DWORD, ctypes.c_void_p, wintypes.DWORD, ctypes.POINTER(wintypes.DWORD)),
    ),
    "SetFileSecurityW": (wintypes.BOOL, (wintypes.LPCWSTR, wintypes.DWORD, ctypes.c_void_p)),
    "ConvertSecurityDescriptorToStringSecurityDescriptorW": (
        wintypes.BOOL,
        (ctypes.c_void_p, wintypes.DWORD, wintypes.DWORD, ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p),
    ),
    "ConvertStringSecurityDescriptorToSecurityDescriptorW": (
        wintypes.BOOL,
        (wintypes.LPCWSTR, wintypes.DWORD, ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p),
    ),
}
_OF_ADVAPI = ("Token", "Sid", "Security")


class WindowsCalls:
    """The calls themselves: ``calls.CreateFileW(...)``. Made once, for one program."""

    @cached_property
    def _libraries(self) -> tuple[Any, Any]:
        loader: Any = ctypes
        return tuple(loader.WinDLL(name, use_last_error=True) for name in ("kernel32", "advapi32"))

    def __getattr__(self, name: str) -> Any:
        """A function of kernel32, or of advapi32 where its name says so, with its types."""
        if name not in _TYPES:
            raise AttributeError(name)
        function = getattr(self._libraries[any(part in name for part in _OF_ADVAPI)], name)
        function.restype, function.argtypes = _TYPES[name]
        setattr(self, name, function)
        return function

    def create_file(self, path: Path | str, access: int, share: int, disposition: int, flags: int) -> int:
        """CreateFileW: a handle. Raises OSError."""
        handle = self.CreateFileW(str(path), access, share, None, disposition, flags, None)
        if handle in (None, INVALID_HANDLE):
            raise last_error(path)
        return int(handle)

    def attributes(self, path: Path | str) -> int:
        """The attributes of a file or folder; 0 where it is not there."""
        found = int(self.GetFileAttributesW(str(path)))
        return 0 if found == INVALID_ATTRIBUTES else found


def last_error(path: Path | str | None = None) -> OSError:
    """What the last call said."""
    return system_error(int(_ctypes().get_last_error()), path)


def system_error(code: int, path: Path | str | None = None) -> OSError:
    """An OSError as Python would raise it for the system's error ``code``."""
    error: OSError = _ctypes().WinError(code)
    if path is not None:
        error.filename = str(path)
    return error


def code_of(error: OSError) -> int:
    """The system's error code in ``error``; 0 where it has none."""
    return getattr(error, "winerror", None) or 0


def _ctypes() -> Any:
    return ctypes


def registry_value(key: str, name: str) -> Any:
    """A value of the registry's branch of the machine; None where it is not there."""
    winreg = windows_module("winreg")
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as opened:
            return winreg.QueryValueEx(opened, name)[0]
    except OSError:
        return None


def windows_module(name: str) -> Any:
    """A module that Python has on Windows alone."""
    import importlib

    return importlib.import_module(name)
