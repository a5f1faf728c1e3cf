"""``audobon cache prune``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.units import format_bytes, parse_bytes, parse_seconds, plural


@command(
    "prune",
    examples=[
        "audobon cache prune --older 30d",
        "audobon cache prune thumbnails opened --max-size 200MB",
        "audobon cache prune vram --all --dry-run",
    ],
)
def prune(
    session: Session,
    kinds: Annotated[list[str] | None, typer.Argument(help="Which caches; none: all.")] = None,
    older: Annotated[
        str | None, typer.Option("--older", metavar="AGE", help="Delete files that are older, as 30d.")
    ] = None,
    max_size: Annotated[
        str | None,
        typer.Option(
            "--max-size", metavar="SIZE", help="Delete the oldest files beyond this size, as 500MB."
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Delete all files.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would happen; change nothing.")
    ] = False,
) -> None:
    """Delete cached files by age and size.

    They are made again when they are needed; assets and models stay.
    """
    from audobon_cli.doctor.caches import CachePolicy, prune_caches

    if everything == (older is not None or max_size is not None):
        raise InvalidInput("Say which files go.", hint="give --older, --max-size or both, or --all")
    policy = CachePolicy(
        None if older is None else parse_seconds(older, "--older"),
        None if max_size is None else parse_bytes(max_size),
    )
    workspace = session.workspace
    place = workspace.library_path if dry_run else workspace.writable_library_path
    count, size = prune_caches(workspace.locations, place, kinds or [], policy, dry_run)
    would = "would be deleted" if dry_run else "deleted"
    session.out.result(
        {"deleted": count, "deleted_bytes": size, "dry_run": dry_run},
        view=lambda: session.out.line(f"{plural(count, 'file')} {would} ({format_bytes(size)})."),
    )
