"""One rule, what its query may ask of tags, and the order of several."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import translate

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.serialization import canonical_json
from audobon_cli.library.store.search.facets import plain_value
from audobon_cli.library.store.search.query import AllOf, AnyOf, Equals, Not, Part, Words, parse_query
from audobon_cli.library.store.search.tokenizer import words

ID_LENGTH = 8


@dataclass(frozen=True, slots=True, order=True)
class TagRule:
    """Whatever answers ``query`` gets ``tag``, or loses it if the rule ``takes``."""

    tag: str
    query: str
    takes: bool = False

    @property
    def id(self) -> str:
        """What it is called: by its content, so that it is the same on every machine."""
        content = canonical_json([self.query, self.tag, self.takes])
        return hashlib.sha256(content.encode()).hexdigest()[:ID_LENGTH]

    @property
    def does(self) -> str:
        """The tag with a sign, as people read it."""
        return f"{'-' if self.takes else '+'}{self.tag}"

    def summary(self) -> dict[str, object]:
        """For scripts."""
        return {"id": self.id, "query": self.query, "tag": self.tag, "takes": self.takes}


def in_order(rules: Iterable[TagRule]) -> tuple[TagRule, ...]:
    """``rules`` so that each stands behind those whose tags it may ask for. Raises InvalidInput for a circle."""
    waiting = sorted(set(rules))
    needs = {rule: {one for one in waiting if one != rule and _asks_for(rule, one.tag)} for rule in waiting}
    ordered: list[TagRule] = []
    while waiting:
        ready = next((rule for rule in waiting if needs[rule] <= set(ordered)), None)
        if ready is None:
            circle = "; ".join(f"{one.query!r} {one.does}" for one in _circle(waiting, needs))
            raise InvalidInput(
                f"These rules would go round in a circle, each asking for what another gives or takes: {circle}.",
                hint="ask for something else than the tag; `audobon assets rules list` shows all rules",
            )
        ordered.append(ready)
        waiting.remove(ready)
    return tuple(ordered)


def _circle(waiting: list[TagRule], needs: dict[TagRule, set[TagRule]]) -> list[TagRule]:
    """Rules of ``waiting`` that need each other, found by following needs until one comes again."""
    path = [waiting[0]]
    while True:
        following = min(needs[path[-1]] & set(waiting))
        if following in path:
            return path[path.index(following) :]
        path.append(following)


def _asks_for(rule: TagRule, tag: str) -> bool:
    return _may_ask(parse_query(rule.query), plain_value(tag), words(tag))


def _may_ask(part: Part, value: str, found: list[str]) -> bool:
    """Whether the answer to ``part`` may change with the tag ``value``, whose words are ``found``."""
    match part:
        case Equals(field="tag", value=pattern):
            return re.match(translate(_star_only(plain_value(pattern))), value) is not None
        case Words(text=text):
            return any(word.startswith(asked) for asked in words(text) for word in found)
        case Not(part=inner):
            return _may_ask(inner, value, found)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return any(_may_ask(one, value, found) for one in parts)
        case _:
            return False


def _star_only(pattern: str) -> str:
    """Of the signs that `translate` knows only ``*`` stands for anything."""
    return pattern.replace("[", "[[]").replace("?", "[?]")
