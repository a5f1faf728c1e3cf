"""What one run counts, from the event stream: names and labels of the metrics, all of them here.

Labels come from small sets (commands, codes of errors, models, providers), never from prompts, names or paths.
"""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from audobon_cli.domain.events import Event


class Metric(NamedTuple):
    """A metric: what it is called, the names of its labels, what it is, and whether it is a sum or a highest value."""

    name: str
    labels: tuple[str, ...]
    help: str
    highest: bool = False


_OF_ASSETS = ("medium", "model", "provider")
METRICS = {
    metric.name: metric
    for metric in (
        Metric("audobon_runs_total", ("command", "code"), "Commands that ended, by the code of their error."),
        Metric("audobon_run_seconds_total", ("command",), "Wall time of commands."),
        Metric("audobon_assets_made_total", _OF_ASSETS, "Pictures and sounds that were drawn and kept."),
        Metric(
            "audobon_drawing_seconds_total",
            _OF_ASSETS,
            "Wall time from the start of an asset until it was kept.",
        ),
        Metric(
            "audobon_cache_hits_total", _OF_ASSETS, "Assets that were asked for and found in the library."
        ),
        Metric("audobon_assets_rejected_total", (), "Assets that failed their checks."),
        Metric("audobon_assets_failed_total", ("code",), "Assets that could not be made."),
        Metric("audobon_model_loads_total", ("model",), "Models that were loaded."),
        Metric("audobon_model_load_seconds_total", ("model",), "Wall time of loading models."),
        Metric(
            "audobon_step_downs_total",
            ("strategy",),
            "Assets begun again with less memory, by what it was before.",
        ),
        Metric(
            "audobon_provider_retries_total", ("provider",), "Requests to providers that were asked again."
        ),
        Metric(
            "audobon_provider_fallbacks_total", ("provider",), "Assets that another provider was asked for."
        ),
        Metric("audobon_provider_spent_dollars_total", ("provider",), "What delivered pictures cost."),
        Metric("audobon_source_retries_total", (), "Downloads that were tried again."),
        Metric("audobon_jobs_ended_total", ("state",), "Attempts of queued jobs, by what the job was then."),
        Metric(
            "audobon_workers_recycled_total",
            ("reason",),
            "Workers of the queue that another took the place of, by the limit that they reached.",
        ),
        Metric("audobon_sandbox_children_total", (), "Child processes begun to decode files from outside."),
        Metric("audobon_sandbox_children_ended_total", (), "Those of them that a file ended."),
        Metric("audobon_warnings_total", (), "Warnings that were given."),
        Metric("audobon_peak_memory_bytes", ("command",), "Most main memory of a run.", highest=True),
        Metric("audobon_peak_card_memory_bytes", (), "Most memory in use on a graphics card.", highest=True),
    )
}
"""Every metric that runs count."""


class Count(NamedTuple):
    """A value of a metric: ``labels`` are the values of its labels, in their order."""

    name: str
    labels: tuple[str, ...]
    value: float


def counts_of_end(command: str, code: str, seconds: float, peak_memory_bytes: int) -> list[Count]:
    """What the end of a run counts."""
    return [
        Count("audobon_runs_total", (command, code), 1),
        Count("audobon_run_seconds_total", (command,), seconds),
        Count("audobon_peak_memory_bytes", (command,), peak_memory_bytes),
    ]


def counts_of_sandbox() -> list[Count]:
    """What this process has begun of children since the last time; nothing, and no import, where it needed none."""
    module = sys.modules.get("audobon_cli.sandbox.child")
    if module is None:
        return []
    found = module.child_counts.take()
    counts = [
        Count("audobon_sandbox_children_total", (), found.begun),
        Count("audobon_sandbox_children_ended_total", (), found.ended),
    ]
    return [count for count in counts if count.value]


class RunCounts:
    """The counts of a run since they were last taken."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, tuple[str, ...]], float] = {}

    def add(self, name: str, labels: tuple[str, ...] = (), value: float = 1.0) -> None:
        """Add ``value`` to a sum, or raise a highest value to it. Raises KeyError for a name not in METRICS."""
        key, metric = (name, labels), METRICS[name]
        before = self._values.get(key, 0.0)
        self._values[key] = max(before, value) if metric.highest else before + value

    def hear(self, event: "Event") -> None:
        """Count what ``event`` tells."""
        for count in _counted(event):
            self.add(*count)

    def take(self) -> list[Count]:
        """What was counted since the last time."""
        values, self._values = self._values, {}
        return [Count(name, labels, value) for (name, labels), value in values.items()]


def _counted(event: "Event") -> Iterator[Count]:  # noqa: C901 - one case an event
    from audobon_cli.domain import events

    match event:
        case events.AssetAdded():
            labels = (event.medium, event.model, event.provider)
            if event.existing:
                yield Count("audobon_cache_hits_total", labels, 1)
            else:
                yield Count("audobon_assets_made_total", labels, 1)
                yield Count("audobon_drawing_seconds_total", labels, round(event.seconds, 4))
        case events.ImageRejected():
            yield Count("audobon_assets_rejected_total", (), 1)
        case events.ImageFailed():
            yield Count("audobon_assets_failed_total", (event.code,), 1)
        case events.ModelLoaded():
            yield Count("audobon_model_loads_total", (event.model,), 1)
            yield Count("audobon_model_load_seconds_total", (event.model,), round(event.seconds, 4))
        case events.SteppedDown():
            yield Count("audobon_step_downs_total", (event.strategy,), 1)
        case events.ProviderRetried():
            yield Count("audobon_provider_retries_total", (event.provider,), 1)
        case events.ProviderFellBack():
            yield Count("audobon_provider_fallbacks_total", (event.provider,), 1)
        case events.ImageDelivered():
            yield Count("audobon_provider_spent_dollars_total", (event.provider,), event.price_usd)
        case events.SourceRetried():
            yield Count("audobon_source_retries_total", (), 1)
        case events.JobEnded():
            yield Count("audobon_jobs_ended_total", (event.state,), 1)
        case events.Warned():
            yield Count("audobon_warnings_total", (), 1)
        case _ if event.event == "worker_recycled":  # of the queue, which stands above
            yield Count("audobon_workers_recycled_total", (str(event.to_dict()["reason"]),), 1)
        case events.StepDone() if event.memory_bytes:
            yield Count("audobon_peak_card_memory_bytes", (), event.memory_bytes)
