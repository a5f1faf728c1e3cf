"""The database's schema as numbered steps: module ``mNNN_name`` holds NAME and SQL of step NNN,
and ``fill`` where rows must be made in Python.

A step that has been released is never edited; a change of schema is a new step.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audobon_cli.stores.migrations import m001_assets, m002_search, m003_results, m004_history, m005_jobs

if TYPE_CHECKING:
    from audobon_cli.stores.database import Statements


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: its number (the schema version it leads to), a name for people, and its SQL."""

    number: int
    name: str
    sql: str
    fill: "Callable[[Statements], None] | None" = None
    """What SQL cannot say: run after it, in the same transaction."""


def in_order(steps: Sequence[Migration]) -> tuple[Migration, ...]:
    """``steps`` as they are. Raises ValueError unless they are numbered 1, 2, 3 ... in that order."""
    for expected, step in enumerate(steps, start=1):
        if step.number != expected:
            raise ValueError(f"migration {step.number} ({step.name}) stands where {expected} belongs")
    return tuple(steps)


MIGRATIONS = in_order(
    [
        Migration(1, m001_assets.NAME, m001_assets.SQL),
        Migration(2, m002_search.NAME, m002_search.SQL, m002_search.fill),
        Migration(3, m003_results.NAME, m003_results.SQL),
        Migration(4, m004_history.NAME, m004_history.SQL),
        Migration(5, m005_jobs.NAME, m005_jobs.SQL),
    ]
)
"""All steps; the number of the last is the schema version that this program writes."""
