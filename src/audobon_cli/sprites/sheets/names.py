"""Names of which no two are alike."""

from collections.abc import Sequence

from audobon_cli.storage.file_names import safe_file_name, same_file_key


def unlike(name: str, taken: set[str]) -> str:
    """``name``, or ``name-2``, ``name-3`` ... if it is ``taken``; what is given is taken from now on."""
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}-{number}"
    taken.add(candidate)
    return candidate


def file_names(names: Sequence[str], suffix: str) -> list[str]:
    """A file's name that ends in ``suffix`` for each of ``names``, no two alike on any file system."""
    taken: set[str] = set()
    found = []
    for name in names:
        candidate, number = safe_file_name(name, suffix), 1
        while same_file_key(candidate) in taken:
            number += 1
            candidate = safe_file_name(name, f"-{number}{suffix}")
        taken.add(same_file_key(candidate))
        found.append(candidate)
    return found
