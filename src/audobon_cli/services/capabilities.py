"""Refusing what a model would ignore, before anything heavy is imported."""

from collections.abc import Iterable

from audobon_cli.domain.capabilities import UNKNOWN_FAMILY, Option
from audobon_cli.domain.errors import OptionUnsupported
from audobon_cli.domain.model import Model
from audobon_cli.services.model_shelf import ModelShelf


def check_options(options: Iterable[Option], model: Model, shelf: ModelShelf) -> None:
    """Raise OptionUnsupported, naming what does fit, if the family of ``model`` does not honour one of
    ``options``."""
    table = shelf.presets.capabilities
    for option in table.refused(model.family, options):
        raise OptionUnsupported(
            f"{option.asked} has no effect on {model.name}: models of the family {model.family} do not "
            f"honour the option {option.value}.",
            hint=_hint(option, shelf),
            option=option.value,
            family=model.family,
            families=list(table.families(option)),
        )


def _hint(option: Option, shelf: ModelShelf) -> str:
    """Which families honour ``option``, and which of the models at hand belong to them."""
    families = [name for name in shelf.presets.capabilities.families(option) if name != UNKNOWN_FAMILY]
    if not families:
        return "leave it out: no family of this version honours it"
    shelved = {m.name: m.family for m in shelf.manifests.all()}
    shelved |= {p.name: p.family for p in shelf.presets.models.values() if p.folder is not None}
    fitting = sorted(name for name, family in shelved.items() if family in families)
    at_hand = f"; of the models at hand: {', '.join(fitting)}" if fitting else ""
    return f"leave it out, or choose a model of {', '.join(families)}{at_hand}"
