"""Steps of a database's schema."""

from collections.abc import Callable, Sequence

from audobon_cli.dataclass import dataclass
from audobon_cli.storage.transaction import Transaction

Rebuild = Callable[[Transaction], None]
"""Makes derived rows anew, inside the transaction of the steps that asked for it."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: its number (the schema version it leads to), a name for people, and its SQL."""

    number: int
    name: str
    sql: str
    rebuilds: bool = False
    """Whether what is derived from other rows (an index) must be made anew after it: by the program that applies the
    steps, on the schema of the last one, so that a released step never runs code that changes."""


def in_order(steps: Sequence[Migration]) -> tuple[Migration, ...]:
    """``steps`` as they are. Raises ValueError unless they are numbered 1, 2, 3 ... in that order."""
    for expected, step in enumerate(steps, start=1):
        if step.number != expected:
            raise ValueError(f"migration {step.number} ({step.name}) stands where {expected} belongs")
    return tuple(steps)
