"""``audobon version conflicts``."""

from typing import Any

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.version import views
from audobon_cli.cli.version.options import Preview, Report


@command("conflicts", examples=["audobon version conflicts --preview"])
def conflicts(session: Session, report: Report = None, preview: Preview = False) -> None:
    """List the conflicts of the unfinished merge."""
    from audobon_cli.cli.version.image_views import show_pictures, write_report
    from audobon_cli.history import merge as merging

    library = session.workspace.library
    waiting = merging.conflicts(library)
    sides = [merging.as_change(conflict) for conflict in waiting]
    data: dict[str, Any] = {"conflicts": [views.conflict_data(conflict) for conflict in waiting]}

    def view() -> None:
        views.show_conflicts(session.out, waiting)
        if preview:
            show_pictures(session, sides)

    if report is not None:
        data["report"] = str(write_report(session, sides, "Conflicts, ours to theirs", report))
    session.out.result(data, view)
