"""Metrics of this moment: the counts of all runs, and gauges of the library and its queue."""

import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from audobon_cli.library.store.library import Library
from audobon_cli.library.store.location import has_library
from audobon_cli.library.store.search.facets import YES
from audobon_cli.operations.exposition import Gauge, exposition
from audobon_cli.operations.metrics_store import MetricsStore, totals
from audobon_cli.operations.telemetry.standing import CollectorStanding
from audobon_cli.operations.telemetry.target import telemetry_target
from audobon_cli.providers.registry import ProviderRegistry
from audobon_cli.queue.model import JobState
from audobon_cli.queue.open import open_queue
from audobon_cli.queue.status import living_workers
from audobon_cli.settings.limits import ResourceLimits
from audobon_cli.settings.locations import Locations
from audobon_cli.settings.settings import Settings


class MeasuredPlace(Protocol):
    """What is measured: a workspace."""

    @property
    def locations(self) -> Locations: ...
    @property
    def library_path(self) -> Path: ...
    @property
    def library(self) -> Library: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def limits(self) -> ResourceLimits: ...
    @property
    def providers(self) -> ProviderRegistry: ...
    def running_processes(self) -> Mapping[str, int]: ...


def measured(workspace: MeasuredPlace) -> str:
    """All metrics in Prometheus' text format. The library is only read, and not made where there is none.

    Raises what the databases raise.
    """
    with MetricsStore(workspace.locations.metrics) as store:
        store.take_in()
        counts, last = totals(store.counts()), store.last_run()
    gauges = [] if last is None else [Gauge("audobon_last_run_timestamp_seconds", (), last)]
    gauges += [
        Gauge("audobon_service_processes", (("service", name),), count)
        for name, count in workspace.running_processes().items()
    ]
    return exposition(counts, [*gauges, *_of_others(workspace), *_of_library(workspace)])


def _of_others(workspace: MeasuredPlace) -> Iterator[Gauge]:
    """Limits, and whom commands leave alone."""
    if workspace.limits.memory_bytes is not None:
        yield Gauge("audobon_memory_limit_bytes", (), workspace.limits.memory_bytes)
    registry = workspace.providers
    now, pause = registry.breakers.now(), registry.settings.providers_breaker_pause_seconds
    states = Counter((one.provider, one.state(pause, now).value) for one in registry.breakers.all())
    for (provider, state), count in sorted(states.items()):
        yield Gauge("audobon_provider_servers", (("provider", provider), ("state", state)), count)
    settings = workspace.settings
    target = telemetry_target(settings.otel_endpoint, os.environ, settings.offline)
    if target is not None and not target.unusable:
        record = CollectorStanding(workspace.locations.collector, target.digest).record
        yield Gauge("audobon_collector_failures", (), record.failures)


def _of_library(workspace: MeasuredPlace) -> Iterator[Gauge]:
    if not has_library(workspace.library_path):
        return
    library = workspace.library
    yield Gauge("audobon_library_assets", (), library.assets.count())
    protected = sum(uses for value, uses, _ in library.survey.facets("protected") if value == YES)
    yield Gauge("audobon_library_protected_assets", (), protected)
    yield Gauge("audobon_library_disk_free_bytes", (), shutil.disk_usage(library.root).free)
    quota = library.quota
    if quota is not None:
        yield Gauge("audobon_library_stored_bytes", (), quota.used_bytes)
        yield Gauge("audobon_library_stored_bytes_limit", (), quota.most_bytes)
    jobs = open_queue(library)
    counts = jobs.counts()
    yield Gauge("audobon_queue_paused", (), int(counts.paused))
    for state in JobState:
        yield Gauge("audobon_queue_jobs", (("state", state.value),), counts.of(state))
    since = jobs.oldest_waiting()
    waited = 0.0 if since is None else max(0.0, time.time() - since / 1e6)
    yield Gauge("audobon_queue_oldest_wait_seconds", (), waited)
    yield Gauge("audobon_queue_workers", (), living_workers(jobs))
