"""Names of which no two are alike."""

from collections.abc import Callable


def unlike(name: str, taken: set[str], key: Callable[[str], str] = str) -> str:
    """``name``, or ``name-2``, ``name-3`` ... if one of the same ``key`` is ``taken``; it is taken from now on."""
    candidate, number = name, 1
    while key(candidate) in taken:
        number += 1
        candidate = f"{name}-{number}"
    taken.add(key(candidate))
    return candidate
