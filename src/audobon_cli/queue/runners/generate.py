"""Jobs that are requests for pictures: made as `generate` makes them, filed with their job in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from audobon_cli.domain.errors import JobOver
from audobon_cli.domain.ids import AssetId
from audobon_cli.generation.outputs import Outputs
from audobon_cli.generation.resolve.request import resolve_request
from audobon_cli.generation.run import GenerationContext, check_run, generate
from audobon_cli.models.last_used import noting_use
from audobon_cli.queue.model import Job
from audobon_cli.queue.request import QueuedRequest
from audobon_cli.queue.runners.base import JobContext, JobResult
from audobon_cli.queue.store.jobs import JobStore
from audobon_cli.storage.transaction import Transaction

if TYPE_CHECKING:
    from audobon_cli.domain.events import Listener
    from audobon_cli.engines.base import BatchSizeOf, Engine
    from audobon_cli.generation.cache import ResultCache
    from audobon_cli.generation.candidates import Scorer
    from audobon_cli.library.store.library import Library
    from audobon_cli.models.registry import ModelRegistry
    from audobon_cli.settings.settings import Settings
    from audobon_cli.sprites.contract import Contract
    from audobon_cli.vram.select_strategy import PlannedRequest, StrategySelector


class JobEnvironment(Protocol):
    """What pictures are made with: a workspace."""

    @property
    def settings(self) -> "Settings": ...
    @property
    def models(self) -> "ModelRegistry": ...
    @property
    def selector(self) -> "StrategySelector": ...
    @property
    def library(self) -> "Library": ...
    @property
    def contract(self) -> "Contract": ...
    def results(self) -> "ResultCache": ...
    def engine_anywhere(self, here: "Engine | None" = None) -> "Engine": ...
    def batch_size_of(self, placed: "Sequence[PlannedRequest]") -> "BatchSizeOf": ...


@dataclass(frozen=True, slots=True)
class JobResultRecorder:
    """Notes the pictures of ``job``. Implements generation.Ledger."""

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
    """Makes the pictures of jobs with ``engine``; ``scorer`` chooses among candidates."""

    def __init__(
        self, environment: JobEnvironment, engine: "Engine", scorer: "Scorer", jobs: JobStore
    ) -> None:
        self._environment = environment
        self._engine = engine
        self._scorer = scorer
        self._jobs = jobs

    def run(self, job: Job, context: JobContext) -> JobResult:
        """See Runner.run. Raises what `generate` would end with."""
        environment, queued = self._environment, QueuedRequest.from_dict(job.request)
        resolved = resolve_request(
            queued.request, environment.settings, environment.models, lambda: environment.library
        )
        if queued.picture_timeout_seconds is not None:
            resolved = replace(resolved, timeout_seconds=queued.picture_timeout_seconds or None)
        placed = [environment.selector.place(resolved, queued.strategy, shown=False)]
        requests = [one.request for one in placed]
        outputs = None
        if queued.out is not None:
            outputs = Outputs.plan(queued.out, environment.library.root, resolved.count, queued.overwrite)
        check_run(requests, environment.library, outputs)
        for event in environment.selector.choices(placed):
            context.listen(event)
        generation = GenerationContext(
            environment.engine_anywhere(self._engine),
            environment.library,
            outputs,
            environment.settings.retries,
            environment.results(),
            strategy_fallbacks=environment.selector.strategy_fallbacks(placed),
            batch_size_of=environment.batch_size_of(placed),
            scorer=self._scorer,
            ledger=JobResultRecorder(self._jobs, job),
        )
        listen = self._scored(noting_use(environment.models, [resolved.model], context.listen))
        report = generate(requests, generation, listen, context.should_stop)
        error = report.error()
        if error is not None:
            raise error
        return JobResult(ended=True)

    def _scored(self, listen: "Listener") -> "Listener":
        if not self._environment.contract.source:
            return listen
        from audobon_cli.sprites.check import scoring

        return scoring(self._environment.library, self._environment.contract, listen)
