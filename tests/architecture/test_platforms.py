"""Only platforms/ knows which system is underneath: nothing else names what one of them lacks."""

import ast
import importlib.metadata
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "audobon_cli"
LAYER = SOURCE / "platforms"

POSIX_MODULES = (
    "fcntl",
    "resource",
    "pwd",
    "grp",
    "termios",
    "tty",
    "pty",
    "syslog",
    "posix",
    "readline",
    "curses",
)
ELSEWHERE = {
    "os": {
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
            "kill",
            "killpg",
            "uname",
            "sysconf",
            "statvfs",
            "sched_getaffinity",
            "nice",
            "getloadavg",
            "umask",
        ),
        *("fchmod", "fchown", "chown", "pread", "pwrite", "posix_fallocate", "posix_fadvise", "sendfile"),
        *("mkfifo", "mknod", "O_DIRECTORY", "O_NOFOLLOW", "O_CLOEXEC", "O_TMPFILE", "link", "symlink"),
        # Windows has these, with other rules: the layer keeps them.
        *("open", "replace", "rename", "renames", "fsync", "fdatasync", "sync", "startfile"),
    },
    "socket": {"AF_UNIX"},
    "signal": {
        *("SIGKILL", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGPIPE", "SIGCHLD", "SIGALRM", "SIGSTOP"),
        *(
            "SIGCONT",
            "SIGWINCH",
            "SIGBREAK",
            "CTRL_C_EVENT",
            "CTRL_BREAK_EVENT",
            "alarm",
            "setitimer",
            "pause",
        ),
        *("pthread_kill", "pthread_sigmask", "sigwait"),
    },
}
"""Attributes of modules of the standard library that not every system has, or has alike."""


def test_nothing_but_the_layer_names_what_only_one_system_has() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.value.id}.{node.attr}"
        for path in sorted(SOURCE.rglob("*.py"))
        if not path.is_relative_to(LAYER)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.attr in ELSEWHERE.get(node.value.id, ())
    ]
    assert found == []


def test_every_module_can_be_imported_without_the_modules_of_posix() -> None:
    """In a process of its own. macos.py and what POSIX systems share are for POSIX alone."""
    code = f"""
import importlib, pkgutil, sys, os, socket
import subprocess, multiprocessing.connection, shutil, tempfile, asyncio  # Python's own may use what it likes
import contextlib
with contextlib.suppress(ImportError):
    import mcp.server.stdio  # asks sys.platform, which says what this system is
import audobon_cli
FAILED, SKIPPED = [], ("platforms.posix", "platforms.linux", "platforms.macos", "platforms.unix_sockets")
for name in {POSIX_MODULES!r}:
    sys.modules[name] = None
for owner, name in ((os, "fork"), (os, "forkpty"), (socket, "AF_UNIX")):
    if hasattr(owner, name):
        delattr(owner, name)
for found in pkgutil.walk_packages(audobon_cli.__path__, "audobon_cli."):
    if found.name.removeprefix("audobon_cli.").startswith(SKIPPED) or found.name.endswith("__main__"):
        continue
    try:
        importlib.import_module(found.name)
        print("imported")
    except ImportError as error:
        if (error.name or "").split(".")[0] not in OPTIONAL:
            FAILED.append((found.name, repr(error)))
assert not FAILED, FAILED
"""
    code = f"OPTIONAL = {_optional()!r}\n{code}"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("imported") > 500


def _optional() -> list[str]:
    """What an installation may lack, and lacks here."""
    known = {name.replace("-", "_") for name in importlib.metadata.packages_distributions()}
    return sorted({"onnxruntime", "rembg", "ray", "botocore", "openai", "azure", "httpx2"} - known)
