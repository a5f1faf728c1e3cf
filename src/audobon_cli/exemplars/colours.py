"""Colours as eyes see them: OKLCH, whose lightness, chroma and hue can be changed one by one.

Björn Ottosson, "A perceptual color space for image processing" (2020): https://bottosson.github.io/posts/oklab/.
"""

import math
from collections.abc import Sequence

from audobon_cli.dataclass import dataclass

_TO_LMS = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
_FROM_LAB = (
    (1.0, 0.3963377774, 0.2158037573),
    (1.0, -0.1055613458, -0.0638541728),
    (1.0, -0.0894841775, -1.2914855480),
)
_FROM_LMS = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)


@dataclass(frozen=True, slots=True)
class Tone:
    """A colour: ``light`` 0 to 1, ``chroma`` 0 to about 0.37, ``hue`` in degrees."""

    light: float
    chroma: float
    hue: float


def tone_of(colour: str) -> Tone:
    """The tone of "#rrggbb"."""
    linear = [_linear(int(colour[k : k + 2], 16) / 255) for k in (1, 3, 5)]
    cones = [value ** (1 / 3) for value in _times(_TO_LMS, linear)]
    light, a, b = _times(_TO_LAB, cones)
    return Tone(light, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360)


def colour_of(tone: Tone) -> str:
    """ "#rrggbb" of ``tone``, with as much of its chroma as a screen can show."""
    chroma = max(tone.chroma, 0.0)
    light = min(max(tone.light, 0.0), 1.0)
    values = _linear_rgb(light, chroma, tone.hue)
    for _ in range(24):
        if min(values) > -0.002 and max(values) < 1.002:
            break
        chroma *= 0.9
        values = _linear_rgb(light, chroma, tone.hue)
    return "#" + "".join(f"{round(255 * _encoded(min(max(value, 0.0), 1.0))):02x}" for value in values)


def mixed(first: str, second: str, share: float) -> str:
    """``share`` of ``second`` and the rest of ``first``."""
    pairs = ((int(first[k : k + 2], 16), int(second[k : k + 2], 16)) for k in (1, 3, 5))
    return "#" + "".join(f"{round(one + (other - one) * share):02x}" for one, other in pairs)


def on_ramp(ramp: Sequence[str], place: float) -> str:
    """The colour at ``place``, 0 to 1, of colours evenly spaced."""
    at = min(max(place, 0.0), 1.0) * (len(ramp) - 1)
    low = min(int(at), len(ramp) - 2)
    return mixed(ramp[low], ramp[low + 1], at - low)


def hue_distance(first: float, second: float) -> float:
    """Degrees between two hues, 0 to 180."""
    return abs((first - second + 180) % 360 - 180)


def _linear_rgb(light: float, chroma: float, hue: float) -> list[float]:
    angle = math.radians(hue)
    cones = _times(_FROM_LAB, (light, chroma * math.cos(angle), chroma * math.sin(angle)))
    return _times(_FROM_LMS, [value**3 for value in cones])


def _times(matrix: Sequence[Sequence[float]], vector: Sequence[float]) -> list[float]:
    return [sum(one * other for one, other in zip(row, vector, strict=True)) for row in matrix]


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _encoded(value: float) -> float:
    return value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
