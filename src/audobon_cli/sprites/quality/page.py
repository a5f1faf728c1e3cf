"""Scores as an HTML page."""

from collections.abc import Sequence
from dataclasses import dataclass

from audobon_cli.pages.render import render_page
from audobon_cli.sprites.pictures import PictureReader
from audobon_cli.sprites.quality.score import FaultScore, QualityReport
from audobon_cli.sprites.style_pages import thumbnail


@dataclass(frozen=True, slots=True)
class _Scored:
    name: str
    image: bytes
    score: float
    passed: bool
    why: Sequence[str]
    faults: Sequence[FaultScore]
    agreement: float | None


def quality_page(report: QualityReport, reader: PictureReader) -> str:
    """The page of ``report``, the worst first. ``reader`` gives the pictures once more."""
    failed = len(report.failed)
    return render_page(
        "quality_score.html",
        title="Quality",
        verdict=f"{failed} of {len(report.pictures)} "
        + ("do not pass" if report.scorer else f"score less than {report.threshold:g}")
        if failed
        else f"all score {report.threshold:g} or more",
        threshold=report.threshold,
        palette=report.palette,
        scorer=report.scorer,
        agreement_threshold=report.agreement_threshold,
        pictures=[
            _Scored(
                one.source.name,
                thumbnail(reader.picture(one.source).frames[(one.frame or 1) - 1]),
                one.score,
                one.passed,
                one.why,
                one.faults,
                one.agreement.share if one.agreement else None,
            )
            for one in report.pictures
        ],
    )
