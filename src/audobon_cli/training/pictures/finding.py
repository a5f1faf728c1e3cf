"""One finding."""

from collections.abc import Iterable, Sized
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

MOST_NAMES = 3
"""Names in a sentence; ``pictures`` has all."""


class Severity(StrEnum):
    """How much a finding weighs, the heaviest first."""

    ERROR = "error"
    """Nothing is learnt as it is: `train lora` refuses the set."""
    WARNING = "warning"
    """It can be learnt, and is likely to disappoint."""
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """``code`` is for scripts and never changes; ``message`` is a sentence, ``hint`` what to do; ``pictures`` are the
    names of those it is about (none: all)."""

    code: str
    severity: Severity
    message: str
    hint: str
    pictures: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
            "hint": self.hint,
            "pictures": list(self.pictures),
        }


def named(names: Iterable[str]) -> str:
    """``names`` in a sentence: the first few, and how many more."""
    every = list(dict.fromkeys(names))
    shown = ", ".join(every[:MOST_NAMES])
    return f"{shown} and {len(every) - MOST_NAMES} more" if len(every) > MOST_NAMES else shown


def agree(names: Sized, one: str, several: str) -> str:
    """The form of a verb that suits ``names``."""
    return one if len(names) == 1 else several
