"""Whether a picture begins with a composition of exemplars, and how far the network goes from it."""

from dataclasses import dataclass
from pathlib import Path

from audobon_cli.domain.capabilities import Option
from audobon_cli.domain.composition import Composition
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.inputs import check_strength
from audobon_cli.domain.model import Model
from audobon_cli.domain.prompt_weights import parse_weights
from audobon_cli.domain.request import GenerationRequest
from audobon_cli.generation.resolve.check_options import asked_options

COMPOSED_STYLES = frozenset(
    {
        None,
        "none",
        "vivid",
        "cartoon",
        "round",
        "soft",
        "flat",
        "outline",
        "silhouette",
        "glossy",
        "clipart",
        "3d",
        "pixel",
    }
)
"""Styles that compositions have; others, a user's own among them, are words for a network."""

WORDS_ALONE = 1.0
"""The strength at which nothing of a composition is left."""


@dataclass(frozen=True, slots=True)
class ComposedStart:
    """The composition that a picture begins with, if any; ``notes`` say how words were taken."""

    composition: Composition | None = None
    notes: tuple[str, ...] = ()


def resolve_composition(
    request: GenerationRequest, model: Model, steps: int, own_quality: bool = False
) -> ComposedStart:
    """The start of ``request``, of which the network makes ``steps`` steps at strength 1; ``own_quality``: a quality
    of the user's own was asked for, whose settings are a network's.

    A model with exemplars composes unless something is asked for that only its network heeds. Raises InvalidInput for
    a strength that nothing would come of, and for a prompt that no exemplar is near to if a strength was asked for.
    """
    asked = request.inputs.strength
    if request.inputs.init_image is not None or asked == WORDS_ALONE:
        return ComposedStart()
    if model.exemplars is None:
        if asked is not None:
            raise InvalidInput(
                f"--strength needs a picture to begin with: the model {model.name} has no exemplars.",
                hint="name one with --init-image FILE",
            )
        return ComposedStart()
    networks = [*_for_networks(request), *([f"--quality {request.quality}"] if own_quality else [])]
    if networks == [Option.TILE.asked] and _is_ground(request, model.exemplars):
        networks = []  # it repeats as it is
    strength = asked if asked is not None else WORDS_ALONE if networks else model.strength
    if strength == WORDS_ALONE:
        return ComposedStart()
    if strength == 0 and networks:
        raise InvalidInput(
            f"{networks[0]} has no effect at --strength 0, where no network draws.",
            hint="leave it out, or give a --strength above 0",
        )
    if strength > 0:
        check_strength(steps, strength)
    return _composed(request, model, strength)


def _composed(request: GenerationRequest, model: Model, strength: float) -> ComposedStart:
    from audobon_cli.exemplars.plan import planner_of

    assert model.exemplars is not None
    understood = planner_of(model.exemplars).understand(request.prompt)
    fills = understood.ground is not None
    if fills and strength > 0:
        raise InvalidInput(
            f"A ground tile is drawn by rule: at --strength {strength:g} it would not repeat without a seam.",
            hint="leave out --strength, or give --strength 1 to draw from the words alone",
        )
    if understood.drawable:
        style = request.style if request.style not in (None, "none") else ""
        composition = Composition(model.exemplars, strength, style or "", fills=fills)
        return ComposedStart(composition, understood.notes)
    if request.inputs.strength is not None:
        raise InvalidInput(
            f"No exemplar is near: {'; '.join(understood.notes)}.",
            hint="use other words, or --strength 1 to draw from the words alone",
        )
    return ComposedStart(None, tuple(f"{note}. Drawn from the words alone." for note in understood.notes))


def _is_ground(request: GenerationRequest, exemplars: Path) -> bool:
    from audobon_cli.exemplars.plan import planner_of

    return planner_of(exemplars).understand(request.prompt).ground is not None


def _for_networks(request: GenerationRequest) -> list[str]:
    """What ``request`` asks for that only a network heeds, as options."""
    kept = {"size", "seed"}
    found = [option.asked for option in asked_options(request) if option.value not in kept]
    if request.candidates is not None and request.candidates > 1:
        found.append("--candidates")
    if request.upscale is not None:
        found.append("--upscale")
    if request.style not in COMPOSED_STYLES:
        found.append(f"--style {request.style}")
    if parse_weights(request.prompt).weighted:
        found.append("A weight such as (red:1.4)")
    return found
