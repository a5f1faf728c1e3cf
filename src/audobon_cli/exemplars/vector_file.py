"""Compositions as SVG files, with the recipe of the picture in them."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, unescape

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.recipe import Recipe, recipe_from_json
from audobon_cli.exemplars.compose import composed
from audobon_cli.exemplars.render import document
from audobon_cli.exemplars.scene import Placed, read_scene
from audobon_cli.exemplars.store import ExemplarStore
from audobon_cli.media.provenance import SourceType
from audobon_cli.media.xmp import xmp_packet

_METADATA = re.compile(r"<metadata>(?:<c2pa:manifest>[^<]*</c2pa:manifest>)?([^<]*)<")
"""The recipe's JSON, in which "<" is escaped; credentials stand before it."""


StoreOf = Callable[[Sequence[Placed]], ExemplarStore]
"""The store that has the drawings of some things."""


def vector_file(recipe: Recipe, store_of: StoreOf) -> bytes:
    """The composition that ``recipe``, which has one, begins with, as an SVG document.

    Raises InvalidInput for a scene that cannot be read or has no vectors, and what composed does.
    """
    try:
        scene = read_scene(recipe.composition["scene"])
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(
            f"The recipe's scene is not one that this version can read: {error}.",
            hint="take the recipe from the picture or the library again",
        ) from error
    if scene.grid:
        raise InvalidInput("Pixel art has no vectors.", hint="leave out --style pixel, or write a PNG")
    drawing = composed(scene, store_of(scene.things))
    title = f"<title>{escape(recipe.prompt)}</title>"
    packet = xmp_packet(SourceType.COMPOSITE.uri)
    metadata = f"{title}<metadata>{escape(recipe.to_json())}</metadata><metadata>{packet}</metadata>"
    return document(drawing, recipe.width, metadata).encode()


def read_vector_recipe(path: Path) -> Recipe | None:
    """The recipe in a file that vector_file made; None for any other."""
    try:
        found = _METADATA.search(path.read_text(encoding="utf-8"))
        return recipe_from_json(unescape(found[1])) if found else None
    except (OSError, ValueError):
        return None
