"""``audobon privacy export``."""

from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.privacy.sources import privacy_sources
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session


@command("export", examples=["audobon privacy export mine.zip", "audobon privacy export mine/ --json"])
def export(
    session: Session,
    target: Annotated[Path, typer.Argument(metavar="PATH", help="A new folder, or a file FILE.zip.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Overwrite an archive.")] = False,
) -> None:
    """Export what is kept about you, in open formats.

    Settings without keys, names, prompts and notes of assets, jobs of the queue, calls to providers, runs, metrics,
    logs, commits, audit records, your presets and templates; with a list. `audobon assets export` exports pictures.
    """
    from audobon_cli.privacy.export import LIST, export_private

    target = target.expanduser()
    parts = export_private(privacy_sources(session), target, overwrite)
    data = {
        "path": str(target),
        "list": LIST,
        "files": [{"file": p.name, "what": p.what, "records": p.records, "bytes": p.bytes} for p in parts],
    }
    rows = [(part.name, part.records, part.what) for part in parts]
    columns = (Column("file"), Column("records", Kind.NUMBER), Column("what", Kind.PROSE))
    session.out.result(data, lambda: session.out.table(columns, rows))
    session.out.note(f"Written to {target}: it says what you made and when, so keep it as you keep that.")
