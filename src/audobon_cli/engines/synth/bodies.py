"""What things are made of: the pitches at which they ring, and how soon each falls silent."""

from audobon_cli.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Material:
    """``ratios`` are the frequencies of the modes over that of the first, ``levels`` how loud each is; a mode rings
    ``1 / ratio ** damping`` as long as the first."""

    ratios: tuple[float, ...]
    levels: tuple[float, ...]
    damping: float


def _bar(count: int) -> tuple[float, ...]:
    """A bar whose ends are free: Rossing and Fletcher, "The Physics of Musical Instruments", 2.16."""
    first = 3.011**2
    rest = tuple(((2 * k + 1) ** 2) / first for k in range(2, count + 1))
    return (1.0, *rest)


def _plate(sides: float, count: int) -> tuple[float, ...]:
    """A plate held at its rim, ``sides`` times as long as wide: m^2 + (n / sides)^2."""
    found = sorted(m * m + (n / sides) ** 2 for m in range(1, 8) for n in range(1, 8))
    return tuple(value / found[0] for value in found[:count])


def _even(count: int, fall: float) -> tuple[float, ...]:
    return tuple(1 / (1 + fall * place) for place in range(count))


MATERIALS = {
    "wood": Material(_bar(6), _even(6, 0.55), 0.75),
    "metal": Material(_plate(1.37, 16), _even(16, 0.12), 0.28),
    "bar": Material(_bar(7), _even(7, 0.3), 0.45),
    "glass": Material((1.0, 1.52, 2.32, 3.17, 4.25, 5.11, 6.63, 8.02, 9.38), _even(9, 0.15), 0.5),
    "ceramic": Material((1.0, 1.63, 2.41, 3.3, 4.72, 6.1), _even(6, 0.3), 0.9),
    "stone": Material(_plate(1.2, 10), _even(10, 0.15), 1.0),
    "plastic": Material((1.0, 2.1, 3.4, 4.9, 6.2), _even(5, 0.6), 1.1),
    "bell": Material(
        (0.5, 1.0, 1.19, 1.5, 2.0, 2.52, 2.66, 3.01, 4.1, 5.4),
        (0.7, 1.0, 0.85, 0.4, 0.9, 0.35, 0.3, 0.4, 0.25, 0.15),
        0.55,
    ),
    "drum": Material((1.0, 1.593, 2.136, 2.296, 2.653, 2.918, 3.156, 3.5), _even(8, 0.5), 0.6),
    "hollow": Material((1.0, 1.98, 2.97, 4.9, 6.8), _even(5, 0.9), 0.7),
    "flesh": Material((1.0, 1.41, 1.93, 2.6), _even(4, 0.5), 1.3),
    "string": Material(tuple(float(k) for k in range(1, 13)), _even(12, 0.35), 0.7),
}
"""``bell``: hum, prime, tierce, quint, nominal and so on of a church bell (Rossing, 1984); ``drum``: a round membrane;
``hollow``: a pipe or box of air; the others by measure of what the names sound like."""
