"""``audobon version prune``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import plural


@command("prune", examples=["audobon version prune --dry-run", "audobon version prune"])
def prune(
    session: Session,
    keep_days: Annotated[
        int, typer.Option("--keep-days", min=0, help="Days that undone operations are kept.")
    ] = 90,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would happen; change nothing.")
    ] = False,
) -> None:
    """Delete commits and records that nothing refers to."""
    from audobon_cli.history import maintenance as maintenance

    report = maintenance.gc(session.workspace.library, keep_days, dry_run)
    data = {
        "commits": report.commits, "objects": report.objects, "blobs_released": report.blobs_released,
        "dry_run": report.dry_run,
    }  # fmt: skip
    session.out.result(data, lambda: None)
    would = "Would remove" if dry_run else "Removed"
    session.out.note(
        f"{would} {plural(report.commits, 'commit')} and {plural(report.objects, 'object')}; "
        f"{plural(report.blobs_released, 'file')} no longer needed."
    )
