"""Running Python where the file system misbehaves for real, and killing it at its work.

Small, read-only or foreign mounts live in a mount namespace of the child's own (unshare); errors and
kills at a chosen system call come from strace. Nothing outside the child is touched.
"""

import functools
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

import audobon_cli
from tests import encrypted, windows_rules
from tests.waiting import PATIENCE_SECONDS

T = TypeVar("T")


REPOSITORY = Path(__file__).parents[1]


def child_environment() -> dict[str, str]:
    """The environment for a child that may import `tests`, and the package that is tested here, from any folder."""
    package = Path(audobon_cli.__file__).parents[1]
    rules = [str(windows_rules.START)] if windows_rules.are_in_force() else []
    rules += [str(encrypted.START)] if encrypted.is_in_force() else []
    return {**os.environ, "PYTHONPATH": os.pathsep.join([*rules, str(package), str(REPOSITORY)])}


def hear(child: "subprocess.Popen[str]", word: str) -> list[str]:
    """What the child says until the first line that begins with ``word``, and that line.

    However slow the machine is, a kill that follows finds the child so far. Raises AssertionError when it ends before.
    """
    said: list[str] = []
    while not said or not said[-1].startswith(word):
        said += _next_lines(child, 1)
    return said


def kill(child: "subprocess.Popen[str]") -> list[str]:
    """Kill a child that works without end: the whole lines that it has said and nobody has read.

    Raises AssertionError when it had ended by itself: then there was nothing to kill.
    """
    assert child.stdout is not None
    child.kill()
    with child:
        text = child.stdout.read()
    assert child.returncode == -signal.SIGKILL, text
    return text[: text.rfind("\n") + 1].splitlines()


def kill_after(child: "subprocess.Popen[str]", lines: int, seconds: float = 0.0) -> list[str]:
    """Kill a child that works without end, so many seconds after it has said so many lines: all whole lines.

    The lines set the place of the kill on machines of any speed; the seconds spread it over what lies between them.
    """
    said = _next_lines(child, lines)
    time.sleep(seconds)
    return said + kill(child)


def _next_lines(child: "subprocess.Popen[str]", count: int) -> list[str]:
    assert child.stdout is not None
    said = [child.stdout.readline() for _ in range(count)]
    assert all(line.endswith("\n") for line in said), f"it ended before it was killed, and said {said}"
    return [line.rstrip("\n") for line in said]


def obeying_modes(words: list[str]) -> list[str]:
    """A command line that permissions hold for; root, whom they do not hold for, runs it without that privilege."""
    if os.geteuid():
        return words
    if shutil.which("setpriv") is None:
        pytest.skip("permissions do not hold for root, and setpriv is not there")
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", *words]


@functools.cache
def _can_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    probe = "mount -t tmpfs -o size=64k none /mnt"
    return subprocess.run(["unshare", "-m", "sh", "-c", probe], capture_output=True).returncode == 0


needs_mounts = pytest.mark.skipif(not _can_mount(), reason="mounting needs root and unshare")


def run_mounted(setup: str, code: str, *arguments: str) -> str:
    """Run shell ``setup``, then Python ``code`` (with ``arguments`` as sys.argv[1:]); what it printed."""
    shell = f'set -e; {setup}\nexec "$0" -c "$CODE" "$@"'
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", shell, sys.executable, *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env={**child_environment(), "CODE": code},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@functools.cache
def _can_trace() -> bool:
    if shutil.which("strace") is None:
        return False
    probe = ["strace", "-f", "-qq", "-e", "trace=fsync", "-e", "inject=fsync:error=EIO:when=1", "true"]
    return subprocess.run(probe, capture_output=True).returncode == 0


needs_strace = pytest.mark.skipif(
    not _can_trace(), reason="fault injection needs strace and the right to trace"
)


def run_injected(fault: str, code: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run Python ``code`` while the kernel's answers are falsified: ``fault`` is strace's inject=..."""
    calls = fault.split(":")[0]
    tracer = ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={calls}", "-e", f"inject={fault}"]
    return subprocess.run(
        [*tracer, sys.executable, "-B", "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        env=child_environment(),
    )


def system_calls(call: str, code: str, *arguments: str) -> list[str]:
    """The ``call``s that Python ``code`` makes, as strace writes them: thread, call, files by their paths."""
    with tempfile.NamedTemporaryFile("r") as trace:
        tracer = ["strace", "-f", "-y", "-qq", "-o", trace.name, "-e", f"trace={call}", "-e", "signal=none"]
        done = subprocess.run(
            [*tracer, sys.executable, "-B", "-c", code, *arguments],
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
            env=child_environment(),
        )
        assert done.returncode == 0, done.stderr
        return [line for line in trace.read().splitlines() if f" {call}(" in line]


def as_nobody(function: Callable[[], T]) -> T:
    """What ``function`` returns in a child process without root's rights; its exception as AssertionError."""
    if not hasattr(os, "fork"):
        pytest.skip("of what only POSIX has")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            answer = (True, function())
        except BaseException:  # noqa: BLE001 - the child must not return into pytest
            answer = (False, traceback.format_exc())
        os.write(writer, pickle.dumps(answer))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        answer = file.read()
    os.waitpid(child, 0)
    worked, value = pickle.loads(answer)
    assert worked, value
    return value  # type: ignore[no-any-return]
