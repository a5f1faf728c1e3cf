"""Scores of pictures by their faults, and a set in the order of its scores."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from audobon_cli.derivations.sources import Source
from audobon_cli.domain.errors import QualityFailed
from audobon_cli.domain.events import Listener, Progress
from audobon_cli.library.store.library import Library
from audobon_cli.media.image.oklab import oklab
from audobon_cli.media.image.pixels import DecodedImage
from audobon_cli.sprites.operations.colors import Colour, colour_array
from audobon_cli.sprites.pictures import PictureReader
from audobon_cli.sprites.quality.faults import FAULTS
from audobon_cli.sprites.quality.measures import AllowedColours, measured
from audobon_cli.styles.card import StyleCard
from audobon_cli.styles.distance import palette_of

THRESHOLD = 0.5
"""The score from which a picture passes: every fault is within its limit."""

NEAR = 0.1
"""OKLab distance from a card's colours within which another is taken for the same: a card has 24 of a set's."""


@dataclass(frozen=True, slots=True)
class FaultScore:
    """One fault of a picture: what was measured, and what that scores."""

    fault: str
    value: float
    score: float

    @property
    def words(self) -> str:
        """Such as "stray specks: 3"."""
        return FAULTS[self.fault].said(self.value)


@dataclass(frozen=True, slots=True)
class ScoredPicture:
    """A picture's scores, the worst first; ``frame`` is that of an animation which is worst, from 1."""

    source: Source
    faults: tuple[FaultScore, ...]
    passed: bool
    frame: int | None = None

    @property
    def score(self) -> float:
        """A picture is as good as its worst fault lets it be."""
        return self.faults[0].score

    @property
    def why(self) -> tuple[str, ...]:
        """What takes from the score, in words, the worst first: faults that score less than 0.8."""
        where = f"frame {self.frame}: " if self.frame else ""
        return tuple(f"{where}{one.words}" for one in self.faults if one.score < 0.8)


@dataclass(frozen=True, slots=True)
class QualityReport:
    """Pictures by their scores, the worst first."""

    pictures: tuple[ScoredPicture, ...]
    threshold: float
    palette: str
    """What ``off_palette`` was held against; empty: nothing, and it was not scored."""

    @property
    def failed(self) -> tuple[ScoredPicture, ...]:
        """Those below the threshold."""
        return tuple(one for one in self.pictures if not one.passed)

    def error(self) -> QualityFailed | None:
        """What to raise, with --fail, when there are such."""
        if not self.failed:
            return None
        first = self.failed[0]
        return QualityFailed(
            f"{len(self.failed)} of {len(self.pictures)} score less than {self.threshold:g}, "
            f"first {first.source.name}: {first.score:.2f}.",
            hint="see them with `audobon quality score --report quality.html`",
            failed=[{"name": one.source.name, "score": round(one.score, 3)} for one in self.failed],
        )


def colours_of_palette(palette: Sequence[Colour]) -> AllowedColours:
    """The colours of a palette, and no others."""
    return AllowedColours(oklab(colour_array(palette)), 1e-6)


def colours_of_card(card: StyleCard) -> AllowedColours:
    """The colours of a style card, and those near to them."""
    return AllowedColours(palette_of(card), NEAR)


def scored(
    picture: DecodedImage, allowed: AllowedColours | None = None
) -> tuple[tuple[FaultScore, ...], int]:
    """The scores of the worst frame, the worst first, and its number from 0."""
    frames = [_scores(measured(frame, allowed)) for frame in _frames(picture)]
    place = min(range(len(frames)), key=lambda number: frames[number][0].score)
    return frames[place], place


def score_set(
    sources: Sequence[Source],
    allowed: tuple[str, AllowedColours] | None,
    library: Callable[[], Library],
    listen: Listener,
    threshold: float = THRESHOLD,
) -> QualityReport:
    """Score every one of ``sources``; ``allowed`` is the name of a palette, and its colours. Writes nothing. Raises
    PictureUnusable, BlobMissing or BlobCorrupt."""
    reader = PictureReader(None if all(source.asset is None for source in sources) else library())
    colours = allowed[1] if allowed else None
    found = []
    for number, source in enumerate(sources):
        picture = reader.picture(source)
        faults, frame = scored(picture, colours)
        shown = frame + 1 if len(picture.frames) > 1 else None
        found.append(ScoredPicture(source, faults, faults[0].score >= threshold, shown))
        listen(Progress("quality", number + 1, len(sources), "pictures"))
    ordered = sorted(
        found, key=lambda one: (one.score, float(np.mean([f.score for f in one.faults])), one.source.name)
    )
    return QualityReport(tuple(ordered), threshold, allowed[0] if allowed else "")


def _scores(values: Mapping[str, float]) -> tuple[FaultScore, ...]:
    scores = [FaultScore(name, value, round(FAULTS[name].score(value), 4)) for name, value in values.items()]
    return tuple(sorted(scores, key=lambda one: one.score))


def _frames(picture: DecodedImage) -> list[DecodedImage]:
    return [replace(picture, frames=(frame,), durations_ms=()) for frame in picture.frames]
