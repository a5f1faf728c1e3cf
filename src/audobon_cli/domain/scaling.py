"""From the size that a model draws to the size that is kept: which steps, decided before anything is drawn."""

from enum import StrEnum

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.units import Size


class UpscaleMethod(StrEnum):
    """How a picture is made larger."""

    SMOOTH = "smooth"
    """Traced into curves and drawn again: crisp outlines without steps."""
    NEAREST = "nearest"
    """Every pixel repeated: the pixel grid stays."""


@dataclass(frozen=True, slots=True)
class ScalingPlan:
    """First snap to a grid, then enlarge by the whole number ``factor`` by ``method``, then shrink to ``size``.

    ``grid`` is the side in pixels of the squares that become one colour; ``grid`` 1, ``factor`` 1 and
    ``size`` None leave their step out.
    """

    factor: int
    method: UpscaleMethod
    size: Size | None
    grid: int = 1

    def operations(self) -> tuple[str, ...]:
        """The steps as a recipe lists them: ("grid 2", "upscale nearest 2x", "downscale 100x100")."""
        snapped = (f"grid {self.grid}",) if self.grid > 1 else ()
        enlarged = (f"upscale {self.method} {self.factor}x",) if self.factor > 1 else ()
        shrunk = (f"downscale {self.size}",) if self.size else ()
        return (*snapped, *enlarged, *shrunk)


def plan_scaling(drawn: Size, kept: Size, method: UpscaleMethod, grid: int = 1) -> ScalingPlan:
    """The steps from ``drawn`` to ``kept``: sides that are no whole multiple are first passed, then met.

    A picture is never stretched by a fraction: that would blur it, or make its pixels uneven.
    """
    factor = max(1, -(-kept.width // drawn.width), -(-kept.height // drawn.height))
    enlarged = Size(drawn.width * factor, drawn.height * factor)
    return ScalingPlan(factor, method, None if enlarged == kept else kept, grid)
