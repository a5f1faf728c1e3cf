"""Columns of tables: what stands in them decides how people and scripts read it, and what may be cut."""

from datetime import datetime
from enum import Enum

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.units import format_bytes, format_day, format_seconds, format_time, machine_time


class Kind(Enum):
    """What stands in a column."""

    WORD = "word"
    """Never cut and never folded: ids, states, sizes in pixels, versions."""
    NAME = "name"
    """May end in `…` where there is no room; scripts get it whole."""
    PROSE = "prose"
    """Sentences: over several lines between words, under its row where the column would be too narrow."""
    NUMBER = "number"
    BYTES = "bytes"
    """People read 4.1 GiB, scripts a number of bytes."""
    SECONDS = "seconds"
    TIME = "time"
    """People read their own zone, scripts UTC."""
    DAY = "day"
    """As TIME, for people in eleven characters at most."""


@dataclass(frozen=True, slots=True)
class Both:
    """A cell that people and scripts read differently."""

    people: str
    scripts: str


Cell = str | int | float | datetime | Both | None
RIGHT = (Kind.NUMBER, Kind.BYTES, Kind.SECONDS)
NUMBERS = (int, float)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. Where a row does not fit, columns are left out, those with the highest ``drop`` first; 0
    is never left out. With ``unlike`` a column is shown only if its rows differ. Scripts get every column."""

    heading: str
    kind: Kind = Kind.WORD
    drop: int = 0
    unlike: bool = False
    least: int = 0
    """Cells that it takes at least, so that tables below each other are in line."""

    def for_people(self, cell: Cell) -> str:
        """``cell`` as a person reads it."""
        if isinstance(cell, Both):
            return cell.people
        if isinstance(cell, datetime):
            return format_day(cell) if self.kind is Kind.DAY else format_time(cell)
        if isinstance(cell, NUMBERS) and self.kind is Kind.BYTES:
            return format_bytes(int(cell))
        if isinstance(cell, NUMBERS) and self.kind is Kind.SECONDS:
            return format_seconds(cell)
        return "" if cell is None else str(cell)

    def for_scripts(self, cell: Cell) -> str:
        """``cell`` as a script reads it."""
        if isinstance(cell, Both):
            return cell.scripts
        if isinstance(cell, datetime):
            return machine_time(cell)
        if isinstance(cell, float):
            return f"{cell:.3f}"
        return "" if cell is None else str(cell)
