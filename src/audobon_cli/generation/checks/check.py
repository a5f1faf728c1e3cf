"""What a check is."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from audobon_cli.domain.request import ResolvedRequest


class ContentCheck(NamedTuple):
    """What a check looks for, the limit that it holds (None: no number), and what finds it: called with the content
    and its request, ``find`` says in words what is wrong, or None.

    After one that is ``decisive`` nothing else can be told; one that is ``last`` looks at what is sound so far.
    """

    about: str
    limit: float | None
    find: Callable[[Any, ResolvedRequest], str | None]
    decisive: bool = False
    last: bool = False


Checks = Mapping[str, ContentCheck]
"""Checks by name, in the order in which they are made."""
