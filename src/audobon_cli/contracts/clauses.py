"""What a clause is: a function that tries one promise, and raises ContractBroken with what came instead."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

R = TypeVar("R")


class ContractBroken(Exception):
    """A promise that is not kept; the message says what was expected, and what came."""


Clause = Callable[[R], None]
"""The first line of its docstring is the promise, as people read it."""


@dataclass(frozen=True, slots=True)
class ClauseResult:
    """How one clause went; ``why`` is empty where it is kept."""

    clause: str
    promise: str
    why: str = ""

    @property
    def kept(self) -> bool:
        """Whether the promise is kept."""
        return not self.why


def require(condition: object, why: str) -> None:
    """Raise ContractBroken with ``why`` unless ``condition`` holds."""
    if not condition:
        raise ContractBroken(why)


def try_clauses(clauses: Iterable[Clause[R]], rig: R) -> tuple[ClauseResult, ...]:
    """Every clause tried on ``rig``; none stops the others. What the code on trial raises is the reason."""
    return tuple(_tried(clause, rig) for clause in clauses)


def _tried(clause: Clause[R], rig: R) -> ClauseResult:
    name = clause.__name__.replace("_", "-")
    promise = (clause.__doc__ or "").splitlines()[0]
    try:
        clause(rig)
    except ContractBroken as error:
        return ClauseResult(name, promise, str(error))
    except Exception as error:  # noqa: BLE001 - code of others, which is on trial
        return ClauseResult(name, promise, f"it raised {type(error).__name__}: {error}")
    return ClauseResult(name, promise)
