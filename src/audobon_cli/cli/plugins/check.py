"""``audobon plugins check``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import plural


@command("check", examples=["audobon plugins check", "audobon plugins check mosaic --json"])
def check(
    session: Session,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="A plugin or a package. Default: all.")
    ] = None,
) -> None:
    """Check that plugins keep what their kind promises.

    The same clauses that the program's own engines, providers, media and operations are held to. Runs the code of
    plugins; providers are tried on a failing server of this machine, so nothing is paid for. Exit status 3 if a promise
    is not kept.
    """
    from audobon_cli.contracts.check import TrialContext, check_error, check_plugins

    workspace = session.workspace
    checked = check_plugins(name, TrialContext(workspace.settings, workspace.models))
    data = {
        "plugins": [
            {
                "name": one.plugin.name,
                "kind": one.plugin.kind.value,
                "package": one.plugin.package,
                "version": one.plugin.version,
                "passed": not one.broken,
                "clauses": [
                    {"clause": each.clause, "promise": each.promise, "kept": each.kept, "why": each.why}
                    for each in one.findings
                ],
            }
            for one in checked
        ]
    }
    rows = [
        (one.plugin.name, "ok" if each.kept else "failed", each.promise, each.why)
        for one in checked
        for each in one.findings
    ]
    columns = (
        Column("plugin", Kind.NAME),
        "verdict",
        Column("promise", Kind.PROSE),
        Column("why", Kind.PROSE),
    )
    styles = {"ok": "green", "failed": "red"}
    session.finish(data, lambda: session.out.table(columns, rows, styles), check_error(checked))
    kept = sum(each.kept for one in checked for each in one.findings)
    session.out.note(f"{plural(kept, 'promise')} kept by {plural(len(checked), 'plugin')}.")
