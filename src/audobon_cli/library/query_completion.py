"""How the last word of a query could go on: names of fields, their values in this library, and its words."""

import re

from audobon_cli.domain.asset import AssetKind
from audobon_cli.library.store import sql as sql
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.search.query import CHOICES, FIELDS, MAX_RATING, TEXT_FIELDS

MOST = 12
LEAST_LETTERS = 2
"""Of a word that is completed from the words of the library."""
_LAST = re.compile(r'(?:^|[\s(])(-?)([\w-]*:?"?[^\s()"]*)$')
_PLAIN = re.compile(r"[^\s()\"]+")
BEYOND = "\U0010ffff"
"""Sorts after every word."""


def completions(library: Library, text: str, most: int = MOST) -> list[dict[str, object]]:
    """Queries that begin as ``text`` does, the most used values first: ``{"text", "label", "uses"}``, where ``uses`` is
    how many assets have the value, None for fields and words."""
    match = _LAST.search(text)
    if match is None:
        return []
    last = match[2]
    lead = text[: match.start(2)]
    field, colon, begun = last.partition(":")
    if colon:
        found = _values(library, field.lower(), begun.strip('"'))
        return [
            {"text": f"{lead}{field}:{_quoted(value)} ", "label": value, "uses": uses}
            for value, uses in found[:most]
        ]
    fields = [one for one in FIELDS if last and one.startswith(last.lower())]
    rows: list[dict[str, object]] = [
        {"text": f"{lead}{one}:", "label": f"{one}:", "uses": None} for one in fields
    ]
    if len(last) >= LEAST_LETTERS:
        with library.database.read() as statements:
            words = statements.rows(sql.WORDS_FROM, last.lower(), last.lower() + BEYOND, most)
        rows += [{"text": f"{lead}{word} ", "label": word, "uses": None} for (word,) in words]
    return rows[:most]


def _values(library: Library, field: str, begun: str) -> list[tuple[str, int | None]]:
    """Values of ``field`` that begin, or have a word that begins, with ``begun``."""
    if field == "rating":
        return [(f">{stars}", None) for stars in range(MAX_RATING) if f">{stars}".startswith(begun)]
    if field in CHOICES:
        return [(value, None) for value in CHOICES[field] if value.startswith(begun)]
    if field not in (*TEXT_FIELDS, "in"):
        return []
    known = {value: uses for value, uses, _ in library.survey.facets(field) if uses}
    if field == "kind":
        known = {kind.value: known[kind.value] for kind in AssetKind if kind.value in known}
    wanted = begun.casefold()
    fitting = [(value, uses) for value, uses in known.items() if wanted in value.casefold()]
    fitting.sort(key=lambda one: (not one[0].casefold().startswith(wanted), -one[1], one[0]))
    return [*fitting]


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else f'"{value}"'
