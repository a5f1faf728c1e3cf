"""Results of a run: fetched, verified, and filed with their jobs, each once."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from audobon_cli.cloud.queue_runs.context import OpenedRun
from audobon_cli.cloud.queue_runs.slices import (
    decode_result,
    failures_prefix,
    results_prefix,
    run_prefix,
)
from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import (
    AudobonError,
    InvalidInput,
    JobFailed,
    JobNotFound,
    JobOver,
    PictureUnreadable,
)
from audobon_cli.domain.events import JobEnded, Warned
from audobon_cli.domain.foreign.documents import parse_json_object
from audobon_cli.domain.request import ResolvedRequest, prompt_snippet
from audobon_cli.generation.input_images import parents_of
from audobon_cli.generation.outputs import Outputs, suffix_of
from audobon_cli.generation.resolve.request import resolve_request
from audobon_cli.library.add import AssetDraft, add_assets
from audobon_cli.media.registry import medium_named
from audobon_cli.queue.model import Job, JobNumber, JobState
from audobon_cli.queue.request import QueuedRequest
from audobon_cli.queue.runners.generate import JobResultRecorder
from audobon_cli.remotes.base import Remote
from audobon_cli.storage.transaction import Transaction

DELETIONS = 8
"""Objects that are deleted at a time."""


def collect(opened: OpenedRun) -> int:
    """File what is new among the results of a run; how many jobs are done by it. Raises what the place and the library
    raise."""
    new = 0
    for number, key in _numbered(opened, results_prefix(opened.record.run)):
        if number in opened.filed or number in opened.damaged:
            continue
        if _is_done(opened, number):
            opened.filed.add(number)
            continue
        new += _file(opened, number, opened.remote.get(key))
    return new


def failures(opened: OpenedRun) -> dict[int, JobFailed]:
    """Why jobs could not be done there, by their numbers: the last that was said of each."""
    found = {}
    for number, key in _numbered(opened, failures_prefix(opened.record.run)):
        with contextlib.suppress(ValueError):
            said = parse_json_object(opened.remote.get(key), lenient=True)
            found[number] = JobFailed(
                str(said.get("message", "")),
                hint=str(said.get("hint", "")),
                status=int(said.get("status", 1)),
                error=said,
            )
    return found


def clear_place(remote: Remote, run: str) -> None:
    """Delete all that lies at the place of a run."""
    keys = [stat.key for stat in remote.list(run_prefix(run))]
    with ThreadPoolExecutor(DELETIONS) as pool:
        for _ in pool.map(remote.delete, keys):
            pass


def resolved(opened: OpenedRun, job: Job) -> tuple[QueuedRequest, ResolvedRequest]:
    """The request of a job, and with every choice made. Raises what is wrong with it."""
    environment = opened.context.environment
    queued = QueuedRequest.from_dict(job.request)
    return queued, resolve_request(
        queued.request, environment.settings, environment.models, lambda: environment.library
    )


def _numbered(opened: OpenedRun, prefix: str) -> Iterator[tuple[int, str]]:
    """Objects of this run's own jobs below ``prefix``, by their numbers."""
    own = set(opened.record.jobs)
    for stat in opened.remote.list(prefix):
        digits = stat.key.removeprefix(prefix).partition("-")[0]
        if digits.isdecimal() and int(digits) in own:
            yield int(digits), stat.key


def _is_done(opened: OpenedRun, number: int) -> bool:
    try:
        return opened.context.store.get(JobNumber(number)).state is JobState.DONE
    except JobNotFound:
        return True  # whoever took it out of the queue wants nothing of it


def _file(opened: OpenedRun, number: int, content: bytes) -> int:
    """File the result of a job; 1 if that made it done."""
    context = opened.context
    job = context.store.get(JobNumber(number))
    try:
        queued, request = resolved(opened, job)
        files = decode_result(content)
        if len(files) != job.pieces:
            raise ValueError(f"{len(files)} files for {job.pieces} pieces")
        drafts = [(_draft(opened, request, place, *one), one[0]) for place, one in enumerate(files)]
    except (ValueError, PictureUnreadable, InvalidInput) as error:
        opened.damaged.add(number)
        context.listen(Warned(f"the result of job {number} is not taken: {error}"))
        return 0
    recorder = JobResultRecorder(context.store, job)
    places = iter(range(len(drafts)))

    def note(transaction: Transaction, asset: Asset) -> None:
        recorder.note(transaction, next(places), asset.id)

    opened.filed.add(number)
    try:
        added = add_assets(context.environment.library, drafts, note)
    except JobOver:
        context.store.count_late(job.number)
        opened.late += 1
        return 0
    context.listen(JobEnded(job.number, job.title, JobState.DONE, "", "", opened.worker))
    _write_out(
        opened, queued, request, [(one.asset, data) for one, (_, data) in zip(added, drafts, strict=True)]
    )
    return 1


def _draft(
    opened: OpenedRun, request: ResolvedRequest, place: int, data: bytes, seconds: float
) -> AssetDraft:
    """What is filed: told by the file itself, as far as it is what was asked for. Raises ValueError if it is not."""
    medium = medium_named(request.output.medium)
    found, recipe = medium.inspect(data), medium.read_recipe(data)
    if recipe is None or (recipe.prompt, recipe.model) != (request.prompt, request.model.name):
        raise ValueError("a file is not what the job asks for")
    suffix = f"-{place + 1}" if place else ""
    return AssetDraft(
        name=f"{prompt_snippet(request.prompt)}{suffix}",
        kind=found.kind,
        media=found.media,
        format=found.format,
        prompt=request.prompt,
        model=request.model.name,
        quality=request.quality,
        style=request.style,
        seed=recipe.seed,
        duration_seconds=seconds,
        recipe=recipe,
        relations=parents_of(opened.context.environment.library, request, recipe),
    )


def _write_out(
    opened: OpenedRun, queued: QueuedRequest, request: ResolvedRequest, files: list[tuple[Asset, bytes]]
) -> None:
    """Write the copies that the job asks for; they are in the library, so that a failure only has to be told."""
    if queued.out is None:
        return
    root = opened.context.environment.library.root
    try:
        outputs = Outputs.plan(queued.out, root, len(files), queued.overwrite, suffix_of([request]))
        for place, (asset, data) in enumerate(files):
            outputs.write(data, request, asset.recipe.engine if asset.recipe else "", place)
    except AudobonError as error:
        opened.context.listen(Warned(f"{error.message} {error.hint}"))
