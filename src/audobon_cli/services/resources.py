"""What there is to draw with, and what is taken of it: processors, memory, cards, disk, models, workers."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from audobon_cli.domain.units import format_bytes
from audobon_cli.engines.warm.client import query_status
from audobon_cli.engines.warm.messages import ServerStatus
from audobon_cli.hardware.gpu import Gpu
from audobon_cli.hardware.probe import graphics_cards, usable_cpus
from audobon_cli.library.store.location import has_library
from audobon_cli.models.catalog import ModelSummary, list_models
from audobon_cli.models.last_used import last_used
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.monitoring.policy import MonitorPolicy
from audobon_cli.platforms import current
from audobon_cli.services.list import ServedPlace, ServiceState, ServiceStatus, workers_of
from audobon_cli.settings.limits import ResourceLimits
from audobon_cli.settings.settings import Settings

MEASURED_SECONDS = 0.2
"""So long processors are looked at: their use is told as a share of some time."""
BUSY_PERCENT = 90.0
BUSY_CARD_PERCENT = 50
"""A card that computes half of the time does so for somebody: pictures would take twice as long."""
SHORT_SHARE = 0.1
"""With less of the memory left other programs are slowed down soon."""
PULLED = ("ready", "damaged")


class ResourceKind(StrEnum):
    """What a resource is."""

    PROCESSOR = "processor"
    MEMORY = "memory"
    CARD = "card"
    DISK = "disk"
    MODEL = "model"
    WORKER = "worker"


class ResourceState(StrEnum):
    """Whether it can be used: at once, beside somebody who does, or not."""

    READY = "ready"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource: bytes of it that are taken and that there are (None: it has none, or they are not told), and how busy
    it is (0 to 100; None: not told). ``last_used`` (RFC 3339) is told of models."""

    kind: ResourceKind
    name: str
    state: ResourceState
    detail: str = ""
    used_bytes: int | None = None
    total_bytes: int | None = None
    busy_percent: float | None = None
    last_used: str | None = None


class ResourcefulPlace(ServedPlace, Protocol):
    """Whose resources are looked at: a workspace."""

    @property
    def settings(self) -> Settings: ...
    @property
    def limits(self) -> ResourceLimits: ...
    @property
    def models(self) -> ModelRegistry: ...


def list_resources(place: ResourcefulPlace) -> tuple[Resource, ...]:
    """All resources; takes a fifth of a second. Raises SettingInvalid and what the library raises."""
    warm = query_status(place.warm_place)
    return (
        _processor(),
        _memory(place.limits),
        *_cards(),
        *_disk(place),
        *_models(place, warm),
        *_workers(place),
    )


def _processor() -> Resource:
    percent = current().processor_percent(MEASURED_SECONDS)
    is_busy = percent is not None and percent >= BUSY_PERCENT
    state = ResourceState.BUSY if is_busy else ResourceState.READY
    return Resource(
        ResourceKind.PROCESSOR, "processor", state, f"{usable_cpus()} for this program", busy_percent=percent
    )


def _memory(limits: ResourceLimits) -> Resource:
    total, free = current().memory_bytes(), current().available_bytes()
    held = limits.memory_bytes
    detail = f"{format_bytes(free)} free" + (f", a process may take {format_bytes(held)}" if held else "")
    if not total or not free:
        return Resource(ResourceKind.MEMORY, "memory", ResourceState.READY, "the system does not tell")
    state = ResourceState.BUSY if free < SHORT_SHARE * total else ResourceState.READY
    used = max(0, total - free)
    return Resource(ResourceKind.MEMORY, "memory", state, detail, used, total, round(100 * used / total, 1))


def _cards() -> Iterator[Resource]:
    cards = graphics_cards()
    for number, card in enumerate(cards):
        yield _card(f"card {number}", card)
    if not cards:
        detail = "there is none: pictures are drawn on the processor"
        yield Resource(ResourceKind.CARD, "card", ResourceState.UNAVAILABLE, detail)


def _card(name: str, card: Gpu) -> Resource:
    is_busy = card.busy_percent is not None and card.busy_percent >= BUSY_CARD_PERCENT
    is_full = card.free_bytes < SHORT_SHARE * card.total_bytes
    facts = [card.name, f"{format_bytes(card.free_bytes)} free"]
    facts += [f"{card.temperature_celsius} °C"] if card.temperature_celsius is not None else []
    facts += [f"{card.power_watts:.0f} W"] if card.power_watts is not None else []
    facts += [f"{len(card.processes)} other programs on it"] if len(card.processes) > 1 else []
    facts += ["another program on it"] if len(card.processes) == 1 else []
    return Resource(
        ResourceKind.CARD,
        name,
        ResourceState.BUSY if is_busy or is_full else ResourceState.READY,
        ", ".join(facts),
        card.total_bytes - card.free_bytes,
        card.total_bytes,
        card.busy_percent,
    )


def _disk(place: ResourcefulPlace) -> Iterator[Resource]:
    folder = place.library_path
    while not folder.exists():
        folder = folder.parent
    disk = shutil.disk_usage(folder)
    floor = MonitorPolicy.of(place.settings).disk_floor_bytes
    is_short = disk.free < floor
    detail = f"{format_bytes(disk.free)} free" + (f", less than {format_bytes(floor)}" if is_short else "")
    state = ResourceState.UNAVAILABLE if is_short else ResourceState.READY
    share = round(100 * disk.used / disk.total, 1) if disk.total else None
    yield Resource(ResourceKind.DISK, "disk", state, detail, disk.used, disk.total, share)
    quota = place.library.quota if has_library(place.library_path) else None
    if quota is not None:
        is_full = quota.used_bytes >= quota.most_bytes
        state = ResourceState.UNAVAILABLE if is_full else ResourceState.READY
        share = round(100 * quota.used_bytes / quota.most_bytes, 1) if quota.most_bytes else None
        yield Resource(
            ResourceKind.DISK, "library", state, quota.words, quota.used_bytes, quota.most_bytes, share
        )


def _models(place: ResourcefulPlace, warm: ServerStatus | None) -> Iterator[Resource]:
    for model in list_models(place.models):
        if model.state in PULLED:
            yield _model(model, warm, last_used(model.name, place.models))


def _model(model: ModelSummary, warm: ServerStatus | None, used: str) -> Resource:
    state, facts = ResourceState.READY, [format_bytes(model.size_bytes)]
    if model.problem:
        state, facts = ResourceState.UNAVAILABLE, [model.problem]
    elif warm is not None and model.name in warm.models:
        state = ResourceState.BUSY if warm.busy else ResourceState.READY
        facts.append(f"in memory (process {warm.pid})")
    size = model.size_bytes or None
    return Resource(ResourceKind.MODEL, model.name, state, ", ".join(facts), size, last_used=used or None)


def _workers(place: ResourcefulPlace) -> Iterator[Resource]:
    for worker in workers_of(place):
        yield Resource(
            ResourceKind.WORKER, worker.name, _state_of(worker), worker.detail, worker.memory_bytes
        )


def _state_of(worker: ServiceStatus) -> ResourceState:
    if worker.state is ServiceState.STOPPED:
        return ResourceState.UNAVAILABLE
    return ResourceState.BUSY if worker.state is ServiceState.BUSY else ResourceState.READY
