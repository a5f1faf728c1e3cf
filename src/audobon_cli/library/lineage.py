"""What derives from what."""

from collections.abc import Iterator
from dataclasses import dataclass

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import AssetNotFound
from audobon_cli.domain.ids import AssetId, BlobId
from audobon_cli.domain.recipe import Recipe
from audobon_cli.library.organize import descends
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.rows import Relation, RelationKind

MAX_NODES = 1000
MAX_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Branch:
    """An asset and what derives from it; ``seen`` when its own branches are not shown here: it
    stands elsewhere in the tree already (as what has two parents does), or the tree grew too large."""

    asset: Asset
    children: tuple["Branch", ...]
    seen: bool = False


def family_tree(library: Library, asset: Asset) -> tuple[Branch, ...]:
    """The trees in which ``asset`` stands, one from each of its first ancestors, up to 1,000 assets in all."""
    grower = _Grower(library)
    return tuple(grower.grow(root) for root in _roots(library, asset))


def record_parents(library: Library, dry_run: bool = False) -> tuple[Relation, ...]:
    """Record for every asset the parents that its recipe names, as filing does since pictures know theirs: the new
    relations. With ``dry_run`` they are only found."""
    found = []
    with library.change() as changes:
        for asset in library.assets.drawn_from_pictures():
            for parent in _named_parents(library, asset):
                if (
                    parent.id == asset.id
                    or descends(library, parent, asset)
                    or descends(library, asset, parent)
                ):
                    continue
                relation = Relation(asset.id, RelationKind.DERIVED_FROM, parent.id)
                if dry_run or changes.link(relation):
                    found.append(relation)
    return tuple(found)


def _named_parents(library: Library, asset: Asset) -> list[Asset]:
    blobs = dict.fromkeys(_pictures(asset.recipe)) if asset.recipe else ()
    return [parent for blob in blobs if (parent := library.assets.holding(blob)) is not None]


def _pictures(recipe: Recipe) -> Iterator[BlobId]:
    """What ``recipe`` was drawn from, but for masks: see Adapters.to_dict and ResolvedInputs.facts."""
    if recipe.inputs.get("init_image"):
        yield BlobId(recipe.inputs["init_image"])
    for one in (
        *recipe.adapters.get("controls", ()),
        *recipe.adapters.get("references", {}).get("pictures", ()),
    ):
        yield BlobId(one["picture"])


class _Grower:
    def __init__(self, library: Library) -> None:
        self._library = library
        self._seen: set[AssetId] = set()

    def grow(self, asset: Asset, depth: int = 0) -> Branch:
        if asset.id in self._seen or len(self._seen) >= MAX_NODES or depth >= MAX_DEPTH:
            return Branch(asset, (), seen=True)
        self._seen.add(asset.id)
        children = self._library.assets.related_to(asset.id, RelationKind.DERIVED_FROM)
        return Branch(asset, tuple(self.grow(child, depth + 1) for child in children))


def _roots(library: Library, asset: Asset) -> list[Asset]:
    """The ancestors of ``asset`` that derive from nothing that is there; itself if it has no parents."""
    roots: dict[AssetId, Asset] = {}
    todo, seen = [asset], {asset.id}
    while todo:
        current = todo.pop(0)
        parents = _parents(library, current)
        if not parents:
            roots[current.id] = current
        for parent in parents:
            if parent.id not in seen:
                seen.add(parent.id)
                todo.append(parent)
    return list(roots.values())


def ancestors(library: Library, asset: Asset) -> list[Asset]:
    """What ``asset`` derives from, the nearest first, as far as it is there."""
    found: dict[AssetId, Asset] = {}
    todo = [asset]
    while todo:
        for parent in _parents(library, todo.pop(0)):
            if parent.id not in found and parent.id != asset.id:
                found[parent.id] = parent
                todo.append(parent)
    return list(found.values())


def _parents(library: Library, asset: Asset) -> list[Asset]:
    found = []
    for relation in library.assets.relations(asset.id):
        if relation.source == asset.id and relation.kind == RelationKind.DERIVED_FROM:
            try:
                found.append(library.assets.get(relation.target))
            except AssetNotFound:  # thrown away since
                continue
    return found
