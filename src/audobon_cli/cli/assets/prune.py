"""``audobon assets prune`` and ``clean``: files that no asset uses, and assets that nothing uses."""

from typing import Annotated

import typer

from audobon_cli.cli.assets.options import DryRun
from audobon_cli.cli.assets.views import asset_table, summaries
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes, parse_seconds, plural


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


@command(
    "clean",
    examples=["audobon assets clean --older 90d --unrated --dry-run", "audobon assets clean --older 1d"],
)
def clean(
    session: Session,
    older: Annotated[
        str, typer.Option("--older", metavar="AGE", help="Only assets added longer ago, as 90d.")
    ],
    unrated: Annotated[bool, typer.Option("--unrated", help="Only assets without a rating.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Move old assets that nothing uses to the trash.

    What others derive from, parts of sheets, what a commit names, what has a note, sheets, inputs, styles and LoRAs
    stay. At most 10,000 go at a time, the oldest first; `audobon undo` brings them back.
    """
    from audobon_cli.library.trash import clean_assets

    found = clean_assets(session.workspace.library, parse_seconds(older, "--older"), unrated, dry_run)
    data = {**summaries(found.assets), "kept": found.kept, "dry_run": dry_run}
    session.out.listing(data, view=lambda: asset_table(session, found.assets))
    would = "would go to the trash" if dry_run else "in the trash"
    count = plural(len(found.assets), "asset")
    session.out.note(f"{count} {would}; {found.kept} as old stay, since something uses them.")
