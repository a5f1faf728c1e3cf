"""The grounds of a tile, in the colours that it asks for."""

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.exemplars.grounds.kinds import BY_NAME, GroundLook
from audobon_cli.exemplars.grounds.shores import CORNER, EDGE, MIXED, PATCHES
from audobon_cli.exemplars.recolour import HUES, RAMPS
from audobon_cli.exemplars.scene import GroundTile


def look_of(tile: GroundTile) -> GroundLook:
    """The ground inside. Raises InvalidInput for a tile that this version cannot draw."""
    _check(tile)
    return GroundLook(tile.ground, tile.colour, tile.material)


def other_of(tile: GroundTile) -> GroundLook:
    """The ground around it."""
    return GroundLook(tile.other, tile.other_colour, tile.other_material)


def palette_of(tile: GroundTile) -> set[str]:
    """The colours that a tile of pixel art can have: those of its grounds, and of the bank between them."""
    look = look_of(tile)
    colours = set(look.ramp)
    if tile.other:
        other = other_of(tile)
        over = look if look.kind.rank >= other.kind.rank else other
        colours |= {*other.ramp, *over.bank}
    return colours


def _check(tile: GroundTile) -> None:
    grounds = (tile.ground, *([tile.other] if tile.other else []))
    colours = {tile.colour, tile.material, tile.other_colour, tile.other_material} - {""}
    known = all(ground in BY_NAME and BY_NAME[ground].name == ground for ground in grounds)
    kinds = (CORNER, EDGE, MIXED, PATCHES) if tile.other else ("",)
    if (
        not known
        or colours - HUES.keys() - RAMPS.keys()
        or tile.kind not in kinds
        or not 0 <= tile.sides < 256
    ):
        raise InvalidInput(
            f"A tile of {' and '.join(grounds)} is none that this version can draw.",
            hint="install the version of Audobon that made it; its recipe names it",
        )
