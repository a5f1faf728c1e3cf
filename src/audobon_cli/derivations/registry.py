"""Every operation by its name: one line here, and a record of it can be replayed. None is imported until it is asked
for, so that what works on sounds waits for nothing that works on pictures."""

from collections.abc import Mapping
from typing import Any

from audobon_cli.derivations.operation import AssetOperation
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.plugins.discovery import PluginKind, missing_packages
from audobon_cli.plugins.registry import Registry

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


REGISTRY: Registry[type[AssetOperation]] = Registry(PluginKind.OPERATIONS, OPERATIONS)
"""These, and those of plugins, whose entry points name such a class."""


def operation_of(
    name: str, parameters: Mapping[str, Any], libraries: Mapping[str, str] | None = None
) -> AssetOperation:
    """The operation that a derivation records; ``libraries`` are the packages that it was made with. Raises
    InvalidInput for one that is not known here, and says which of them are not installed; PluginUnusable."""
    try:
        return operation_class(name).from_parameters(parameters)
    except InvalidInput as error:
        missing = missing_packages(libraries or {})
        if name in REGISTRY.names() or not missing:
            raise
        raise InvalidInput(
            f"{error.message.rstrip('.')}; it was made with {', '.join(missing)}, which is not installed.",
            hint="install that package, if you trust who made it",
            missing=list(missing),
        ) from error


def operation_class(name: str) -> type[AssetOperation]:
    """The operation called ``name``. Raises InvalidInput for one that is not known here, PluginUnusable."""
    found = REGISTRY.load(name)
    if found is None:
        hint = "it may be of a newer Audobon, or not one of `audobon sprite` or `audobon sound`"
        raise InvalidInput(
            f"The operation {name!r} is not known to this version.", hint=REGISTRY.hint(name) or hint
        )
    return found
