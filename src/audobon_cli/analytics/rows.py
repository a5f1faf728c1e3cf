"""The rows of the tables, read from the library, the ledger and the metrics of the user."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from audobon_cli.analytics.tables import ASSETS, TABLES
from audobon_cli.domain.foreign.documents import parse_json
from audobon_cli.library.store.library import Library
from audobon_cli.operations.counts import METRICS
from audobon_cli.operations.metrics_store import LONG_AGO, MetricsStore
from audobon_cli.platforms import current
from audobon_cli.providers.ledger import UsageLedger

Row = dict[str, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ASSETS = (
    "SELECT id, created, kind, name, prompt, note, category, tags, rating, model, quality, style, seed, format, width,"
    " height, frames, size_bytes, blob, recipe_digest, duration_seconds, trashed_at FROM assets"
    " WHERE created >= ? ORDER BY created, id"
)


@dataclass(frozen=True, slots=True)
class AnalyticsSources:
    """What rows are read from."""

    library: Library
    ledger: UsageLedger
    metrics_folder: Path


@dataclass(frozen=True, slots=True)
class RowSlice:
    """Which rows: from ``since`` on (all, if it is EPOCH); ``written``: with what somebody wrote."""

    since: datetime = EPOCH
    written: bool = False


def rows_of(table: str, sources: AnalyticsSources, wanted: RowSlice) -> Iterator[Row]:
    """The rows of a table in order, JSON-ready, each with every column. Raises KeyError, and what the stores raise."""
    read = {"assets": _assets, "calls": _calls, "runs": _runs, "counts": _counts}[table]
    columns = TABLES[table].columns
    for row in read(sources, wanted):
        yield {column.name: row.get(column.name) for column in columns}


def machine_digest(folder: Path) -> str:
    """This machine and user, told apart from others and not named: of the host's name and the folder of the metrics."""
    return hashlib.sha256(f"{current().host_name()}\0{folder}".encode(errors="surrogateescape")).hexdigest()[
        :16
    ]


def timestamp(microseconds: int | None) -> str | None:
    """Microseconds since the epoch as RFC 3339 in UTC, always with six places."""
    if microseconds is None:
        return None
    seconds, rest = divmod(microseconds, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{rest:06d}Z"


def _microseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def _assets(sources: AnalyticsSources, wanted: RowSlice) -> Iterator[Row]:
    names = [column.name for column in ASSETS.columns]
    left_out = {column.name for column in ASSETS.columns if column.written and not wanted.written}
    with sources.library.database.read() as statements:
        for values in statements.iterate(_ASSETS, _microseconds(wanted.since)):
            row = dict(zip(names, values, strict=True))
            row |= dict.fromkeys(left_out)
            row["created"], row["trashed"] = timestamp(row["created"]), timestamp(row["trashed"])
            row["tags"] = list(map(str, parse_json(row["tags"])))
            yield row


def _calls(sources: AnalyticsSources, wanted: RowSlice) -> Iterator[Row]:
    for row in sources.ledger.calls(wanted.since):
        settled = row.pop("settled")
        yield {
            **row,
            "changed": timestamp(row["started"] if settled is None else settled),
            "started": timestamp(row["started"]),
            "settled": timestamp(settled),
            "reserved_usd": row["reserved_micro_usd"] / 1e6,
            "counted_usd": row["counted_micro_usd"] / 1e6,
        }


def _runs(sources: AnalyticsSources, wanted: RowSlice) -> Iterator[Row]:
    machine = machine_digest(sources.metrics_folder)
    with MetricsStore(sources.metrics_folder) as store:
        store.take_in()
        for row in store.runs(wanted.since):
            yield {**row, "machine": machine, "ended": timestamp(row["ended"] * 1000)}


def _counts(sources: AnalyticsSources, wanted: RowSlice) -> Iterator[Row]:
    machine = machine_digest(sources.metrics_folder)
    first = wanted.since.astimezone(UTC).strftime("%Y-%m-%d")
    with MetricsStore(sources.metrics_folder) as store:
        store.take_in()
        found = [
            one for one in store.counts() if one.day != LONG_AGO and one.day >= first and one.name in METRICS
        ]
    rows = []
    for count in found:
        key = "\x1f".join((machine, count.name, *count.labels, count.day))
        labels = dict(zip(METRICS[count.name].labels, count.labels, strict=True))
        ident = hashlib.sha256(key.encode()).hexdigest()[:32]
        rows.append(
            {
                "id": ident,
                "day": count.day,
                "machine": machine,
                "metric": count.name,
                "value": count.value,
                **labels,
            }
        )
    yield from sorted(rows, key=lambda row: (row["day"], row["id"]))
