"""What came of a run of pictures."""

from pathlib import Path

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import AudobonError, GenerationIncomplete, Interrupted
from audobon_cli.domain.request import ResolvedRequest, prompt_snippet
from audobon_cli.domain.units import plural


@dataclass(frozen=True, slots=True)
class GeneratedImage:
    """A picture that is in the library; ``path`` is its copy elsewhere, if one was asked for.

    ``existing``: this asset was there before; ``drawn``: it was made now, and not taken from the library.
    """

    asset: Asset
    path: Path | None
    existing: bool
    drawn: bool = True


@dataclass(frozen=True, slots=True)
class FailedImage:
    """A picture that failed its checks with every seed tried (the last is ``seed``), or, with ``error``,
    for which memory was not enough on any rung, or which no provider made."""

    prompt: str
    seed: int
    problems: tuple[str, ...]
    error: AudobonError | None = None


@dataclass(frozen=True, slots=True)
class GenerationReport:
    """What came of a run of ``requests``. ``stopped_by`` ended it early: Interrupted, OutOfMemory, DiskFull ..."""

    asked: int
    pictures: tuple[GeneratedImage, ...]
    failed: tuple[FailedImage, ...]
    stopped_by: AudobonError | None
    requests: tuple[ResolvedRequest, ...]

    def error(self) -> AudobonError | None:
        """What the run must end with, or None if all pictures asked for are there."""
        if isinstance(self.stopped_by, Interrupted):
            return Interrupted(
                f"Interrupted: {len(self.pictures)} of {plural(self.asked, self._noun)} kept.",
                hint=self._going_on(),
            )
        if self.stopped_by is not None:
            return self.stopped_by
        if not self.failed:
            return None
        short = next((failure.error for failure in self.failed if failure.error is not None), None)
        if short is not None:
            return short
        reasons = sorted({problem for failure in self.failed for problem in failure.problems})
        return GenerationIncomplete(
            f"{len(self.failed)} of {plural(self.asked, self._noun)} failed their checks ({', '.join(reasons)}).",
            hint=f"try another --seed{', more --steps' if self._noun == 'picture' else ''} or --quality high",
            failed=[{"prompt": f.prompt, "seed": f.seed, "problems": list(f.problems)} for f in self.failed],
        )

    @property
    def _noun(self) -> str:
        """What was asked for, in the singular."""
        media = {request.output.medium for request in self.requests}
        return {frozenset({"sound"}): "sound", frozenset({"image"}): "picture"}.get(frozenset(media), "asset")

    def _going_on(self) -> str:
        """How to go on. The seed is named: it may have been drawn at random, for each prompt another."""
        if len({request.seed for request in self.requests}) == 1:
            kept, missing = len(self.pictures), self.asked - len(self.pictures)
            others = f"the other {missing}" if kept else "them" if missing > 1 else "it"
            return f"with --seed {self.requests[0].seed} the same command draws {others}"
        ended = len(self.pictures) + len(self.failed)
        for request in self.requests:
            if ended < request.count:
                return f"the next is {prompt_snippet(request.prompt)!r} with --seed {request.seed}"
            ended -= request.count
        return "nothing is left to draw"
