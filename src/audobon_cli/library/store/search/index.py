"""Running a query on the text index: which assets answer it, in which order, page by page."""

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.library.paging import Order
from audobon_cli.library.paging import Paging as Paging
from audobon_cli.library.store import sql as sql
from audobon_cli.library.store.positions import Positions, last_of_pages
from audobon_cli.library.store.search.fts import quoted, relevance
from audobon_cli.library.store.search.hits import MAX_NUMBER, Cursor, Hits, parse_cursor
from audobon_cli.library.store.search.query import AllOf, AnyOf, Part, Words, words_in
from audobon_cli.library.store.search.query_compiler import NOTHING, Expressions
from audobon_cli.library.store.search.tokenizer import words
from audobon_cli.storage.transaction import Transaction

ALL = -1
SEARCH_CAP = 1000
"""Of a query with more hits than this the newest so many are ranked; older ones are not looked at."""
SORT_CAP = 2500
"""The same for sorting by name, size or rating."""
MEANING_WORDS, MEANING_HITS = 32, 20
"""So many words of like meaning are asked for, the nearest that anything holds; of each the newest hits."""
BESIDE_HITS, BESIDE_HITS_OF_SEVERAL = 0.5, 0.4
"""How near to one word, and to several together, a word must be beside assets that hold what was asked for. Measured
on the queries of bench/meaning.py: of words that people hope to see 76 % are so near (93 % are above what NearWords
gives), of others 0.7 % (3.3 %); recall among 24 of 12,000 falls by 0.02: few of those queries have any."""
SCANNED_A_PICK = 130
"""Asking the index for one row takes as long as reading so many hits: 25 us."""
FILTERED_GROUP = 8
"""Beside other conditions so many words are asked for at once: each further merge may read their whole lists."""
Near = Callable[[Sequence[str]], Sequence[tuple[str, float]]]
"""Words of like meaning, with their nearness (0 to 1), the nearest first."""


@dataclass(frozen=True, slots=True)
class Picks:
    """Assets chosen one by one, as row numbers: only these (None: any), and none of those."""

    only: frozenset[int] | None = None
    none_of: frozenset[int] = frozenset()


class Search:
    """One query over ``statements``, for its words, as alternatives: each of parts for the index (none: all
    assets) and of what was picked."""

    def __init__(
        self,
        statements: Transaction,
        query: AllOf,
        branches: Sequence[tuple[AllOf, Picks]],
        near: Near | None = None,
    ) -> None:
        self._statements = statements
        self._query = query
        self._near = near
        self._rest, self._picks = branches[0]
        self._branches: list[tuple[str | None, Picks]] = [
            (Expressions(statements).of(parts) if parts.parts else None, picks) for parts, picks in branches
        ]

    @property
    def wants_all(self) -> bool:
        """Whether every living asset answers."""
        return (None, Picks()) in self._branches

    def all(self) -> list[int]:
        """All hits, oldest first, without a cap."""
        if self.wants_all:
            return [number for (number,) in self._statements.rows(sql.OLDEST_NUMBERS)]
        return self._newest(ALL)[::-1]

    def page(self, paging: Paging) -> Hits:
        """One page. Paging is stable: what is added meanwhile appears on no later page, and nothing is skipped
        when shown assets are thrown away, as one does who goes through them (those of like meaning may be
        shown again). Raises InvalidInput."""
        if paging.order in (Order.NEWEST, Order.OLDEST):
            return self._by_age(paging)
        return self._ranked(paging)

    def positions(self, order: Order, step: int) -> Positions:
        """The positions of all hits by age; by any other order of those that `page` ranks."""
        if order in (Order.NEWEST, Order.OLDEST):
            found = self._newest(ALL) if order is Order.NEWEST else self._oldest(ALL, None)
            after = tuple(str(number) for number in last_of_pages(found, step))
            return Positions(step, len(found), total_is_exact=True, after=after)
        cap = SEARCH_CAP if order is Order.RELEVANCE else SORT_CAP
        bound = self._first_bound()
        hits = self._newest(cap + 1, bound)
        ordered = self._in_order(hits[:cap], order)
        after = tuple(str(Cursor(bound, number)) for number in last_of_pages(ordered, step))
        return Positions(step, len(ordered), len(hits) <= cap, after)

    def _by_age(self, paging: Paging) -> Hits:
        bound = parse_cursor(paging.after).number
        newest = paging.order is Order.NEWEST
        found = self._newest(paging.limit + 1, bound) if newest else self._oldest(paging.limit + 1, bound)
        shown = found[: paging.limit]
        counted = len(self._newest(SEARCH_CAP + 1))
        after = str(shown[-1]) if len(found) > len(shown) and shown else None
        return Hits(tuple(shown), min(counted, SEARCH_CAP), counted <= SEARCH_CAP, after)

    def _ranked(self, paging: Paging) -> Hits:
        cursor = parse_cursor(paging.after)
        cap = SEARCH_CAP if paging.order is Order.RELEVANCE else SORT_CAP
        bound = cursor.number or self._first_bound()
        hits = self._newest(cap + 1, bound)
        ordered, start = self._after_last(hits[:cap], paging.order, cursor)
        exact = len(ordered)
        near: list[int] = []
        # Only when the page reaches behind what answers word for word: meaning costs 10 ms or more.
        if start + paging.limit >= exact and paging.order is Order.RELEVANCE and len(hits) <= cap:
            near = self._by_meaning(set(hits), bound)
            if cursor.by_meaning:
                start = exact + (near.index(cursor.last) + 1 if cursor.last in near else 0)
        ordered += near
        shown = ordered[start : start + paging.limit]
        end = start + len(shown)
        after = None
        if end < len(ordered) and shown:
            after = str(Cursor(bound, shown[-1], by_meaning=end > exact))
        return Hits(tuple(shown), min(len(hits), cap), len(hits) <= cap, after, frozenset(near) & set(shown))

    def _after_last(self, hits: list[int], order: Order, cursor: "Cursor") -> tuple[list[int], int]:
        """``hits`` in order, and where those begin that come after the page before; also when the last of
        that page was thrown away since, or more of them."""
        last = cursor.last
        if last is None or cursor.by_meaning:
            return self._in_order(hits, order), len(hits) if cursor.by_meaning else 0
        if self._statements.row(sql.BY_NUMBER, last) is None:
            raise InvalidInput(
                "The last asset of the page before was purged since.", hint="begin again without --after"
            )
        ordered = self._in_order(sorted({*hits, last}, reverse=True), order)
        start = ordered.index(last) + 1
        if last in hits:
            return ordered, start
        ordered.remove(last)
        return ordered, start - 1

    def _first_bound(self) -> int:
        """One more than the newest number: what comes later is on no later page."""
        row = self._statements.row(sql.LAST_NUMBER)
        return int(row[0]) + 1 if row is not None else 1

    def _in_order(self, hits: list[int], order: Order) -> list[int]:
        if order is Order.RELEVANCE:
            return self._best_first(hits)
        rows = self._statements.rows(sql.SORT_KEYS, json.dumps(hits))
        if order is Order.NAME:
            return [row[0] for row in sorted(rows, key=lambda row: (row[1].casefold(), row[0]))]
        column = 2 if order is Order.LARGEST else 3
        return [row[0] for row in sorted(rows, key=lambda row: (-row[column], -row[0]))]

    def _best_first(self, hits: list[int]) -> list[int]:
        """The most relevant first; of equals the newer."""
        wanted = [word for part in words_in(self._query) for word in words(part.text)]
        if not hits or not wanted:
            return hits
        score = relevance(wanted)
        rows = self._statements.rows(sql.TEXTS, json.dumps(hits))
        scores = {number: score(texts) for number, *texts in rows}
        return sorted(hits, key=lambda number: -scores[number])

    def _by_meaning(self, exact: set[int], bound: int) -> list[int]:
        """Further assets with words of like meaning, the nearest first."""
        asked = [word for part in words_in(self._query) if not part.exact for word in words(part.text)]
        if self._near is None or not asked or len(self._branches) > 1:
            return []  # beside alternatives with relations, names or ids words are meant as they are
        least = BESIDE_HITS if len(set(asked)) == 1 else BESIDE_HITS_OF_SEVERAL
        if not exact or any(isinstance(part, AnyOf) for part in self._query.parts):
            least = 0.0  # of alternatives one that is held says nothing of the others
        near = {word: nearness for word, nearness in self._near(asked) if nearness >= least}
        rows = self._statements.rows(sql.KNOWN_WORDS, json.dumps([*near]))
        nearest = sorted((word for (word,) in rows), key=lambda word: -near[word])
        others = _without_words(self._rest)
        rest = Expressions(self._statements).of(others) if others.parts else ""
        if others.parts and rest == NOTHING:
            return []
        held: dict[str, float] = {}
        for word in nearest:
            # A word that only came into the library after the first page must not change the next ones.
            if self._with(quoted(word), Picks())._newest(1, bound):
                held[word] = near[word]
            if len(held) == MEANING_WORDS:
                break
        found = self._with_any(list(held), rest, bound)
        return self._nearest_first([number for number in found if number not in exact], held)

    def _with_any(self, held: list[str], rest: str, bound: int) -> list[int]:
        """Newest assets that answer ``rest`` and may hold one of the words ``held``."""
        if self._picks.only is not None:  # few, whose texts are read faster than the index
            return self._with(rest or None, self._picks)._newest(SEARCH_CAP, bound)
        size = FILTERED_GROUP if rest or self._picks.none_of else 1
        found: dict[int, None] = {}
        for start in range(0, len(held), size):
            group = held[start : start + size]
            expression = f"({' OR '.join(map(quoted, group))})"
            hits = self._with(f"{expression} AND {rest}" if rest else expression, self._picks)
            found |= dict.fromkeys(hits._newest(MEANING_HITS * len(group), bound))
        return list(found)

    def _with(self, expression: str | None, picks: Picks) -> "Search":
        other = Search(self._statements, AllOf(()), [(AllOf(()), picks)])
        other._branches = [(expression, picks)]
        return other

    def _nearest_first(self, numbers: list[int], nearness_of: dict[str, float]) -> list[int]:
        """By the nearest word that each holds, one of each word in turn: forty drawings of a snake would
        otherwise stand before the first spider."""
        rows = self._statements.rows(sql.TEXTS, json.dumps(sorted(numbers, reverse=True)))
        groups: dict[str, list[tuple[float, int, int]]] = defaultdict(list)
        for number, *texts in rows:
            all_words = set(words(" ".join(texts)))
            held = sorted(all_words & nearness_of.keys(), key=lambda word: (-nearness_of[word], word))
            if held:
                # Further near words break ties, then how little else is said.
                score = sum(nearness_of[word] / 4**place for place, word in enumerate(held[:3]))
                groups[held[0]].append((-score, len(all_words), -number))
        in_turn = [
            (turn, -nearness_of[word], member)
            for word, members in groups.items()
            for turn, (*_, member) in enumerate(sorted(members))
        ]
        return [-member for *_, member in sorted(in_turn)]

    def _newest(self, limit: int, bound: int | None = None) -> list[int]:
        """The newest hits numbered below ``bound``."""
        return self._hits(sql.HITS, sql.NEWEST_NUMBERS, limit, bound if bound is not None else MAX_NUMBER)

    def _oldest(self, limit: int, bound: int | None) -> list[int]:
        return self._hits(sql.HITS_OLDEST, sql.OLDEST_FROM, limit, bound or 0)

    def _hits(self, matching: str, living: str, limit: int, bound: int) -> list[int]:
        found = [self._branch_hits(branch, matching, living, limit, bound) for branch in self._branches]
        if len(found) == 1:
            return found[0]
        merged = sorted({number for hits in found for number in hits}, reverse=matching == sql.HITS)
        return merged if limit == ALL else merged[:limit]

    def _branch_hits(
        self, branch: tuple[str | None, Picks], matching: str, living: str, limit: int, bound: int
    ) -> list[int]:
        expression, picks = branch
        if expression == NOTHING:
            return []
        newest = matching == sql.HITS
        if picks.only is not None:
            picked = sorted(picks.only - picks.none_of, reverse=newest)
            picked = [one for one in picked if (one < bound if newest else one > bound)]
            answering = self._answering(expression, picked)
            picked = [one for one in picked if one in answering]
            return picked if limit == ALL else picked[:limit]
        more = limit if limit == ALL else limit + len(picks.none_of)
        if expression is None:
            rows = self._statements.rows(living, bound, more)
        else:
            rows = self._statements.rows(matching, expression, bound, more)
        found = [number for (number,) in rows if number not in picks.none_of]
        return found if limit == ALL else found[:limit]

    def _answering(self, expression: str | None, picked: list[int]) -> set[int]:
        """Those of ``picked`` that live and answer ``expression``; maybe others."""
        if expression is None or not picked:
            rows = self._statements.rows(sql.PICKED, json.dumps(picked))
        elif max(picked) - min(picked) < SCANNED_A_PICK * len(picked):
            rows = self._statements.rows(sql.HITS_BETWEEN, expression, min(picked), max(picked))
        else:
            rows = self._statements.rows(sql.PICKED_HITS, expression, json.dumps(picked))
        return {row[0] for row in rows}


def _without_words(query: AllOf) -> AllOf:
    """``query`` without the words that it wants; what it excludes stays."""
    return replace(query, parts=tuple(part for part in map(_pruned, query.parts) if part is not None))


def _pruned(part: Part) -> Part | None:
    match part:
        case Words():
            return None
        case AllOf() | AnyOf():
            kept = tuple(one for one in map(_pruned, part.parts) if one is not None)
            whole = isinstance(part, AllOf) or len(kept) == len(part.parts)
            return replace(part, parts=kept) if kept and whole else None
        case _:
            return part
