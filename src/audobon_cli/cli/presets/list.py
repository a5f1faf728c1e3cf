"""``audobon presets list``."""

import sys
from typing import Any

from audobon_cli.cli.options import command
from audobon_cli.cli.presets.views import all_presets
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session

PIPED = (Column("kind"), Column("name"), Column("what it is for"), Column("models"), Column("from"))
SECTIONS = (
    ("quality", "Qualities", ""),
    ("style", "Styles", "only for"),
    ("size", "Sizes", "pixels"),
    ("scheduler", "Schedulers", ""),
)
"""A kind, what its section is called, and its second column."""


@command("list", examples=["audobon presets list"])
def list_(session: Session) -> None:
    """List qualities, styles, sizes, schedulers and sounds."""
    rows = all_presets(session)

    session.out.listing({"presets": rows}, view=lambda: _show(session, rows))


def _show(session: Session, rows: list[dict[str, Any]]) -> None:
    """A section for each kind; for scripts all in one."""
    if not sys.stdout.isatty():
        session.out.table(
            PIPED,
            [(row["kind"], row["name"], row["description"], _models(row), row["source"]) for row in rows],
        )
        return
    name_width = max(len(row["name"]) for row in rows)
    for kind, heading, about in SECTIONS:
        columns = (
            Column(heading, least=name_width),
            Column(about, Kind.NAME, drop=1),
            Column("what it is for", Kind.PROSE),
            Column("from", Kind.NAME, drop=2),
        )
        found = [row for row in rows if row["kind"] == kind]
        cells = [(row["name"], _about(row), row["description"].rstrip("."), _source(row)) for row in found]
        session.out.table(columns, cells)
        session.out.line("")


def _about(row: dict[str, Any]) -> str:
    """The pixels of a size, the models of a style."""
    if row["kind"] == "size":
        return str(row["size"])
    return ", ".join(row["families"]) if row["kind"] == "style" else ""


def _source(row: dict[str, Any]) -> str:
    """Where a preset of one's own lies."""
    return "" if row["source"] == "built-in" else str(row["source"])


def _models(row: dict[str, Any]) -> str:
    """Which model families a style is for; other presets are for all."""
    if row["kind"] == "sound":
        return "synth"
    return ", ".join(row["families"]) if row["kind"] == "style" and row["families"] else "all"
