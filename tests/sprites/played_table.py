"""Writes into docs/sheets.md what the engines show: `PYTHONPATH=src python -m tests.sprites.played_table`."""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.sprites import clients, tiled_clients
from tests.sprites.played import Difference, Played, sheets

DOCS = Path(__file__).parents[2] / "docs" / "sheets.md"
BEGIN, END = "<!-- seen: begin -->", "<!-- seen: end -->"

Column = tuple[str, str, dict[str, Difference], Callable[[Played], str]]


def columns() -> list[Column]:
    """Of each client that is installed its name, version, what was seen, and why sheets are not held."""
    found: list[Column] = []
    for client in clients.CLIENTS:
        if not (why := clients.missing(client)):
            with tempfile.TemporaryDirectory() as folder:
                seen = clients.watch(client, Path(folder))
            found.append((client.name, clients.version(client), seen, client.holds))
        else:
            sys.stderr.write(f"{client.name}: {why}\n")
    for name in tiled_clients.CLIENTS:
        if not (why := tiled_clients.missing(name)):
            with tempfile.TemporaryDirectory() as folder:
                found.append(
                    (
                        name,
                        tiled_clients.version(name),
                        tiled_clients.watch(name, Path(folder)),
                        tiled_clients.holds,
                    )
                )
        else:
            sys.stderr.write(f"{name}: {why}\n")
    return found


def table(found: list[Column]) -> str:
    """The table: a sheet a line, a client a column; pixels and frames at 60 Hz."""
    forgetful = {client.name for client in clients.CLIENTS if client.forgets}
    rows = [
        "| sheet | " + " | ".join(f"{name} {version}" for name, version, _, _ in found) + " |",
        "|---" * (len(found) + 1) + "|",
    ]
    for played in sheets():
        cells = []
        for name, _, seen, holds in found:
            if (difference := seen.get(played.name)) is None:
                cells.append(holds(played))
            else:
                off = difference.step if name in forgetful else difference.late
                cells.append(f"{difference.pixels} / {off:g}" + ("*" if name in forgetful else ""))
        rows.append(f"| {played.name} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


if __name__ == "__main__":
    text = DOCS.read_text()
    before, _, rest = text.partition(BEGIN)
    DOCS.write_text(f"{before}{BEGIN}\n{table(columns())}\n{END}{rest.partition(END)[2]}")
