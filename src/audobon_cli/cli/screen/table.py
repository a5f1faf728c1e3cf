"""One table function: a row a line where the terminal is wide enough, and never an id, a number or a date in two."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audobon_cli.cli.screen.columns import RIGHT, Cell, Column, Kind
from audobon_cli.domain.foreign.text import visible

if TYPE_CHECKING:
    from rich.text import Text

GAP = 2
NAME_WIDTH = 20
"""What a name keeps before columns are left out for it."""
LEAST_NAME_WIDTH = 8
PROSE_WIDTH = 24
"""A sentence in a narrower column is hard to read: it goes under its row."""
INDENT = "  "
MOST_LINES = 3
"""Of a sentence in its column; a longer one goes under its row."""


@dataclass(slots=True)
class _Shown:
    """A column that is shown, with its cells as people read them."""

    column: Column
    cells: list[str]
    width: int

    @property
    def least(self) -> int:
        """The width that it keeps before another column is left out."""
        usual = {Kind.NAME: NAME_WIDTH, Kind.PROSE: PROSE_WIDTH}.get(self.column.kind, self.width)
        return min(self.width, usual)


def tab_lines(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> list[str]:
    """The rows for scripts: every column in its order, tab-separated, whole, without headings."""
    return [
        "\t".join(
            " ".join(column.for_scripts(cell).split()) for column, cell in zip(columns, row, strict=True)
        )
        for row in rows
    ]


def table_lines(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], width: int, styles: Mapping[str, str]
) -> "list[Text]":
    """The rows for people in ``width`` cells, under their headings; cells that equal a key of ``styles`` have it.

    Columns that are empty, or the same in every row and say so, are left out; then as many as the width demands.
    Names are cut with an ellipsis, sentences go on below. Only what cannot be left out passes the width.
    """
    from rich.text import Text

    shown = [found for place, column in enumerate(columns) if (found := _shown(column, rows, place))]
    below = _fit(shown, width)
    lines = []
    if any(one.column.heading for one in shown):
        lines.append(Text("  ").join(_heading(one) for one in shown))
        lines[-1].rstrip()
    for number in range(len(rows)):
        lines += _row_lines([(one, one.cells[number]) for one in shown], styles)
        lines += [
            Text(INDENT + part, style=styles.get(one.cells[number], ""))
            for one in below
            for part in _wrapped(one.cells[number], max(width - len(INDENT), 20))
        ]
    return lines


def _shown(column: Column, rows: Sequence[Sequence[Cell]], place: int) -> _Shown | None:
    """The column with its cells; None where it says nothing."""
    from rich.cells import cell_len

    cells = [visible(" ".join(column.for_people(row[place]).split())) for row in rows]
    alike = len(set(cells)) == 1
    if not any(cells) or (column.unlike and alike and len(cells) > 1):
        return None
    width = max(cell_len(text) for text in (column.heading, *cells))
    return _Shown(column, cells, max(width, column.least))


def _fit(shown: list[_Shown], width: int) -> list[_Shown]:
    """Leave out and narrow columns until they fit; those whose sentences go under their rows are returned."""
    below = []

    def over() -> int:
        return sum(one.least for one in shown) + GAP * (len(shown) - 1) - width

    while over() > 0 and (droppable := [one for one in shown if one.column.drop]):
        shown.remove(max(droppable, key=lambda one: one.column.drop))
    while over() > 0 and (prose := [one for one in shown if one.column.kind is Kind.PROSE]):
        shown.remove(prose[-1])
        below.append(prose[-1])
    _narrow(shown, width)
    last = shown[-1] if len(shown) > 2 else None
    if last is not None and last.column.kind is Kind.PROSE and _highest(last) > MOST_LINES:
        shown.remove(last)
        below.append(last)
    return below


def _highest(one: _Shown) -> int:
    """How many lines the longest of its sentences takes."""
    return max(len(_wrapped(cell, one.width)) for cell in one.cells)


def _narrow(shown: list[_Shown], width: int) -> None:
    """Give names and sentences what the other columns leave them."""
    spare = width - GAP * (len(shown) - 1) - sum(one.width for one in shown)
    for kind, least in ((Kind.PROSE, PROSE_WIDTH), (Kind.NAME, NAME_WIDTH), (Kind.NAME, LEAST_NAME_WIDTH)):
        for one in sorted(shown, key=lambda each: -each.width):
            if spare < 0 and one.column.kind is kind:
                narrowed = max(min(one.width, least), one.width + spare)
                spare += one.width - narrowed
                one.width = narrowed


def _heading(one: _Shown) -> "Text":
    from rich.text import Text

    text = Text(one.column.heading, style="bold")
    _align(text, one)
    return text


def _row_lines(cells: Sequence[tuple[_Shown, str]], styles: Mapping[str, str]) -> "list[Text]":
    """A row: one line, or several where a sentence goes on."""
    from rich.text import Text

    parts = [_parts(one, cell) for one, cell in cells]
    lines = []
    for number in range(max(map(len, parts), default=0)):
        texts = []
        for (one, cell), lines_of_cell in zip(cells, parts, strict=True):
            part = lines_of_cell[number] if number < len(lines_of_cell) else ""
            text = Text(part, style=styles.get(cell, ""))
            _align(text, one)
            texts.append(text)
        line = Text("  ").join(texts)
        line.rstrip()
        lines.append(line)
    return lines


def _parts(one: _Shown, cell: str) -> list[str]:
    if one.column.kind is Kind.PROSE:
        return _wrapped(cell, one.width) or [""]
    return [cell]


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def _align(text: "Text", one: _Shown) -> None:
    if one.column.kind is Kind.NAME:
        text.truncate(one.width, overflow="ellipsis")
    missing = one.width - text.cell_len
    if missing > 0 and one.column.kind in RIGHT:
        text.pad_left(missing)
    elif missing > 0:
        text.pad_right(missing)
