"""Options that commands of ``audobon backup`` share."""

from typing import Annotated

import typer

from audobon_cli.domain.errors import InvalidInput

Models = Annotated[
    bool,
    typer.Option("--models", help="Include models: local ones with their files, others by their source."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Show what would happen; change nothing.")]


def read_share(text: str) -> float:
    """``5%`` as 0.05. Raises InvalidInput."""
    try:
        share = float(text.removesuffix("%")) / 100
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise InvalidInput(f"{text!r} is no share of the data.", hint="write --read-data, or --read-data=5%")
    return share
