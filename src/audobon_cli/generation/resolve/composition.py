"""Whether a picture begins with a composition of exemplars, and how far the network goes from it."""

from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.capabilities import Option
from audobon_cli.domain.composition import Composition
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.inputs import check_strength
from audobon_cli.domain.model import Model
from audobon_cli.domain.prompt_weights import parse_weights
from audobon_cli.domain.request import GenerationRequest
from audobon_cli.generation.resolve.check_options import asked_options
from audobon_cli.generation.resolve.inputs import LibraryOpener

if TYPE_CHECKING:
    from audobon_cli.generation.resolve.own_exemplars import OwnPictures

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
    request: GenerationRequest,
    model: Model,
    steps: int,
    own_quality: bool = False,
    library: LibraryOpener | None = None,
    with_lora: float = 0.0,
) -> ComposedStart:
    """The start of ``request``, of which the network makes ``steps`` steps at strength 1; ``own_quality``: a quality
    of the user's own was asked for, whose settings are a network's; ``library`` has the user's own exemplars;
    ``with_lora`` is the strength at which the LoRAs asked for are meant to be used (0: they say none).

    A model with exemplars composes unless something is asked for that only its network heeds. Raises InvalidInput for
    a strength that nothing would come of, and for a prompt that no exemplar is near to if a strength was asked for.
    """
    asked = request.inputs.strength
    _check_exemplars(request, model)
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
    strength = _strength(asked, networks, with_lora, model)
    if strength == WORDS_ALONE and request.inputs.exemplars is not None:
        raise InvalidInput(
            f"--exemplars is about what is composed, and {networks[0]} is only heeded by a network.",
            hint="leave one out, or give a --strength between 0 and 1",
        )
    if strength == WORDS_ALONE:
        return ComposedStart()
    if strength == 0 and networks:
        raise InvalidInput(
            f"{networks[0]} has no effect at --strength 0, where no network draws.",
            hint="leave it out, or give a --strength above 0",
        )
    if strength > 0:
        check_strength(steps, strength)
    return _composed(request, model, strength, library)


def _strength(asked: float | None, networks: list[str], with_lora: float, model: Model) -> float:
    """How far the network goes: as asked, else as far as what only it heeds needs."""
    if asked is not None:
        return asked
    if with_lora and networks == [Option.LORA.asked]:
        return with_lora
    return WORDS_ALONE if networks else model.strength


def _check_exemplars(request: GenerationRequest, model: Model) -> None:
    """Raise InvalidInput for exemplars of the user's own where nothing is composed of them."""
    if request.inputs.exemplars is None:
        return
    if request.adapters.references:
        raise InvalidInput("--exemplars and --reference exclude each other.", hint="leave one of them out")
    beside = "--init-image" if request.inputs.init_image is not None else "--strength 1"
    if request.inputs.init_image is not None or request.inputs.strength == WORDS_ALONE:
        raise InvalidInput(
            f"--exemplars is about what is composed, and with {beside} nothing is.",
            hint="leave one of them out",
        )
    if model.exemplars is None:
        raise InvalidInput(
            f"The model {model.name} composes nothing, of exemplars or else.",
            hint="leave out --model or --exemplars",
        )


def _looks_like(request: GenerationRequest) -> bool:
    """Whether it is to be composed of the pictures that it names, unless a network is to look at them."""
    return bool(request.adapters.references) and request.adapters.reference_model is None


def _own(request: GenerationRequest, library: LibraryOpener | None) -> "OwnPictures":
    from audobon_cli.generation.resolve.own_exemplars import OwnPictures, found_exemplars, named_exemplars

    if request.inputs.exemplars is not None:
        return found_exemplars(request.inputs.exemplars, library)
    if _looks_like(request):
        return named_exemplars(request.adapters.references, library)
    return OwnPictures(())


def _composed(
    request: GenerationRequest, model: Model, strength: float, library: LibraryOpener | None
) -> ComposedStart:
    from audobon_cli.exemplars.plan import planner_of

    assert model.exemplars is not None
    own = _own(request, library)
    reference = _looks_like(request)
    understood = planner_of(model.exemplars, own.found, reference).understand(request.prompt)
    fills = understood.ground is not None
    if fills and strength > 0:
        raise InvalidInput(
            f"A ground tile is drawn by rule: at --strength {strength:g} it would not repeat without a seam.",
            hint="leave out --strength, or give --strength 1 to draw from the words alone",
        )
    if understood.drawable:
        style = request.style if request.style not in (None, "none") else ""
        hands = {hand for one in understood.reading.asked for hand in one.thing.hands}
        used = tuple(one for one in own.found if one.picture.blob in hands)
        composition = Composition(
            model.exemplars, strength, style or "", fills=fills, own=used, reference=reference
        )
        return ComposedStart(composition, (*own.notes, *understood.notes))
    if request.inputs.exemplars is not None:
        raise InvalidInput(
            f"No picture that --exemplars {request.inputs.exemplars!r} finds is near: {'; '.join(understood.notes)}.",
            hint="name things as those pictures are named or tagged, or leave out --exemplars",
        )
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
    if _looks_like(request):
        kept.add(Option.IP_ADAPTER.value)
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
