"""From a request as the user said it to one with every choice made."""

import os
from collections.abc import Callable
from dataclasses import replace

from audobon_cli.domain.adapters import Adapters
from audobon_cli.domain.capabilities import Option
from audobon_cli.domain.components import ComponentChoice
from audobon_cli.domain.composition import COMPOSER
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.media import DESCRIPTION, IMAGE, MediaOutput
from audobon_cli.domain.model import Model
from audobon_cli.domain.presets import QualitySettings, Style
from audobon_cli.domain.prompt_weights import parse_weights
from audobon_cli.domain.request import GenerationRequest, ResolvedRequest
from audobon_cli.engines.registry import check_engine, complete_output
from audobon_cli.generation.resolve.check_options import asked_options, check_options
from audobon_cli.generation.resolve.composition import resolve_composition
from audobon_cli.generation.resolve.inputs import LibraryOpener, resolve_inputs
from audobon_cli.generation.resolve.style_of import dressed_for, styled, with_size_of
from audobon_cli.generation.resolve.trained import TrainedLook, read_trained
from audobon_cli.generation.typed_prompts import check_style_words
from audobon_cli.media.registry import medium_named
from audobon_cli.models.finding import find_model
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.models.schedulers import check_steps, choose_scheduler
from audobon_cli.presets.catalog import Presets
from audobon_cli.settings.settings import Settings

RANDOM_SEED_BITS = 31
"""Seeds drawn here stay short enough to be read aloud; larger ones may be given."""


ModelFinder = Callable[[str, ModelRegistry], Model]


def resolve(
    request: GenerationRequest,
    settings: Settings,
    registry: ModelRegistry,
    library: LibraryOpener | None = None,
    find: ModelFinder = find_model,
) -> ResolvedRequest:
    """Make every choice that ``request`` leaves open. ``library`` opens the one whose assets it may name.

    ``find`` looks a model up; for many requests, one that remembers spares its files from being read each time.
    Raises PresetNotFound, ModelNotFound, SizeNotAllowed, OptionUnsupported and what find_model raises: all
    that can be known to be wrong before a model is loaded.
    """
    presets = registry.presets
    request = with_size_of(request, library)
    request, look = read_trained(request, registry)
    model = _model(request, look, settings, registry, find)
    _check_medium(request, model)
    check_engine(model)
    check_options(asked_options(request), model, registry)
    quality = presets.quality(request.quality or settings.quality)
    chosen = dict(model.quality).get(quality.name, quality.settings(model.family))
    style = style_named(_named_style(request, look, model), model, presets)
    check_style_words(style)
    steps = request.steps if request.steps is not None else chosen.steps
    own_quality = request.quality is not None and quality.source == "own"
    start = resolve_composition(request, model, steps, own_quality, library, look.strength)
    if start.composition is not None and start.composition.reference:
        request = replace(request, adapters=replace(request.adapters, references=()))
    resolved = ResolvedRequest(
        prompt=request.prompt.strip(),
        negative=request.negative.strip(),
        resolved_prompt=style.apply(look.called(request.prompt.strip())),
        resolved_negative=_negative(request.negative.strip(), style, model, presets),
        model=model,
        quality=quality.name,
        style=style.name,
        output=_output(replace(request, quality=quality.name), model, style, registry, settings.device),
        steps=steps,
        guidance=request.guidance if request.guidance is not None else chosen.guidance,
        seed=effective_seed(request),
        enhanced=request.enhanced,
        count=request.count,
        timeout_seconds=quality.timeout_seconds,
        candidates=_candidates(request, quality.name, chosen, model),
        adapters=_adapters(request, model, registry, library),
        inputs=resolve_inputs(request.inputs, steps, library),
        composition=start.composition,
        notes=start.notes,
        scheduler=choose_scheduler(request.scheduler, model, presets),
        components=_components(request, model, registry),
    )
    check_steps(steps, resolved.scheduler, model)
    if any(parse_weights(text).weighted for text in (resolved.resolved_prompt, resolved.resolved_negative)):
        check_options((Option.PROMPT_WEIGHTS,), model, registry)
    _check_refiner(resolved)
    resolved = composed_alone(resolved) if resolved.engine == COMPOSER else resolved
    return _in_style(resolved, request.style_of, look, library)


def _adapters(
    request: GenerationRequest, model: Model, registry: ModelRegistry, library: LibraryOpener | None
) -> Adapters:
    if not request.adapters:
        return Adapters()
    from audobon_cli.generation.resolve.adapters import resolve_adapters

    return resolve_adapters(request.adapters, model, registry, library)


def _components(
    request: GenerationRequest, model: Model, registry: ModelRegistry
) -> tuple[ComponentChoice, ...]:
    if not request.components and request.vae is None:
        return ()
    from audobon_cli.generation.resolve.components import choose_components

    return choose_components(request, model, registry)


def _model(
    request: GenerationRequest,
    look: TrainedLook,
    settings: Settings,
    registry: ModelRegistry,
    find: ModelFinder,
) -> Model:
    """The model asked for, else the usual one; where that is of another family than what the LoRA that was asked for as
    a style was trained on, the one that it was trained on."""
    model = find(request.model or settings.model, registry)
    if request.model is not None or look.family in ("", model.family):
        return model
    return model if registry.manifests.get(look.model) is None else find(look.model, registry)


def _check_refiner(resolved: ResolvedRequest) -> None:
    if resolved.adapters.refiner is not None and resolved.inputs.init_image is not None:
        raise InvalidInput(
            "--refiner shares the steps of a picture that is drawn from words; --init-image has none to share.",
            hint="leave out one of them",
        )


def _named_style(request: GenerationRequest, look: TrainedLook, model: Model) -> str:
    """The style asked for, else the model's usual one: captions that a LoRA has learnt name no style."""
    if request.style is not None:
        return request.style
    return "" if look.speaks else model.default_style


def _in_style(
    resolved: ResolvedRequest, style_of: str | None, look: TrainedLook, library: LibraryOpener | None
) -> ResolvedRequest:
    """``resolved`` in the style that was asked for, or in that of a LoRA that was asked for as a style."""
    if look.style:
        resolved = replace(resolved, style=look.style)
    if style_of is not None:
        return styled(resolved, style_of, library)
    card = look.found_card()
    return resolved if card is None else dressed_for(resolved, card, start=True)


def _check_medium(request: GenerationRequest, model: Model) -> None:
    """Raise InvalidInput for a model that makes another medium than ``request`` asks for, or none."""
    if model.produces == DESCRIPTION:
        raise InvalidInput(
            f"The model {model.name} describes sounds, and makes nothing.",
            hint=f"`audobon sound describe ASSET --model {model.name}`",
        )
    if request.medium and model.produces != request.medium:
        raise InvalidInput(
            f"The model {model.name} makes no {request.medium}: it makes {model.produces}s.",
            hint="name another with --model; `audobon models list` shows what each is for, and leaving it out takes "
            "the synthesiser",
        )


def composed_alone(request: ResolvedRequest) -> ResolvedRequest:
    """``request`` for the composer: no step is made, and every size is drawn as it is."""
    output = replace(request.image, render_size=request.size, grid=1)
    return replace(request, steps=0, guidance=0.0, candidates=1, output=output)


def _output(
    request: GenerationRequest, model: Model, style: Style, registry: ModelRegistry, device: str
) -> MediaOutput:
    output = medium_named(model.produces).plan_output(request, model, style, registry.presets)
    return complete_output(model, request, output, style, registry, device)


def _negative(asked: str, style: Style, model: Model, presets: Presets) -> str:
    """The negative prompt: a style's words help models that take one, and are left out for others."""
    if not presets.capabilities.honours(model.family, Option.NEGATIVE):
        return asked
    return ", ".join(part for part in (asked, style.negative) if part)


def _candidates(request: GenerationRequest, quality: str, chosen: QualitySettings, model: Model) -> int:
    candidates = request.candidates if request.candidates is not None else chosen.candidates
    if candidates > 1 and model.scorer is None and model.produces != IMAGE:
        asked = "--candidates" if request.candidates is not None else f"The quality {quality}"
        raise InvalidInput(
            f"{asked} asks for {candidates} candidates, and nothing chooses among {model.produces}s.",
            hint="give --candidates 1, or --count for several",
        )
    return candidates


def style_named(name: str, model: Model, presets: Presets) -> Style:
    """The style ``name`` ("" and none: the plain prompt). Raises PresetNotFound, or InvalidInput if ``model``
    does not know it."""
    if name in ("", "none"):
        return Style("none", "The prompt as it is.")
    style = presets.style(name)
    if not style.suits(model.family):
        known = [s.name for s in presets.styles.values() if s.suits(model.family)]
        raise InvalidInput(
            f"The model {model.name} does not know the style {name!r}.",
            hint=f"styles for it: {', '.join(known) or 'none'}",
        )
    return style


def effective_seed(request: GenerationRequest) -> int:
    """The seed asked for, else the request's own, else one at random."""
    asked = request.seed if request.seed is not None else request.own_seed
    return int.from_bytes(os.urandom(4), "big") >> (32 - RANDOM_SEED_BITS) if asked is None else asked
