"""What there is to suggest for a prompt: of a model's drawings and words, of the library, of templates."""

from pathlib import Path

from audobon_cli.domain.errors import ModelNotFound
from audobon_cli.exemplars.store import ExemplarStore
from audobon_cli.library.paging import Order, Paging
from audobon_cli.library.select import find_assets
from audobon_cli.library.store.library import Library
from audobon_cli.models.catalog import find_model
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.prompts.suggest import KnownPrompts, encoder_words
from audobon_cli.prompts.templates import templates_in

LATEST = 2_000
"""So many of the newest assets are asked for their prompts."""


def known_prompts(
    models: ModelRegistry, name: str, library: Library | None, templates: Path, strict: bool = True
) -> KnownPrompts:
    """What is known for the model ``name``, in the library (None: without one) and the folder of ``templates``.

    Raises ModelNotFound, unless ``strict`` is false: then nothing is known of the model.
    """
    things, words = _of_the_model(models, name, strict)
    texts = [one.text for one in templates_in(templates)]
    return KnownPrompts(things, encoder_words() if words else (), _prompts(library), texts)


def _of_the_model(models: ModelRegistry, name: str, strict: bool) -> tuple[list[str], bool]:
    """The names of things that a model has drawings of, and whether its encoder's words are known."""
    try:
        model = find_model(name, models)
    except ModelNotFound:
        if strict:
            raise
        return [], False
    if model.exemplars is None:
        return [], False
    names = (called for thing in ExemplarStore(model.exemplars).things.values() for called in thing.names)
    return list(dict.fromkeys(names)), True


def _prompts(library: Library | None) -> list[str]:
    """Different prompts of the library, the newest first."""
    if library is None:
        return []
    page = find_assets(library, "", Paging(Order.NEWEST, LATEST, None))
    return list(dict.fromkeys(asset.prompt for asset in page.assets if asset.prompt))
