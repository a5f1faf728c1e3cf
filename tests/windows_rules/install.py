"""Putting Windows' rules in force, for good or for one test."""

import builtins
import ctypes
import io
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import types
from collections.abc import Callable
from typing import Any

import pytest

from tests.windows_rules import START, VARIABLE, handles, kernel

ABSENT_MODULES = ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog")
ABSENT = {
    "os": (
        *(
            "fork",
            "forkpty",
            "register_at_fork",
            "getuid",
            "geteuid",
            "getgid",
            "getegid",
            "getpgid",
            "setsid",
        ),
        *(
            "killpg",
            "uname",
            "sysconf",
            "statvfs",
            "sched_getaffinity",
            "nice",
            "getloadavg",
            "fchmod",
            "fchown",
        ),
        *("chown", "pread", "pwrite", "posix_fallocate", "posix_fadvise", "sendfile", "mkfifo", "mknod"),
        *("O_DIRECTORY", "O_NOFOLLOW", "O_CLOEXEC", "O_TMPFILE", "O_NONBLOCK", "O_SYNC"),
    ),
    "socket": ("AF_UNIX",),
    "signal": (
        *("SIGKILL", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGPIPE", "SIGCHLD", "SIGALRM", "SIGSTOP"),
        *("SIGCONT", "SIGWINCH", "alarm", "setitimer", "pause", "pthread_kill", "pthread_sigmask", "sigwait"),
    ),
}
"""What the program does not find. Python's own modules and the tests', which run on Linux, keep theirs, but for
`os.fork` and `AF_UNIX`, which are nobody's."""
CTRL_BREAK_EVENT = 1
PROGRAM = "audobon_cli"
OTHERS = ("accelerate.", "huggingface_hub.", "typer.")


class _Lacking(types.ModuleType):
    """A module as the program sees it on Windows."""

    def __init__(self, module: types.ModuleType, absent: tuple[str, ...], **given: object) -> None:
        super().__init__(module.__name__)
        self.__dict__.update({"_module": module, "_absent": absent}, **given)

    def __getattr__(self, name: str) -> Any:
        if name in self.__dict__["_absent"]:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r} on Windows", name=name)
        return getattr(self.__dict__["_module"], name)


def _asked_by_the_program() -> bool:
    """Whether the code that asked, itself or through the standard library, is the program's."""
    frame = sys._getframe(2)
    while frame is not None:
        name = frame.f_globals.get("__name__") or ""
        if name.startswith(PROGRAM):
            return True
        if (
            not name.startswith("tests.windows_rules")
            and name.partition(".")[0] not in sys.stdlib_module_names
        ):
            return False
        frame = frame.f_back  # type: ignore[assignment]
    return False


def _ruled(real: Callable[..., Any], ruled: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **words: Any) -> Any:
        return (ruled if _asked_by_the_program() else real)(*arguments, **words)

    return call


def _delete(path: Any, *, dir_fd: int | None = None) -> None:
    assert dir_fd is None, "Windows knows no dir_fd"
    kernel.delete(path)


def _replace(source: Any, target: Any) -> None:
    kernel.move(source, target, replacing=True)


def _rename(source: Any, target: Any) -> None:
    kernel.move(source, target, replacing=False)


def _remove_folder(real: Callable[..., Any]) -> Callable[..., Any]:
    def rmdir(path: Any, *, dir_fd: int | None = None) -> None:
        kernel.settle()
        real(path)

    return rmdir


def _make_folder(real: Callable[..., Any]) -> Callable[..., Any]:
    def mkdir(path: Any, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
        if kernel.bad_name(path):
            raise kernel.failure(kernel.ERROR_INVALID_NAME, path)
        real(path, 0o777)

    return mkdir


def _close(real: Callable[[int], None]) -> Callable[[int], None]:
    def close(descriptor: int) -> None:
        real(descriptor)
        if kernel.pending:
            kernel.settle()

    return close


def _flush(real: Callable[..., Any], flags_of: Callable[[int], int]) -> Callable[..., Any]:
    def fsync(descriptor: int) -> None:
        if flags_of(descriptor) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(9, "Bad file descriptor")
        real(descriptor)

    return fsync


def _open(real: Callable[..., Any]) -> Callable[..., Any]:
    def opened(
        file: Any, mode: str = "r", buffering: int = -1, encoding: Any = None, errors: Any = None,
        newline: Any = None, closefd: bool = True, opener: Any = None,
    ) -> Any:  # fmt: skip
        writes = any(letter in mode for letter in "wax+")
        if not isinstance(file, int) and opener is None:  # tempfile opens what it made itself
            _refuse_to_open(os.fsdecode(os.fspath(file)), writes)
        if "b" not in mode:
            encoding = "cp1252" if encoding in (None, "locale") else encoding
            newline = "\r\n" if newline is None and writes and "+" not in mode else newline
        return real(file, mode, buffering, encoding, errors, newline, closefd, opener)

    return opened


def _refuse_to_open(path: str, writes: bool) -> None:
    if writes and kernel.bad_name(path) and not path.startswith("/dev/"):
        raise kernel.failure(kernel.ERROR_INVALID_NAME, path)
    if kernel.is_pending(path) or os.path.isdir(path):
        raise kernel.failure(5, path)
    if not os.path.isfile(path):
        return
    if writes and not os.stat(path).st_mode & stat.S_IWUSR:
        raise kernel.failure(5, path)
    if handles.is_leased(path):
        raise kernel.failure(32, path)


class _Startup:
    """subprocess.STARTUPINFO."""

    def __init__(self, *, lpAttributeList: dict[str, list[int]]) -> None:  # noqa: N803
        self.lpAttributeList = lpAttributeList


def _begin(real: Callable[..., None]) -> Callable[..., None]:
    def init(
        self: Any, *arguments: Any, startupinfo: Any = None, creationflags: int = 0, **words: Any
    ) -> None:
        if _asked_by_the_program():
            refused = {"pass_fds", "start_new_session", "preexec_fn", "process_group", "umask"} & words.keys()
            assert not refused, f"Windows' Popen knows no {refused}"
        if startupinfo is not None:
            handed = [handle - kernel.HANDLES for handle in startupinfo.lpAttributeList["handle_list"]]
            assert all(os.get_inheritable(one) for one in handed), "handles are made inheritable first"
            words["pass_fds"] = tuple(handed)
        real(
            self,
            *arguments,
            start_new_session=bool(creationflags) or words.pop("start_new_session", False),
            **words,
        )

    return init


def _send_signal(real: Callable[..., None]) -> Callable[..., None]:
    def send_signal(self: Any, number: int) -> None:
        if _asked_by_the_program():
            assert number in (CTRL_BREAK_EVENT, signal.SIGTERM), "Windows knows Ctrl-Break, and to end"
            number = signal.SIGUSR1 if number == CTRL_BREAK_EVENT else signal.SIGKILL
        real(self, number)

    return send_signal


def install(patch: pytest.MonkeyPatch) -> None:
    """Put the rules in force until ``patch`` is undone."""
    import asyncio  # noqa: F401 - what Python itself has of POSIX is loaded before it is taken away
    import fcntl
    import getpass  # noqa: F401
    import mimetypes  # noqa: F401
    import multiprocessing.connection
    import multiprocessing.util
    import tempfile  # noqa: F401
    import termios
    import tty

    import filelock  # noqa: F401
    import psutil  # noqa: F401

    import audobon_cli.platforms
    from audobon_cli.platforms.windows import WindowsPlatform

    for name in ABSENT_MODULES:
        patch.setitem(sys.modules, name, None)  # type: ignore[arg-type]
    patch.setitem(sys.modules, "msvcrt", kernel.msvcrt())
    patch.setitem(sys.modules, "winreg", kernel.winreg())
    loader: Any = ctypes
    patch.setattr(loader, "WinDLL", lambda name, use_last_error: kernel.LIBRARY, raising=False)
    patch.setattr(loader, "get_last_error", kernel.last_error, raising=False)
    patch.setattr(loader, "WinError", kernel.failure, raising=False)
    _rule_files(patch, lambda descriptor: fcntl.fcntl(descriptor, fcntl.F_GETFL))
    patch.setattr(subprocess.Popen, "__init__", _begin(subprocess.Popen.__init__))
    patch.setattr(subprocess.Popen, "send_signal", _send_signal(subprocess.Popen.send_signal))
    patch.setattr(subprocess.Popen, "kill", subprocess.Popen.terminate)  # as on Windows
    patch.setattr(subprocess, "STARTUPINFO", _Startup, raising=False)
    for name in ("fork", "forkpty"):
        patch.delattr(os, name)
    patch.delattr(socket, "AF_UNIX")
    patch.setattr(multiprocessing.connection, "families", ["AF_INET"])
    _hide(patch, {"termios": termios, "tty": tty})
    patch.setattr(audobon_cli.platforms, "_current", WindowsPlatform())
    patch.setenv(VARIABLE, os.environ.get(VARIABLE) or f"{os.getpid()}")
    patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(START), os.environ.get("PYTHONPATH")))))


def install_for_good() -> None:
    """Put the rules in force in this process and its children, if they are not (workers of pytest-xdist have them from
    the process that began them)."""
    if "fcntl" not in sys.modules or sys.modules["fcntl"] is not None:
        install(pytest.MonkeyPatch())


def _rule_files(patch: pytest.MonkeyPatch, flags_of: Callable[[int], int]) -> None:
    patch.setattr(shutil, "_use_fd_functions", False)
    for name, ruled in (
        ("unlink", _delete),
        ("remove", _delete),
        ("replace", _replace),
        ("rename", _rename),
        ("rmdir", _remove_folder(os.rmdir)),
        ("mkdir", _make_folder(os.mkdir)),
        ("fsync", _flush(os.fsync, flags_of)),
    ):
        patch.setattr(os, name, _ruled(getattr(os, name), ruled))
    patch.setattr(os, "close", _close(os.close))
    patch.setattr(builtins, "open", _ruled(builtins.open, _open(builtins.open)))
    patch.setattr(io, "open", _ruled(io.open, _open(io.open)))


def _hide(patch: pytest.MonkeyPatch, of_terminals: dict[str, types.ModuleType]) -> None:
    """Let the program's modules, those that are loaded and those to come, see the modules of Windows.

    Packages that choose by the system they run on, here Linux, find the modules ``of_terminals``.
    """
    inheritable = lambda handle, wanted: os.set_inheritable(handle - kernel.HANDLES, wanted)  # noqa: E731
    lacking = {
        "os": _Lacking(os, ABSENT["os"], set_handle_inheritable=inheritable),
        "socket": _Lacking(socket, ABSENT["socket"]),
        "signal": _Lacking(signal, ABSENT["signal"], SIGBREAK=signal.SIGUSR1),
    }
    for name, module in list(sys.modules.items()):
        if name.startswith(PROGRAM) and module is not None:
            for word, one in lacking.items():
                if (
                    isinstance(module.__dict__.get(word), types.ModuleType)
                    and module.__dict__[word].__name__ == word
                ):
                    patch.setitem(module.__dict__, word, one)
    real = builtins.__import__

    def imported(name: str, globals: Any = None, *rest: Any, **words: Any) -> Any:  # noqa: A002
        if name in of_terminals and ((globals or {}).get("__name__") or "").startswith(OTHERS):
            return of_terminals[name]
        found = real(name, globals, *rest, **words)
        asking = (globals or {}).get("__name__") or ""
        return lacking[name] if name in lacking and asking.startswith(PROGRAM) else found

    patch.setattr(builtins, "__import__", imported)
