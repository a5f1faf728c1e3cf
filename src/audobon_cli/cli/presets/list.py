"""``audobon presets list``."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.presets.views import all_presets
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from audobon_cli.generation.preset_previews import PresetPreview

PIPED = (Column("kind"), Column("name"), Column("what it is for"), Column("models"), Column("from"))
SECTIONS = (
    ("quality", "Qualities", ""),
    ("style", "Styles", "only for"),
    ("size", "Sizes", "pixels"),
    ("scheduler", "Schedulers", ""),
)
"""A kind, what its section is called, and its second column."""


@command("list", examples=["audobon presets list", "audobon presets list --preview --report presets.html"])
def list_(
    session: Session,
    preview: Annotated[
        bool,
        typer.Option("--preview", help="Show styles and sizes as small pictures in the terminal instead."),
    ] = False,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write an HTML page with the pictures.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Overwrite existing files.")] = False,
) -> None:
    """List qualities, styles, sizes, schedulers and sounds."""
    rows = all_presets(session)
    previews = _previews(session) if preview or report is not None else []
    if report is not None:
        from audobon_cli.derivations.run import write_result
        from audobon_cli.generation.preset_previews import previews_page

        write_result(report.expanduser(), previews_page(previews).encode(), overwrite)

    def view() -> None:
        if not preview or not _show_previews(session, previews):
            _show(session, rows)

    session.out.listing({"presets": rows, "report": None if report is None else str(report)}, view=view)


def _previews(session: Session) -> "list[PresetPreview]":
    from audobon_cli.generation.preset_previews import preset_previews

    presets = session.workspace.presets
    return preset_previews([*presets.styles.values()], [*presets.sizes.values()])


def _show_previews(session: Session, previews: "Sequence[PresetPreview]") -> bool:
    """Pictures over their names, and which styles have none; False if the terminal shows no pictures."""
    from audobon_cli.cli.screen.images import can_show, grid

    if not can_show(session.out.console):
        session.out.note("Pictures need a terminal with colours: --report FILE writes a page with them.")
        return False
    shown = [(one.name, one.picture) for one in previews if one.picture is not None]
    session.out.show(grid(session.out.console.width, shown))
    others = [one.name for one in previews if one.picture is None]
    if others:
        session.out.note(f"Words for networks, not drawn here: {', '.join(others)}.")
    return True


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
