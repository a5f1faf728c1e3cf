"""The arguments and options that the sprite commands share."""

from dataclasses import dataclass
from typing import Annotated

import typer

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.units import parse_size

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="ASSETS...", help="Assets (ids, names, queries such as tag:boss), or picture files."
    ),
]
Out = Annotated[
    str | None,
    typer.Option(
        "--out", "-o", metavar="PATH", help="Write the results here: FILE.png, or FOLDER/ for several."
    ),
]
Name = Annotated[str, typer.Option("--name", help="What to call the result in the library.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files of that name.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Work everything out, and keep and write nothing.")]
Together = Annotated[
    bool, typer.Option("--together", help="Take all of them for frames of one animation, which must agree.")
]


@dataclass(frozen=True, slots=True)
class SpriteOutput:
    """Where results go and what they are called."""

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
