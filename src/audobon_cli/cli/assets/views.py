"""Assets as people see them: tables, grids of pictures, trees."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from audobon_cli.cli.session import Session
from audobon_cli.domain.sound import SoundInfo

if TYPE_CHECKING:
    from audobon_cli.domain.asset import Asset
    from audobon_cli.library.lineage import Branch
    from audobon_cli.library.organize import Changed

HEADINGS = ("id", "name", "kind", "size", "category", "tags", "rating", "model", "made")


def asset_table(session: Session, assets: "Iterable[Asset]") -> None:
    """A line for each asset."""
    rows = [
        (
            asset.id,
            asset.name,
            asset.kind.value,
            _extent(asset),
            asset.category,
            " ".join(asset.tags),
            "" if asset.rating is None else str(asset.rating),
            asset.model,
            asset.created.astimezone().strftime("%Y-%m-%d %H:%M"),
        )
        for asset in assets
    ]
    session.out.table(HEADINGS, rows)


def _extent(asset: "Asset") -> str:
    """The sides of a picture, the length of a sound."""
    if isinstance(asset.media, SoundInfo):
        return f"{asset.media.seconds:.2f} s"
    return f"{asset.width}x{asset.height}"


def asset_grid(session: Session, assets: "Sequence[Asset]") -> None:
    """The pictures of assets side by side, with their names; a table where no colours can be shown."""
    from audobon_cli.cli.images import can_show, show_grid
    from audobon_cli.library.thumbnails import thumbnail

    if not can_show(session.out.console):
        asset_table(session, assets)
        return
    library = session.workspace.library
    show_grid(session.out.console, [(asset.name, thumbnail(library, asset)) for asset in assets])


def changed_result(session: Session, changed: "Changed", what: str) -> None:
    """The result of a command that changes assets."""
    data = {"assets": [asset.summary() for asset in changed.assets], "changed": changed.changed}
    session.out.result(data, view=lambda: asset_table(session, changed.assets))
    session.out.note(f"{changed.changed} of {len(changed.assets)} {what}.")


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
