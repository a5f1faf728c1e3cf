"""A metric: how much more there is on one side of a sprite than on the other."""

import numpy as np

from audobon_cli.media.image.pixels import DecodedImage
from audobon_cli.sprites.quality.faults import QualityMetric

AUDOBON_API = 1


def measure(picture: DecodedImage) -> float:
    """The difference of what is seen left and right of the middle, of all that is seen: 0 to 1."""
    alpha = picture.frames[0][..., 3].astype(np.float64)
    half = alpha.shape[1] // 2
    total = alpha[:, :half].sum() + alpha[:, alpha.shape[1] - half :].sum()
    return 0.0 if total == 0 else float(abs(alpha[:, :half].sum() * 2 - total) / total)


UNEVEN = QualityMetric(
    "more on one side than on the other", 0.5, "{:.0f} % more on one side", 100, measure=measure
)
