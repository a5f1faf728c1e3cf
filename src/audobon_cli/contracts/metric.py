"""What every metric promises (sprites/quality/faults.py), tried on small pictures."""

import math
from dataclasses import dataclass

import numpy as np

from audobon_cli.contracts.clauses import Clause, require
from audobon_cli.contracts.operation import SIDE, sprite
from audobon_cli.media.image.pixels import encode_png, read_picture
from audobon_cli.sprites.quality.faults import QualityMetric


@dataclass(frozen=True, slots=True)
class MetricRig:
    """A metric on trial."""

    metric: QualityMetric


def it_says_what_it_measures(rig: MetricRig) -> None:
    """It says what it is about, has a limit above 0, and its words take a number."""
    metric = rig.metric
    require(metric.about.strip(), "it does not say what it is about")
    require(metric.limit > 0, f"its limit is {metric.limit}")
    require(metric.said(1.0).strip(), "its words say nothing")


def numbers_are_at_least_nothing(rig: MetricRig) -> None:
    """Every picture has a finite number, 0 or more: a sprite, a clear picture, a single pixel."""
    clear, dot = np.zeros((SIDE, SIDE, 4), np.uint8), np.full((1, 1, 4), 255, np.uint8)
    unusual = [read_picture(encode_png(pixels, {}), "unusual") for pixels in (clear, dot)]
    for picture in (sprite(1), *unusual):
        value = float(rig.metric.measure(picture))
        require(math.isfinite(value) and value >= 0, f"a picture measures {value}")


def equal_pixels_measure_the_same(rig: MetricRig) -> None:
    """Equal pixels measure the same, and stay as they are."""
    picture = sprite(1)
    before, first = picture.frames[0].tobytes(), rig.metric.measure(picture)
    rig.metric.measure(sprite(2))
    require(
        rig.metric.measure(sprite(1)) == first, "the same picture measured another number the second time"
    )
    require(picture.frames[0].tobytes() == before, "it changed the picture")


METRIC_CLAUSES: tuple[Clause[MetricRig], ...] = (
    it_says_what_it_measures,
    numbers_are_at_least_nothing,
    equal_pixels_measure_the_same,
)
