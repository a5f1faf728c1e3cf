"""Recipes as files: TOML that people read and any machine with the model can run; and whatever carries one."""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli_w

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.derivation import Derivation
from audobon_cli.domain.errors import InvalidInput, RecipeNotFound
from audobon_cli.domain.foreign.documents import MOST_NUMBER as MAX_SEED
from audobon_cli.domain.foreign.documents import (
    MOST_PICTURE_BYTES,
    parse_toml,
    read_named,
    shortened,
    whole_number,
)
from audobon_cli.domain.media import ImageInfo
from audobon_cli.domain.recipe import Recipe, recipe_from_json
from audobon_cli.library.select import select_one
from audobon_cli.library.store.library import Library
from audobon_cli.media.image.png_chunks import PNG_SIGNATURE
from audobon_cli.media.registry import is_recognised
from audobon_cli.media.untrusted.decoding import recipe_in
from audobon_cli.reproduction.compare import pixel_digest
from audobon_cli.reproduction.reproduce import decoded
from audobon_cli.storage.durable_files import write_output

if TYPE_CHECKING:
    from PIL.Image import Image

PICTURE_TABLE = "picture"
HEADING = "# How a picture was made; `audobon recipe run FILE` makes it again.\n"
TABLES = tuple(field.name for field in fields(Recipe) if field.default_factory is dict)
"""Fields of a recipe that are tables in a file."""
_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("width", "height", "render_width", "render_height", "steps", "seed"), (int,)),
    "guidance": (int, float),
    "operations": (list,),
    **dict.fromkeys(TABLES, (dict,)),
}
"""What the fields of a recipe are in a file; those not here are texts."""


@dataclass(frozen=True, slots=True)
class Found:
    """A recipe and where it came from. ``pixels`` is the digest of its picture's pixels ("" if not known),
    ``image`` the picture itself if it is at hand. ``derivation`` stands in for the recipe of a derived asset."""

    source: str
    recipe: Recipe | None
    derivation: Derivation | None = None
    pixels: str = ""
    image: "Image | None" = None
    asset: Asset | None = None

    def drawn(self) -> Recipe:
        """The recipe. Raises RecipeNotFound for a derived asset, which has none of its own."""
        if self.recipe is None:
            operation = self.derivation.operation if self.derivation else "hand"
            raise RecipeNotFound(
                f"{self.source} was made out of other assets, by {operation}.",
                hint="`audobon reproduce` makes it again; export the recipes of what it was made of",
            )
        return self.recipe


def find_recipe(source: str, library: Library | None) -> Found:
    """The recipe in the file ``source`` (a .toml, or a PNG or WAV of ours), else that of the asset it means.

    Raises RecipeNotFound for what has none, InvalidInput for files that are no recipes, and what
    select_one raises.
    """
    path = Path(source).expanduser()
    if path.is_file():
        return _in_file(source, path)
    if library is None:
        raise RecipeNotFound(f"There is no file {source}.", hint="name a recipe's file, or a PNG with one")
    asset = select_one(library, source)
    if asset.recipe is None and asset.derivation is None:
        raise RecipeNotFound(
            f"{asset.name} ({asset.id}) has no recipe: it was not made here.",
            hint="name one that was generated",
        )
    shown = asset.recipe is not None and isinstance(asset.media, ImageInfo)
    image = decoded(library.blobs.read(asset.blob)) if shown else None
    digest = pixel_digest(image) if image is not None else ""
    return Found(source, asset.recipe, asset.derivation, digest, image, asset)


def _in_file(source: str, path: Path) -> Found:
    try:
        data = read_named(path, MOST_PICTURE_BYTES)
    except (OSError, ValueError) as error:
        raise InvalidInput(
            f"The file {path} cannot be read: {getattr(error, 'strerror', error)}.", hint="check the path"
        ) from error
    if is_recognised(data) and not data.startswith(PNG_SIGNATURE):
        return Found(source, _embedded(data, path))
    if not data.startswith(PNG_SIGNATURE):
        recipe, pixels = parse_recipe(data, source)
        return Found(source, recipe, pixels=pixels)
    embedded = _embedded(data, path)
    image = decoded(data)
    return Found(source, embedded, pixels=pixel_digest(image), image=image)


def _embedded(data: bytes, path: Path) -> Recipe:
    recipe = recipe_in(data)
    if recipe is None:
        raise RecipeNotFound(f"The file {path} carries no recipe.", hint="name one that Audobon made")
    return recipe


def recipe_toml(found: Found) -> str:
    """The recipe as a TOML file, with the digest of the picture's pixels if it is known."""
    if found.recipe is None and found.derivation is not None:
        return tomli_w.dumps(_without_none(found.derivation.to_dict()))
    table = found.drawn().to_dict()
    nested: dict[str, Any] = {name: table.pop(name) for name in TABLES if name in table}
    picture = {PICTURE_TABLE: {"pixels_sha256": found.pixels}} if found.pixels else {}
    return HEADING + tomli_w.dumps(_without_none({**table, **nested, **picture}))


def write_recipe(found: Found, file: Path, overwrite: bool = False) -> None:
    """Write the recipe to ``file``. Raises what write_output raises."""
    write_output(file, recipe_toml(found).encode(), overwrite)


def _without_none(value: Any) -> Any:
    """TOML has no null: what is not set is not there."""
    if isinstance(value, dict):
        return {name: _without_none(one) for name, one in value.items() if one is not None}
    return [_without_none(one) for one in value] if isinstance(value, list | tuple) else value


def parse_recipe(data: bytes, source: str) -> tuple[Recipe, str]:
    """The recipe in a TOML file that recipe_toml wrote, and the digest of its pixels ("" without one).

    Raises InvalidInput, saying what is wrong, for anything else.
    """
    try:
        table: dict[str, Any] = parse_toml(data)
        picture = table.pop(PICTURE_TABLE, {})
        _check_fields(table)
        recipe = recipe_from_json(json.dumps({**table, "guidance": float(table.get("guidance", 0.0))}))
        return recipe, str(picture.get("pixels_sha256", ""))
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise InvalidInput(
            f"{source} is not a recipe: {error}", hint="`audobon recipe export` writes one", path=source
        ) from error


def _check_fields(table: dict[str, Any]) -> None:
    """Raise ValueError for a field of another type than recipes have."""
    for name in (field.name for field in fields(Recipe)):
        if name not in table:
            continue
        expected = _TYPES.get(name, (str,))
        if not isinstance(table[name], expected) or isinstance(table[name], bool):
            raise ValueError(f"{name} is {shortened(table[name])}, which is no {expected[-1].__name__}")
        if isinstance(table[name], int):
            whole_number(table[name], most=MAX_SEED if name == "seed" else 2**63 - 1)
