"""Requests for providers, with every choice made and everything refused that a service would ignore."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath

from audobon_cli.domain.capabilities import UNKNOWN_FAMILY, Option
from audobon_cli.domain.errors import (
    InvalidInput,
    ModelNotFound,
    OptionUnsupported,
    SizeNotAllowed,
    SourceOffline,
)
from audobon_cli.domain.foreign.documents import parse_json, read_bounded
from audobon_cli.domain.inputs import ResolvedInputs
from audobon_cli.domain.model import LOCAL, Model, SizeRule
from audobon_cli.domain.output.image import ImageOutput
from audobon_cli.domain.prompt_weights import parse_weights
from audobon_cli.domain.providers import Billed, ProviderPreset, RemoteModel
from audobon_cli.domain.request import MAX_STEPS, GenerationRequest, ResolvedRequest
from audobon_cli.domain.units import Size, parse_size
from audobon_cli.generation.resolve.check_options import asked_options
from audobon_cli.generation.resolve.composition import WORDS_ALONE
from audobon_cli.generation.resolve.inputs import LibraryOpener, resolve_inputs
from audobon_cli.generation.resolve.local import effective_seed, style_named
from audobon_cli.generation.typed_prompts import check_style_words
from audobon_cli.presets.catalog import Presets, nearest
from audobon_cli.providers.errors import FailureContext, gone
from audobon_cli.settings.settings import Settings

OWN_WORKFLOW = "workflow"
"""What a workflow of one's own is called in recipes if it names no file of weights."""
TITLES = {Option.SIZE: "size", Option.NEGATIVE: "negative", Option.INIT_IMAGE: "init_image"}
"""How nodes are titled that take an option, where that is not the option's own name."""

Resolve = Callable[[GenerationRequest], ResolvedRequest]


@dataclass(frozen=True, slots=True)
class ProviderTarget:
    """One place of ``--provider`` and ``--fallback``: a provider, and its model if one was named."""

    provider: str
    model: str | None = None


def parse_fallbacks(text: str) -> tuple[ProviderTarget, ...]:
    """``local,replicate:flux-dev`` as stops, in order. Raises InvalidInput for empty and repeated ones."""
    found: list[ProviderTarget] = []
    for part in text.split(","):
        provider, _, model = part.strip().partition(":")
        if not provider:
            raise InvalidInput(
                f"--fallback {text!r} names nothing.", hint="write it as local,replicate:flux-dev"
            )
        found.append(ProviderTarget(provider, model or None))
    if len(set(found)) < len(found):
        raise InvalidInput(f"--fallback {text!r} names a place twice.", hint="name each once")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class RemoteContext:
    """Where requests can be drawn. ``here`` resolves one for this machine."""

    presets: Presets
    settings: Settings
    here: Resolve
    library: LibraryOpener
    today: Callable[[], date] = lambda: datetime.now(UTC).date()


def resolve_with_fallbacks(request: GenerationRequest, places: RemoteContext) -> ResolvedRequest:
    """``request`` with every choice made for where it is drawn, and for each fallback in order.

    All draw the size, seed and quality of the first. Raises what resolve raises; OptionUnsupported for what
    one of the places would ignore; ProviderModelGone; SourceOffline.
    """
    first = request.where.provider
    fallbacks = parse_fallbacks(request.where.fallback) if request.where.fallback else ()
    if request.where.workflow and "comfyui" not in {first, *(stop.provider for stop in fallbacks)}:
        raise InvalidInput(
            "--workflow is for --provider comfyui.", hint="leave it out, or name that provider"
        )
    found = _resolve_at(request, ProviderTarget(first, request.model), places)
    same = replace(request, size=str(found.size))
    # The seed is set afterwards: nobody has asked the places without seeds for one.
    legs = tuple(
        replace(_resolve_at(replace(same, model=stop.model), stop, places), seed=found.seed)
        for stop in fallbacks
        if (stop.provider, stop.model) != (first, request.model)
    )
    return replace(found, fallbacks=legs)


def check_online(settings: Settings, provider: str) -> None:
    """Raise SourceOffline where the settings forbid the network."""
    if settings.offline:
        raise SourceOffline(
            f"The provider {provider} is on the network, and --offline or the setting forbids that.",
            hint="leave out --offline, or draw with --provider local",
        )


def _resolve_at(request: GenerationRequest, stop: ProviderTarget, places: RemoteContext) -> ResolvedRequest:
    if stop.provider == LOCAL:
        return places.here(replace(request, model=stop.model))
    check_online(places.settings, stop.provider)
    return resolve_remote(request, places.presets.provider(stop.provider), places)


def resolve_remote(
    request: GenerationRequest, preset: ProviderPreset, places: RemoteContext
) -> ResolvedRequest:
    """``request`` with every choice made, for a model of ``preset``."""
    chosen = find_remote_model(request.model, preset, places.today())
    if request.where.workflow and preset.name == "comfyui":
        chosen = with_workflow(chosen, Path(request.where.workflow).expanduser())
        if request.model is None:  # nobody said of which kind the workflow's model is
            chosen = replace(chosen, family=_family_of_file(chosen.id, preset))
    model = _model(chosen)
    _check_options(asked_options(request), chosen, preset)
    presets, settings = places.presets, places.settings
    quality = presets.quality(request.quality or settings.quality)
    style = style_named(request.style or "", model, presets)
    check_style_words(style)
    prompt = request.prompt.strip()
    negative = request.negative.strip()
    if Option.NEGATIVE in chosen.options:
        negative = ", ".join(part for part in (negative, style.negative) if part)
    if any(parse_weights(text).weighted for text in (style.apply(prompt), negative)):
        _check_options((Option.PROMPT_WEIGHTS,), chosen, preset)
    size = _wanted_size(request.size, chosen, presets)
    drawn = _drawn_size(size, chosen)
    usual = quality.settings(chosen.family)
    steps = request.steps if request.steps is not None else _steps(chosen, quality.name, usual.steps)
    guidance = usual.guidance if "guidance" in chosen.parameters else _own_value(chosen, "guidance", 0.0)
    return ResolvedRequest(
        prompt=prompt,
        negative=request.negative.strip(),
        resolved_prompt=style.apply(prompt),
        resolved_negative=negative,
        model=model,
        quality=quality.name,
        style=style.name,
        output=ImageOutput(size, drawn),
        steps=steps,
        guidance=request.guidance if request.guidance is not None else guidance,
        seed=effective_seed(request),
        enhanced=request.enhanced,
        count=request.count,
        candidates=request.candidates or 1,  # never a quality's: each is paid for
        inputs=_inputs(request, steps, chosen, places),
        timeout_seconds=quality.timeout_seconds,
    )


def find_remote_model(name: str | None, preset: ProviderPreset, today: date) -> RemoteModel:
    """The model ``name`` of a provider: a short name, or what the service calls it; None for its usual one.

    Raises ModelNotFound, naming the nearest, and ProviderModelGone for a retired one, naming its successor.
    """
    name = name or preset.default_model
    kind, _, file = name.partition(":")
    if file and preset.name == "comfyui" and kind in preset.models:
        return replace(preset.models[kind], id=file)
    by_id = {model.id: model for model in preset.models.values()}
    found = preset.models.get(name) or by_id.get(name)
    if found is None:
        living = [key for key, model in preset.models.items() if not _is_over(model, today)]
        near = nearest(name, living)
        raise ModelNotFound(
            f"{preset.title} has no model called {name!r}, as far as is known here.",
            hint=f"there are: {', '.join(near or living)}; `audobon providers models {preset.name}` shows more",
            model=name,
        )
    if found.lifecycle is not None and _is_over(found, today):
        fact = f"it was retired on {found.lifecycle.ends.isoformat()} ({found.lifecycle.origin.source})"
        raise gone(FailureContext(preset, found, billed=Billed.NO), fact)
    return found


def with_workflow(model: RemoteModel, path: Path) -> RemoteModel:
    """``model`` drawn by the workflow in ``path``, honouring what that has places for; the recipe's digest covers
    it. Raises InvalidInput."""
    from audobon_cli.providers.services.comfyui_workflows import check_graph, has_place, loaded_file

    try:
        graph = parse_json(read_bounded(path))
    except (OSError, ValueError) as error:
        raise InvalidInput(f"The workflow {path} cannot be read: {error}", hint="check the path") from error
    checked = check_graph(graph, str(path))
    named = {name: theirs for name, theirs in model.parameters.items() if has_place(checked, name)}
    file = loaded_file(checked) or OWN_WORKFLOW
    return replace(
        model, name=file, id=file, parameters=named, details={**model.details, "workflow": checked}
    )


def _family_of_file(file: str, preset: ProviderPreset) -> str:
    """The family of the weights called ``file``, where they are those of a listed model."""
    name = PurePosixPath(file.replace("\\", "/")).name
    return next((model.family for model in preset.models.values() if model.id == name), UNKNOWN_FAMILY)


def _is_over(model: RemoteModel, today: date) -> bool:
    return model.lifecycle is not None and model.lifecycle.is_over(today)


def _model(chosen: RemoteModel) -> Model:
    rule = SizeRule(chosen.native, chosen.multiple, False, chosen.minimum, chosen.maximum)
    return Model(chosen.name, chosen.family, "", Path(), "", rule, remote=chosen)


def _check_options(options: Iterable[Option], model: RemoteModel, preset: ProviderPreset) -> None:
    """Raise OptionUnsupported for the first of ``options`` that the service would ignore."""
    for option in options:
        if option in model.options:
            continue
        if "workflow" in model.details:
            raise _no_place(option.asked, TITLES.get(option, option.value), model, option.value)
        able = [other.name for other in preset.models.values() if option in other.options]
        instead = f"or take --model {' or '.join(able)}" if able else "or draw with --provider local"
        raise OptionUnsupported(
            f"{option.asked} has no effect on {model.name} at {preset.title}.",
            hint=f"leave it out, {instead}",
            option=option.value,
            family=model.family,
            families=able,
        )


def _no_place(asked: str, title: str, model: RemoteModel, option: str) -> OptionUnsupported:
    """The error for what the user's own workflow has no place for."""
    from audobon_cli.providers.services.comfyui_workflows import FIELDS

    hint = f"title the node that takes it `{title}` in ComfyUI and export it again, or leave the option out"
    if title not in (*FIELDS, "size"):
        hint = "put it into the workflow itself, and leave the option out"
    return OptionUnsupported(
        f"{asked} has no effect: the workflow has no place for it.",
        hint=hint,
        option=option,
        family=model.family,
        families=[],
    )


def _wanted_size(text: str | None, model: RemoteModel, presets: Presets) -> Size:
    if text is None:
        return model.native
    return parse_size(text) or presets.size(text).for_family(model.family)


def _drawn_size(size: Size, model: RemoteModel) -> Size:
    """What the service draws so that ``size`` can be kept: the size itself, else the smallest of its shape that
    is larger, to be scaled down. Raises SizeNotAllowed, naming what can be asked for."""
    low, high, step = model.minimum, model.maximum, model.multiple
    if not model.sizes:
        sides = (size.width, size.height)
        if all(low <= side <= high and side % step == 0 for side in sides):
            return size
        larger = [
            Size(size.width * k, size.height * k)
            for k in range(2, high // max(sides) + 1)
            if all(low <= side * k and side * k % step == 0 for side in sides)
        ]
        if larger:
            return larger[0]
        raise _size_refused(
            size, f"it draws sides of {low} to {high} pixels, multiples of {step}", str(model.native)
        )
    fitting = [
        one
        for one in model.sizes
        if one.width >= size.width and one.width * size.height == one.height * size.width
    ]
    if not fitting:
        known = ", ".join(str(one) for one in model.sizes)
        raise _size_refused(
            size, f"{model.name} draws {known}", f"one of them, or the same shape smaller: {known}"
        )
    return min(fitting, key=lambda one: one.width)


def _size_refused(size: Size, why: str, instead: str) -> SizeNotAllowed:
    return SizeNotAllowed(
        f"This service cannot make {size}: {why}.", hint=f"try --size with {instead}", size=str(size)
    )


def _steps(model: RemoteModel, quality: str, usual: int) -> int:
    """The steps of a quality: the service's own, else those of the family; 1 for services that speak of none."""
    name = model.parameters.get("steps")
    if name is None:
        return int(_own_value(model, "steps", 1))
    values = {**model.fixed, **model.qualities.get(quality, model.qualities.get("default", {}))}
    return int(values.get(name, usual))


def _own_value(model: RemoteModel, name: str, otherwise: float) -> float:
    """What the user's own workflow says of ``name`` where it has no place for it."""
    from audobon_cli.providers.services.comfyui_workflows import fixed_value

    workflow = model.details.get("workflow")
    found = None if workflow is None else fixed_value(workflow, name)
    return otherwise if found is None else found


def _inputs(
    request: GenerationRequest, steps: int, model: RemoteModel, places: RemoteContext
) -> ResolvedInputs:
    """The pictures to work from. Raises also InvalidInput for a --strength that the service would ignore."""
    begins = request.inputs.init_image is not None
    if not begins and request.inputs.strength not in (None, WORDS_ALONE):
        raise InvalidInput("--strength needs a picture to begin with.", hint="name it with --init-image FILE")
    if begins and request.inputs.strength is not None and "strength" not in model.parameters:
        if "workflow" in model.details:
            raise _no_place("--strength", "strength", model, "strength")
        raise InvalidInput(
            f"--strength has no effect on {model.name} at {model.provider}.",
            hint="leave it out, and say in the prompt how much is to change",
        )
    # Too few steps for a strength can only be told where steps are known.
    known = steps if "steps" in model.parameters else MAX_STEPS
    return resolve_inputs(request.inputs, known, places.library)
