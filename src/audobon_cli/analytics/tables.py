"""The tables and their columns. Released columns are never renamed, moved or given another type; new ones come last."""

from dataclasses import dataclass
from enum import StrEnum


class ColumnType(StrEnum):
    """What a column holds, by BigQuery's names. TIMESTAMP is RFC 3339 in UTC with microseconds, DATE is YYYY-MM-DD."""

    STRING = "STRING"
    INTEGER = "INTEGER"
    FLOAT = "FLOAT"
    TIMESTAMP = "TIMESTAMP"
    DATE = "DATE"


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: ``repeated`` holds a list; ``written`` is what somebody wrote, null unless it was asked for."""

    name: str
    type: ColumnType
    description: str
    repeated: bool = False
    written: bool = False

    @property
    def mode(self) -> str:
        """BigQuery's word for whether it may be null or is a list."""
        if self.name == "id":
            return "REQUIRED"
        return "REPEATED" if self.repeated else "NULLABLE"


@dataclass(frozen=True, slots=True)
class Table:
    """A table, whose rows are told apart by ``id`` and ordered by ``time`` and it."""

    name: str
    time: str
    columns: tuple[TableColumn, ...]


_S, _I, _F, _T = ColumnType.STRING, ColumnType.INTEGER, ColumnType.FLOAT, ColumnType.TIMESTAMP

ASSETS = Table(
    "assets",
    "created",
    (
        TableColumn("id", _S, "Id of the asset, the same on every machine that it is pulled to."),
        TableColumn("created", _T, "When it was filed."),
        TableColumn("kind", _S, "What it is: sprite, sheet, sound, lora ..."),
        TableColumn("name", _S, "Its name.", written=True),
        TableColumn("prompt", _S, "What it was asked for with.", written=True),
        TableColumn("note", _S, "The note on it.", written=True),
        TableColumn("category", _S, "Its category."),
        TableColumn("tags", _S, "Its tags.", repeated=True),
        TableColumn("rating", _I, "1 to 5, null for none."),
        TableColumn("model", _S, "The model that made it."),
        TableColumn("quality", _S, "The quality that it was made with."),
        TableColumn("style", _S, "The style that it was made with."),
        TableColumn("seed", _I, "The seed."),
        TableColumn("format", _S, "The format of its file."),
        TableColumn("width", _I, "Pixels; 0 for what is no picture."),
        TableColumn("height", _I, "Pixels; 0 for what is no picture."),
        TableColumn("frames", _I, "Frames of an animation."),
        TableColumn("size_bytes", _I, "Size of its file."),
        TableColumn("blob", _S, "SHA-256 of its file."),
        TableColumn("recipe_digest", _S, "SHA-256 of what it was made by."),
        TableColumn("duration_seconds", _F, "Wall time from the start of its drawing until it was kept."),
        TableColumn("trashed", _T, "When it went to the trash."),
    ),
)
CALLS = Table(
    "calls",
    "changed",
    (
        TableColumn("id", _S, "Id of the call to a provider."),
        TableColumn("changed", _T, "When it was settled; until then, when it began."),
        TableColumn("started", _T, "When it began."),
        TableColumn("settled", _T, "When it was known what came of it."),
        TableColumn("run", _S, "Id of the run that made it."),
        TableColumn("provider", _S, "The provider."),
        TableColumn("model", _S, "The model asked for."),
        TableColumn("quality", _S, "The quality asked for."),
        TableColumn("state", _S, "Whether it was billed: yes, no, unknown; reserved until that is known."),
        TableColumn("price_is", _S, "Where the price is from: billed (in the reply), or listed."),
        TableColumn("reserved_usd", _F, "What was reserved for it."),
        TableColumn("counted_usd", _F, "What it counts as spent."),
        TableColumn("attempts", _I, "How often it was asked for."),
    ),
)
RUNS = Table(
    "runs",
    "ended",
    (
        TableColumn("id", _S, "Id of the run, or of a part of a long one."),
        TableColumn("ended", _T, "When it ended."),
        TableColumn("machine", _S, "Which machine and user, as a digest."),
        TableColumn("command", _S, "The command."),
        TableColumn("status", _I, "Its exit status; null for a part of one that went on."),
        TableColumn("code", _S, "The code of its error; empty without one."),
        TableColumn("seconds", _F, "Its wall time."),
        TableColumn("peak_memory_bytes", _I, "The most memory that it had."),
    ),
)
COUNTS = Table(
    "counts",
    "day",
    (
        TableColumn("id", _S, "Digest of machine, metric, labels and day."),
        TableColumn("day", ColumnType.DATE, "The day (UTC)."),
        TableColumn("machine", _S, "Which machine and user, as a digest."),
        TableColumn("metric", _S, "The metric, by the name that `audobon metrics` gives it."),
        TableColumn("value", _F, "Its sum on that day; of a peak, the highest value."),
        TableColumn("command", _S, "Label."),
        TableColumn("code", _S, "Label."),
        TableColumn("medium", _S, "Label."),
        TableColumn("model", _S, "Label."),
        TableColumn("provider", _S, "Label."),
        TableColumn("strategy", _S, "Label."),
        TableColumn("state", _S, "Label."),
    ),
)
TABLES = {table.name: table for table in (ASSETS, CALLS, RUNS, COUNTS)}
