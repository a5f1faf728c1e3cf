"""Options that commands of ``audobon backup`` share."""

from typing import Annotated

import typer

Models = Annotated[
    bool,
    typer.Option(
        "--models", help="Also models: local ones with their files, others by where they come from."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Only show what would be done.")]
