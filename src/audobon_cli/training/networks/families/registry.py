"""Which class trains the models of which family. A further family is a file and a line here; none is imported until it
is asked for."""

import importlib
from typing import TYPE_CHECKING, cast

from audobon_cli.domain.errors import TrainingUnsupported
from audobon_cli.domain.model import Model

if TYPE_CHECKING:
    from audobon_cli.training.networks.trainable import TrainableModel

_PLACE = "audobon_cli.training.networks.families"

FAMILIES = {
    "sprite": f"{_PLACE}.sprite:SpriteTrainable",
    "sd15": f"{_PLACE}.stable_diffusion:StableDiffusionTrainable",
    "sdxl": f"{_PLACE}.stable_diffusion:SdxlTrainable",
    "sd3": f"{_PLACE}.transformers:Sd3Trainable",
    "flux": f"{_PLACE}.transformers:FluxTrainable",
    "flux-schnell": f"{_PLACE}.transformers:FluxTrainable",
}
"""By Model.family, each as ``"module:Class"``."""


WORD_FAMILIES = ("sd15", "sdxl")
"""Those whose text encoders take new words: embeddings (textual inversion)."""


def check_takes_words(model: Model) -> None:
    """Raise TrainingUnsupported for a model of a family for which no embeddings are trained here."""
    if model.family not in WORD_FAMILIES:
        raise TrainingUnsupported(
            f"No embeddings are trained for the family {model.family}, such as {model.name}.",
            hint=f"families that take them: {', '.join(WORD_FAMILIES)}; choose another --model, or `train lora`",
            model=model.name,
        )


def check_is_trainable(model: Model) -> None:
    """Raise TrainingUnsupported for a model of a family that cannot be trained here."""
    if model.family not in FAMILIES:
        raise TrainingUnsupported(
            f"Models of the family {model.family}, such as {model.name}, cannot be trained here.",
            hint=f"families that can: {', '.join(sorted(FAMILIES))}; choose another --model",
            model=model.name,
        )


def trainable_class(model: Model) -> "type[TrainableModel]":
    """What trains ``model``. Raises TrainingUnsupported."""
    check_is_trainable(model)
    module, _, name = FAMILIES[model.family].partition(":")
    return cast("type[TrainableModel]", getattr(importlib.import_module(module), name))
