"""A query as alternatives in which what is picked one by one stands beside what the text index answers."""

import itertools

from audobon_cli.domain.errors import QueryInvalid
from audobon_cli.library.store.search.query import AllOf, AnyOf, IdIn, Not, Part

MAX_BRANCHES = 256

Branch = tuple[Part, ...]
"""Parts that must all hold; a IdIn is one of them, or within a Not that is."""


def branches(query: AllOf) -> list[Branch]:
    """Alternatives that together answer ``query``; just its parts when nothing picked stands beside OR.

    Groups without a IdIn are left as they are. Raises QueryInvalid for more than 256 alternatives.
    """
    return _alternatives(query) if query.parts else [()]


def _alternatives(part: Part) -> list[Branch]:
    if not _picks(part):
        return [(part,)]
    match part:
        case AllOf():
            found: list[Branch] = [()]
            for one in part.parts:
                more = _alternatives(one)
                if len(found) * len(more) > MAX_BRANCHES:
                    raise QueryInvalid(
                        f"It amounts to more than {MAX_BRANCHES} alternatives with relations, names or ids.",
                        hint="ask in several queries",
                    )
                found = [before + after for before, after in itertools.product(found, more)]
            return found
        case AnyOf():
            plain = tuple(one for one in part.parts if not _picks(one))
            first: list[Branch] = [(AnyOf(plain),)] if plain else []
            return first + [b for one in part.parts if _picks(one) for b in _alternatives(one)]
        case Not(part=Not(part=inner)):
            return _alternatives(inner)
        case Not(part=AllOf(parts=parts)):
            return _alternatives(AnyOf(tuple(map(Not, parts))))
        case Not(part=AnyOf(parts=parts)):
            return _alternatives(AllOf(tuple(map(Not, parts))))
        case _:
            return [(part,)]


def _picks(part: Part) -> bool:
    """Whether a IdIn is anywhere in ``part``."""
    match part:
        case IdIn():
            return True
        case Not():
            return _picks(part.part)
        case AllOf() | AnyOf():
            return any(map(_picks, part.parts))
        case _:
            return False
