"""Metrics in Prometheus' text format, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from audobon_cli.operations.counts import METRICS


class Gauge(NamedTuple):
    """A value of this moment: one of GAUGES, with labels as pairs of name and value."""

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float


GAUGES = {
    "audobon_last_run_timestamp_seconds": "When the last command ended, in seconds since 1970.",
    "audobon_library_assets": "Assets in the library, without the trash.",
    "audobon_library_protected_assets": "Those of them that `assets protect` keeps.",
    "audobon_library_disk_free_bytes": "What is free on the disk of the library.",
    "audobon_library_stored_bytes": "What the library's files take, where that is limited.",
    "audobon_library_stored_bytes_limit": "What they may take, by resources.max_disk.",
    "audobon_memory_limit_bytes": "Most main memory of a process, by resources.max_memory.",
    "audobon_provider_servers": "Servers of providers that failed of late, by how their breaker stands.",
    "audobon_collector_failures": "How often in a row the OTLP collector did not answer.",
    "audobon_service_processes": "Processes of services that run for the library.",
    "audobon_queue_paused": "Whether no job is begun.",
    "audobon_queue_jobs": "Jobs of the queue by state.",
    "audobon_queue_oldest_wait_seconds": "How long the oldest job that is ready has waited.",
    "audobon_queue_workers": "Workers that are alive.",
}
"""Every metric that is read when it is asked for."""


def exposition(totals: Mapping[tuple[str, tuple[str, ...]], float], gauges: Sequence[Gauge]) -> str:
    """The text: each metric with its help and type, its values sorted by labels."""
    lines: list[str] = []
    for metric in METRICS.values():
        values = sorted((labels, value) for (name, labels), value in totals.items() if name == metric.name)
        if values:
            lines += _head(metric.name, metric.help, "gauge" if metric.highest else "counter")
            lines += [
                _line(metric.name, zip(metric.labels, labels, strict=True), value) for labels, value in values
            ]
    for name, words in GAUGES.items():
        found = [gauge for gauge in gauges if gauge.name == name]
        if found:
            lines += _head(name, words, "gauge")
            lines += [_line(name, gauge.labels, gauge.value) for gauge in found]
    return "".join(f"{line}\n" for line in lines)


def _head(name: str, words: str, kind: str) -> Iterator[str]:
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} {kind}"


def _line(name: str, labels: "Iterator[tuple[str, str]] | Sequence[tuple[str, str]]", value: float) -> str:
    written = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
    number = str(int(value)) if value == int(value) else repr(value)
    return f"{name}{{{written}}} {number}" if written else f"{name} {number}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
