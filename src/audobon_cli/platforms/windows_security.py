"""Who may reach a file on Windows: its access list, read and written as text (SDDL).

The accounts that may always: the system itself, administrators (who can read every file anyway), and the user.
"""

import ctypes
import re
from ctypes import wintypes
from pathlib import Path

from audobon_cli.platforms.windows_calls import (
    DACL,
    ERROR_INSUFFICIENT_BUFFER,
    OWNER,
    PROTECTED_DACL,
    TOKEN_QUERY,
    TOKEN_USER,
    WindowsCalls,
    code_of,
    last_error,
)

SDDL_REVISION = 1
SYSTEM, ADMINISTRATORS = ("SY", "S-1-5-18"), ("BA", "S-1-5-32-544")
OWNERS = ("CO", "S-1-3-0", "OW", "S-1-3-4")
"""Entries that stand for whoever owns the file; the owner is looked at by itself."""
_ENTRY = re.compile(r"\(([^;()]*);[^;()]*;[^;()]*;[^;()]*;[^;()]*;([^;()]*)[^()]*\)")
_OWNER = re.compile(r"O:(S-[0-9-]+|[A-Z]{2})")


def is_private_list(text: str, user: str) -> bool:
    """Whether the access list ``text`` (SDDL with its owner) lets nobody in but ``user`` (a SID) and the system.

    A file without a list is open to everybody.
    """
    trusted = {user, *SYSTEM, *ADMINISTRATORS}
    owner = _OWNER.search(text)
    if owner is None or owner[1] not in trusted:
        return False
    _, found, entries = text.partition("D:")
    if not found or "(" not in entries or "NO_ACCESS_CONTROL" in entries:
        return False
    allowed = [
        who for kind, who in _ENTRY.findall(entries.partition("S:(")[0]) if kind.startswith(("A", "XA"))
    ]
    return bool(allowed) and all(who in trusted or who in OWNERS for who in allowed)


def private_list(user: str, folder: bool) -> str:
    """The list that lets in ``user`` and the system alone, and takes nothing from the folder above."""
    below = "OICI" if folder else ""
    return "D:P" + "".join(f"(A;{below};FA;;;{who})" for who in (SYSTEM[0], ADMINISTRATORS[0], user))


class WindowsSecurity:
    """Reads and writes access lists. Its methods raise OSError."""

    def __init__(self, calls: WindowsCalls) -> None:
        self._calls = calls

    def user(self) -> str:
        """The SID of the user that runs this process."""
        calls = self._calls
        token = wintypes.HANDLE()
        if not calls.OpenProcessToken(calls.GetCurrentProcess(), TOKEN_QUERY, ctypes.byref(token)):
            raise last_error()
        try:
            buffer = ctypes.create_string_buffer(256)
            size = wintypes.DWORD()
            if not calls.GetTokenInformation(token, TOKEN_USER, buffer, len(buffer), ctypes.byref(size)):
                raise last_error()
            text = ctypes.c_void_p()
            sid = ctypes.c_void_p.from_buffer(buffer)  # TOKEN_USER begins with a pointer to the SID
            if not calls.ConvertSidToStringSidW(sid, ctypes.byref(text)):
                raise last_error()
            return self._taken(text)
        finally:
            calls.CloseHandle(token)

    def read(self, path: Path) -> str:
        """The owner and the access list of ``path``, as SDDL."""
        calls = self._calls
        size = wintypes.DWORD()
        parts = OWNER | DACL
        if not calls.GetFileSecurityW(str(path), parts, None, 0, ctypes.byref(size)):
            error = last_error(path)
            if code_of(error) != ERROR_INSUFFICIENT_BUFFER:
                raise error
        buffer = ctypes.create_string_buffer(size.value)
        if not calls.GetFileSecurityW(str(path), parts, buffer, size.value, ctypes.byref(size)):
            raise last_error(path)
        text = ctypes.c_void_p()
        convert = calls.ConvertSecurityDescriptorToStringSecurityDescriptorW
        if not convert(buffer, SDDL_REVISION, parts, ctypes.byref(text), None):
            raise last_error(path)
        return self._taken(text)

    def write(self, path: Path, sddl: str) -> None:
        """Give ``path`` the access list ``sddl``."""
        calls = self._calls
        descriptor = ctypes.c_void_p()
        convert = calls.ConvertStringSecurityDescriptorToSecurityDescriptorW
        if not convert(sddl, SDDL_REVISION, ctypes.byref(descriptor), None):
            raise last_error(path)
        try:
            if not calls.SetFileSecurityW(str(path), DACL | PROTECTED_DACL, descriptor):
                raise last_error(path)
        finally:
            calls.LocalFree(descriptor)

    def _taken(self, text: "ctypes.c_void_p") -> str:
        """The text that the system allocated, which is given back."""
        try:
            return ctypes.wstring_at(text.value or 0)
        finally:
            self._calls.LocalFree(text)
