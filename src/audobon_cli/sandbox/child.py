"""One child process, from the parent's side: begun, asked, ended."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any, cast

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import AudobonError, SandboxUnavailable, error_classes
from audobon_cli.domain.units import format_bytes
from audobon_cli.platforms import current
from audobon_cli.platforms.base import Confinement
from audobon_cli.sandbox.frames import (
    Buffer,
    FrameDamaged,
    FrameEnded,
    read_contents,
    read_head,
    read_whole,
    write_frame,
)
from audobon_cli.sandbox.policy import SandboxMode, SandboxPolicy
from audobon_cli.sandbox.tasks import Answer
from audobon_cli.storage.child_environment import child_environment

FULL = frozenset({Confinement.MEMORY, Confinement.TIME, Confinement.FILES, Confinement.NETWORK})
"""What ``import.sandbox = require`` requires."""
FAILED = "its decoder failed"
BUBBLEWRAP = "bubblewrap"
MOST_ANSWER_BYTES = 2**30
"""Of a decoded picture or sound: more than the decoders here let pass."""
WALL_FACTOR, WALL_SECONDS = 3, 30
"""The clock on the wall gets so many times the limit of processor time, and so much beside: others are at work too."""
START_SECONDS = 60.0
ENDING_SECONDS = 30.0
"""From the end of what a child says to its own, and that of what encloses it: on a busy machine more than a moment."""
FITS_A_PIPE = 2**12
"""Bytes that are written without waiting, on every system."""
KEPT_VARIABLES = frozenset({"LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "SYSTEMROOT", "TZ"})
"""All that the child gets of this process's environment, which may hold passwords and keys."""
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
OF_THE_SYSTEM = ("/usr", "/lib", "/lib64", "/opt", "/nix/store", "/etc/ld.so.cache", "/etc/localtime")
"""Libraries, where systems put them."""
OF_THE_MACHINE = ("/dev/null", "/dev/urandom", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system")
"""What NumPy and PyTorch look up to choose their code."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What the child could not do, without an error of its own: ``why`` completes "it cannot be read: ..."."""

    why: str


Result = Answer | AudobonError | Refused


@dataclass(slots=True)
class ChildCounts:
    """Children that this process has begun, and those that a file ended (a crash, a limit), since they were last
    taken."""

    begun: int = 0
    ended: int = 0

    def take(self) -> "ChildCounts":
        """What was counted, from nothing on again."""
        found = ChildCounts(self.begun, self.ended)
        self.begun = self.ended = 0
        return found


child_counts = ChildCounts()


class Child:
    """A child process.

    Raises SandboxUnavailable where it cannot be begun, or the policy requires more than this system does.
    """

    def __init__(self, policy: SandboxPolicy) -> None:
        self.policy = policy
        self.held: frozenset[str] = frozenset()
        self._process: subprocess.Popen[bytes] | None = None
        self._late = threading.Event()
        self._begin()

    @property
    def is_open(self) -> bool:
        """Whether it can be asked."""
        return self._process is not None and self._process.poll() is None

    def send(self, task: str, facts: object, contents: Sequence[Buffer]) -> None:
        """Ask for ``task`` on each of ``contents``. What kept it from hearing is told by `receive`."""
        sizes = [len(one) for one in contents]
        late = self._ended_if_late() if sum(sizes) > FITS_A_PIPE else contextlib.nullcontext()
        with late, contextlib.suppress(OSError):  # it has ended
            write_frame(self._pipes()[0], (task, facts, sizes), contents)

    def receive(self, most: int = MOST_ANSWER_BYTES) -> Result:
        """The next answer, of at most ``most`` bytes. Raises SandboxUnavailable for a child that lacks a module."""
        with self._ended_if_late():
            return self._result_of(*self._frame(most))

    def receive_into(self, target: IO[bytes]) -> Result:
        """The next answer; what comes with it is written to ``target``. Raises as receive, and what writing raises."""
        with self._ended_if_late():
            return self._result_of(*self._frame(self.policy.memory_bytes, target))

    def receive_all(self, task: str, contents: Sequence[Buffer]) -> list[Result]:
        """The answers to what `send` sent, without what was decoded. Where a file ends the child, it is begun again,
        and the files are sent one by one, to find which it was."""
        if len(contents) == 1:
            return [self.receive(0)]
        with self._ended_if_late():
            found, _ = self._frame(0)
        if isinstance(found, list) and len(found) == len(contents):
            return [self._result_of(one) for one in found]
        results: list[Result] = []
        for content in contents:
            if not self.is_open:
                self._begin()
            self.send(task, {}, [content])
            results.append(self.receive(0))
        return results

    def close(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                cast("IO[bytes]", pipe).close()
        process.wait()

    def _frame(self, most: int, target: IO[bytes] | None = None) -> tuple[Any, bytes]:
        """The next frame, or a Refused in its place where the child has ended, or did not keep to frames."""
        try:
            stdout = self._pipes()[1]
            found = read_head(stdout)
            if found is not None and found[1] <= most:
                if target is None:
                    return found[0], read_whole(stdout, found[1])
                for block in read_contents(stdout, found[1]):
                    target.write(block)
                return found[0], b""
            hung_up = found is None
        except (FrameDamaged, BrokenPipeError) as error:  # the latter of a child that ended before
            hung_up = isinstance(error, FrameEnded)
        why = self._why_ended(hung_up)
        child_counts.ended += 1
        self.close()
        return Refused(why), b""

    def _result_of(self, answer: Any, contents: bytes = b"") -> Result:
        """What the frame says. One that says nonsense is that of a file whose decoder failed."""
        if isinstance(answer, Refused):
            return answer
        kind, said = next(iter(answer.items()), ("", None)) if isinstance(answer, dict) else ("", None)
        if kind == "answer":
            return Answer(said, (contents,))
        if kind == "limit":
            limit = format_bytes(self.policy.memory_bytes)
            return Refused(f"decoding it takes more than {limit} of memory (import.max_memory)")
        if kind == "damaged":
            return Refused(f"it is damaged ({str(said)[:40]})")
        if kind == "missing":
            raise SandboxUnavailable(
                f"The child process in which files from outside are decoded lacks a module: {str(said)[:200]}.",
                hint="`audobon doctor` says what is missing; `audobon config set import.sandbox off` goes without it",
            )
        if kind != "error" or not isinstance(said, dict) or said.get("code") not in _errors():
            return Refused(FAILED)
        error = _errors()[said["code"]](str(said.get("message")), hint=str(said.get("hint")))
        details = said.get("details")
        error.details = details if isinstance(details, dict) else {}
        return error

    def _begin(self) -> None:
        self.close()
        readable = readable_places()
        enclosing = current().enclosing(readable) if _enclosing.works else []
        self._start(enclosing, readable)
        if not self.is_open and enclosing:  # as where namespaces are forbidden to users
            _enclosing.works = False
            self._start([], readable)
        if not self.is_open:
            raise SandboxUnavailable(
                "The child process in which files from outside are decoded could not be begun.",
                hint="`audobon doctor` looks at it; `audobon config set import.sandbox off` goes without it",
            )
        missing = sorted(FULL - self.held)
        if missing and self.policy.mode is SandboxMode.REQUIRE:
            self.close()
            raise SandboxUnavailable(
                f"import.sandbox is require, and this system does not enforce: {', '.join(missing)}.",
                hint="`audobon config set import.sandbox auto` takes what there is; `audobon doctor` lists it",
                missing=missing,
            )

    def _start(self, enclosing: Sequence[str], readable: Sequence[str]) -> None:
        environment = {n: v for n, v in child_environment().items() if n in KEPT_VARIABLES} | ONE_THREAD
        self._late = threading.Event()
        worker = Path(__file__).with_name("worker.py")
        interpreter = [sys.executable, "-I", "-S", "-X", "utf8", str(worker), *_search_path()]
        try:
            self._process = subprocess.Popen(
                [*enclosing, *interpreter],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                **current().apart(),
            )
        except OSError:
            return
        child_counts.begun += 1
        limits = {
            "memory": self.policy.memory_bytes,
            "seconds": self.policy.seconds,
            "readable": list(readable),
        }
        try:
            stdin, stdout = self._pipes()
            with self._ended_if_late(START_SECONDS):
                write_frame(stdin, limits)
                answer = read_head(stdout)
        except (FrameDamaged, OSError):
            answer = None
        if answer is None or not isinstance(answer[0], list):
            self.close()
            return
        self.held = frozenset(map(str, answer[0])) | ({BUBBLEWRAP} if enclosing else set())

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None:
            raise BrokenPipeError
        return cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)

    @contextlib.contextmanager
    def _ended_if_late(self, seconds: float | None = None) -> Iterator[None]:
        """Within, the child is ended after so long, and known to have been late."""
        late, process = self._late, self._process

        def end() -> None:
            late.set()
            if process is not None:
                process.kill()

        timer = threading.Timer(seconds or self._wall_seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    @property
    def _wall_seconds(self) -> int:
        return self.policy.seconds * WALL_FACTOR + WALL_SECONDS

    def _why_ended(self, hung_up: bool) -> str:
        """Why there is no answer. It is about to end if it ``hung_up``."""
        if self._late.is_set():
            return f"decoding it took more than {self._wall_seconds} seconds (import.max_seconds)"
        if self._process is None:
            return FAILED
        try:
            status = self._process.wait(ENDING_SECONDS if hung_up else 1.0)
        except subprocess.TimeoutExpired:  # it goes on, and said nonsense
            return FAILED
        number = -status if status < 0 else status - 128  # bubblewrap's own status is that of a shell
        try:
            name = signal.Signals(number).name
        except ValueError:
            return FAILED
        if name == "SIGXCPU":
            return (
                f"decoding it took more than {self.policy.seconds} s of processor time (import.max_seconds)"
            )
        if name == "SIGKILL":
            return "the system ended its decoder, as it does when memory runs out"
        return f"its decoder crashed ({name})"


class _Enclosing:
    """Whether what encloses children works here; found out once a process."""

    works = True


_enclosing = _Enclosing()


def readable_places() -> list[str]:
    """Files and folders that a child may read: the interpreter's, the program's and the libraries'."""
    package = str(Path(__file__).parents[1])
    libraries = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    own = [sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix, package]
    own += [place for place in _search_path() if place != os.path.dirname(package)]
    places = (*OF_THE_SYSTEM, *OF_THE_MACHINE, *own, *(one for one in libraries if os.path.isabs(one)))
    return list(dict.fromkeys(places))


def _search_path() -> list[str]:
    """Where the child looks for modules: as this process does, the folder it was begun in and the home left out."""
    package = os.path.dirname(Path(__file__).parents[1])
    strange = {"/", os.getcwd(), os.path.expanduser("~")}
    found = [one for one in sys.path if os.path.isabs(one) and os.path.normpath(one) not in strange]
    return list(dict.fromkeys((*found, package)))


@cache
def _errors() -> dict[str, type[AudobonError]]:
    return {one.code: one for one in error_classes()}
