"""From a recipe to the request that makes its picture again, with what is at hand here."""

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from audobon_cli.domain.adapters import (
    AdapterChoices,
    ControlChoice,
    ControlKind,
    InputImage,
    LoraChoice,
    ReferenceChoice,
    RefinerChoice,
)
from audobon_cli.domain.capabilities import Option
from audobon_cli.domain.composition import COMPOSER, Composition, OwnExemplar
from audobon_cli.domain.errors import BlobMissing, InvalidInput, ModelNotFound
from audobon_cli.domain.ids import BlobId
from audobon_cli.domain.inputs import ImageInputs, TileAxes
from audobon_cli.domain.media import SOUND, MediaOutput
from audobon_cli.domain.model import Runtime
from audobon_cli.domain.output.dress import dress_from
from audobon_cli.domain.recipe import Recipe
from audobon_cli.domain.request import GenerationRequest, ResolvedRequest
from audobon_cli.domain.scaling import UpscaleMethod
from audobon_cli.domain.serialization import from_plain
from audobon_cli.domain.sound import NO_SOUND_CHOICES, SoundChoices, SoundOutput
from audobon_cli.domain.strategy import FULL
from audobon_cli.domain.units import Size
from audobon_cli.generation.resolve.composition import WORDS_ALONE
from audobon_cli.generation.resolve.local import composed_alone, resolve
from audobon_cli.library.input_pictures import input_picture
from audobon_cli.library.store.library import Library
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.providers.facts import REMOTE
from audobon_cli.settings.settings import Settings
from audobon_cli.vram.strategies import strategy_named

_CHOSEN = re.compile(r"best of (\d+) from seed (\d+)\Z")
_GRID = re.compile(r"grid (\d+)\Z")
_UPSCALE = re.compile(r"upscale (\w+) \d+x\Z")


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Where models and input pictures are looked for. ``model`` takes the place of a recipe's model; input
    pictures lie in ``library``."""

    settings: Settings
    registry: ModelRegistry
    library: Library
    model: str | None = None


def recipe_to_request(recipe: Recipe, here: RequestContext, chosen: bool = False) -> ResolvedRequest:
    """The request that draws the picture of ``recipe``: all its settings, not those of today's presets.

    The picture of the recipe's own seed alone; with ``chosen`` the candidates too that it was chosen from.
    Raises ModelNotFound and the like for parts that are not here or do not fit, BlobMissing for an input
    picture, InvalidInput for what this version cannot do.
    """
    if recipe.device == REMOTE and here.model is None:
        raise InvalidInput(
            f"The picture was drawn by the provider {recipe.engine}, which promises no picture twice.",
            hint="name a model of this machine with --model, or ask the provider again with `audobon generate`",
            provider=recipe.engine,
        )
    try:
        asked = GenerationRequest(
            prompt=recipe.prompt,
            negative=recipe.negative,
            model=here.model or recipe.model,
            style="none",
            size=None if recipe.output else f"{recipe.width}x{recipe.height}",
            steps=recipe.steps or None if _takes(Option.STEPS, recipe, here) else None,
            guidance=recipe.guidance if _takes(Option.GUIDANCE, recipe, here) else None,
            sound=_sound(recipe),
            seed=recipe.seed,
            candidates=1,
            adapters=_adapters(recipe.adapters, here.library),
            inputs=_inputs(recipe.inputs, here.library),
            scheduler=recipe.scheduler_name or None,
            components=tuple(f"{name}={part['source']}" for name, part in recipe.components.items()),
            enhanced=recipe.enhanced,
        )
        settings = _scaling(recipe) | (_choice(recipe) if chosen else {})
        scene = _scene(recipe)
        runtime = Runtime(recipe.runtime or Runtime.PYTORCH) if here.model is None else None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput(
            f"The recipe is not one that this version can read: {type(error).__name__} {error}.",
            hint="take it from the picture or the library again",
        ) from error
    resolved = _resolved(asked, recipe.model, here)
    _check_grid(resolved.render_size, settings["grid"])
    begun = _begun(resolved, recipe, scene, here.library)
    return replace(
        begun,
        resolved_prompt=recipe.resolved_prompt,
        resolved_negative=recipe.resolved_negative,
        quality=recipe.quality,
        style=recipe.style,
        strategy=strategy_named(recipe.strategy) if recipe.strategy else FULL,
        steps=begun.steps if scene else recipe.steps,
        guidance=begun.guidance if scene else recipe.guidance,
        timeout_seconds=None,
        runtime=runtime,
        output=_output(begun, recipe, settings.pop("grid"), settings.pop("upscale")),
        **settings,
    )


def _resolved(asked: GenerationRequest, model: str, here: RequestContext) -> ResolvedRequest:
    """``asked`` with every choice made. A recipe names its ``model`` and not where that lay, which is nobody else's
    business: for one that is not known here the error says how to give it."""
    try:
        return resolve(asked, here.settings, here.registry, lambda: here.library)
    except ModelNotFound as error:
        if error.details.get("model") != model or model in here.registry.presets.models:
            raise
        raise ModelNotFound(
            f"No model here is called {model}, which the recipe names; it lay in a folder, or on another machine.",
            hint=f"give its folder with --model FOLDER, or a name for good: `audobon models add FOLDER --name {model}`",
            **error.details,
        ) from error


def _takes(option: Option, recipe: Recipe, here: RequestContext) -> bool:
    """Whether a request may name ``option``: an engine of its own may have no steps, and refuses them."""
    options = here.registry.presets.capabilities.row(recipe.model_family)
    return not recipe.output and (here.model is not None or option in options)


def _check_grid(size: Size, grid: int) -> None:
    if not grid or size.width % grid or size.height % grid:
        raise InvalidInput(
            f"A picture of {size} has no grid of {grid}.",
            hint="take the recipe from the picture or the library again",
        )


def _begun(resolved: ResolvedRequest, recipe: Recipe, scene: str, library: Library) -> ResolvedRequest:
    """``resolved``, which is from words alone, beginning with the recipe's ``scene`` if it has one."""
    exemplars = resolved.model.exemplars
    if not scene or exemplars is None:
        return resolved
    from audobon_cli.exemplars.own import own_things
    from audobon_cli.exemplars.scene import read_scene

    things = read_scene(recipe.composition["scene"]).things
    own = tuple(OwnExemplar(_input(blob, library), name) for blob, name in own_things(things))
    composition = Composition(
        exemplars,
        float(recipe.composition["strength"]),
        scene=scene,
        fills="ground" in recipe.composition["scene"],
        own=own,
    )
    begun = replace(resolved, composition=composition)
    return composed_alone(begun) if begun.engine == COMPOSER else begun


def _sound(recipe: Recipe) -> SoundChoices:
    """The patch that the recipe of a sound has: what its words mean now is nothing to it."""
    if recipe.output.get("medium") != SOUND:
        return NO_SOUND_CHOICES
    facts = {name: value for name, value in recipe.output.items() if name != "medium"}
    return SoundChoices(patch=from_plain(SoundOutput, facts).patch)


def _output(resolved: ResolvedRequest, recipe: Recipe, grid: int, upscale: UpscaleMethod) -> MediaOutput:
    """What the recipe says was made: of a picture, ``grid`` and ``upscale``; of another medium, all of it."""
    if not recipe.output:
        return replace(resolved.image, grid=grid, upscale=upscale, dress=dress_from(recipe.dress))
    facts = {name: value for name, value in recipe.output.items() if name != "medium"}
    return from_plain(type(resolved.output), facts)


def _choice(recipe: Recipe) -> dict[str, int]:
    """The candidates that the picture was chosen from, and the seed of the first."""
    found = next((match for match in map(_CHOSEN.match, recipe.operations) if match), None)
    return {"candidates": int(found[1]), "seed": int(found[2])} if found else {}


def _scaling(recipe: Recipe) -> dict[str, Any]:
    """How the picture was brought to its size, from the words of the recipe. ValueError: a dress that is none."""
    dress_from(recipe.dress)
    operations = recipe.operations
    grids = [match for match in map(_GRID.match, operations) if match]
    methods = [match for match in map(_UPSCALE.match, operations) if match]
    return {
        "grid": int(grids[0][1]) if grids else 1,
        "upscale": UpscaleMethod(methods[0][1]) if methods else UpscaleMethod.SMOOTH,
    }


def _scene(recipe: Recipe) -> str:
    """The scene that the recipe's picture begins with, as JSON; empty: none."""
    if not recipe.composition:
        return ""
    from audobon_cli.exemplars.scene import read_scene

    if not 0 <= float(recipe.composition["strength"]) <= 1:
        raise ValueError("a strength outside 0 to 1")
    read_scene(recipe.composition["scene"])
    return json.dumps(recipe.composition["scene"], sort_keys=True)


def _inputs(facts: dict[str, Any], library: Library) -> ImageInputs:
    return ImageInputs(
        init_image=_picture(facts["init_image"], library) if "init_image" in facts else None,
        # Without a picture: from words alone, whatever the model does by itself. A recipe's scene is put in later.
        strength=facts.get("strength", WORDS_ALONE),
        mask=_picture(facts["mask"], library) if "mask" in facts else None,
        tile=TileAxes(facts["tile"]) if "tile" in facts else None,
    )


def _adapters(facts: dict[str, Any], library: Library) -> AdapterChoices:
    controls = facts.get("controls", [])
    references = facts.get("references", {})
    refiner = facts.get("refiner")
    return AdapterChoices(
        loras=tuple(LoraChoice(one["name"], one["weight"]) for one in facts.get("loras", [])),
        embeddings=tuple(
            dict.fromkeys(one["name"] for one in facts.get("embeddings", []))
        ),  # one for each word
        controls=tuple(
            ControlChoice(ControlKind(one["kind"]), Path(_picture(one["picture"], library)), one["weight"])
            for one in controls
        ),
        control_models=tuple(one["name"] for one in controls),
        references=tuple(
            ReferenceChoice(Path(_picture(one["picture"], library)), one["weight"])
            for one in references.get("pictures", [])
        ),
        reference_model=references.get("name"),
        refiner=RefinerChoice(refiner["name"], refiner["share"]) if refiner else None,
    )


def _picture(blob: str, library: Library) -> str:
    return str(_input(blob, library).path)


def _input(blob: str, library: Library) -> InputImage:
    if BlobId(blob) not in library.blobs:
        raise BlobMissing(
            f"An input picture of the recipe, {blob[:12]}, is not in the library.",
            hint="import the picture that it was made from: `audobon assets import FILE`",
            blob=blob,
        )
    return input_picture(library, BlobId(blob))
