"""Jobs that are requests for pictures: made as `generate` makes them, filed with their job in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from audobon_cli.domain.errors import JobOver
from audobon_cli.domain.ids import AssetId
from audobon_cli.generation.outputs import Outputs
from audobon_cli.generation.resolve.request import resolve_there
from audobon_cli.generation.run import Workshop, check_run, generate
from audobon_cli.models.last_used import noting_use
from audobon_cli.queue.model import Job
from audobon_cli.queue.request import QueuedRequest
from audobon_cli.queue.runners.base import Desk, Outcome
from audobon_cli.queue.store.jobs import JobStore
from audobon_cli.storage.transaction import Statements

if TYPE_CHECKING:
    from audobon_cli.domain.events import Listener
    from audobon_cli.engines.base import Engine, MostTogether
    from audobon_cli.generation.cache import Results
    from audobon_cli.generation.candidates import Judge
    from audobon_cli.library.store.library import Library
    from audobon_cli.models.registry import ModelShelf
    from audobon_cli.settings.settings import Settings
    from audobon_cli.sprites.contract import Contract
    from audobon_cli.vram.select_strategy import Placed, Placing


class Studio(Protocol):
    """What pictures are made with: a workspace."""

    @property
    def settings(self) -> "Settings": ...
    @property
    def models(self) -> "ModelShelf": ...
    @property
    def placing(self) -> "Placing": ...
    @property
    def library(self) -> "Library": ...
    @property
    def contract(self) -> "Contract": ...
    def results(self) -> "Results": ...
    def engine_anywhere(self, here: "Engine | None" = None) -> "Engine": ...
    def most_together(self, placed: "Sequence[Placed]") -> "MostTogether": ...


@dataclass(frozen=True, slots=True)
class JobLedger:
    """Notes the pictures of ``job``. Implements generation.Ledger."""

    jobs: JobStore
    job: Job

    def note(self, transaction: Statements, index: int, asset: AssetId) -> None:
        """Raises JobOver, which undoes the transaction, when the job has another picture there already."""
        if not self.jobs.file(transaction, self.job.number, index, asset):
            raise JobOver(
                f"Job {self.job.number} was ended elsewhere meanwhile; this picture is not stored.",
                hint=f"`audobon queue show {self.job.number}`",
            )


class PictureRunner:
    """Makes the pictures of jobs with ``engine``; ``judge`` chooses among candidates."""

    def __init__(self, studio: Studio, engine: "Engine", judge: "Judge", jobs: JobStore) -> None:
        self._studio = studio
        self._engine = engine
        self._judge = judge
        self._jobs = jobs

    def run(self, job: Job, desk: Desk) -> Outcome:
        """See Runner.run. Raises what `generate` would end with."""
        studio, queued = self._studio, QueuedRequest.from_dict(job.request)
        resolved = resolve_there(queued.request, studio.settings, studio.models, lambda: studio.library)
        if queued.picture_timeout_seconds is not None:
            resolved = replace(resolved, timeout_seconds=queued.picture_timeout_seconds or None)
        placed = [studio.placing.place(resolved, queued.strategy, shown=False)]
        requests = [one.request for one in placed]
        outputs = None
        if queued.out is not None:
            outputs = Outputs.plan(queued.out, studio.library.root, resolved.count, queued.overwrite)
        check_run(requests, studio.library, outputs)
        for event in studio.placing.choices(placed):
            desk.listen(event)
        workshop = Workshop(
            studio.engine_anywhere(self._engine),
            studio.library,
            outputs,
            studio.settings.retries,
            studio.results(),
            ladder=studio.placing.ladder(placed),
            most_together=studio.most_together(placed),
            judge=self._judge,
            ledger=JobLedger(self._jobs, job),
        )
        listen = self._scored(noting_use(studio.models, [resolved.model], desk.listen))
        report = generate(requests, workshop, listen, desk.should_stop)
        error = report.error()
        if error is not None:
            raise error
        return Outcome(ended=True)

    def _scored(self, listen: "Listener") -> "Listener":
        if not self._studio.contract.source:
            return listen
        from audobon_cli.sprites.check import scoring

        return scoring(self._studio.library, self._studio.contract, listen)
