"""``audobon models remove``."""

from typing import Annotated

import typer

from audobon_cli.cli.models.options import DryRun
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes


@command("remove", examples=["audobon models remove sdxl --dry-run", "audobon models remove sdxl --yes"])
def remove(
    session: Session,
    model: Annotated[str, typer.Argument(help="The name of a pulled or added model.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Delete a pulled model, or forget an added one.

    Files that another model shares are kept; so are the files of added models.
    """
    from audobon_cli.models.install.keep import remove as delete

    registry = session.workspace.models
    manifest = registry.manifest(model)
    if not dry_run:
        what = f"{model} ({format_bytes(manifest.size_bytes)})"
        session.confirm(
            yes,
            f"Delete the model {what} from this disk?",
            f"This deletes {what} from the disk",
            hint="; --dry-run shows what goes",
        )
    gone = delete(model, registry, dry_run)
    data = {
        "name": model,
        "freed_bytes": gone.freed_bytes,
        "kept_bytes": gone.kept_bytes,
        "dry_run": dry_run,
    }
    words = f"{model}: {format_bytes(gone.freed_bytes)} {'would be ' if dry_run else ''}freed" + (
        f", {format_bytes(gone.kept_bytes)} kept: others use it, or it is yours" if gone.kept_bytes else ""
    )
    session.out.result(data, view=lambda: session.out.line(words))
