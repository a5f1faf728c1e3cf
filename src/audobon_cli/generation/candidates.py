"""Several pictures drawn for one, and the best of them kept."""

from dataclasses import replace
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import ProviderError
from audobon_cli.domain.events import CandidateChosen, CandidateStarted, Warned
from audobon_cli.generation.checks.registry import check_content
from audobon_cli.generation.context import AssetTask, GenerationContext
from audobon_cli.media.registry import medium_named
from audobon_cli.operations.stages import stage


@dataclass(frozen=True, slots=True)
class Candidate:
    """A picture as drawn from ``seed``, before scaling; ``problems`` are why it must not be kept."""

    content: Any
    seed: int
    problems: tuple[str, ...]
    receipt: dict[str, Any] | None = None


def draw(task: AssetTask, context: GenerationContext) -> Candidate:
    """The picture of ``task``; of several candidates (ResolvedRequest.candidate_seeds) the best that is sound.

    Without a sound one, the first with its problems.
    """
    request = task.request
    seeds = request.candidate_seeds(task.seed)
    if len(seeds) == 1:
        return _draw_one(task, context)
    drawn: list[Candidate] = []
    for place, candidate in enumerate(seeds):
        context.listen(CandidateStarted(task.index, place, len(seeds), candidate))
        try:
            drawn.append(_draw_one(replace(task, seed=candidate), context))
        except ProviderError as error:
            if not drawn:
                raise
            # What was drawn is paid for, and chosen among rather than thrown away.
            fact = f"{len(drawn)} of {len(seeds)} candidates are chosen among, since a call failed: {error.message}"
            context.listen(Warned(fact))
            break
    sound = [picture for picture in drawn if not picture.problems]
    if not sound:
        return drawn[0]
    contents = [picture.content for picture in sound]
    if request.model.scorer is None:  # told by what would be kept, in which faults can be seen
        finish = medium_named(request.output.medium).finish
        contents = [finish(content, request.output) for content in contents]
    with stage("choose", candidates=len(contents)):
        scores = context.scorer(contents, request.prompt, request.model)
    best = max(range(len(sound)), key=scores.__getitem__)
    pairs = tuple((picture.seed, round(score, 4)) for picture, score in zip(sound, scores, strict=True))
    context.listen(CandidateChosen(task.index, sound[best].seed, pairs))
    return sound[best]


def _draw_one(task: AssetTask, context: GenerationContext) -> Candidate:
    request = task.request
    with stage("draw", seed=task.seed):
        rendered = context.engine.render(request, task.seed, task.index, context.listen, context.should_stop)
    with stage("check"):
        problems = check_content(rendered, request)
    return Candidate(rendered.content, task.seed, problems, rendered.receipt)
