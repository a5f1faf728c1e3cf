"""The arguments and options that the sprite commands share."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

from audobon_cli.cli.derivations.options import DryRun, Name, Overwrite
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.units import parse_size

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="ASSETS...",
        help="Assets (ids, names, queries such as tag:boss), or picture files and folders.",
    ),
]
Out = Annotated[
    str | None,
    typer.Option(
        "--out", "-o", metavar="PATH", help="Write the results to FILE.png, or to FOLDER/ for several."
    ),
]
Together = Annotated[bool, typer.Option("--together", help="Treat the inputs as frames of one animation.")]


@dataclass(frozen=True, slots=True)
class SpriteOutput:
    """Where results go and what they are called."""

    PANEL: ClassVar[str] = "Output"

    name: Name = ""
    out: Out = None
    overwrite: Overwrite = False
    dry_run: DryRun = False


def size_option(text: str | None, option: str) -> tuple[int, int]:
    """``64`` or ``64x96`` as width and height; 0, 0 for None. Raises InvalidInput."""
    if text is None:
        return 0, 0
    size = parse_size(text)
    if size is None:
        raise InvalidInput(f"{option} {text!r} is not a size.", hint="write 64 or 64x96")
    return size.width, size.height
