"""Models that are known and cannot be run: refused by name, before anything of them is fetched."""

from audobon_cli.domain.errors import ModelUnsupported
from audobon_cli.presets.catalog import Presets


def refuse_known(reference: str, presets: Presets) -> None:
    """Raise ModelUnsupported if ``reference``, a name or a source, is a model of refused_models.toml."""
    location = reference.removeprefix("hf:").removeprefix("//").partition("@")[0]
    for model in presets.refused_models.values():
        if reference == model.name or location == model.location:
            raise ModelUnsupported(
                f"The model {model.name} cannot be run: {model.why}.",
                hint=f"take {model.instead}: `audobon models pull {model.instead}`",
                model=model.name,
            )
