"""The only writer of asset records: every change of a library is made here, inside one transaction."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import AssetNotFound, AssetProtected
from audobon_cli.domain.foreign.text import visible_line
from audobon_cli.domain.ids import AssetId, BlobId
from audobon_cli.library.store import sql as sql
from audobon_cli.library.store.rows import Relation, from_row, microseconds, to_row
from audobon_cli.library.store.search.facets import cell, facets_of, token
from audobon_cli.library.store.search.perceptual_hashes import write_hashes
from audobon_cli.library.store.search.tokenizer import words
from audobon_cli.library.store.undo_steps import UndoRecorder
from audobon_cli.media.types import Appearance
from audobon_cli.storage.transaction import Transaction

NAMED = 3
"""How many protected assets a refusal names."""
HELD = ("blob", "name", "category")
"""The fields of a protected asset that stay: its content, and where it is found. Tags, notes and ratings are free."""
MOST_LISTED = 100
"""How many of them it lists for scripts."""


@dataclass(slots=True)
class _Pending:
    """What is gathered during a transaction and written once at its end."""

    words: set[str] = field(default_factory=set)
    uses: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """By all facets of an asset together: most of those that are added at once have the same."""
    bytes: Counter[tuple[str, ...]] = field(default_factory=Counter)
    hashes: dict[int, int] = field(default_factory=dict)


class AssetChanges:
    """Changes within ``statements``' transaction; ``Library.change`` makes one and finishes it.

    Protected assets are passed by until `finish`, which raises AssetProtected for all of them; not so
    ``over_protection``, where another commit takes the place of this one.
    """

    def __init__(self, statements: Transaction, over_protection: bool = False) -> None:
        self._statements = statements
        self._over_protection = over_protection
        self._protected: dict[AssetId, Asset] = {}
        self._tokens: dict[str, str] = {}
        self._lines: dict[tuple[str, ...], str] = {}
        self._pending = _Pending()
        self._undo: UndoRecorder | None = None
        self.did: defaultdict[str, list[str]] = defaultdict(list)
        """The ids of assets by what was done with them."""
        self.tagged: dict[AssetId, Asset] = {}
        """What was added as it is after rules tagged it, once all is done."""

    def undoable(self, what: str) -> None:
        """Record what this transaction arranges and trashes, so that `audobon undo` can take it back as ``what``."""
        self._undo = UndoRecorder(what)

    def add(self, asset: Asset, relations: Iterable[Relation] = (), look: Appearance | None = None) -> None:
        """Add ``asset``; its blob must be durable already. ``look`` spares looking at its pixels later.

        Raises AssetNotFound when a relation names an asset that is not there.
        """
        run = self._statements.run
        run(sql.ADD_BLOB, asset.blob, asset.size_bytes, microseconds(asset.created))
        run(sql.INSERT, *to_row(asset))
        self.did["added"].append(asset.id)
        number = self._statements.last_number
        self._tag(number, asset)
        if look is not None:
            self._keep_look(number, look)
        self._index(number, asset, _cells(look) if look is not None else ())
        for relation in relations:
            self.link(relation)

    def update(self, after: Asset) -> None:
        """Give the living asset with ``after``'s id all the values of ``after``, whose blob must be durable.

        Raises AssetNotFound.
        """
        number, before = self._living(after.id)
        if after.protected and _moved(before, after) and self._refuses(before):
            return
        colors = self._colors(number)
        self._unindex(number, before, colors)
        if after.blob != before.blob:
            self._statements.run(sql.ADD_BLOB, after.blob, after.size_bytes, microseconds(after.created))
            self._forget_look(number)
            colors = []
        self._statements.run(sql.UPDATE, *to_row(after), number)
        self.did["changed"].append(after.id)
        if self._undo is not None:
            self._undo.updated(before, after)
        if after.tags != before.tags:
            self._statements.run(sql.UNTAG_ALL, number)
            self._tag(number, after)
        self._index(number, after, colors)

    def trash(self, asset: AssetId, moment: int) -> None:
        """Put a living asset into the trash at ``moment`` (microseconds). Raises AssetNotFound."""
        number, before = self._living(asset)
        if self._refuses(before):
            return
        self._unindex(number, before, self._colors(number))
        self._statements.run(sql.TRASH, moment, number)
        self.did["trashed"].append(asset)
        if self._undo is not None:
            self._undo.trashed(asset, None, moment)
        self._pending.hashes[number] = 0

    def restore(self, asset: AssetId) -> Asset:
        """Take an asset out of the trash. Raises AssetNotFound when it is not there."""
        number, found = self._row(sql.NUMBERED_TRASHED, asset, "in the trash")
        if self._undo is not None:
            row = self._statements.row(sql.TRASHED_AT, asset)
            self._undo.trashed(asset, row[0] if row else None, None)
        self._statements.run(sql.TRASH, None, number)
        self.did["restored"].append(asset)
        self._index(number, found, self._colors(number))
        look = self._statements.row(sql.LOOK, number)
        if look is not None:
            self._pending.hashes[number] = look[0]
        return found

    def purge(self, asset: AssetId) -> Asset:
        """Delete the record of an asset in the trash; its blob is left to gc. Raises AssetNotFound."""
        number, found = self._row(sql.NUMBERED_TRASHED, asset, "in the trash")
        self._statements.run(sql.DELETE, number)
        if not self._over_protection:  # for good
            self._statements.run(sql.FORGET_EXPORTS, asset)
        self.did["purged"].append(asset)
        return found

    def forget_undo(self, asset: AssetId) -> None:
        """Let nothing that `undo` could take back speak of an asset any more."""
        self._statements.run("DELETE FROM undo_assets WHERE asset = ?", asset)

    def link(self, relation: Relation) -> bool:
        """Record ``relation``; false when it was recorded already. Raises AssetNotFound."""
        for end in (relation.source, relation.target):
            if self._statements.row(sql.NUMBER, end) is None:
                raise _not_there(end, "in the library")
        if not self._statements.run(sql.RELATE, relation.kind, relation.source, relation.target):
            return False
        self.did["linked"].append(relation.source)
        return True

    def unlink(self, relation: Relation) -> bool:
        """Remove ``relation``; false when there was none."""
        if not self._statements.run(sql.UNRELATE, relation.kind, relation.source, relation.target):
            return False
        self.did["unlinked"].append(relation.source)
        return True

    def look(self, asset: AssetId, look: Appearance) -> None:
        """Record what the pixels of a living asset say. Raises AssetNotFound."""
        number, found = self._living(asset)
        self._unindex(number, found, self._colors(number))
        self._keep_look(number, look)
        self._index(number, found, _cells(look))

    def forget_blobs(self, blobs: Iterable[BlobId]) -> None:
        """Remove the rows of stored files that no asset names, so that the files may be deleted."""
        for blob in blobs:
            self._statements.run(sql.FORGET_BLOB, blob)

    def mark_blobs(self, shard: str, marks: Mapping[BlobId, int]) -> None:
        """Note since when the stored files of ``shard`` are unused, in place of what was noted before."""
        self._statements.run(sql.UNMARK, shard, f"{shard}~")
        for blob, moment in marks.items():
            self._statements.run(sql.MARK, blob, moment)

    def reindex(self, number: int, asset: Asset) -> None:
        """Write the index rows of a living asset that has none: for migrations and repairs."""
        self._index(number, asset, self._colors(number))

    def finish(self) -> None:
        """Write what was gathered; the last thing in a transaction. Raises AssetProtected."""
        if self._protected:
            raise protected_error([*self._protected.values()])
        pending, self._pending = self._pending, _Pending()
        run = self._statements.run
        if pending.words:
            run(sql.ADD_WORDS, json.dumps(sorted(pending.words), ensure_ascii=False))
        totals: dict[str, tuple[int, int]] = {}
        for facets, uses in pending.uses.items():
            for name in facets:
                before = totals.get(name, (0, 0))
                totals[name] = (before[0] + uses, before[1] + pending.bytes[facets])
        changed = [(name, *total) for name, total in totals.items()]
        if changed:
            run(sql.COUNT_FACETS, json.dumps(changed, ensure_ascii=False))
        if pending.hashes:
            write_hashes(self._statements, pending.hashes)
        if self._undo is not None:
            self._undo.write(self._statements)

    def _keep_look(self, number: int, look: Appearance) -> None:
        dhash = look.dhash - (1 << 64) if look.dhash >> 63 else look.dhash
        self._statements.run(sql.ADD_LOOK, number, dhash, json.dumps(look.colors))
        self._statements.run(sql.SEEN, number)
        self._pending.hashes[number] = dhash

    def _forget_look(self, number: int) -> None:
        """The pixels are others now: they are looked at anew when somebody asks."""
        self._statements.run(sql.FORGET_LOOK, number)
        self._statements.run(sql.UNSEE, number)
        self._pending.hashes[number] = 0

    def _refuses(self, asset: Asset) -> bool:
        """Whether ``asset`` is protected from being changed here; `finish` will say so."""
        if asset.protected and not self._over_protection:
            self._protected[asset.id] = asset
            return True
        return False

    def _living(self, asset: AssetId) -> tuple[int, Asset]:
        return self._row(sql.NUMBERED, asset, "in the library")

    def _row(self, query: str, asset: AssetId, where: str) -> tuple[int, Asset]:
        row = self._statements.row(query, asset)
        if row is None:
            raise _not_there(asset, where)
        return row[0], from_row(row[1:])

    def _colors(self, number: int) -> list[str]:
        look = self._statements.row(sql.LOOK, number)
        return [cell(*color) for color in json.loads(look[1])] if look is not None else []

    def _tag(self, number: int, asset: Asset) -> None:
        for tag in dict.fromkeys(asset.tags):
            self._statements.run(sql.ADD_TAG, tag)
            self._statements.run(sql.TAG_ASSET, number, tag)

    def _index(self, number: int, asset: Asset, colors: Iterable[str] = ()) -> None:
        found = words(" ".join((asset.name, asset.prompt, *asset.tags, asset.note)))
        self._pending.words.update(found)
        facets = facets_of(asset, colors)
        self._count(facets, 1, asset.size_bytes)
        if facets not in self._lines:
            self._lines[facets] = " ".join([self._token(name) for name in facets])
        self._statements.run(sql.INDEX, number, " ".join(found), self._lines[facets])

    def _unindex(self, number: int, asset: Asset, colors: Iterable[str]) -> None:
        self._count(facets_of(asset, colors), -1, -asset.size_bytes)
        self._statements.run(sql.UNINDEX, number)

    def _count(self, facets: tuple[str, ...], uses: int, size_bytes: int) -> None:
        self._pending.uses[facets] += uses
        self._pending.bytes[facets] += size_bytes

    def _token(self, name: str) -> str:
        found = self._tokens.get(name)
        if found is None:
            row = self._statements.row(sql.FACET, name)
            if row is None:
                self._statements.run(sql.ADD_FACET, name)
                row = (self._statements.last_number,)
            found = self._tokens[name] = token(row[0])
        return found


def _cells(look: Appearance) -> list[str]:
    return [cell(*color) for color in look.colors]


def _moved(before: Asset, after: Asset) -> bool:
    """Whether an update changes what protection holds."""
    return any(getattr(before, one) != getattr(after, one) for one in HELD)


def protected_error(assets: Sequence[Asset]) -> AssetProtected:
    """What to raise where protected assets would be trashed, replaced, renamed or moved."""
    named = ", ".join(visible_line(asset.name) for asset in assets[:NAMED])
    more = f" and {len(assets) - NAMED} more" if len(assets) > NAMED else ""
    shown = [asset.id for asset in assets[:MOST_LISTED]]
    unprotect = " ".join(shown) if len(assets) <= NAMED else "protected:yes"
    return AssetProtected(
        f"Protected, so that nothing was changed: {named}{more}.",
        hint=f"`audobon assets unprotect {unprotect}` takes the protection away",
        assets=shown,
    )


def _not_there(asset: AssetId, where: str) -> AssetNotFound:
    return AssetNotFound(
        f"No asset {asset} is {where}.", hint="list them with `audobon assets list`", reference=asset
    )


def rebuild_index(statements: Transaction) -> None:
    """Index every living asset anew, where a step of the schema emptied the index. About 0.15 ms each."""
    changes = AssetChanges(statements)
    last = 0
    while rows := statements.rows(sql.LIVING_FROM, last, 1000):
        for number, *row in rows:
            changes.reindex(number, from_row(tuple(row)))
        last = rows[-1][0]
    changes.finish()
