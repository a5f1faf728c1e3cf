"""Every operation by its name: one line here, and a record of it can be replayed."""

from collections.abc import Mapping
from typing import Any

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.sprites.motion.animate import Animate
from audobon_cli.sprites.operations.cut import Cut
from audobon_cli.sprites.operations.matting import Matte
from audobon_cli.sprites.operations.operation import Operation
from audobon_cli.sprites.operations.outline import Outline
from audobon_cli.sprites.operations.palettes import ApplyPalette, ExtractPalette
from audobon_cli.sprites.operations.pixelate import Pixelate
from audobon_cli.sprites.operations.recolor import Recolor
from audobon_cli.sprites.operations.tile import Tile
from audobon_cli.sprites.operations.trim import Trim
from audobon_cli.sprites.operations.upscale import Upscale
from audobon_cli.sprites.sheets.sheet import Sheet
from audobon_cli.sprites.sheets.slice import Slice

_ALL: tuple[type[Operation], ...] = (
    Cut, Matte, Trim, ExtractPalette, ApplyPalette, Pixelate, Outline, Recolor, Upscale, Tile, Slice, Sheet,
    Animate,
)  # fmt: skip
OPERATIONS: Mapping[str, type[Operation]] = {operation.name: operation for operation in _ALL}


def operation_of(name: str, parameters: Mapping[str, Any]) -> Operation:
    """The operation that a derivation records. Raises InvalidInput for one that is not known here."""
    if name not in OPERATIONS:
        raise InvalidInput(
            f"The operation {name!r} is not known to this version.",
            hint="it may be of a newer Audobon, or not one of `audobon sprite`",
        )
    return OPERATIONS[name].from_parameters(parameters)
