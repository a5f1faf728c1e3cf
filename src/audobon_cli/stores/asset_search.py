"""Running a search on the text index."""

import json
from collections.abc import Sequence

from audobon_cli.stores import asset_sql as sql
from audobon_cli.stores.database import Statements
from audobon_cli.stores.search_text import MAX_EXPANSION, match_expression, relevance

ALL = -1
_LAST_CHARACTER = "\U0010ffff"


def newest_hits(statements: Statements, words: Sequence[str], limit: int = ALL) -> list[int]:
    """The newest ``limit`` assets that have every word, as row numbers. No words, no hits."""

    def known(start: str) -> list[str]:
        rows = statements.rows(sql.WORDS_FROM, start, start + _LAST_CHARACTER, MAX_EXPANSION + 1)
        return [word for (word,) in rows]

    expression = match_expression(words, known)
    if not expression:
        return []
    return [number for (number,) in statements.rows(sql.HITS, expression, limit)]


def best_first(statements: Statements, words: Sequence[str], hits: Sequence[int]) -> list[int]:
    """``hits`` (row numbers, newest first) with the most relevant first; of equals the newer."""
    if not hits:
        return []
    score = relevance(words)
    scores = {number: score(texts) for number, *texts in statements.rows(sql.TEXTS, json.dumps(hits))}
    return sorted(hits, key=lambda number: -scores[number])
