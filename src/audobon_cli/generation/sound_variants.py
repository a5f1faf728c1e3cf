"""Sounds out of sounds that were made here: the same patch with other settings, or other seeds."""

from collections.abc import Iterable
from dataclasses import replace

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.media import SOUND
from audobon_cli.domain.request import MAX_SEED, GenerationRequest
from audobon_cli.domain.serialization import from_plain
from audobon_cli.domain.sound import SoundChoices, SoundOutput, SoundPatch
from audobon_cli.library.organize import link
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.rows import RelationKind


def edited_request(asset: Asset, choices: SoundChoices, seed: int | None = None) -> GenerationRequest:
    """The request for ``asset`` with ``choices``: its patch, not what its words mean now. ``seed`` None: its own.

    Raises InvalidInput for what is no sound of the synthesiser.
    """
    patch, recipe = patch_in(asset), asset.recipe
    assert recipe is not None
    return GenerationRequest(
        prompt=recipe.prompt,
        model=recipe.model,
        quality=recipe.quality,
        style=recipe.style,
        seed=recipe.seed if seed is None else seed,
        sound=replace(choices, patch=patch),
    )


def patch_in(asset: Asset) -> SoundPatch:
    """The patch in the recipe of ``asset``. Raises InvalidInput for what is no sound of the synthesiser."""
    recipe = asset.recipe
    facts = dict(recipe.output) if recipe is not None else {}
    patch = from_plain(SoundOutput, facts).patch if facts.pop("medium", "") == SOUND else None
    if patch is None:
        raise InvalidInput(
            f"{asset.name} ({asset.id}) has no settings that could be changed: `sound make` did not make it.",
            hint="name a sound that was made here; `audobon assets search kind:sound` lists sounds",
        )
    return patch


def varied_request(asset: Asset, choices: SoundChoices, count: int, seed: int | None) -> GenerationRequest:
    """The request for ``count`` more like ``asset``, from ``seed`` on; None: from the one after its own.

    Raises as edited_request.
    """
    own = asset.seed or 0
    first = min(own + 1, MAX_SEED - count + 1) if seed is None else seed
    return replace(edited_request(asset, choices, first), count=count)


def link_variants(library: Library, variants: Iterable[Asset], original: Asset) -> None:
    """Record that ``variants`` are variants of ``original``; again it changes nothing."""
    for variant in variants:
        if variant.id != original.id:
            link(library, variant, RelationKind.VARIANT_OF, original)
