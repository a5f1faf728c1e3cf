"""``audobon disk free``: offers what can go."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import Yes
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes

if TYPE_CHECKING:
    from audobon_cli.doctor.disk import Freed


@command(
    "free", examples=["audobon disk free", "audobon disk free --dry-run", "audobon disk free --trash --yes"]
)
def free(
    session: Session,
    trash: Annotated[bool, typer.Option("--trash", help="Only empty the trash.")] = False,
    caches: Annotated[bool, typer.Option("--caches", help="Only delete caches.")] = False,
    yes: Yes = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would happen; change nothing.")
    ] = False,
) -> None:
    """Free space: empty the trash, delete unused files.

    Asks before it deletes. What the trash held is gone then; caches are made again when they are needed. Assets,
    models and everything that a commit names stay.
    """
    from audobon_cli.doctor.disk import delete_unused, empty_caches, empty_trash

    workspace = session.workspace
    both = not trash and not caches
    freed = _plan(session, trash or both, caches or both)
    if not dry_run and any(one.count for one in freed):
        words = " and ".join(_words(one) for one in freed if one.count)
        session.confirm(yes, f"Permanently delete {words}?", f"This permanently deletes {words}")
    if not dry_run:
        if trash or both:
            empty_trash(workspace.library, dry_run=False)
            freed = [delete_unused(workspace.library), *(one for one in freed if one.name != "trash")]
        if caches or both:
            empty_caches(workspace.locations, dry_run=False)
    total = sum(one.bytes for one in freed)
    data = {"freed": [asdict(one) for one in freed], "total_bytes": total, "dry_run": dry_run}
    would = "Would free" if dry_run else "Freed"
    session.out.result(data, lambda: session.out.line(f"{would} {format_bytes(total)}."))


def _plan(session: Session, trash: bool, caches: bool) -> "list[Freed]":
    from audobon_cli.doctor.disk import empty_caches, empty_trash

    found = [empty_trash(session.workspace.library, dry_run=True)] if trash else []
    return [*found, *([empty_caches(session.workspace.locations, dry_run=True)] if caches else [])]


def _words(one: "Freed") -> str:
    what, noun = ("the trash", "asset") if one.name == "trash" else (one.name, "file")
    count = f"{one.count} {noun}{'' if one.count == 1 else 's'}"
    return f"{what} ({count}, {format_bytes(one.bytes)})"
