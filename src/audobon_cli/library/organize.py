"""Arranging assets: tags, categories, names, notes, ratings, relations."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.rows import Relation, RelationKind
from audobon_cli.library.store.search.query import MAX_RATING

MAX_TAG_LENGTH = 64
MAX_NAME_LENGTH = 300
MAX_NOTE_LENGTH = 20_000
MAX_CATEGORY_LENGTH = 300

_RELATION = re.compile(r"[a-z][a-z0-9-]{0,39}")
Change = Callable[[Asset], Asset]


@dataclass(frozen=True, slots=True)
class Changed:
    """The assets as they are now, and how many of them were different before."""

    assets: tuple[Asset, ...]
    changed: int


def add_tags(library: Library, assets: Sequence[Asset], tags: Sequence[str]) -> Changed:
    """Give every asset the ``tags`` that it lacks. Raises InvalidInput for what is no tag."""
    added = clean_tags(tags)
    return change_assets(
        library, assets, lambda asset: replace(asset, tags=clean_tags((*asset.tags, *added))), "tag"
    )


def remove_tags(library: Library, assets: Sequence[Asset], tags: Sequence[str]) -> Changed:
    """Take ``tags`` from every asset that has them; case does not matter."""
    unwanted = {tag.casefold() for tag in clean_tags(tags)}

    def change(asset: Asset) -> Asset:
        return replace(asset, tags=tuple(tag for tag in asset.tags if tag.casefold() not in unwanted))

    return change_assets(library, assets, change, "untag")


def move(library: Library, assets: Sequence[Asset], category: str) -> Changed:
    """Put every asset into ``category`` (``characters/enemies``; "" for none). Raises InvalidInput."""
    cleaned = clean_category(category)
    return change_assets(library, assets, lambda asset: replace(asset, category=cleaned), "move")


def rename(library: Library, asset: Asset, name: str) -> Changed:
    """Give an asset another name. Raises InvalidInput for one that is empty, too long or not one line."""
    cleaned = _name(name)
    return change_assets(library, [asset], lambda one: replace(one, name=cleaned), "rename")


def annotate(library: Library, assets: Sequence[Asset], note: str) -> Changed:
    """Write ``note`` beside every asset; "" takes it away. Raises InvalidInput."""
    cleaned = _text("note", note, MAX_NOTE_LENGTH)
    return change_assets(library, assets, lambda asset: replace(asset, note=cleaned), "note")


def rate(library: Library, assets: Sequence[Asset], rating: int | None) -> Changed:
    """Rate every asset from 0 to 5; None takes the rating away. Raises InvalidInput."""
    checked = _rating(rating)
    return change_assets(library, assets, lambda asset: replace(asset, rating=checked), "rate")


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Several changes at once; None leaves a field as it is. ``rating`` counts with ``rates``: None takes it away."""

    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    category: str | None = None
    note: str | None = None
    name: str | None = None
    rates: bool = False
    rating: int | None = None


def arrange(library: Library, assets: Sequence[Asset], wanted: Arrangement) -> Changed:
    """Change every asset in all fields that ``wanted`` says, in one transaction and as one step of undo.

    Raises InvalidInput as add_tags, move, annotate, rename and rate do, before anything is changed.
    """
    added = clean_tags(wanted.add_tags)
    unwanted = {tag.casefold() for tag in clean_tags(wanted.remove_tags)}
    category = None if wanted.category is None else clean_category(wanted.category)
    note = None if wanted.note is None else _text("note", wanted.note, MAX_NOTE_LENGTH)
    name = None if wanted.name is None else _name(wanted.name)
    rating = _rating(wanted.rating)

    def change(asset: Asset) -> Asset:
        tags = tuple(tag for tag in asset.tags if tag.casefold() not in unwanted)
        return replace(
            asset,
            tags=clean_tags((*tags, *added)),
            category=asset.category if category is None else category,
            note=asset.note if note is None else note,
            name=asset.name if name is None else name,
            rating=rating if wanted.rates else asset.rating,
        )

    return change_assets(library, assets, change, "edit")


def set_protected(library: Library, assets: Sequence[Asset], protected: bool) -> Changed:
    """Protect assets from being trashed, replaced, renamed and moved, or no longer."""
    what = "protect" if protected else "unprotect"
    return change_assets(library, assets, lambda asset: replace(asset, protected=protected), what)


def link(library: Library, source: Asset, kind: str, target: Asset) -> bool:
    """Record that ``source`` is ``kind`` of ``target``; false when that was recorded already.

    Raises InvalidInput for a kind that is no word, for an asset and itself, and for a `derived-from`
    that would make an asset its own ancestor.
    """
    relation = _relation(source, kind, target)
    if source.id == target.id:
        raise InvalidInput("An asset cannot be related to itself.", hint="name two assets")
    if kind == RelationKind.DERIVED_FROM and descends(library, target, source):
        raise InvalidInput(
            f"{target.name} derives from {source.name} already; the other way round makes a circle.",
            hint=f"`audobon assets tree {source.id}` shows it",
        )
    with library.change() as changes:
        return changes.link(relation)


def unlink(library: Library, source: Asset, kind: str, target: Asset) -> bool:
    """Take a relation away; false when there was none."""
    relation = _relation(source, kind, target)
    with library.change() as changes:
        return changes.unlink(relation)


def change_assets(library: Library, assets: Iterable[Asset], change: Change, what: str = "") -> Changed:
    """Give each asset what ``change`` makes of it as it is now, all in one transaction.

    With ``what``, the command's name, `audobon undo` can take it back. Raises AssetProtected.
    """
    after, changed = [], 0
    with library.change() as changes:
        if what:
            changes.undoable(what)
        for asset in assets:
            before = library.assets.get(asset.id)
            wanted = change(before)
            if wanted != before:
                changes.update(wanted)
                changed += 1
            after.append(wanted)
    return Changed(tuple(after), changed)


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags as they are kept: one line each, each once whatever its case. Raises InvalidInput."""
    found: dict[str, str] = {}
    for tag in tags:
        cleaned = " ".join(_text("tag", tag, MAX_TAG_LENGTH).split())
        if not cleaned or not cleaned.isprintable():
            raise InvalidInput(f"{tag!r} is no tag.", hint="a tag is one line of text", tag=tag)
        found.setdefault(cleaned.casefold(), cleaned)
    return tuple(found.values())


def clean_category(category: str) -> str:
    """A category as it is kept: names joined by ``/``. Raises InvalidInput for ``.``, ``..`` and ``*`` in it."""
    parts = [" ".join(part.split()) for part in _text("category", category, MAX_CATEGORY_LENGTH).split("/")]
    parts = [part for part in parts if part]
    if any(part in (".", "..") or "*" in part or not part.isprintable() for part in parts):
        raise InvalidInput(
            f"{category!r} is no category.", hint="write it like characters/enemies", category=category
        )
    return "/".join(parts)


def _name(name: str) -> str:
    cleaned = _text("name", name, MAX_NAME_LENGTH)
    if not cleaned or not cleaned.isprintable():
        raise InvalidInput("A name is one line of text.", hint="give a name with letters in it", name=name)
    return cleaned


def _rating(rating: int | None) -> int | None:
    if rating is not None and not 0 <= rating <= MAX_RATING:
        raise InvalidInput(f"{rating} is no rating.", hint=f"rate from 0 to {MAX_RATING}, or `none`")
    return rating


def _text(what: str, text: str, limit: int) -> str:
    cleaned = unicodedata.normalize("NFC", text.replace("\0", "").encode("utf-8", "replace").decode()).strip()
    if len(cleaned) > limit:
        raise InvalidInput(
            f"A {what} has at most {limit} characters; this one has {len(cleaned)}.", hint="shorten it"
        )
    return cleaned


def _relation(source: Asset, kind: str, target: Asset) -> Relation:
    if _RELATION.fullmatch(kind) is None:
        known = ", ".join(RelationKind)
        raise InvalidInput(
            f"{kind!r} is no kind of relation.", hint=f"use {known} or a word of your own, such as sketch-of"
        )
    return Relation(source.id, kind, target.id)


def descends(library: Library, asset: Asset, ancestor: Asset) -> bool:
    """Whether ``asset`` derives from ``ancestor``, through any number of others."""
    todo, seen = [asset.id], {asset.id}
    while todo:
        current = todo.pop()
        for relation in library.assets.relations(current):
            if relation.source == current and relation.kind == RelationKind.DERIVED_FROM:
                if relation.target == ancestor.id:
                    return True
                if relation.target not in seen:
                    seen.add(relation.target)
                    todo.append(relation.target)
    return False
