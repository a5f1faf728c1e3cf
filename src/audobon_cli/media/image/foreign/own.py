"""This program's own recipe (see media.image.png)."""

from audobon_cli.domain.recipe import recipe_from_json
from audobon_cli.media.image.foreign.reader import Texts
from audobon_cli.media.image.png import RECIPE_KEYWORD
from audobon_cli.media.types import Foreign


def read_own(texts: Texts) -> Foreign | None:
    """See ForeignReader."""
    if RECIPE_KEYWORD not in texts:
        return None
    recipe = recipe_from_json(texts[RECIPE_KEYWORD])
    return Foreign(recipe.prompt, recipe.model, recipe.seed, recipe)
