"""What ``audobon generate --batch`` does: read, resolve, plan or run, and run again when the file changes."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon_cli.cli.batches.options import BatchOptions
from audobon_cli.cli.generation_session import generation_session, resolver
from audobon_cli.cli.profiling import profiled
from audobon_cli.cli.requests.batch_rows import read_jobs, source_path
from audobon_cli.cli.requests.files import FileOptions
from audobon_cli.cli.requests.prompts import say_enhanced
from audobon_cli.cli.requests.providers import SpendingOptions
from audobon_cli.cli.requests.request import RequestOptions
from audobon_cli.cli.requests.run_limits import RunOptions
from audobon_cli.cli.session import Session
from audobon_cli.cli.spending_views import confirm_spending, plan_of, show_spending, spending_data
from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import AudobonError, Interrupted, InvalidInput

if TYPE_CHECKING:
    from audobon_cli.batch.files import BatchFiles
    from audobon_cli.batch.resolve import BatchJob
    from audobon_cli.domain.events import Event, Listener
    from audobon_cli.vram.placed import PlannedRequest


@dataclass(frozen=True, slots=True)
class BatchCommand:
    """One `generate --batch`: all that its command line says."""

    session: Session
    defaults: RequestOptions
    batch: BatchOptions
    files: FileOptions
    run: RunOptions
    spending: SpendingOptions

    @property
    def source(self) -> Path:
        """The batch file, or a name for stdin in the folder where wildcards are looked for."""
        return source_path(self.batch.batch or "")


@dataclass(frozen=True, slots=True)
class _Result:
    """What is shown at the end: data for scripts, a view for people, and how it ended."""

    data: dict[str, Any]
    view: Callable[[], None]
    error: AudobonError | None


def run_batch(
    session: Session,
    defaults: RequestOptions,
    batch: BatchOptions,
    files: FileOptions,
    run: RunOptions,
    spending: SpendingOptions,
) -> None:
    """Run the batch, or with --plan say what it would need, or with --watch run it again and again."""
    command = BatchCommand(session, defaults, batch, files, run, spending)
    if batch.watch and not run.plan:
        _watch(command)
        return
    result = _once(command)
    session.finish(result.data, result.view, result.error)


def _read(command: BatchCommand) -> "tuple[BatchJob, ...]":
    """The jobs that --only means."""
    from audobon_cli.batch.resolve import chosen_jobs

    batch = command.batch
    resolve = resolver(command.session, command.run)
    jobs = read_jobs(batch.batch or "", batch.batch_format, command.defaults, resolve)
    chosen = chosen_jobs(jobs, batch.only or ())
    say_enhanced(command.session, [job.request for job in chosen], asked=False)
    return chosen


def place_jobs(
    command: BatchCommand, jobs: "tuple[BatchJob, ...]"
) -> "tuple[tuple[BatchJob, ...], list[PlannedRequest]]":
    """``jobs`` with their memory strategies, and one placed request for each kind of them."""
    from audobon_cli.vram.placed import needs_no_place, request_kind, unplanned

    workspace, run = command.session.workspace, command.run
    kinds: dict[object, PlannedRequest] = {}
    found = []
    for job in jobs:
        request = job.request
        kind = request_kind(request)
        if kind not in kinds:
            # Which cards there are need not be found out for what no network makes.
            kinds[kind] = (
                unplanned(request)
                if needs_no_place(request, run.strategy)
                else workspace.vram.selector.place(request, run.strategy, shown=run.plan)
            )
        chosen = kinds[kind].request
        found.append(replace(job, request=request.with_strategies_of(chosen)))
    return tuple(found), list(kinds.values())


def _once(command: BatchCommand) -> _Result:
    jobs, placed = place_jobs(command, _read(command))
    return _plan(command, jobs, placed) if command.run.plan else _make(command, jobs, placed)


def _make(command: BatchCommand, jobs: "tuple[BatchJob, ...]", placed: "list[PlannedRequest]") -> _Result:
    from audobon_cli.batch.run import run_batch as run_jobs
    from audobon_cli.cli.batches.views import report_data, show_report
    from audobon_cli.generation.run import check_run

    session, files = command.session, _files(command, jobs)
    confirm_spending(session, [job.request for job in jobs], command.spending.yes, command.files.fresh)
    check_run([job.request for job in jobs], session.workspace.library, files)
    with (
        profiled(session, command.run.profile) as profile,
        generation_session(
            session, placed, files, command.files.fresh, command.run.threads, command.run.moderate
        ) as context,
    ):
        if not session.out.for_scripts:
            context = replace(context, listen=_news_to(context.listen))
        report = run_jobs(jobs, context, command.batch.fail_fast)
    return _Result(
        report_data(report) | profile,
        lambda: show_report(session, report, command.files.preview),
        report.error(),
    )


def _news_to(listen: "Listener") -> "Listener":
    """``listen`` without the pictures that were there: the ledger has a line for each."""
    from audobon_cli.domain.events import AssetAdded

    def heard(event: "Event") -> None:
        if not (isinstance(event, AssetAdded) and event.existing):
            listen(event)

    return heard


def _plan(command: BatchCommand, jobs: "tuple[BatchJob, ...]", placed: "list[PlannedRequest]") -> _Result:
    from audobon_cli.batch.plan import plan_batch
    from audobon_cli.cli.batches.views import plan_data, show_plan

    session = command.session
    results = None if command.files.fresh else session.workspace.results()
    card = session.workspace.vram.selector.card_for(placed)
    plan = plan_batch(jobs, placed, card, results, session.workspace.settings.retries)
    cost = plan_of(session, [job.request for job in jobs], command.files.fresh)

    def view() -> None:
        show_plan(session, plan)
        show_spending(session, cost)

    return _Result({"plan": {**plan_data(plan), **spending_data(cost)}}, view, None)


def _files(command: BatchCommand, jobs: "tuple[BatchJob, ...]") -> "BatchFiles":
    from audobon_cli.batch.files import BatchFiles

    workspace, out = command.session.workspace, command.files.out
    if command.files.library_only:
        raise InvalidInput(
            "A batch knows by its files what is done already; --library-only would leave none.",
            hint="give --out a folder that you delete later",
        )
    if out == "-" or (out and out.lower().endswith(".png") and not Path(out).is_dir()):
        raise InvalidInput(
            f"--out {out} is one file, and a batch has many.",
            hint="give --out a folder, or rows an out of their own",
        )
    folder = Path(out) if out else workspace.folder / workspace.settings.output_folder
    by_index = {job.index: job for job in jobs}
    return BatchFiles(folder.expanduser(), by_index, workspace.library.blobs, command.files.overwrite)


def _watch(command: BatchCommand) -> None:
    """Run the batch, wait for its file to change, and so on until Ctrl-C; scripts get the last result.

    A file that cannot be used is told, and waited for as any other.
    """
    from audobon_cli.batch.watch import fingerprint, wait_for_change
    from audobon_cli.cli.interruption import Interruption

    out, last = command.session.out, None
    changed = True
    while changed:
        seen = fingerprint(command.source)
        try:
            last = _once(command)
        except AudobonError as error:
            if not command.source.is_file():
                raise
            out.warn(error.message)
        else:
            if isinstance(last.error, Interrupted):
                command.session.finish(last.data, last.view, last.error)
            if not out.for_scripts:
                last.view()
                out.flush()
            if last.error is not None:
                out.warn(last.error.message)
        with Interruption(out, "No longer watching.") as interruption:
            out.note(f"Watching {command.source}; Ctrl-C ends it.")
            changed = wait_for_change(command.source, seen, interruption.should_stop)
    if last is not None and out.for_scripts:
        out.result(last.data, last.view)
