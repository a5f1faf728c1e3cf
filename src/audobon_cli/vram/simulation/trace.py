"""Symbolic traces: every allocation of one call of a model part, as a formula of picture size and batch.

A trace is recorded once (vram/tracing/recorder.py) and evaluated for any size without torch. Each
allocation's bytes are a polynomial with integer coefficients of the batch ``b`` and of height ``h`` and
width ``w`` in units of the part (``Trace.unit`` pixels).
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.strategy import Precision

ENTER = 1 << 20
"""Codes from here up to LEAVE: the call of leaf ``code - ENTER`` begins."""
LEAVE = 1 << 21
"""Codes from here on: the call of leaf ``code - LEAVE`` ends."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A module that owns weights. ``parameters`` counts the numbers of each; ``castable``: float8 storage
    applies to it; ``linear``: quantisation does; ``keeps_float32``: float16 loading leaves it alone;
    ``block`` is the repeated block it lies in, -1 when in none."""

    parameters: tuple[int, ...]
    castable: bool
    linear: bool
    keeps_float32: bool
    block: int

    def sizes(self, precision: Precision) -> tuple[int, ...]:
        """Bytes of each weight when loaded in ``precision``."""
        kept = self.keeps_float32 and precision is Precision.FLOAT16
        width = 4 if kept else precision.bytes
        return tuple(count * width for count in self.parameters)


@dataclass(frozen=True)
class Trace:
    """One call of a part. ``codes``: 0 and up, an allocation whose bytes are ``forms[code]``; below 0, the
    allocation at that place of the list of living ones, from its end, dies; see ENTER and LEAVE.

    ``terms`` are the exponents (b, h, w) that each coefficient of a form belongs to.
    """

    unit: int
    terms: tuple[tuple[int, int, int], ...]
    forms: tuple[tuple[int, ...], ...]
    codes: tuple[int, ...]

    @cached_property
    def bare_codes(self) -> tuple[int, ...]:
        """The codes without the marks of leaves."""
        return tuple(code for code in self.codes if code < ENTER)

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Leaves in the order of their calls."""
        return tuple(code - ENTER for code in self.codes if ENTER <= code < LEAVE)

    def sizes(self, batch: int, height: int, width: int) -> list[int]:
        """Bytes of each form for ``batch`` pictures of ``height`` x ``width`` pixels.

        Sides that are no multiple of ``unit`` are rounded up.
        """
        h, w = -(-height // self.unit), -(-width // self.unit)
        values = [batch**i * h**j * w**k for i, j, k in self.terms]
        return [sum(c * v for c, v in zip(form, values, strict=True)) for form in self.forms]


def pack_codes(codes: Sequence[int]) -> list[int]:
    """``codes`` with leaf numbers as differences to the leaf before, which compress far better."""
    packed, last = [], {ENTER: 0, LEAVE: 0}
    for code in codes:
        kind = LEAVE if code >= LEAVE else ENTER
        if code < ENTER:
            packed.append(code)
            continue
        leaf = code - kind
        packed.append(kind + ((leaf - last[kind]) % ENTER))
        last[kind] = leaf
    return packed


def _unpack(packed: Sequence[int]) -> Iterator[int]:
    entered = left = 0
    for code in packed:
        if code < ENTER:
            yield code
        elif code < LEAVE:
            entered = (entered + code - ENTER) % ENTER
            yield ENTER + entered
        else:
            left = (left + code - LEAVE) % ENTER
            yield LEAVE + left


def trace_to_data(trace: Trace) -> dict[str, Any]:
    """``trace`` as JSON values; ``trace_from_data`` is the inverse."""
    return {
        "unit": trace.unit,
        "terms": [list(term) for term in trace.terms],
        "forms": [list(form) for form in trace.forms],
        "codes": pack_codes(trace.codes),
    }


def trace_from_data(data: Mapping[str, Any]) -> Trace:
    """The inverse of ``trace_to_data``."""
    return Trace(
        unit=int(data["unit"]),
        terms=tuple((int(b), int(h), int(w)) for b, h, w in data["terms"]),
        forms=tuple(tuple(form) for form in data["forms"]),
        codes=tuple(_unpack(data["codes"])),
    )


def leaves_to_data(leaves: Sequence[Leaf]) -> list[list[Any]]:
    """``leaves`` as JSON values; ``leaves_from_data`` is the inverse."""
    blocks = [leaf.block for leaf in leaves]
    steps = [after - before for before, after in zip([0, *blocks], blocks, strict=False)]
    return [
        [list(leaf.parameters), leaf.castable + 2 * leaf.linear + 4 * leaf.keeps_float32, step]
        for leaf, step in zip(leaves, steps, strict=True)
    ]


def leaves_from_data(data: Sequence[Sequence[Any]]) -> tuple[Leaf, ...]:
    """The inverse of ``leaves_to_data``."""
    blocks = accumulate(int(row[2]) for row in data)
    return tuple(
        Leaf(tuple(row[0]), bool(row[1] & 1), bool(row[1] & 2), bool(row[1] & 4), block)
        for row, block in zip(data, blocks, strict=True)
    )
