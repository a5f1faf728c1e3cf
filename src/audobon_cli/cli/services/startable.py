"""The services that commands can begin and end, and how."""

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.cli.session import Session

if TYPE_CHECKING:
    from audobon_cli.services.control import Service

USUAL_PORT = 4747
USUAL_KEEP = "30m"


class ServiceName(StrEnum):
    """A service that is a process here."""

    WARM = "warm"
    WORKERS = "workers"
    MONITOR = "monitor"
    STUDIO = "studio"


@dataclass(frozen=True, slots=True)
class StartOptions:
    """How many workers, at which port, for how long."""

    workers: int = 1
    port: int = USUAL_PORT
    keep_seconds: float = 1800.0


def service_of(name: ServiceName, session: Session, options: StartOptions = StartOptions()) -> "Service":
    """The service ``name`` of the session's library."""
    make = {
        ServiceName.WARM: _warm,
        ServiceName.WORKERS: _workers,
        ServiceName.MONITOR: _monitor,
        ServiceName.STUDIO: _studio,
    }
    return make[name](session, options)


def studio_addresses(session: Session) -> list[str]:
    """Where studios of the library answer, with their tokens."""
    from audobon_cli.services.list import studio_place

    found = [place.living() for place in studio_place(session.workspace).all()]
    return [record.address for record in found if record is not None]


def _warm(session: Session, options: StartOptions) -> "Service":
    from audobon_cli.domain.errors import ServiceFailed
    from audobon_cli.engines.warm.client import query_status, start_server
    from audobon_cli.engines.warm.place import SHORTER
    from audobon_cli.services.control import Service

    place = session.workspace.warm_place

    def living() -> tuple[int, ...]:
        found = query_status(place)
        return () if found is None else (found.pid,)

    def begin(_: int) -> int:
        if place.too_long:
            raise ServiceFailed(f"Nothing can listen there: {place.too_long}.", hint=SHORTER)
        if not place.prepare():
            raise ServiceFailed(
                f"{place.folder} is not this user's alone, so that nothing can listen there.",
                hint="`audobon doctor` says more",
            )
        return start_server(place, options.keep_seconds)

    return Service("warm", living, begin, lambda: _ignore(query_status(place, leave=True)), place.log)


def _workers(session: Session, options: StartOptions) -> "Service":
    from audobon_cli.queue.open import open_queue, open_steering
    from audobon_cli.queue.status import working_workers
    from audobon_cli.services.control import Service

    library = session.workspace.library

    def living() -> tuple[int, ...]:
        return tuple(worker.pid for worker, _ in working_workers(open_queue(library)))

    def begin(missing: int) -> int:
        return _start(session, "queue", "queue", "run", "--workers", str(missing), "--forever")

    log = session.workspace.queue_log
    ask = lambda: _ignore(open_steering(library).stop_workers())  # noqa: E731
    return Service("workers", living, begin, ask, log, options.workers, is_begun_anew=True)


def _monitor(session: Session, _: StartOptions) -> "Service":
    from audobon_cli.services.control import Service
    from audobon_cli.services.list import monitor_place

    place = monitor_place(session.workspace)

    def living() -> tuple[int, ...]:
        record = place.living()
        return () if record is None else (record.pid,)

    def begin(_: int) -> int:
        return _start(session, "monitor", "monitor", "--quiet")

    return Service("monitor", living, begin, place.ask_to_stop, _log(session, "monitor"))


def _studio(session: Session, options: StartOptions) -> "Service":
    from audobon_cli.services.control import Service
    from audobon_cli.services.list import studio_place

    places = studio_place(session.workspace)

    def living() -> tuple[int, ...]:
        records = [place.living() for place in places.all()]
        return tuple(record.pid for record in records if record is not None)

    def begin(_: int) -> int:
        return _start(session, "studio", "studio", "--background", "--quiet", "--port", str(options.port))

    def ask_to_stop() -> None:
        for place in places.all():
            if place.living() is not None:
                place.ask_to_stop()

    return Service("studio", living, begin, ask_to_stop, _log(session, "studio"))


def _start(session: Session, log: str, *words: str) -> int:
    from audobon_cli.engines.background import start_in_background

    workspace = session.workspace
    common = ["--library", str(workspace.library_path), *(["--offline"] if session.options.offline else [])]
    common += ["--read-only"] if workspace.settings.read_only else []
    given = workspace.library_access.for_workers if workspace.library.keys is not None else {}
    return start_in_background([*words, *common], _log(session, log), variables=given)


def _log(session: Session, name: str) -> Path:
    """Beside that of workers, or nowhere as that."""
    queue = session.workspace.queue_log
    return queue if queue == Path(os.devnull) else queue.with_name(f"{name}.log")


def _ignore(_: object) -> None:
    """For what is asked and not answered."""
