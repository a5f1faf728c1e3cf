"""Beginning services and asking them to end: either may be said twice, and by several commands at once."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.domain.errors import ServiceFailed
from audobon_cli.platforms import current
from audobon_cli.storage.durable_files import output_errors
from audobon_cli.storage.file_locks import exclusive_lock

START_SECONDS = 90.0
"""So long a service may take until it answers: its imports, and those of another start before it."""
LOOK_SECONDS = 0.1
ASK_SECONDS = 2.0
"""A worker that registers after it was asked is asked again."""
MOST_LOG_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Service:
    """A service that can be begun and ended. ``living`` names the processes that are it, ``wanted`` how many there
    shall be; ``begin`` begins what is missing and returns the process to watch; ``log`` takes what that says."""

    name: str
    living: Callable[[], tuple[int, ...]]
    begin: Callable[[int], int | None]
    ask_to_stop: Callable[[], None]
    log: Path
    wanted: int = 1
    is_begun_anew: bool = False
    """Whether a process of it may just be taking another's place, and hears what was asked meanwhile."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The processes of a service, and whether they were there before."""

    service: Service
    pids: tuple[int, ...]
    ran_before: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """The processes that a service had, and those that are still at their last step."""

    service: Service
    pids: tuple[int, ...]
    left: tuple[int, ...]


def begin_service(service: Service, folder: Path, seconds: float = START_SECONDS) -> Begun:
    """Begin ``service`` unless it runs, and wait until it answers; of commands in the same ``folder`` one at a time
    does. Raises ServiceFailed."""
    with _turn(service, folder, seconds):
        before = service.living()
        if len(before) >= service.wanted:
            return Begun(service, before, ran_before=True)
        said = _size(service.log)
        pid = service.begin(service.wanted - len(before))
        deadline = time.monotonic() + seconds
        while len(found := service.living()) < service.wanted:
            if pid is not None and current().process_facts(pid) is None:
                last = _last_line(service.log, said)
                raise _failed(service, f"ended at once{f': {last}' if last else ''}.")
            if time.monotonic() > deadline:
                raise _failed(service, f"has not answered for {seconds:.0f} seconds.")
            time.sleep(LOOK_SECONDS)
        return Begun(service, found, ran_before=False)


def end_service(service: Service, seconds: float) -> Ended:
    """Ask ``service`` to end, and wait for that as long as that; nothing is killed."""
    running = service.living()
    if service.is_begun_anew and not running:
        service.ask_to_stop()
    left, deadline, next_ask = running, time.monotonic() + seconds, 0.0
    while left:
        if time.monotonic() >= next_ask:
            service.ask_to_stop()
            next_ask = time.monotonic() + ASK_SECONDS
        time.sleep(LOOK_SECONDS)
        left = service.living()
        if time.monotonic() > deadline:
            break
    return Ended(service, running, left)


@contextlib.contextmanager
def _turn(service: Service, folder: Path, seconds: float) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        with output_errors(folder):
            if not current().make_private_folder(folder):
                raise _failed(service, f"would not be this user's alone in {folder}.")
            taken = stack.enter_context(exclusive_lock(folder / f"{service.name}.start", seconds))
        if not taken:
            raise _failed(service, "is being begun by another command, which takes too long.")
        yield


def _failed(service: Service, what: str) -> ServiceFailed:
    return ServiceFailed(
        f"The service {service.name} {what}", hint=f"its log is {service.log}", log=str(service.log)
    )


def _size(log: Path) -> int:
    try:
        return log.stat().st_size if log.is_file() else 0
    except OSError:
        return 0


def _last_line(log: Path, start: int) -> str:
    """The last line of what ``log`` got since it had ``start`` bytes, "" if it got nothing."""
    try:
        with log.open("rb") as file:
            size = log.stat().st_size
            start = start if start <= size else 0  # it was rotated
            file.seek(max(start, size - MOST_LOG_BYTES))
            lines = file.read(MOST_LOG_BYTES).decode("utf-8", "replace").split("\n")
    except OSError:
        return ""
    said = [line.strip() for line in lines if line.strip()]
    errors = [line for line in said if line.startswith("error:")]
    return (errors or said or [""])[-1].removeprefix("error:").strip().rstrip(".")
