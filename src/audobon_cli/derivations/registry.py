"""Every operation by its name: one line here, and a record of it can be replayed. None is imported until it is asked
for, so that what works on sounds waits for nothing that works on pictures."""

import importlib
from collections.abc import Mapping
from typing import Any, cast

from audobon_cli.derivations.operation import AssetOperation
from audobon_cli.domain.errors import InvalidInput

_SPRITES, _SOUNDS = "audobon_cli.sprites", "audobon_cli.sounds.operations"

OPERATIONS = {
    "animate": f"{_SPRITES}.motion.animate:Animate",
    "redraw": f"{_SPRITES}.motion.redraw:Redraw",
    "cut": f"{_SPRITES}.operations.cut:Cut",
    "matte": f"{_SPRITES}.operations.matting:Matte",
    "trim": f"{_SPRITES}.operations.trim:Trim",
    "palette-extract": f"{_SPRITES}.operations.palettes:ExtractPalette",
    "palette": f"{_SPRITES}.operations.palettes:ApplyPalette",
    "pixelate": f"{_SPRITES}.operations.pixelate:Pixelate",
    "outline": f"{_SPRITES}.operations.outline:Outline",
    "recolor": f"{_SPRITES}.operations.recolor:Recolor",
    "upscale": f"{_SPRITES}.operations.upscale:Upscale",
    "tile": f"{_SPRITES}.operations.tile:Tile",
    "slice": f"{_SPRITES}.sheets.slice:Slice",
    "sheet": f"{_SPRITES}.sheets.sheet:Sheet",
    "style-learn": f"{_SPRITES}.operations.style:LearnStyle",
    "style-transfer": f"{_SPRITES}.operations.style:TransferStyle",
    "style-network": f"{_SPRITES}.operations.neural_style:NeuralStyle",
    "sound-trim": f"{_SOUNDS}.trim:TrimSound",
    "sound-fade": f"{_SOUNDS}.fade:FadeSound",
    "sound-reverse": f"{_SOUNDS}.fade:ReverseSound",
    "sound-normalize": f"{_SOUNDS}.normalize:NormalizeSound",
    "sound-loop": f"{_SOUNDS}.loop:LoopSound",
    "sound-resample": f"{_SOUNDS}.convert:ResampleSound",
    "sound-convert": f"{_SOUNDS}.convert:ConvertSound",
    "sound-mix": f"{_SOUNDS}.mix:MixSounds",
    "sound-split": f"{_SOUNDS}.split:SplitSound",
    "sound-denoise": f"{_SOUNDS}.denoise:DenoiseSound",
}
"""Each as ``"module:Class"``."""


def operation_of(name: str, parameters: Mapping[str, Any]) -> AssetOperation:
    """The operation that a derivation records. Raises InvalidInput for one that is not known here."""
    return operation_class(name).from_parameters(parameters)


def operation_class(name: str) -> type[AssetOperation]:
    """The operation called ``name``. Raises InvalidInput for one that is not known here."""
    if name not in OPERATIONS:
        raise InvalidInput(
            f"The operation {name!r} is not known to this version.",
            hint="it may be of a newer Audobon, or not one of `audobon sprite` or `audobon sound`",
        )
    module, _, found = OPERATIONS[name].partition(":")
    return cast(type[AssetOperation], getattr(importlib.import_module(module), found))
