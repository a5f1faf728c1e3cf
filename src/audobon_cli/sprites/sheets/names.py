"""Names of which no two are alike."""


def unlike(name: str, taken: set[str]) -> str:
    """``name``, or ``name-2``, ``name-3`` ... if it is ``taken``; what is given is taken from now on."""
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}-{number}"
    taken.add(candidate)
    return candidate
