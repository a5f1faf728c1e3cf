"""Scores of pictures by their faults, and a set in the order of its scores."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from audobon_cli.derivations.sources import Source
from audobon_cli.domain.errors import QualityFailed
from audobon_cli.domain.events import Listener, Progress
from audobon_cli.engines.scoring.agreement import AgreementScore
from audobon_cli.library.quality_record import QUALITY_KEY, quality_record
from audobon_cli.library.store.library import Library
from audobon_cli.media.image.oklab import oklab
from audobon_cli.media.image.pixels import DecodedImage, as_image
from audobon_cli.sprites.operations.colors import Colour, colour_array
from audobon_cli.sprites.pictures import PictureReader
from audobon_cli.sprites.quality.faults import FAULTS, Fault, QualityMetric
from audobon_cli.sprites.quality.measures import AllowedColours, measured
from audobon_cli.sprites.quality.wording import Wording
from audobon_cli.styles.card import StyleCard
from audobon_cli.styles.distance import palette_of

if TYPE_CHECKING:
    from PIL.Image import Image

THRESHOLD = 0.5
"""The score from which a picture passes: every fault is within its limit."""

NO_METRICS: Mapping[str, QualityMetric] = {}

EXACT = (1e-6, 2e-6)
"""As AllowedColours.near and strange: a colour of a palette, or none."""

NEAR, STRANGE, LIGHTNESS = 0.06, 0.12, 0.3
"""The same, and AllowedColours.lightness, for a card, which has 24 colours for all of a set: light and shadow are no
other colour. Set on those of bench/quality.py's 160 that are no card's own, by cards of three quarters of them."""


@dataclass(frozen=True, slots=True)
class FaultScore:
    """One fault of a picture: what was measured, and what that scores."""

    fault: str
    value: float
    score: float
    words: str
    """Such as "stray specks: 3"."""


@dataclass(frozen=True, slots=True)
class ScoredPicture:
    """A picture's scores, the worst first; ``frame`` is that of an animation which is worst, from 1."""

    source: Source
    faults: tuple[FaultScore, ...]
    passed: bool
    frame: int | None = None
    agreement: AgreementScore | None = None
    """How well it shows its words; None where that was not asked, or nobody said what it is to show."""
    disagreement: str = ""
    """In words, where that is not well enough."""

    @property
    def score(self) -> float:
        """A picture is as good as its worst fault lets it be."""
        return self.faults[0].score

    @property
    def why(self) -> tuple[str, ...]:
        """What takes from the score, in words, the worst first: faults that score less than 0.8."""
        where = f"frame {self.frame}: " if self.frame else ""
        faults = (f"{where}{one.words}" for one in self.faults if one.score < 0.8)
        return (*([self.disagreement] if self.disagreement else []), *faults)


@dataclass(frozen=True, slots=True)
class QualityReport:
    """Pictures by their scores, the worst first."""

    pictures: tuple[ScoredPicture, ...]
    threshold: float
    palette: str
    """What ``off_palette`` was held against; empty: nothing, and it was not scored."""
    scorer: str = ""
    """The model that told how well pictures show their words; empty: nobody was asked."""
    agreement_threshold: float | None = None

    @property
    def failed(self) -> tuple[ScoredPicture, ...]:
        """Those below the threshold."""
        return tuple(one for one in self.pictures if not one.passed)

    def error(self) -> QualityFailed | None:
        """What to raise, with --fail, when there are such."""
        if not self.failed:
            return None
        first = self.failed[0]
        fact = f"score less than {self.threshold:g}, first {first.source.name}: {first.score:.2f}"
        if first.score >= self.threshold:
            fact = f"do not pass, first {first.source.name}: {first.disagreement}"
        return QualityFailed(
            f"{len(self.failed)} of {len(self.pictures)} {fact}.",
            hint="see them with `audobon quality score --report quality.html`",
            failed=[{"name": one.source.name, "score": round(one.score, 3)} for one in self.failed],
        )


def colours_of_palette(palette: Sequence[Colour]) -> AllowedColours:
    """The colours of a palette, and no others."""
    return AllowedColours(oklab(colour_array(palette)), *EXACT)


def colours_of_card(card: StyleCard) -> AllowedColours:
    """The colours of a style card, and those near to them."""
    return AllowedColours(palette_of(card), NEAR, STRANGE, LIGHTNESS)


def scored(
    picture: DecodedImage,
    allowed: AllowedColours | None = None,
    metrics: Mapping[str, QualityMetric] = NO_METRICS,
) -> tuple[tuple[FaultScore, ...], int]:
    """The scores of the worst frame, the worst first, and its number from 0; by ``metrics`` of plugins, too."""
    rules = {**FAULTS, **metrics}

    def scores(frame: DecodedImage) -> tuple[FaultScore, ...]:
        added = {name: round(float(metric.measure(frame)), 4) for name, metric in metrics.items()}
        return _scores({**measured(frame, allowed), **added}, rules)

    frames = [scores(frame) for frame in _frames(picture)]
    place = min(range(len(frames)), key=lambda number: frames[number][0].score)
    return frames[place], place


def score_set(
    sources: Sequence[Source],
    allowed: tuple[str, AllowedColours] | None,
    library: Callable[[], Library],
    listen: Listener,
    threshold: float = THRESHOLD,
    wording: Wording | None = None,
    metrics: Mapping[str, QualityMetric] = NO_METRICS,
) -> QualityReport:
    """Score every one of ``sources``; ``allowed`` is the name of a palette, and its colours; ``wording`` tells how
    well they show their words, of an animation the first frame; ``metrics`` are scored beside the faults. Writes
    nothing; see save_scores. Raises PictureUnusable, BlobMissing or BlobCorrupt."""
    reader = PictureReader(None if all(source.asset is None for source in sources) else library())
    colours = allowed[1] if allowed else None
    found = []
    for number, source in enumerate(sources):
        picture = reader.picture(source)
        faults, frame = scored(picture, colours, metrics)
        shown = frame + 1 if len(picture.frames) > 1 else None
        one = ScoredPicture(source, faults, faults[0].score >= threshold, shown)
        if wording is not None:
            one = _worded(one, as_image(picture.frames[0]), wording, reader)
        found.append(one)
        listen(Progress("quality", number + 1, len(sources), "pictures"))
    ordered = sorted(
        found, key=lambda one: (one.score, float(np.mean([f.score for f in one.faults])), one.source.name)
    )
    scorer, passes = (wording.judge.space.name, wording.passes) if wording else ("", None)
    return QualityReport(tuple(ordered), threshold, allowed[0] if allowed else "", scorer, passes)


def save_scores(library: Library, report: QualityReport) -> int:
    """Put the scores into the records of the assets that were scored, in one transaction, and tell of how many;
    searches find them (``score:>0.7``). Raises what Library.change raises."""
    scored_assets = [(one.source.asset, one) for one in report.pictures if one.source.asset is not None]
    with library.change() as changes:
        for asset, one in scored_assets:
            now = library.assets.get(asset.id)
            record = quality_record(one.score, one.faults[0].fault, asset.blob, report.palette)
            changes.update(replace(now, metadata={**now.metadata, QUALITY_KEY: record}))
    return len(scored_assets)


def _worded(one: ScoredPicture, image: "Image", wording: Wording, reader: PictureReader) -> ScoredPicture:
    """``one`` with how well ``image`` shows its words."""
    words = wording.words_of(one.source, reader)
    agreement = wording.score(image, words)
    if agreement is None or agreement.share >= wording.passes:
        return replace(one, agreement=agreement)
    return replace(one, agreement=agreement, passed=False, disagreement=wording.said(words, agreement))


def _scores(values: Mapping[str, float], rules: Mapping[str, Fault]) -> tuple[FaultScore, ...]:
    scores = [
        FaultScore(name, value, round(rules[name].score(value), 4), rules[name].said(value))
        for name, value in values.items()
    ]
    return tuple(sorted(scores, key=lambda one: one.score))


def _frames(picture: DecodedImage) -> list[DecodedImage]:
    return [replace(picture, frames=(frame,), durations_ms=()) for frame in picture.frames]
