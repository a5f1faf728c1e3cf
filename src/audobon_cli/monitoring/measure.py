"""Metrics of this moment: the counts of all runs, and gauges of the library and its queue."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from audobon_cli.library.store.library import Library
from audobon_cli.library.store.location import has_library
from audobon_cli.operations.exposition import Gauge, exposition
from audobon_cli.operations.metrics_store import MetricsStore, totals
from audobon_cli.queue.model import JobState
from audobon_cli.queue.open import open_queue
from audobon_cli.queue.status import living_workers
from audobon_cli.settings.locations import Locations


class MeasuredPlace(Protocol):
    """What is measured: a workspace."""

    @property
    def locations(self) -> Locations: ...
    @property
    def library_path(self) -> Path: ...
    @property
    def library(self) -> Library: ...


def measured(workspace: MeasuredPlace) -> str:
    """All metrics in Prometheus' text format. The library is only read, and not made where there is none.

    Raises what the databases raise.
    """
    with MetricsStore(workspace.locations.metrics) as store:
        store.take_in()
        counts, last = totals(store.counts()), store.last_run()
    gauges = [] if last is None else [Gauge("audobon_last_run_timestamp_seconds", (), last)]
    return exposition(counts, [*gauges, *_of_library(workspace)])


def _of_library(workspace: MeasuredPlace) -> Iterator[Gauge]:
    if not has_library(workspace.library_path):
        return
    library = workspace.library
    yield Gauge("audobon_library_assets", (), library.assets.count())
    yield Gauge("audobon_library_disk_free_bytes", (), shutil.disk_usage(library.root).free)
    jobs = open_queue(library)
    counts = jobs.counts()
    for state in JobState:
        yield Gauge("audobon_queue_jobs", (("state", state.value),), counts.of(state))
    since = jobs.oldest_waiting()
    waited = 0.0 if since is None else max(0.0, time.time() - since / 1e6)
    yield Gauge("audobon_queue_oldest_wait_seconds", (), waited)
    yield Gauge("audobon_queue_workers", (), living_workers(jobs))
