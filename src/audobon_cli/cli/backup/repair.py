"""``audobon backup repair``."""

from typing import Annotated

import typer

from audobon_cli.cli.backup.options import Models
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import RepositoryOptions, Yes, opened
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes, plural


@command("repair", examples=["audobon backup repair", "audobon backup repair --drop-damaged --json"])
def repair(
    session: Session,
    place: RepositoryOptions,
    models: Models = False,
    drop_damaged: Annotated[
        bool, typer.Option("--drop-damaged", help="Remove recovery points that cannot be read at all.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Put back damaged or missing data from the library."""
    from audobon_cli.backup.check.repair import RepairRequest
    from audobon_cli.backup.check.repair import repair as mend
    from audobon_cli.cli.backup.views import verify_data
    from audobon_cli.cli.listening import listening

    if drop_damaged:
        session.confirm(
            yes,
            "Permanently remove recovery points that cannot be read?",
            "This permanently removes recovery points",
            hint="; `audobon backup verify` names them",
        )
    workspace = session.workspace
    request = RepairRequest(workspace.backup.extras(models), drop_damaged)
    with opened(session, place) as repository, listening(session.out) as listen:
        done = mend(repository, workspace.library, request, workspace.working_folder, listen)
    data = {
        "before": verify_data(done.before),
        "after": verify_data(done.after),
        "replaced_packs": done.replaced_packs,
        "stored_bytes": done.stored_bytes,
        "dropped": list(done.dropped_points),
    }

    def view() -> None:
        for problem in done.before.problems:
            session.out.line(f"{problem.key}: {problem.why}")
        for bad in done.after.damaged:
            session.out.line(
                f"recovery point {bad.point.point.short} still lacks {plural(len(bad.blobs), 'picture')}"
            )
            session.out.lines(f"  {what}" for what in bad.other)

    session.finish(data, view, done.error())
    session.out.note(
        "All is well." if done.before.clean else f"{format_bytes(done.stored_bytes)} written anew."
    )
