"""What the sprite commands share: showing results."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon_cli.cli.derivations.views import result_data, show_results
from audobon_cli.cli.session import Session
from audobon_cli.domain.media import pixels_of

if TYPE_CHECKING:
    from audobon_cli.derivations.run import OperationResult


def made_data(made: "OperationResult") -> dict[str, Any]:
    """One result, JSON-ready."""
    picture = pixels_of(made.media)
    return {**result_data(made), "width": picture.width, "height": picture.height}


def made_size(made: "OperationResult") -> str:
    """The sides of a result."""
    picture = pixels_of(made.media)
    return f"{picture.width}x{picture.height}"


def show_made(
    session: Session, results: "Sequence[OperationResult]", dry_run: bool, files: Sequence[Path] = ()
) -> None:
    """Give the results: an id and a name a line, or a path; and ``files`` that were written beside them."""
    show_results(session, results, dry_run, made_data, [("size", made_size)], files)
