"""From sampled calls to formulas: exact polynomials of batch, height and width, or a refusal."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from audobon_cli.domain.strategy import Attention
from audobon_cli.vram.simulation.trace import ENTER, Trace

Term = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Point:
    """Where a part is called: batch, and sides in units of the part."""

    batch: int
    height: int
    width: int


# Sides of 1 are avoided: they make copies of tensors into views.
_SIDES = ((4, 5), (7, 3), (6, 8), (5, 9), (9, 7), (11, 6), (8, 13))
_PLANE: tuple[tuple[int, int], ...] = ((0, 0), (1, 1))
_SCORES: tuple[tuple[int, int], ...] = ((0, 0), (1, 1), (2, 2))
_PADDED: tuple[tuple[int, int], ...] = ((0, 0), (1, 0), (0, 1), (1, 1))


MASKED = ("chroma",)
"""Denoisers that are given a mask of every token against every other, even to fused attention."""
SIDED = ("auraflow", "lumina2", "pixart", "qwen-image", "z-image")
"""Denoisers that count rows and columns one by one, for the places of their tokens."""


SEQUENCES = (
    "stable-audio",
    "stable-audio3",
    "longcat-audio",
    "sound-latents",
    "spectrogram",
    "musicgen",
    "codes",
)
"""Parts of models of sounds whose inputs have one side, the height."""
CODES = ("musicgen", "codes")
"""Parts of models that make codes of sounds one by one: at lengths below their convolutions' they pad otherwise."""
_CODES_SIDES = ((24, 1), (35, 1), (53, 1))
_LINE: tuple[tuple[int, int], ...] = ((0, 0), (1, 0))
_LINE_SCORES: tuple[tuple[int, int], ...] = ((0, 0), (1, 0), (2, 0))


def sample_points(inputs: str, attention: Attention, many: bool) -> tuple[list[Point], list[Term]]:
    """Where to sample a part with this kind of inputs, and the terms its sizes may have.

    There is one point more than terms for each batch, and one batch more, so that the fit is also tested.
    Causal convolutions over space and time pad each side, hence terms of one side; score matrices are
    quadratic in the plane.
    """
    if inputs in ("text", "masked-text", "two-masks", "language", "prior"):
        plane: tuple[tuple[int, int], ...] = ((0, 0),)
    elif inputs in SEQUENCES:
        masked = inputs == "sound-latents"  # of Stable Audio 3: a mask of every latent against every other
        plane = _LINE if attention is Attention.FUSED and not masked else _LINE_SCORES
    elif inputs.startswith("video") or (inputs in SIDED and attention is Attention.FUSED):
        plane = _PADDED
    else:
        plane = _PLANE if attention is Attention.FUSED and inputs not in MASKED else _SCORES
    sides = (_CODES_SIDES if inputs in CODES else _SIDES)[: len(plane) + (len(plane) > 1)]
    if not many:
        return [Point(1, h, w) for h, w in sides], [(0, i, j) for i, j in plane]
    points = [Point(batch, h, w) for batch in (2, 3) for h, w in sides]
    points.append(Point(5, *sides[-1]))
    return points, [(b, i, j) for b in (0, 1) for i, j in plane]


def fit_trace(
    rows: Sequence[tuple[int, ...]],
    codes: Sequence[int],
    points: Sequence[Point],
    terms: Sequence[Term],
    unit: int,
) -> Trace:
    """The trace whose allocation k has the bytes ``rows[k]`` at ``points``.

    Raises ValueError when one is no polynomial of ``terms`` with integer coefficients.
    """
    matrix = [[p.batch**b * p.height**i * p.width**j for b, i, j in terms] for p in points]
    forms: dict[tuple[int, ...], int] = {}
    number_of_row: dict[tuple[int, ...], int] = {}
    for row in rows:
        if row not in number_of_row:
            form = _solve(matrix, row)
            number_of_row[row] = forms.setdefault(form, len(forms))
    coded = tuple(number_of_row[rows[code]] if 0 <= code < ENTER else code for code in codes)
    return Trace(unit, tuple(terms), tuple(forms), coded)


def _solve(matrix: list[list[int]], values: tuple[int, ...]) -> tuple[int, ...]:
    """The integer x with ``matrix`` x = ``values``, by elimination in exact fractions."""
    rows = [[Fraction(c) for c in (*line, value)] for line, value in zip(matrix, values, strict=True)]
    unknowns = len(matrix[0])
    for column in range(unknowns):
        pivot = next(i for i in range(column, len(rows)) if rows[i][column])
        rows[column], rows[pivot] = rows[pivot], rows[column]
        head = rows[column][column]
        rows[column] = [value / head for value in rows[column]]
        for i, row in enumerate(rows):
            if i != column and row[column]:
                factor = row[column]
                rows[i] = [a - factor * b for a, b in zip(row, rows[column], strict=True)]
    solution = [rows[i][-1] for i in range(unknowns)]
    if any(row[-1] for row in rows[unknowns:]) or any(value.denominator != 1 for value in solution):
        raise ValueError(f"sizes {values} are no polynomial of picture size and batch")
    return tuple(int(value) for value in solution)
