"""``audobon assets prune``."""

from typing import Annotated

import typer

from audobon_cli.cli.assets.options import DryRun
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes, plural


@command("prune", examples=["audobon assets prune --dry-run", "audobon assets prune --grace 24"])
def prune(
    session: Session,
    grace: Annotated[
        float,
        typer.Option(
            "--grace", min=0, metavar="HOURS", help="Grace period: delete what has been unused for this long."
        ),
    ] = 24.0,
    dry_run: DryRun = False,
) -> None:
    """Delete stored files that no asset uses.

    In two steps: a file is marked now, and deleted by a later run, once it has been unused for the grace period.
    """
    from audobon_cli.cli.listening import listening
    from audobon_cli.library.trash import collect_garbage

    with listening(session.out) as listen:
        found = collect_garbage(session.workspace.library, grace, dry_run, listen)
    data = {
        "marked": found.marked,
        "waiting": found.waiting,
        "deleted": found.deleted,
        "deleted_bytes": found.deleted_bytes,
        "dry_run": dry_run,
    }
    words = (
        f"{plural(found.deleted, 'file')} {'would be ' if dry_run else ''}deleted "
        f"({format_bytes(found.deleted_bytes)}), {found.marked} marked now, "
        f"{found.waiting} still in their grace period."
    )
    session.out.result(data, view=lambda: session.out.line(words))
