"""Filing pictures in the library, and finding them again."""

from collections.abc import Callable, Iterable
from dataclasses import field, fields, replace
from datetime import UTC, datetime
from itertools import count
from typing import NamedTuple

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.asset import Asset, AssetDescription
from audobon_cli.domain.ids import AssetId, BlobId, RecipeDigest, new_asset_id
from audobon_cli.library.select import select_assets as select_assets
from audobon_cli.library.select import select_one
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.rows import Relation, RelationKind
from audobon_cli.library.store.uses import AssetUses as AssetUses
from audobon_cli.library.store.uses import uses_of
from audobon_cli.storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class AssetDraft(AssetDescription):
    """What is known of a picture, or another asset, before it is filed.

    ``relations`` says what the new asset is to others. ``created`` None means the moment of filing.
    """

    created: datetime | None = field(default=None, kw_only=True)
    relations: tuple[tuple[str, AssetId], ...] = field(default=(), kw_only=True)
    same_bytes: bool = field(default=False, kw_only=True)
    """Whether an asset with the same bytes is taken for it, however that was made: for files that came from elsewhere,
    which may be the library's own."""
    unlike: bool = field(default=False, kw_only=True)
    """Whether a new asset is called ``name-2``, ``name-3`` ... where the library has one of that name: for names that
    nobody chose."""

    @property
    def origin_digest(self) -> RecipeDigest | None:
        """What tells apart two assets of the same bytes: the recipe, else the derivation."""
        origin = self.recipe or self.derivation
        return origin.digest if origin else None

    def asset(self, blob: BlobId, size_bytes: int) -> Asset:
        """The asset that this draft becomes, with a fresh id."""
        own = {name: getattr(self, name) for name in _DESCRIBED}
        own["tags"] = tuple(dict.fromkeys(self.tags))
        created = (self.created or datetime.now(UTC)).astimezone(UTC)
        return Asset(id=new_asset_id(), blob=blob, size_bytes=size_bytes, created=created, **own)


_DESCRIBED = tuple(one.name for one in fields(AssetDescription))
Note = Callable[[Transaction, Asset], None]


class AddedAsset(NamedTuple):
    """The asset that holds a picture, and whether it was in the library already."""

    asset: Asset
    existing: bool


@dataclass(frozen=True, slots=True)
class AssetDetails:
    """An asset with its recipe (in ``asset``), its relations, where its file lies, and where it is used."""

    asset: Asset
    relations: tuple[Relation, ...]
    path: str
    uses: AssetUses


def add_asset(library: Library, draft: AssetDraft, data: bytes, note: Note | None = None) -> AddedAsset:
    """Put a picture into the library: durable when this returns, absent if it raises.

    The same bytes with the same recipe are filed once: a second time gives the asset that is there.
    Costs about three syncs. Raises DiskFull, LibraryReadOnly, LibraryBusy and what else Database raises.
    """
    return add_assets(library, [(draft, data)], note)[0]


def add_assets(
    library: Library, pictures: Iterable[tuple[AssetDraft, bytes]], note: Note | None = None
) -> list[AddedAsset]:
    """Put many pictures into the library at once: all in one transaction, or none when it raises.

    Per picture far cheaper than one by one, because the syncs are shared. The pictures are taken
    from the iterable one at a time; memory holds the drafts. ``note`` is called with the transaction and
    each asset, and undoes all when it raises.
    """
    drafts: list[AssetDraft] = []
    sizes: list[int] = []

    def contents() -> Iterable[bytes]:
        for draft, data in pictures:
            drafts.append(draft)
            sizes.append(len(data))
            yield data

    with library.pinned():
        # First the files, then the rows that name them: a row never names a file that is not on the disk.
        blobs = library.blobs.put_many(contents())
        with library.change() as changes:
            filed = []
            there = library.assets.recorded(blobs)
            for draft, size, blob in zip(drafts, sizes, blobs, strict=True):
                find = library.assets.find_same_bytes if draft.same_bytes else library.assets.find_same
                same = find(blob, draft.origin_digest) if blob in there else None
                if same is None:
                    there.add(blob)
                    asset = draft.asset(blob, size)
                    if draft.unlike:
                        asset = replace(asset, name=_unlike(library, asset.name))
                    relations = [Relation(asset.id, kind, target) for kind, target in draft.relations]
                    changes.add(asset, relations)
                filed.append(AddedAsset(same or asset, existing=same is not None))
            if note is not None:
                with library.database.transaction() as transaction:
                    for picture in filed:
                        note(transaction, picture.asset)
    return [one._replace(asset=changes.tagged.get(one.asset.id, one.asset)) for one in filed]


def _unlike(library: Library, name: str) -> str:
    numbered = (f"{name}-{number}" if number > 1 else name for number in count(1))
    return next(one for one in numbered if not library.assets.is_called(one))


def children_of(library: Library, parent: AssetId) -> tuple[Asset, ...]:
    """The living assets derived from ``parent`` directly, oldest first."""
    return library.assets.related_to(parent, RelationKind.DERIVED_FROM)


def show_asset(library: Library, reference: str) -> AssetDetails:
    """All that is known of the asset meant by an id, the beginning of one, a name, or a query.

    Raises AssetNotFound or AssetAmbiguous.
    """
    asset = select_one(library, reference)
    path = str(library.blobs.path(asset.blob))
    return AssetDetails(asset, library.assets.relations(asset.id), path, uses_of(library, asset.id))
