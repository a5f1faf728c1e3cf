"""What can be asked of a picture."""

from typing import ClassVar

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.media import IMAGE
from audobon_cli.domain.output.dress import Dress
from audobon_cli.domain.scaling import ScalingPlan, UpscaleMethod, plan_scaling
from audobon_cli.domain.units import Size

PIXEL_BYTES = 4


@dataclass(frozen=True, slots=True)
class ImageOutput:
    """A picture: ``render_size`` is what the model draws, ``size`` what is kept after scaling by ``upscale`` and
    snapping to ``grid``; see ScalingPlan."""

    medium: ClassVar[str] = IMAGE
    size: Size
    render_size: Size
    upscale: UpscaleMethod = UpscaleMethod.SMOOTH
    grid: int = 1
    dress: Dress | None = None
    """What a style card asks of it."""

    @property
    def raw_bytes(self) -> int:
        """See MediaOutput."""
        return self.size.width * self.size.height * PIXEL_BYTES

    @property
    def scaling(self) -> ScalingPlan:
        """The steps from the picture drawn to the one kept."""
        return plan_scaling(self.render_size, self.size, self.upscale, self.grid)

    def operations(self) -> tuple[str, ...]:
        """See MediaOutput."""
        return (*self.scaling.operations(), *(("dress",) if self.dress else ()))


class _NoSize(Size):
    """No pixels, which a Size cannot have."""

    def __post_init__(self) -> None:
        pass


NO_IMAGE = ImageOutput(_NoSize(0, 0), _NoSize(0, 0))
"""What stands for what is no image where sizes are asked for."""
