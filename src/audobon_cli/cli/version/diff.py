"""``audobon version diff``."""

from typing import Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.version import views
from audobon_cli.cli.version.options import Preview, Report
from audobon_cli.domain.units import plural


@command(
    "diff",
    examples=[
        "audobon version diff",
        "audobon version diff main flat --json",
        "audobon version diff main flat --report diff.html",
    ],
)
def diff(
    session: Session,
    before: Annotated[str | None, typer.Argument(help="The first revision; HEAD if none is given.")] = None,
    after: Annotated[
        str | None, typer.Argument(help="The second revision; without it, the library as it is.")
    ] = None,
    report: Report = None,
    preview: Preview = False,
) -> None:
    """Compare two commits, or a commit and the library."""
    from audobon_cli.cli.version.image_views import pictures_data, show_pictures, write_report
    from audobon_cli.history import commits

    library = session.workspace.library
    found = commits.diff(library, before, after)
    shown = [{**views.change_data(change), **pictures_data(session, change)} for change in found]
    data: dict[str, Any] = {"changes": shown}

    def view() -> None:
        views.show_changes(session.out, found)
        if preview:
            show_pictures(session, found)

    if report is not None:
        title = f"{before or 'HEAD'} to {after or 'the library'}"
        data["report"] = str(write_report(session, found, title, report))
    session.out.result(data, view)
    session.out.note(f"{plural(len(found), 'asset')} changed.")
