"""Filing pictures in the library, and finding them again."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from audobon_cli.domain.asset import Asset, AssetKind
from audobon_cli.domain.derivation import Derivation, Parent
from audobon_cli.domain.ids import AssetId, BlobId, RecipeDigest, new_asset_id
from audobon_cli.domain.recipe import Recipe
from audobon_cli.library.select import select_assets as select_assets
from audobon_cli.library.select import select_one
from audobon_cli.library.store.assets import AssetPage
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.rows import Relation, RelationKind
from audobon_cli.storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class AssetDraft:
    """What is known of a picture before it is filed: an Asset without id, blob and size in bytes.

    ``relations`` says what the new asset is to others. ``created`` None means the moment of filing.
    """

    name: str
    kind: AssetKind
    width: int
    height: int
    mode: str
    created: datetime | None = None
    prompt: str = ""
    model: str = ""
    quality: str = ""
    style: str = ""
    seed: int | None = None
    category: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""
    rating: int | None = None
    duration_seconds: float = 0.0
    recipe: Recipe | None = None
    format: str = "png"
    frames: int = 1
    metadata: dict[str, Any] = field(default_factory=dict)
    derivation: Derivation | None = None
    relations: tuple[tuple[str, AssetId], ...] = ()

    @property
    def origin_digest(self) -> RecipeDigest | None:
        """What tells apart two assets of the same bytes: the recipe, else the derivation."""
        origin = self.recipe or self.derivation
        return origin.digest if origin else None

    def asset(self, blob: BlobId, size_bytes: int) -> Asset:
        """The asset that this draft becomes, with a fresh id."""
        own = {name: getattr(self, name) for name in _KEPT}
        own["created"] = (self.created or datetime.now(UTC)).astimezone(UTC)
        own["tags"] = tuple(dict.fromkeys(self.tags))
        return Asset(id=new_asset_id(), blob=blob, size_bytes=size_bytes, **own)


_KEPT = tuple(one.name for one in fields(AssetDraft) if one.name != "relations")
Note = Callable[[Transaction, Asset], None]


class AddedAsset(NamedTuple):
    """The asset that holds a picture, and whether it was in the library already."""

    asset: Asset
    existing: bool


@dataclass(frozen=True, slots=True)
class AssetDetails:
    """An asset with its recipe (in ``asset``), its relations, and where its file lies."""

    asset: Asset
    relations: tuple[Relation, ...]
    path: str


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
                same = library.assets.find_same(blob, draft.origin_digest) if blob in there else None
                if same is None:
                    there.add(blob)
                    asset = draft.asset(blob, size)
                    relations = [Relation(asset.id, kind, target) for kind, target in draft.relations]
                    changes.add(asset, relations)
                filed.append(AddedAsset(same or asset, existing=same is not None))
            if note is not None:
                with library.database.transaction() as transaction:
                    for picture in filed:
                        note(transaction, picture.asset)
    return filed


def file_derived(
    library: Library,
    draft: AssetDraft,
    data: bytes,
    parents: Sequence[Asset],
    operation: tuple[str, dict[str, Any], dict[str, str]],
) -> AddedAsset:
    """Put what an operation made of ``parents`` (one or more, in order) into the library; see file_picture.

    ``operation`` is its name, its parameters (all of them, JSON-ready) and the versions of the libraries
    that the result depends on. The new asset is `derived-from` each parent and carries the Derivation;
    the same bytes by the same operation of the same parents are filed once.
    Raises AssetNotFound when a parent is gone.
    """
    name, parameters, libraries = operation
    derivation = Derivation(
        name, parameters, tuple(Parent(parent.id, parent.blob) for parent in parents), libraries
    )
    relations = [(RelationKind.DERIVED_FROM, parent) for parent in dict.fromkeys(p.id for p in parents)]
    complete = replace(draft, derivation=derivation, relations=(*draft.relations, *relations))
    return add_asset(library, complete, data)


def children_of(library: Library, parent: AssetId) -> tuple[Asset, ...]:
    """The living assets derived from ``parent`` directly, oldest first."""
    return library.assets.related_to(parent, RelationKind.DERIVED_FROM)


def list_assets(library: Library, limit: int = 50, after: str | None = None) -> AssetPage:
    """The newest assets, behind the cursor ``after`` of an earlier page. Raises InvalidInput for another."""
    return library.assets.list(limit, after)


def search_assets(library: Library, text: str, limit: int = 50) -> AssetPage:
    """Assets with every word of ``text``, best first; see AssetStore.search. No text is an error."""
    return library.assets.search(text, limit)


def show_asset(library: Library, reference: str) -> AssetDetails:
    """All that is known of the asset meant by an id, the beginning of one, a name, or a query.

    Raises AssetNotFound or AssetAmbiguous.
    """
    asset = select_one(library, reference)
    return AssetDetails(asset, library.assets.relations(asset.id), str(library.blobs.path(asset.blob)))
