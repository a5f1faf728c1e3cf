"""What runs for a library, and which providers it is connected to. Nothing is asked over a network."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from audobon_cli.domain.units import format_seconds, plural
from audobon_cli.engines.warm.client import query_status
from audobon_cli.engines.warm.place import WarmPlace
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.location import has_library
from audobon_cli.monitoring.state import MonitorPlace
from audobon_cli.operations.log_file import timestamp
from audobon_cli.operations.telemetry.standing import CollectorStanding
from audobon_cli.operations.telemetry.target import telemetry_target
from audobon_cli.platforms import current
from audobon_cli.providers.breakers import BreakerState
from audobon_cli.providers.check import failed_servers, list_providers
from audobon_cli.providers.ledger import Grouping
from audobon_cli.providers.registry import ProviderRegistry
from audobon_cli.queue.open import open_queue
from audobon_cli.queue.status import recycled_workers, working_workers
from audobon_cli.services.place import ServicePlace
from audobon_cli.settings.locations import Locations
from audobon_cli.settings.settings import Settings


class ServiceKind(StrEnum):
    """What a service does."""

    WARM = "warm"
    """Keeps models in memory for the next command."""
    WORKERS = "workers"
    """Run the jobs of the queue."""
    MONITOR = "monitor"
    STUDIO = "studio"
    PROVIDER = "provider"
    """Draws elsewhere: a connection, and no process here."""
    COLLECTOR = "collector"
    """Gets telemetry, where that is asked for: a connection, too."""


class ServiceState(StrEnum):
    """How a service stands."""

    BUSY = "busy"
    READY = "ready"
    """It runs and has nothing to do; of a provider: it has its key, and nothing speaks against it."""
    STOPPED = "stopped"
    LEFT_ALONE = "left-alone"
    """A provider whose servers failed too often, or a collector that did not answer."""
    UNAVAILABLE = "unavailable"
    """A provider without a key, or whose library is missing."""


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """A service. ``since`` is RFC 3339; ``metrics`` are numbers by name; ``address`` holds no token."""

    kind: ServiceKind
    name: str
    state: ServiceState
    detail: str = ""
    pid: int | None = None
    since: str | None = None
    memory_bytes: int | None = None
    address: str | None = None
    metrics: dict[str, Any] = field(default_factory=dict)


class ServedPlace(Protocol):
    """Whose services are looked at: a workspace."""

    @property
    def locations(self) -> Locations: ...
    @property
    def library_path(self) -> Path: ...
    @property
    def library(self) -> Library: ...
    @property
    def warm_place(self) -> WarmPlace: ...
    @property
    def providers(self) -> ProviderRegistry: ...
    @property
    def settings(self) -> Settings: ...


def monitor_place(place: ServedPlace) -> ServicePlace:
    """Where the monitor of the library says that it lives."""
    return ServicePlace.of(place.locations.services, "monitor", place.library_path)


def studio_place(place: ServedPlace, port: int | None = None) -> ServicePlace:
    """Where the studio of the library at ``port`` says that it lives (None: all of them)."""
    return ServicePlace.of(
        place.locations.services, "studio", place.library_path, "" if port is None else str(port)
    )


def list_services(place: ServedPlace) -> tuple[ServiceStatus, ...]:
    """All services, those that run and those that could. Raises what the library raises."""
    return (
        *_warm(place),
        *workers_of(place),
        *_monitor(place),
        *_studios(place),
        *_providers(place),
        *_collector(place),
    )


def running_processes(place: ServedPlace) -> dict[str, int]:
    """How many processes each service has that is one. Raises what the library raises."""
    counts = {
        kind.value: 0 for kind in ServiceKind if kind not in (ServiceKind.PROVIDER, ServiceKind.COLLECTOR)
    }
    for one in (*_warm(place), *workers_of(place), *_monitor(place), *_studios(place)):
        counts[one.kind.value] += one.pid is not None
    return counts


def _running(kind: ServiceKind, pid: int, state: ServiceState, detail: str, **more: Any) -> ServiceStatus:
    """A process of this machine, with what the system says of it; in another container it may be out of sight."""
    facts = current().process_facts(pid)
    since = timestamp(facts.started) if facts else None
    memory = facts.resident_bytes if facts else None
    return ServiceStatus(kind, more.pop("name", kind.value), state, detail, pid, since, memory, **more)


def _warm(place: ServedPlace) -> Iterator[ServiceStatus]:
    found = query_status(place.warm_place)
    if found is None:
        yield ServiceStatus(ServiceKind.WARM, "warm", ServiceState.STOPPED, "no model is kept in memory")
        return
    models = ", ".join(found.models) or "no model yet"
    left = "" if found.busy else f", ends in {format_seconds(found.seconds_left)}"
    metrics = {
        "models": list(found.models),
        "held_bytes": found.held_bytes,
        "seconds_left": found.seconds_left,
    }
    state = ServiceState.BUSY if found.busy else ServiceState.READY
    yield _running(ServiceKind.WARM, found.pid, state, f"{models}{left}", metrics=metrics)


def workers_of(place: ServedPlace) -> Iterator[ServiceStatus]:
    """The workers of the queue, or one that is stopped where there is none."""
    jobs = open_queue(place.library) if has_library(place.library_path) else None
    found = [] if jobs is None else working_workers(jobs)
    recycled = 0 if jobs is None else recycled_workers(jobs)
    anew = f", workers begun anew {plural(recycled, 'time')}" if recycled else ""
    for worker, done in found:
        state = ServiceState.READY if worker.job is None else ServiceState.BUSY
        doing = "waits for jobs" if worker.job is None else f"job {worker.job}"
        where = worker.device or "cpu"
        yield _running(
            ServiceKind.WORKERS,
            worker.pid,
            state,
            f"{doing} on {where}, {plural(done, 'job')} done{anew}",
            name=f"worker {worker.id}",
            metrics={"jobs_done": done, "job": worker.job, "device": where, "recycled": recycled},
        )
    if not found:
        yield ServiceStatus(ServiceKind.WORKERS, "workers", ServiceState.STOPPED, "nobody runs the queue")


def _monitor(place: ServedPlace) -> Iterator[ServiceStatus]:
    record = monitor_place(place).living()
    if record is None:
        yield ServiceStatus(ServiceKind.MONITOR, "monitor", ServiceState.STOPPED, "nobody watches")
        return
    state = MonitorPlace(place.locations.monitor, place.library_path).read()
    findings = state.findings if state is not None and state.pid == record.pid else ()
    wrong = [one.subject for one in findings if one.status != "ok"]
    metrics = {"findings": len(findings), "not_ok": wrong}
    detail = f"not well: {', '.join(wrong)}" if wrong else "all is well" if findings else "has not looked yet"
    yield _running(ServiceKind.MONITOR, record.pid, ServiceState.READY, detail, metrics=metrics)


def _studios(place: ServedPlace) -> Iterator[ServiceStatus]:
    records = [record for one in studio_place(place).all() if (record := one.living()) is not None]
    for record in records:
        address = record.address.partition("#")[0]
        yield _running(ServiceKind.STUDIO, record.pid, ServiceState.READY, address, address=address)
    if not records:
        yield ServiceStatus(ServiceKind.STUDIO, "studio", ServiceState.STOPPED, "no page is served")


def _providers(place: ServedPlace) -> Iterator[ServiceStatus]:
    registry = place.providers
    month = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    asked = {row.group: row for row in registry.ledger.sums(Grouping.PROVIDER, month)}
    now, pause = registry.breakers.now(), registry.settings.providers_breaker_pause_seconds
    for known in list_providers(registry):
        name = known.preset.name
        failed = failed_servers(registry, name)
        alone = [one for one in failed if one.state(pause, now) is not BreakerState.CLOSED]
        row = asked.get(name)
        metrics = {
            "calls_this_month": row.calls if row else 0,
            "spent_usd_this_month": row.micro_usd / 1e6 if row else 0.0,
            "failures_in_a_row": max((one.failures for one in failed), default=0),
            "retry_after_seconds": round(
                max((one.seconds_left(pause, now) for one in alone), default=0.0), 1
            ),
        }
        if known.missing or known.credentials is None:
            state, detail = ServiceState.UNAVAILABLE, known.missing or "no key"
        elif alone:
            left = format_seconds(metrics["retry_after_seconds"])
            state, detail = ServiceState.LEFT_ALONE, f"for another {left} → audobon providers reset {name}"
        else:
            state, detail = (
                ServiceState.READY,
                f"{plural(int(metrics['calls_this_month']), 'call')} this month",
            )
        yield ServiceStatus(ServiceKind.PROVIDER, name, state, detail, metrics=metrics)


def _collector(place: ServedPlace) -> Iterator[ServiceStatus]:
    target = telemetry_target(place.settings.otel_endpoint, os.environ, place.settings.offline)
    if target is None:
        return
    standing = CollectorStanding(place.locations.collector, target.digest)
    record, left = standing.record, standing.seconds_left
    metrics = {"failures_in_a_row": record.failures, "retry_after_seconds": round(left, 1)}
    if target.unusable:
        state, detail = ServiceState.UNAVAILABLE, f"{target.unusable} → {target.remedy}"
    elif left:
        state, detail = ServiceState.LEFT_ALONE, f"did not answer; for another {format_seconds(left)}"
    else:
        state, detail = ServiceState.READY, f"gets {target.shown}"
    yield ServiceStatus(ServiceKind.COLLECTOR, "collector", state, detail, metrics=metrics)
