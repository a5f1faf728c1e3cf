"""``audobon backup show``."""

from typing import Annotated

import typer

from audobon_cli.cli.backup import views
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import PointArgument, RepositoryOptions, opened
from audobon_cli.cli.session import Session


@command("show", examples=["audobon backup show", "audobon backup show 3f2a --files --json"])
def show(
    session: Session,
    place: RepositoryOptions,
    point: PointArgument = "latest",
    files: Annotated[bool, typer.Option("--files", help="List every stored picture, too.")] = False,
) -> None:
    """Show what a recovery point holds."""
    from audobon_cli.backup.list_points import look_into
    from audobon_cli.backup.opener import find_point

    with opened(session, place) as repository:
        stored = find_point(repository, point, session.workspace.library_path)
        blobs = look_into(repository, stored) if files else []
    data = {**stored.point.summary(), **views.point_details(stored.point)}
    if files:
        data["blobs"] = [{"blob": file.digest.hex(), "size_bytes": file.size_bytes} for file in blobs]

    def view() -> None:
        views.show_point(session.out, stored.point)
        session.out.lines(f"{file.digest.hex()}  {file.size_bytes}" for file in blobs)

    session.out.result(data, view)
