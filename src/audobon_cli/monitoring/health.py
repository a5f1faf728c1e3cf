"""Health: what may go wrong over hours, looked at one by one; nothing is repaired here, and no check stops another."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from audobon_cli.backup.after_commit import failed_backup
from audobon_cli.backup.destinations import Destinations
from audobon_cli.backup.opener import RepositoryOpener
from audobon_cli.backup.status import last_backup
from audobon_cli.domain.errors import AudobonError
from audobon_cli.domain.units import format_bytes, format_seconds, plural
from audobon_cli.engines.warm.client import query_status
from audobon_cli.engines.warm.place import WarmPlace
from audobon_cli.hardware.probe import graphics_cards
from audobon_cli.library.store.blobs import FAN_OUT
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.location import has_library
from audobon_cli.library.verify import damaged_in_shards
from audobon_cli.monitoring.policy import MonitorPolicy
from audobon_cli.providers.breakers import BreakerState
from audobon_cli.providers.registry import ProviderRegistry
from audobon_cli.queue.model import JobState
from audobon_cli.queue.open import open_queue
from audobon_cli.queue.status import living_workers


class HealthStatus(StrEnum):
    """How something stands."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class HealthFinding:
    """How ``subject`` stands, in a sentence, with the command that mends it where something is wrong."""

    subject: str
    status: HealthStatus
    message: str
    remedy: str = ""


class WatchedPlace(Protocol):
    """What is watched: a workspace."""

    @property
    def library_path(self) -> Path: ...
    @property
    def library(self) -> Library: ...
    @property
    def warm_place(self) -> WarmPlace: ...
    @property
    def destinations(self) -> Destinations: ...
    @property
    def backup(self) -> RepositoryOpener: ...
    @property
    def providers(self) -> ProviderRegistry: ...
    @property
    def destination_files(self) -> tuple[Path | None, Path | None]: ...


@dataclass(slots=True)
class HealthChecks:
    """The checks of one place, which remember from one round to the next how far stored files were read, and which warm
    process there was."""

    watched: WatchedPlace
    policy: MonitorPolicy
    _shard: int = 0
    _damaged: dict[str, str] = field(default_factory=dict)
    _warm: tuple[int, datetime] | None = None

    def run(self) -> tuple[HealthFinding, ...]:
        """One round. Reads a 256th of the stored files; opens no connection but to the warm process here."""
        checks: dict[str, Callable[[], HealthFinding]] = {
            "disk": self._disk,
            "library": self._library,
            "queue": self._queue,
            "warm": self._warm_process,
            "backup": self._backup,
            "providers": self._providers,
        }
        found = [_guarded(subject, check) for subject, check in checks.items()]
        return (*found, *self._cards())

    def _disk(self) -> HealthFinding:
        folder = self.watched.library_path
        while not folder.exists():
            folder = folder.parent
        free = shutil.disk_usage(folder).free
        if free < self.policy.disk_floor_bytes:
            message = f"{format_bytes(free)} free, less than {format_bytes(self.policy.disk_floor_bytes)}"
            return HealthFinding("disk", HealthStatus.FAILED, message, "audobon disk free")
        return HealthFinding("disk", HealthStatus.OK, f"{format_bytes(free)} free")

    def _library(self) -> HealthFinding:
        if not has_library(self.watched.library_path):
            return HealthFinding("library", HealthStatus.OK, "none yet")
        library = self.watched.library
        if problems := library.assets.problems():
            return HealthFinding("library", HealthStatus.FAILED, problems[0], "audobon assets verify")
        shard = FAN_OUT[self._shard]
        self._shard = (self._shard + 1) % len(FAN_OUT)
        bad = damaged_in_shards(library, (shard,))
        # What was damaged before counts until its shard is read again.
        self._damaged = {blob: of for blob, of in self._damaged.items() if of != shard}
        self._damaged |= {damaged.blob: shard for damaged in bad}
        if self._damaged:
            message = f"{plural(len(self._damaged), 'stored file')} damaged or missing"
            return HealthFinding("library", HealthStatus.FAILED, message, "audobon assets verify")
        return HealthFinding("library", HealthStatus.OK, plural(library.assets.count(), "asset"))

    def _queue(self) -> HealthFinding:
        if not has_library(self.watched.library_path):
            return HealthFinding("queue", HealthStatus.OK, "empty")
        jobs = open_queue(self.watched.library)
        counts, workers = jobs.counts(), living_workers(jobs)
        ready = counts.of(JobState.QUEUED)
        dead = counts.of(JobState.DEAD)
        at = f"{plural(ready, 'job')} ready, {plural(workers, 'worker')}"
        if counts.paused:
            return HealthFinding("queue", HealthStatus.OK, f"paused; {at}")
        if ready and not workers:
            return HealthFinding(
                "queue", HealthStatus.WARNING, f"{at}: nobody works", "audobon queue run --detach"
            )
        if dead:
            return HealthFinding(
                "queue",
                HealthStatus.WARNING,
                f"{plural(dead, 'job')} given up",
                "audobon queue list --state dead",
            )
        return HealthFinding("queue", HealthStatus.OK, at)

    def _warm_process(self) -> HealthFinding:
        before, now = self._warm, datetime.now(UTC)
        found = query_status(self.watched.warm_place)
        if found is not None:
            until = now if found.busy else now.fromtimestamp(now.timestamp() + found.seconds_left, UTC)
            self._warm = (found.pid, until)
            return HealthFinding("warm", HealthStatus.OK, f"process {found.pid} keeps models in memory")
        self._warm = None
        if before is not None and now < before[1]:
            message = f"process {before[0]} ended before its time; the next command begins another"
            return HealthFinding("warm", HealthStatus.WARNING, message, "audobon doctor")
        return HealthFinding("warm", HealthStatus.OK, "no model is kept in memory")

    def _backup(self) -> HealthFinding:
        named = self.watched.destinations.named.values()
        if not named:
            return HealthFinding("backup", HealthStatus.OK, "no destination is set up")
        times = [last_backup(self.watched.backup, one, self.watched.library_path) for one in named]
        known = [time for time in times if time is not None]
        if not known:
            return HealthFinding("backup", HealthStatus.WARNING, "never made here", "audobon backup create")
        age = (datetime.now(UTC) - max(known)).total_seconds()
        failed = failed_backup(self.watched)
        if failed is not None and failed.time > max(known).timestamp():
            message = f"the one after a commit failed: {failed.why}"
            return HealthFinding("backup", HealthStatus.WARNING, message, "audobon backup create")
        if age > self.policy.backup_age_seconds:
            return HealthFinding(
                "backup",
                HealthStatus.WARNING,
                f"the last is {format_seconds(age)} old",
                "audobon backup create",
            )
        return HealthFinding("backup", HealthStatus.OK, f"the last is {format_seconds(age)} old")

    def _providers(self) -> HealthFinding:
        breakers, pause = self.watched.providers.breakers, self.policy.breaker_pause_seconds
        failed, now = breakers.all(), breakers.now()
        alone = [one for one in failed if one.state(pause, now) is not BreakerState.CLOSED]
        if not alone:
            failing = f"{plural(len(failed), 'server')} failed lately" if failed else "none failed lately"
            return HealthFinding("providers", HealthStatus.OK, failing)
        first, more = alone[0], f", and {len(alone) - 1} more" if len(alone) > 1 else ""
        message = f"{first.provider} {first.server} is left alone after failures ({first.why}){more}"
        return HealthFinding(
            "providers", HealthStatus.WARNING, message, f"audobon providers check {first.provider}"
        )

    def _cards(self) -> Iterator[HealthFinding]:
        for number, card in enumerate(graphics_cards()):
            heat = card.temperature_celsius
            if heat is not None and heat >= self.policy.card_celsius:
                yield HealthFinding(
                    f"card {number}", HealthStatus.WARNING, f"{card.name}: {heat} °C", "audobon doctor"
                )
            else:
                yield HealthFinding(f"card {number}", HealthStatus.OK, card.name)


def _guarded(subject: str, check: Callable[[], HealthFinding]) -> HealthFinding:
    try:
        return check()
    except (AudobonError, OSError) as error:
        remedy = error.hint if isinstance(error, AudobonError) else "audobon doctor"
        return HealthFinding(subject, HealthStatus.FAILED, str(error), remedy)
