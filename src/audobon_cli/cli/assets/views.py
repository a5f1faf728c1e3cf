"""Assets as people see them: tables, grids of pictures, trees."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

from audobon_cli.cli.screen.columns import Both, Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.media import SOUND
from audobon_cli.domain.units import plural

if TYPE_CHECKING:
    from audobon_cli.domain.asset import Asset
    from audobon_cli.domain.ids import AssetId
    from audobon_cli.domain.sound import SoundInfo
    from audobon_cli.library.lineage import Branch
    from audobon_cli.library.organize import Changed

COLUMNS = (
    Column("id"),
    Column("name", Kind.NAME),
    Column("kind", drop=5, unlike=True),
    Column("size", drop=6, unlike=True),
    Column("category", Kind.NAME, drop=7),
    Column("tags", Kind.NAME, drop=8),
    Column("rating", Kind.NUMBER, drop=3),
    Column("model", Kind.NAME, drop=4),
    Column("made", Kind.DAY, drop=1),
    Column("seed", Kind.NUMBER, drop=2),
)
"""Of lists of assets, in the order that scripts get them."""
ORDER = ("id", "name", "kind", "size", "category", "tags", "model", "seed", "rating", "made")
"""The order in which people get them."""
IMPORTED = "import"
"""What stands for the model of what was not made here."""


def asset_table(session: Session, assets: "Iterable[Asset]") -> None:
    """A line for each asset; a person reads ids as short as the library allows."""
    shown = [*assets]
    short = short_ids(session, shown)
    rows = [
        (
            Both(short[asset.id], asset.id),
            asset.name,
            asset.kind.value,
            extent(asset),
            asset.category,
            " ".join(asset.tags),
            asset.rating,
            Both(_origin(asset), asset.model),
            asset.created,
            asset.seed,
        )
        for asset in shown
    ]
    session.out.table(COLUMNS, rows, order=ORDER)


def short_ids(session: Session, assets: "Iterable[Asset]") -> "dict[AssetId, str]":
    """What is enough of each id to name that asset."""
    from audobon_cli.library.select import short_ids as shortest

    return shortest(session.workspace.library, [asset.id for asset in assets])


def _origin(asset: "Asset") -> str:
    """Who made it: a model, an operation, or somebody else."""
    if asset.model:
        return asset.model
    return asset.derivation.operation if asset.derivation else IMPORTED


def extent(asset: "Asset") -> str:
    """The sides of a picture, the length of a sound."""
    if asset.media.medium == SOUND:
        return f"{cast('SoundInfo', asset.media).seconds:.2f} s"
    return f"{asset.width}x{asset.height}"


def asset_grid(session: Session, assets: "Sequence[Asset]") -> None:
    """The pictures of assets side by side, with their names; a table where no colours can be shown."""
    from audobon_cli.cli.screen.images import can_show, grid
    from audobon_cli.library.thumbnails import thumbnail

    if not can_show(session.out.console):
        asset_table(session, assets)
        return
    library = session.workspace.library
    pictures = [(asset.name, thumbnail(library, asset)) for asset in assets]
    session.out.show(grid(session.out.console.width, pictures))


def changed_result(session: Session, changed: "Changed", what: str) -> None:
    """The result of a command that changes assets."""
    data = {"assets": [asset.summary() for asset in changed.assets], "changed": changed.changed}
    session.out.result(data, view=lambda: asset_table(session, changed.assets))
    of = f" of {len(changed.assets)}" if changed.changed != len(changed.assets) else ""
    noun = plural(len(changed.assets), "asset").partition(" ")[2]
    session.out.note(f"{changed.changed}{of} {noun} {what}.")


def branch_data(branch: "Branch") -> dict[str, Any]:
    """A tree for scripts."""
    derivation = branch.asset.derivation
    return {
        "id": branch.asset.id,
        "name": branch.asset.name,
        "operation": derivation.operation if derivation else None,
        "seen": branch.seen,
        "children": [branch_data(child) for child in branch.children],
    }


def branch_lines(branch: "Branch", before: str = "", own: str = "") -> list[str]:
    """A tree as lines, with the operation that made each asset."""
    derivation = branch.asset.derivation
    made = f"  ({derivation.operation})" if derivation else ""
    lines = [f"{own}{branch.asset.name}  {branch.asset.id}{made}{'  …' if branch.seen else ''}"]
    for place, child in enumerate(branch.children, start=1):
        last = place == len(branch.children)
        lines += branch_lines(child, before + ("   " if last else "│  "), before + ("└─ " if last else "├─ "))
    return lines


def summaries(assets: "tuple[Asset, ...] | list[Asset]") -> dict[str, Any]:
    """Assets for scripts."""
    return {"assets": [asset.summary() for asset in assets]}
