"""Choosing among candidates of models that have no scorer of their own: technical faults, and the words."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.model import Model
from audobon_cli.engines.scoring.cached_scorer import Scorer
from audobon_cli.models.finding import find_model
from audobon_cli.models.registry import ModelRegistry

if TYPE_CHECKING:
    from PIL.Image import Image

SOUND = 0.5
"""The technical score from which a picture counts as sound: there every fault is within its limit."""


@dataclass(frozen=True, slots=True)
class JudgingScorer:
    """Implements cached_scorer.Scorer for every model of pictures.

    ``own`` asks the scorer that a model comes with. What other models drew is told by ``judge_of()``, the shipped model
    whose scorer reads words for all: the cosine of words and picture, and up to 1 more for technical quality, all of
    it where no fault passes its limit. Faults thereby come first, and among sound pictures the words choose; both by
    files that ship, so that the choice is the same on every machine. See bench/candidates.py.
    """

    own: Scorer
    judge_of: Callable[[], Model | None]

    def __call__(self, contents: Sequence["Image"], text: str, model: Model) -> tuple[float, ...]:
        """Higher is better. Raises ModelDamaged."""
        if model.scorer is not None:
            return self.own(contents, text, model)
        sound = [soundness(content) for content in contents]
        judge = self.judge_of()
        if judge is None:
            return tuple(sound)
        shown = self.own([content.convert("RGBA") for content in contents], text, judge)
        return tuple(one + cosine for one, cosine in zip(sound, shown, strict=True))


def judging(own: Scorer, registry: ModelRegistry) -> Scorer:
    """``own`` for models with a scorer, and for all others what JudgingScorer says, by the shipped judge."""
    return JudgingScorer(own, lambda: shipped_judge(registry))


def shipped_judge(registry: ModelRegistry) -> Model | None:
    """The shipped model whose scorer tells how well any picture shows its words; None where none is there."""
    named = (preset.name for preset in registry.presets.models.values() if preset.scorer is not None)
    return next((find_model(name, registry) for name in named), None)


def soundness(picture: "Image") -> float:
    """0 to 1: the technical score of ``picture``, of SOUND at most, as a share of that. Takes 8 ms for a sprite of 64
    pixels, 3 s for a million pixels."""
    import numpy as np

    from audobon_cli.media.image.pixels import DecodedImage
    from audobon_cli.sprites.quality.score import scored

    pixels = np.array(picture.convert("RGBA"), dtype=np.uint8)
    faults, _ = scored(DecodedImage("candidate", (pixels,)))
    return min(faults[0].score / SOUND, 1.0)
