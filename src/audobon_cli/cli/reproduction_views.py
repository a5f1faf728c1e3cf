"""Pictures made again, for people and for scripts."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from audobon_cli.cli.screen.columns import Both, Column, Kind
from audobon_cli.cli.session import Session

if TYPE_CHECKING:
    from audobon_cli.reproduction.compare import PixelDifference
    from audobon_cli.reproduction.recipe_diff import RecipeChange
    from audobon_cli.reproduction.reproduce import Reproduced, ReproductionReport

COLUMNS = (
    Column("id"),
    Column("name", Kind.NAME),
    Column("came out"),
    Column("off by", Kind.PROSE),
    Column("because of", Kind.PROSE),
)
STYLES = {
    "identical": "green",
    "within tolerance": "green",
    "drifted": "red",
    "failed": "red",
    "no recipe": "dim",
}


def report_data(report: "ReproductionReport") -> dict[str, Any]:
    """The report for scripts."""
    from audobon_cli.reproduction.compare import TOLERANCE_LEVELS
    from audobon_cli.reproduction.reproduce import ReproductionVerdict

    counts = Counter(each.verdict for each in report.assets)
    return {
        "assets": [_asset_data(each) for each in report.assets],
        "counts": {verdict.value: counts[verdict] for verdict in ReproductionVerdict},
        "tolerance_levels": TOLERANCE_LEVELS,
    }


def _asset_data(each: "Reproduced") -> dict[str, Any]:
    return {
        "asset": each.asset.id,
        "name": each.asset.name,
        "status": each.verdict.value,
        "difference": difference_data(each.difference),
        "changes": changes_data(each.changes),
        "reason": each.reason,
    }


def difference_data(difference: "PixelDifference | None") -> dict[str, Any] | None:
    """How far apart: ``levels`` is null where sizes or modes differ."""
    if difference is None:
        return None
    finite = difference.levels != float("inf")
    return {"levels": difference.levels if finite else None, "share": round(difference.share, 6)}


def changes_data(changes: "Sequence[RecipeChange]") -> list[dict[str, str]]:
    """Causes for scripts."""
    return [{"kind": c.kind, "name": c.name, "before": c.before, "after": c.after} for c in changes]


def show_report(session: Session, report: "ReproductionReport") -> None:
    """A line an asset: what became of it, how far off, and because of what."""
    rows = [
        (
            Both(each.asset.id[:10], each.asset.id),
            each.asset.name,
            each.verdict.value,
            _far(each.difference),
            each.reason,
        )
        for each in report.assets
    ]
    session.out.table(COLUMNS, rows, STYLES)


def _far(difference: "PixelDifference | None") -> str:
    if difference is None or not difference.share:
        return ""
    if difference.levels == float("inf"):
        return "another size"
    return f"{difference.levels:g} of 255 in {difference.share:.2%} of pixels"
