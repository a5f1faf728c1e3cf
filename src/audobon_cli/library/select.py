"""Which assets a command means: one parser for every command that takes assets."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import AssetNotFound
from audobon_cli.domain.ids import AssetId
from audobon_cli.library.paging import Order, Paging
from audobon_cli.library.store.ambiguity import MAX_CANDIDATES, ambiguous
from audobon_cli.library.store.assets import AssetPage as AssetPage
from audobon_cli.library.store.library import Library

if TYPE_CHECKING:
    from audobon_cli.library.store.positions import Positions
    from audobon_cli.library.store.search.index import Near
    from audobon_cli.library.store.search.query import AllOf


def find_assets(library: Library, text: str, paging: Paging, near: "Near | None" = None) -> AssetPage:
    """One page of what the query ``text`` finds; see AssetStore.find. Raises QueryInvalid."""
    if not text.strip():
        return library.assets.every(paging)
    from audobon_cli.library.store.search.query import parse_query

    return library.assets.find(parse_query(_expanded(library, text)), paging, near)


def find_positions(library: Library, text: str, order: Order, step: int) -> "Positions":
    """Where pages of ``step`` begin in what the query ``text`` finds; see AssetStore.positions. Raises QueryInvalid."""
    if not text.strip():
        return library.assets.positions(None, order, step)
    from audobon_cli.library.store.search.query import parse_query

    return library.assets.positions(parse_query(_expanded(library, text)), order, step)


def select_assets(library: Library, texts: Sequence[str]) -> list[Asset]:
    """The assets that command arguments mean, each once, in the order named.

    An argument is an id, the beginning of one, or a name; otherwise a query. A query with a field (such as
    ``tag:boss``) means everything that it finds; plain words must mean one asset, so that a slip of the
    keyboard never reaches a hundred.

    Raises AssetNotFound, AssetAmbiguous with the candidates, or QueryInvalid.
    """
    found: dict[str, Asset] = {}
    for text in texts:
        for asset in _matched(library, text):
            found.setdefault(asset.id, asset)
    return list(found.values())


def short_ids(library: Library, ids: Sequence[AssetId]) -> dict[AssetId, str]:
    """What is enough of each id to name its asset; see AssetStore.short_ids."""
    return library.assets.short_ids(ids)


def select_one(library: Library, text: str) -> Asset:
    """The one asset that an id, the beginning of one, a name or a query means.

    Raises AssetNotFound, AssetAmbiguous with the candidates, or QueryInvalid.
    """
    found = _matched(library, text)
    if len(found) > 1:
        raise ambiguous(text, found)
    return found[0]


def _matched(library: Library, text: str) -> list[Asset]:
    try:
        return [library.assets.resolve(text)]
    except AssetNotFound as error:
        from audobon_cli.library.store.search.query import parse_query

        query = parse_query(_expanded(library, text))
        if not query.parts:
            raise
        if _only_words(query):
            found = list(library.assets.find(query, Paging(Order.RELEVANCE, MAX_CANDIDATES + 1)).assets)
            if len(found) > 1:
                raise ambiguous(text, found) from error
        else:
            found = list(library.assets.all(query))
        if not found:
            raise _nothing_found(text, error, _only_words(query)) from error
        return found


def _expanded(library: Library, text: str) -> str:
    from audobon_cli.library.saved_searches import expand

    return expand(library, text)


def _nothing_found(text: str, error: AssetNotFound, words: bool) -> AssetNotFound:
    """``error``, of ``text`` that names nothing and finds nothing, for who wrote a query (not ``words`` alone) or named
    a file."""
    if os.path.isfile(text):
        import shlex

        return AssetNotFound(
            error.message,
            hint=f"it is a file: `audobon assets import {shlex.quote(text)}` makes an asset of it",
            reference=text,
            near_names=[],
        )
    if words:
        return error
    return AssetNotFound(
        f"No asset is found by {text!r}.",
        hint="`audobon assets search` tries queries, `audobon help queries` says how they are written",
        reference=text,
        near_names=[],
    )


def _only_words(query: "AllOf") -> bool:
    from audobon_cli.library.store.search.query import Words

    return all(isinstance(part, Words) for part in query.parts)
