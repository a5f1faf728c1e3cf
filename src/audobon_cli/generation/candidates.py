"""Several pictures drawn for one, and the best of them kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from audobon_cli.domain.events import CandidateChosen, CandidateStarted, Listener
from audobon_cli.domain.model import Model
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import Engine, ShouldStop
from audobon_cli.generation.checks import check_picture

if TYPE_CHECKING:
    from PIL.Image import Image

    from audobon_cli.engines.scoring.image_scorer import ImageScorer

    Scorer = Callable[[Sequence[Image], str, Model], tuple[float, ...]]


@dataclass
class CachedScorer:
    """Scores pictures with their model's scorer, which is loaded on first use and kept."""

    _scorers: "dict[str, ImageScorer]" = field(default_factory=dict)

    def __call__(self, images: "Sequence[Image]", text: str, model: Model) -> tuple[float, ...]:
        """How well each of ``images`` shows ``text``, higher is better; ``model`` must have a scorer.

        Raises ModelDamaged.
        """
        from audobon_cli.engines.scoring.image_scorer import ImageScorer

        if model.scorer is None:
            raise ValueError(f"the model {model.name} has no scorer")
        if model.name not in self._scorers:
            self._scorers[model.name] = ImageScorer(model.scorer, model.folder)
        return self._scorers[model.name].scores(images, text)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A picture as drawn from ``seed``, before scaling; ``problems`` are why it must not be kept."""

    image: "Image"
    seed: int
    problems: tuple[str, ...]
    receipt: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class SamplingContext:
    """What drawing a picture takes besides the request: ``index`` is its place in the run."""

    engine: Engine
    scorer: "Scorer"
    index: int
    listen: Listener
    should_stop: ShouldStop


def draw(request: ResolvedRequest, seed: int, sampling: SamplingContext) -> Candidate:
    """The picture of ``seed``; of several candidates (ResolvedRequest.candidate_seeds) the best that is sound.

    Without a sound one, the first with its problems.
    """
    seeds = request.candidate_seeds(seed)
    if len(seeds) == 1:
        return _draw_one(request, seed, sampling)
    drawn = []
    for place, candidate in enumerate(seeds):
        sampling.listen(CandidateStarted(sampling.index, place, len(seeds), candidate))
        drawn.append(_draw_one(request, candidate, sampling))
    sound = [picture for picture in drawn if not picture.problems]
    if not sound:
        return drawn[0]
    scores = sampling.scorer([picture.image for picture in sound], request.prompt, request.model)
    best = max(range(len(sound)), key=scores.__getitem__)
    pairs = tuple((picture.seed, round(score, 4)) for picture, score in zip(sound, scores, strict=True))
    sampling.listen(CandidateChosen(sampling.index, sound[best].seed, pairs))
    return sound[best]


def _draw_one(request: ResolvedRequest, seed: int, sampling: SamplingContext) -> Candidate:
    rendered = sampling.engine.render(request, seed, sampling.index, sampling.listen, sampling.should_stop)
    problems = check_picture(rendered.image, request.render_size, request.model.alpha, rendered.problems)
    return Candidate(rendered.image, seed, problems, rendered.receipt)
