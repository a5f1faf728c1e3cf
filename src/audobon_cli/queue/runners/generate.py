"""Jobs that are requests for pictures: made as `generate` makes them, filed with their job in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from audobon_cli.domain.errors import JobOver
from audobon_cli.domain.ids import AssetId
from audobon_cli.engines.base import Asked, Engine
from audobon_cli.engines.scoring.cached_scorer import Scorer
from audobon_cli.engines.threads import drawing_threads
from audobon_cli.generation.context import GenerationEnvironment, generation_context, missing
from audobon_cli.generation.judging import judging
from audobon_cli.generation.outputs import Outputs, suffix_of
from audobon_cli.generation.resolve.request import resolve_request
from audobon_cli.generation.run import check_run, generate
from audobon_cli.generation.timeout import with_timeout_set
from audobon_cli.queue.model import Job, JobKind
from audobon_cli.queue.read_ahead import NeededMemory, NextModel, weights_of
from audobon_cli.queue.request import QueuedRequest
from audobon_cli.queue.runners.ahead import JobsAhead
from audobon_cli.queue.runners.base import JobContext, JobResult
from audobon_cli.queue.store.jobs import JobStore
from audobon_cli.storage.transaction import Transaction
from audobon_cli.vram.device_budget import CPU
from audobon_cli.vram.placed import PlannedRequest, has_model


@dataclass(frozen=True, slots=True)
class JobResultRecorder:
    """Notes the pictures of ``job``. Implements generation.context.ResultRecorder."""

    jobs: JobStore
    job: Job

    def note(self, transaction: Transaction, index: int, asset: AssetId) -> None:
        """Raises JobOver, which undoes the transaction, when the job has another picture there already."""
        if not self.jobs.file(transaction, self.job.number, index, asset):
            raise JobOver(
                f"Job {self.job.number} was ended elsewhere meanwhile; this picture is not stored.",
                hint=f"`audobon queue show {self.job.number}`",
            )


class GenerateRunner:
    """Makes the pictures of jobs with ``engine``; ``scorer`` chooses among candidates.

    With ``ahead`` those of waiting jobs are drawn side by side with that of the job at hand, see JobsAhead. Close it.
    """

    def __init__(
        self,
        environment: GenerationEnvironment,
        engine: Engine,
        scorer: Scorer,
        jobs: JobStore,
        ahead: bool = True,
    ) -> None:
        self._environment = environment
        self._engine = engine
        self._scorer = scorer
        self._jobs = jobs
        threads = drawing_threads(environment.settings.resources_threads) if ahead else 1
        self._ahead = JobsAhead(jobs, threads, self._missing)
        reads = ahead and environment.settings.queue_read_ahead
        self._next = NextModel(jobs, self._need, _model_of) if reads else None

    def run(self, job: Job, context: JobContext) -> JobResult:
        """See Runner.run. Raises what `generate` would end with."""
        environment = self._environment
        queued, placed = self._placed(job)
        listen = context.listen if self._next is None else self._next.listening(job, context.listen)
        requests = [one.request for one in placed]
        outputs = None
        if queued.out is not None:
            count = sum(request.count for request in requests)
            outputs = Outputs.plan(
                queued.out, environment.library.root, count, queued.overwrite, suffix_of(requests)
            )
        check_run(requests, environment.library, outputs)
        generation = replace(
            generation_context(environment, placed, outputs, listen, context.should_stop),
            engine=environment.engine_anywhere(self._engine),
            scorer=judging(self._scorer, environment.models),
            recorder=JobResultRecorder(self._jobs, job),
        )
        pictures = missing(_pictures(placed), generation.results, generation.retries)
        beside = self._ahead.engine(job, pictures, generation.engine)
        if beside is not None:
            generation = replace(generation, engine=beside, threads=1)
        try:
            error = generate(requests, generation).error()
        finally:
            self._ahead.end(job)
            if self._next is not None:
                self._next.tell(context.listen)
        if error is not None:
            raise error
        return JobResult(ended=True)

    def close(self) -> None:
        """Stop what is being drawn and read ahead."""
        self._ahead.close()
        if self._next is not None:
            self._next.close()

    def _placed(self, job: Job, shown: bool = False) -> tuple[QueuedRequest, list[PlannedRequest]]:
        """The request of ``job`` with every choice made; ``shown``: with a forecast though there is nothing to choose.
        Raises what is wrong with it."""
        environment, queued = self._environment, QueuedRequest.from_dict(job.request)
        resolved = resolve_request(
            queued.request, environment.settings, environment.models, lambda: environment.library
        )
        resolved = with_timeout_set(resolved, environment.settings)
        if queued.picture_timeout_seconds is not None:
            resolved = resolved.with_timeout(queued.picture_timeout_seconds or None)
        return queued, [environment.vram.selector.place(resolved, queued.strategy, shown)]

    def _need(self, job: Job) -> NeededMemory | None:
        """What ``job`` needs of main memory; None for what is drawn elsewhere or by another engine."""
        _, placed = self._placed(job, shown=True)
        request, forecast = placed[0].request, placed[0].forecast
        if not has_model(request):
            return None
        files = weights_of(request.model)
        is_here = forecast is not None and self._environment.vram.selector.card.device == CPU
        drawing = forecast.reserved_bytes if forecast is not None and is_here else None
        return NeededMemory(request.model, files, sum(path.stat().st_size for path in files), drawing)

    def _missing(self, job: Job) -> list[Asked]:
        """What must be drawn for ``job``; nothing for another kind."""
        if job.kind is not JobKind.GENERATE:
            return []
        _, placed = self._placed(job)
        environment = self._environment
        return [*missing(_pictures(placed), environment.results(), environment.settings.retries)]


def _model_of(job: Job) -> str:
    """The model that is named in the request of ``job``, "" if none is."""
    request = job.request.get("request")
    return str(request.get("model") or "") if isinstance(request, dict) else ""


def _pictures(placed: Sequence[PlannedRequest]) -> list[Asked]:
    return [(one.request, seed) for one in placed for seed in one.request.seeds()]
