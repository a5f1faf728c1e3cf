"""``audobon reproduce``: assets made again from their recipes, and whether they came out as they were."""

from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.requests.models import ModelReference
from audobon_cli.cli.session import Session


@command(
    "reproduce",
    examples=[
        "audobon reproduce dragon",
        "audobon reproduce tag:release --exact",
        "audobon reproduce kind:sprite created:2026-11 --json",
    ],
)
def reproduce(
    session: Session,
    assets: Annotated[
        list[str],
        typer.Argument(metavar="ASSETS...", help="Ids, first characters of ids, names, or queries."),
    ],
    exact: Annotated[
        bool, typer.Option("--exact", help="Exit status 3 for differences within tolerance, too.")
    ] = False,
    keep: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FOLDER", help="Write the new pictures here, to look at."),
    ] = None,
    model: ModelReference = None,
) -> None:
    """Draw pictures again and compare them, pixel by pixel.

    The library stays as it is. Each picture is identical, within tolerance (no value off by more than 2 of 255),
    or drifted; for a drifted one the cause is named: the model, the version of a library, the device, a part.
    Exit status 3 if a picture drifted or could not be drawn.
    """
    from audobon_cli.cli.interruption import Interruption
    from audobon_cli.cli.listening import listening
    from audobon_cli.cli.reproduction_views import report_data, show_report
    from audobon_cli.library.select import select_assets
    from audobon_cli.reproduction.reproduce import reproduce as make_again
    from audobon_cli.reproduction.reproduce import write_pictures
    from audobon_cli.reproduction.to_request import RequestContext

    workspace = session.workspace
    chosen = select_assets(workspace.library, assets)
    here = RequestContext(workspace.settings, workspace.models, workspace.library, model)
    with (
        Interruption(session.out, eager=True) as interruption,
        listening(session.out, interruption) as listen,
    ):
        report = make_again(chosen, here, workspace.engine(), listen, interruption.should_stop)
    if keep is not None:
        write_pictures(report, keep.expanduser())
    session.finish(report_data(report), lambda: show_report(session, report), report.error(exact))
