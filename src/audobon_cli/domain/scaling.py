"""From the size that a model draws to the size that is kept: which steps, decided before anything is drawn."""

from dataclasses import dataclass
from enum import StrEnum

from audobon_cli.domain.units import Size


class Upscale(StrEnum):
    """How a picture is made larger."""

    SMOOTH = "smooth"
    """Traced into curves and drawn again: crisp outlines without steps."""
    NEAREST = "nearest"
    """Every pixel repeated: the pixel grid stays."""


@dataclass(frozen=True, slots=True)
class ScalingPlan:
    """First enlarge by the whole number ``factor`` (1: not at all) by ``method``, then shrink to ``size``.

    ``size`` None: the picture has its size already.
    """

    factor: int
    method: Upscale
    size: Size | None

    def operations(self) -> tuple[str, ...]:
        """The steps as a recipe lists them: ("upscale smooth 2x", "downscale 100x100")."""
        enlarged = (f"upscale {self.method} {self.factor}x",) if self.factor > 1 else ()
        return (*enlarged, f"downscale {self.size}") if self.size else enlarged


def plan_scaling(drawn: Size, kept: Size, method: Upscale) -> ScalingPlan:
    """The steps from ``drawn`` to ``kept``: sides that are no whole multiple are first passed, then met.

    A picture is never stretched by a fraction: that would blur it, or make its pixels uneven.
    """
    factor = max(1, -(-kept.width // drawn.width), -(-kept.height // drawn.height))
    enlarged = Size(drawn.width * factor, drawn.height * factor)
    return ScalingPlan(factor, method, None if enlarged == kept else kept)
