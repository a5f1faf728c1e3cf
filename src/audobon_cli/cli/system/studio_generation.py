"""Takes what the page and the HTTP interface ask for, by the rules of batch rows, but for what reaches for files."""

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon_cli.batch.syntax.fields import Vocabulary, rows_of
from audobon_cli.batch.syntax.parse import format_of, parse_batch
from audobon_cli.batch.syntax.rows import MAX_PROBLEMS, BatchProblem, BatchRow
from audobon_cli.cli.requests.request import RequestOptions, read_row, row_parameters
from audobon_cli.cli.session import Session
from audobon_cli.cli.system.studio_fields import FIELDS, field_schemas, within_reach
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.units import format_usd, usd

if TYPE_CHECKING:
    from audobon_cli.batch.resolve import AskedRow
    from audobon_cli.domain.request import ResolvedRequest
    from audobon_cli.queue.model import Job
    from audobon_cli.studio.place import JobOrder

IDLE_SECONDS = 600.0
"""So long a worker that was begun here waits for more: the model stays loaded between pictures."""
STARTING_SECONDS = 20.0
"""Within this time of its start a worker may not have said yet that it is there."""
CHOICES_SECONDS = 30.0
"""So long what a form offers is told without another look: looking takes half a second."""
VOCABULARY = Vocabulary(frozenset(FIELDS))


class StudioGeneration:
    """Implements studio.place.GenerationService for the workspace of a session. Requests come in several threads."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._turn = threading.Lock()
        self._began = -STARTING_SECONDS
        self._choices: dict[str, Any] = {}
        self._looked = 0.0

    def fields(self) -> dict[str, Any]:
        """See GenerationService.fields."""
        return field_schemas(row_parameters())

    def choices(self) -> dict[str, Any]:
        """See GenerationService.choices."""
        from audobon_cli.cli.system.studio_choices import choices_of

        with self._turn:
            if not self._choices or time.monotonic() - self._looked > CHOICES_SECONDS:
                self._choices = choices_of(self._session.workspace)
                self._looked = time.monotonic()
            return self._choices

    def plan(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """See GenerationService.plan. What is not pulled yet is planned for, too."""
        from audobon_cli.cli.generation_session import whole_plan
        from audobon_cli.generation.resolve.request import resolve_request
        from audobon_cli.generation.timeout import with_timeout_set
        from audobon_cli.models.catalog import find_model
        from audobon_cli.vram.unpulled import finding_unpulled

        workspace = self._session.workspace
        with self._turn:
            find = finding_unpulled(find_model, workspace.vram.forecasts)
            placed = []
            for row in self._rows([fields]):
                resolved = resolve_request(
                    row.request, workspace.settings, workspace.models, lambda: workspace.library, find
                )
                resolved = with_timeout_set(resolved, workspace.settings)
                placed.append(workspace.vram.selector.place(resolved, "", shown=True))
            _, _, _, data = whole_plan(self._session, placed, fresh=False)
            notes = [note for one in placed for note in one.request.notes]
        return {**data, "notes": notes}

    def add(self, rows: Sequence[Mapping[str, Any]], order: "JobOrder") -> "list[Job]":
        """See GenerationService.add."""
        with self._turn:
            return self._add(self._rows(rows), order)

    def add_batch(self, name: str, text: str, order: "JobOrder") -> "list[Job]":
        """See GenerationService.add_batch. Files of wildcards are not looked for."""
        data = text.encode()
        plain = Path(name.replace("\\", "/")).name
        parsed = parse_batch(data, format_of(plain, data), VOCABULARY)
        rows, problems = [], list(parsed.problems)
        with self._turn:
            for row in parsed.rows:
                if len(problems) >= MAX_PROBLEMS:
                    break
                try:
                    rows.append(_asked(row))
                except InvalidInput as error:
                    problems.append(BatchProblem.of(row.line, error))
            return self._add(rows, order, plain, problems)

    def suggest(self, begun: str) -> list[dict[str, str]]:
        """See GenerationService.suggest."""
        from audobon_cli.prompts.known import known_prompts
        from audobon_cli.prompts.suggest import suggestions

        workspace = self._session.workspace
        with self._turn:
            name = workspace.settings.model
            known = known_prompts(
                workspace.models, name, workspace.library, workspace.locations.templates, False
            )
        return [{"text": one.text, "source": one.source.value} for one in suggestions(begun, known)]

    def ensure_worker(self) -> None:
        """See GenerationService.ensure_worker. The worker is nobody's child: it goes on when this process ends.

        A paused queue needs none.
        """
        from audobon_cli.engines.background import start_in_background
        from audobon_cli.queue.open import open_queue
        from audobon_cli.queue.status import living_workers

        workspace = self._session.workspace
        now = time.monotonic()
        jobs = open_queue(workspace.library)
        if now - self._began < STARTING_SECONDS or jobs.counts().paused or living_workers(jobs):
            return
        self._began = now
        words = ["queue", "run", "--workers", "1", "--forever", "--idle", str(IDLE_SECONDS)]
        words += ["--library", str(workspace.library_path)]
        words += ["--offline"] if self._session.options.offline else []
        start_in_background(words, workspace.queue_log, variables=workspace.library_access.for_workers)

    def _rows(self, rows: Sequence[Mapping[str, Any]]) -> "list[AskedRow]":
        return [_asked(row) for fields in rows for row in rows_of(1, fields, VOCABULARY)]

    def _add(
        self,
        rows: "Sequence[AskedRow]",
        order: "JobOrder",
        source: str = "",
        problems: Sequence[BatchProblem] = (),
    ) -> "list[Job]":
        from audobon_cli.queue.add import JobOptions, QueuedImages, QueuedOutput, add_pictures
        from audobon_cli.queue.model import DEFAULT_LANE
        from audobon_cli.queue.open import open_queue

        workspace = self._session.workspace
        lane = order.lane or (Path(source).stem if source else DEFAULT_LANE)
        added = add_pictures(
            workspace,
            open_queue(workspace.library),
            QueuedImages(rows, source, problems),
            (JobOptions(priority=order.priority, lane=lane), QueuedOutput()),
            workspace.folder,
            lambda requests: self._agree(requests, order.agreed_usd),
        )
        self.ensure_worker()
        return added

    def _agree(self, requests: "Sequence[ResolvedRequest]", agreed_usd: float) -> None:
        """Raises BudgetSpent, ProviderKeyMissing, and InvalidInput for a price that nobody agreed to."""
        from audobon_cli.cli.spending_views import plan_of

        plan = plan_of(self._session, requests, fresh=False)
        if plan is None:
            return
        for request in requests:
            if request.model.remote is not None and not request.fallbacks:
                self._session.workspace.providers.check_key(request.provider)
        plan.check()
        price = float(usd(plan.at_most))
        if price > agreed_usd:
            raise InvalidInput(
                f"This may cost {format_usd(plan.at_most)}.", hint=f'agree to it with "agreed_usd": {price}'
            )


def _asked(row: BatchRow) -> "AskedRow":
    """A row as a request that reaches for no file. Raises InvalidInput."""
    from audobon_cli.batch.resolve import AskedRow

    read = read_row(row, RequestOptions())
    within_reach(read.request, read.out)
    return AskedRow(row.line, read.request)
