"""A comparison of kept pictures as an HTML page."""

from dataclasses import dataclass

from audobon_cli.pages.render import render_page
from audobon_cli.reproduction.regression import PictureMeasures, RegressionReport
from audobon_cli.sprites.style_pages import thumbnail


@dataclass(frozen=True, slots=True)
class _Pair:
    name: str
    prompt: str
    kept: bytes
    drawn: bytes | None
    before: PictureMeasures
    after: PictureMeasures | None
    worse: tuple[str, ...]
    reason: str


def regression_page(report: RegressionReport) -> str:
    """The page of ``report``: each kept picture beside the new one, and their measures."""
    return render_page(
        "quality_compare.html",
        title="Quality compared",
        verdict=f"{report.by} draws these worse" if report.error() else f"{report.by} draws these no worse",
        before=report.before,
        after=report.after,
        worse=report.worse,
        pairs=[
            _Pair(
                one.asset.name,
                one.asset.prompt,
                thumbnail(one.kept),
                None if one.drawn is None else thumbnail(one.drawn),
                one.before,
                one.after,
                one.worse,
                one.reason,
            )
            for one in report.pictures
        ],
    )
