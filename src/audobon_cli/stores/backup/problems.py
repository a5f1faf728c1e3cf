"""What is wrong at a destination."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Something at the destination that is not as it was written: its key, and what is wrong."""

    key: str
    why: str
