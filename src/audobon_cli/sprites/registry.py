"""Every operation by its name: one line here, and a record of it can be replayed."""

from collections.abc import Mapping
from typing import Any

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.sprites.cutting import Cut
from audobon_cli.sprites.matting import Matte
from audobon_cli.sprites.operation import Operation
from audobon_cli.sprites.outlining import Outline
from audobon_cli.sprites.palettes import ApplyPalette, ExtractPalette
from audobon_cli.sprites.pixelating import Pixelate
from audobon_cli.sprites.recolouring import Recolor
from audobon_cli.sprites.sheets import Sheet
from audobon_cli.sprites.slicing import Slice
from audobon_cli.sprites.tiling import Tile
from audobon_cli.sprites.trimming import Trim
from audobon_cli.sprites.upscaling import Upscale

_ALL: tuple[type[Operation], ...] = (
    Cut, Matte, Trim, ExtractPalette, ApplyPalette, Pixelate, Outline, Recolor, Upscale, Tile, Slice, Sheet,
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
