"""``audobon backup drill``."""

from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.backup import views
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import PointArgument, RepositoryOptions, opened
from audobon_cli.cli.session import Session


@command(
    "drill",
    examples=[
        "audobon backup drill",
        "audobon backup drill --exact --json",
        "audobon backup drill --room /mnt/big",
    ],
)
def drill(
    session: Session,
    place: RepositoryOptions,
    point: PointArgument = "latest",
    exact: Annotated[
        bool, typer.Option("--exact", help="Fail too if the library has changed since (status 28).")
    ] = False,
    room: Annotated[
        Path | None,
        typer.Option(
            "--room",
            metavar="DIR",
            help="A folder with room for the whole library; without it, the cache folder.",
        ),
    ] = None,
) -> None:
    """Try a restore, compare it, and remove it again.

    The recovery point is restored into a temporary folder, opened as a library, and everything in it is read and
    hashed; then it is compared with the library here. Nothing stays behind.
    """
    from audobon_cli.backup.drill import drill as try_restore
    from audobon_cli.backup.opener import find_point
    from audobon_cli.backup.point_contents import PointContents
    from audobon_cli.cli.listening import listening

    with opened(session, place) as repository, listening(session.out) as listen:
        chosen = find_point(repository, point, session.workspace.library_path).point
        contents = PointContents(repository.reader(), chosen)
        folder = session.workspace.working_folder if room is None else room.expanduser().absolute()
        report = try_restore(contents, session.workspace.library, folder, listen)
    session.finish(
        views.drill_data(report), lambda: views.show_drill(session.out, report), report.error(exact)
    )
