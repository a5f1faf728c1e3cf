"""The arguments that commands of ``audobon recipe`` share, and the recipes that they mean."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput

if TYPE_CHECKING:
    from audobon_cli.reproduction.recipe_files import Found

Source = Annotated[
    str, typer.Argument(metavar="SOURCE", help="A recipe's .toml, a PNG that Audobon made, or an asset.")
]
Sources = Annotated[
    list[str],
    typer.Argument(metavar="SOURCE...", help="Recipes' .toml files, PNGs that Audobon made, or assets."),
]


def find_source(session: Session, source: str) -> "Found":
    """The recipe that a command's argument means. Raises InvalidInput, AssetNotFound."""
    from audobon_cli.reproduction.recipe_files import find_recipe

    if source == "-":
        raise InvalidInput("A recipe is read from a file.", hint="write it into one first")
    return find_recipe(source, session.workspace.library)


def source_data(found: "Found") -> dict[str, Any]:
    """A recipe for scripts."""
    return {
        "source": found.source,
        "recipe": found.recipe.to_dict() if found.recipe else None,
        "derivation": found.derivation.to_dict() if found.derivation else None,
        "pixels_sha256": found.pixels or None,
    }
