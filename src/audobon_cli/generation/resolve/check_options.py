"""Refusing what a model would ignore, before anything heavy is imported."""

from collections.abc import Iterable
from dataclasses import fields

from audobon_cli.domain.capabilities import UNKNOWN_FAMILY, Option
from audobon_cli.domain.errors import OptionUnsupported
from audobon_cli.domain.model import Model
from audobon_cli.domain.request import GenerationRequest
from audobon_cli.models.registry import ModelRegistry

ASKED_BY: dict[str, Option] = {
    "negative": Option.NEGATIVE,
    "size": Option.SIZE,
    "steps": Option.STEPS,
    "guidance": Option.GUIDANCE,
    "seed": Option.SEED,
    "scheduler": Option.SCHEDULER,
    "vae": Option.VAE,
    "components": Option.COMPONENT,
}
"""Fields of GenerationRequest that ask for an option when they differ from their default."""

ASKED_WITHIN: dict[str, dict[str, Option]] = {
    "adapters": {
        "loras": Option.LORA,
        "embeddings": Option.TEXTUAL_INVERSION,
        "controls": Option.CONTROLNET,
        "references": Option.IP_ADAPTER,
        "refiner": Option.REFINER,
    },
    "inputs": {
        "mask": Option.MASK,
        "init_image": Option.INIT_IMAGE,
        "tile": Option.TILE,
    },
    "sound": {
        "length": Option.LENGTH,
        "settings": Option.SETTINGS,
    },
}
"""The same for fields that hold several options: their own fields, which ask when they are not empty."""

NEVER_OPTIONS = frozenset(
    {"prompt", "medium", "model", "quality", "style", "style_of", "count", "candidates"}
    | {"upscale", "where", "own_seed", "enhanced"}
)
"""Fields of GenerationRequest that every model honours, because Audobon itself does, or that are nothing to a model
(where it runs); a test holds that each field is here, in ASKED_BY or in ASKED_WITHIN."""


def asked_options(request: GenerationRequest) -> tuple[Option, ...]:
    """The options that ``request`` asks for by its fields, in the order of the fields."""
    plain = tuple(
        ASKED_BY[f.name]
        for f in fields(request)
        if f.name in ASKED_BY and getattr(request, f.name) != f.default
    )
    within = tuple(
        option
        for name, inner in ASKED_WITHIN.items()
        for part, option in inner.items()
        if getattr(getattr(request, name), part)
    )
    return plain + within


def check_options(options: Iterable[Option], model: Model, registry: ModelRegistry) -> None:
    """Raise OptionUnsupported, naming what does fit, if the family of ``model`` does not honour one of
    ``options``."""
    table = registry.presets.capabilities
    for option in table.refused(model.family, options):
        raise OptionUnsupported(
            f"{option.asked} has no effect on {model.name}: models of the family {model.family} do not "
            f"honour the option {option.value}.",
            hint=_hint(option, model, registry),
            option=option.value,
            family=model.family,
            families=list(table.families(option)),
        )


def _hint(option: Option, model: Model, registry: ModelRegistry) -> str:
    """Which families that make the same as ``model`` honour ``option``, and which of the models at hand belong to
    them; of all media where none does."""
    table, known = registry.presets.capabilities, registry.presets.families
    every = [name for name in table.families(option) if name != UNKNOWN_FAMILY and name in known]
    families = [name for name in every if known[name].produces == model.produces] or every
    if not families:
        return "leave it out: no family of this version honours it"
    registered = {m.name: m.family for m in registry.manifests.all()}
    registered |= {p.name: p.family for p in registry.presets.models.values() if p.folder is not None}
    fitting = sorted(name for name, family in registered.items() if family in families)
    at_hand = f"; of the models at hand: {', '.join(fitting)}" if fitting else ""
    return f"leave it out, or choose a model of {', '.join(families)}{at_hand}"
