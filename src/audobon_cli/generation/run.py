"""Making pictures: request -> engine -> checks -> library -> file.

A picture is durable in the library before anybody is told of it, and only then written elsewhere, so
that a kill at any moment loses at most the picture in the making.
"""

import shutil
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from audobon_cli.domain.errors import (
    AudobonError,
    DiskFull,
    Interrupted,
    ModelUnsupported,
    OutOfMemory,
    ProviderError,
)
from audobon_cli.domain.events import AssetAdded, ImageFailed, ImageRejected, ImageStarted, Warned
from audobon_cli.domain.recipe import Recipe
from audobon_cli.domain.request import ResolvedRequest, prompt_snippet, shifted_seed
from audobon_cli.domain.units import format_bytes
from audobon_cli.generation.cache import RETRY_SEED_STEP, CachedImage, make_recipe, reject
from audobon_cli.generation.candidates import Candidate, draw
from audobon_cli.generation.context import AssetTask, GenerationContext
from audobon_cli.generation.input_images import import_inputs, parents_of
from audobon_cli.generation.outputs import OutputFiles
from audobon_cli.generation.provider_fallback import FailedProviders, merge_receipt, with_provider_fallback
from audobon_cli.generation.report import FailedImage, GeneratedImage, GenerationReport
from audobon_cli.generation.timeout import TimeLimit
from audobon_cli.library.add import AssetDraft, add_asset
from audobon_cli.library.store.library import Library
from audobon_cli.media.registry import medium_named
from audobon_cli.media.types import InspectedFile
from audobon_cli.operations.stages import stage

SPARE_BYTES = 16 * 2**20
"""What a run leaves free on the library's disk for the database's log and the operating system."""


def check_run(requests: Sequence[ResolvedRequest], library: Library, outputs: OutputFiles | None) -> None:
    """Find out, before anything heavy is loaded, whether a run can end well.

    Raises OutputExists, OutputUnwritable, DiskFull or LibraryFull, and for a library that cannot be written to what
    Database.transaction raises (LibraryReadOnly, LibraryCorrupt, LibraryBusy ...).
    """
    if outputs is not None:
        outputs.check(requests)
    _check_space(requests, library)
    with library.database.transaction():
        pass  # an empty one: that it can begin is the proof


def generate(requests: Sequence[ResolvedRequest], context: GenerationContext) -> GenerationReport:
    """Make all pictures of ``requests``, in order; finished ones stay whatever happens later.

    What ends the run early is ``stopped_by`` in the report. Call check_run first.
    """
    asked = sum(request.count for request in requests)
    made: list[GeneratedImage] = []
    failed: list[FailedImage] = []
    stopped_by = None
    pictures = [(request, seed) for request in requests for seed in request.seeds()]
    try:
        import_inputs(context.library, [picture for request in requests for picture in request.pictures])
        with context.drawing_ahead(pictures) as ahead:
            for index, (request, seed) in enumerate(pictures):
                task = AssetTask(request, seed, index, asked)
                with stage("asset", index=index, seed=seed, model=request.model.name):
                    outcome = make_picture(task, ahead)
                if isinstance(outcome, FailedImage):
                    failed.append(outcome)
                else:
                    made.append(outcome)
    except AudobonError as error:
        stopped_by = error
    return GenerationReport(asked, tuple(made), tuple(failed), stopped_by, tuple(requests))


def make_picture(task: AssetTask, context: GenerationContext) -> GeneratedImage | FailedImage:
    """The picture of ``task``, from the places of its request in order while providers fail. Then it is durable.

    Raises TimedOut, Interrupted, ProviderError where the next picture would fail alike, what the engine raises on
    loading, and what filing and writing it raise.
    """
    asked, seed = task.request, task.seed
    for leg in asked.fallbacks:
        # Made there when the first place failed before: it is neither drawn nor paid for again.
        if context.results and (found := context.results.find(leg, seed, context.retries)):
            return _deliver_cached(found, 0.0, replace(task, request=leg), context)

    def make(request: ResolvedRequest, failed_providers: FailedProviders) -> GeneratedImage | FailedImage:
        outcome = _make_in_memory(
            replace(task, request=request), replace(context, failed_providers=failed_providers)
        )
        if asked.fallbacks and isinstance(outcome, FailedImage) and outcome.error is not None:
            raise outcome.error
        return outcome

    outcome = with_provider_fallback(asked, task.index, context.listen, make)
    if not isinstance(outcome, AudobonError):
        return outcome
    if isinstance(outcome, ProviderError):
        context.listen(ImageFailed(task.index, seed, outcome.code, outcome.message))
    return FailedImage(asked.prompt, seed, (outcome.code,), outcome)


def _make_in_memory(task: AssetTask, context: GenerationContext) -> GeneratedImage | FailedImage:
    """One picture, down the ladder of strategies while memory runs out. Raises TimedOut."""
    original = task.request
    # A provider's engine keeps the time itself: there is no step at which it could be asked to stop.
    seconds = original.timeout_seconds if original.model.remote is None else None
    limit = TimeLimit(seconds, context.should_stop)
    request: ResolvedRequest | None = context.strategy_fallbacks.placed(original)
    short: OutOfMemory | None = None
    while request is not None:
        try:
            return _make_one(replace(task, request=request), context, limit)
        except OutOfMemory as error:
            short = error
        except ModelUnsupported:
            # A rung that this model cannot be run on is passed over; the one asked for is an error.
            if short is None:
                raise
        except Interrupted:
            if not limit.passed or context.should_stop():
                raise
            raise limit.error(original.quality, original.timeout_origin) from None
        # Outside of the except clause, and by the traceback: what the failed attempt holds must be free
        # before the next begins.
        traceback.clear_frames(short.__traceback__)
        request = context.strategy_fallbacks.lower(original, request, short, task.index, context.listen)
    assert short is not None
    context.listen(ImageFailed(task.index, task.seed, short.code, short.message))
    return FailedImage(original.prompt, task.seed, ("not enough memory",), short)


def _make_one(task: AssetTask, context: GenerationContext, limit: TimeLimit) -> GeneratedImage | FailedImage:
    """One picture: the one that was made before, or a new one, with other seeds if it fails its checks."""
    request, seed = task.request, task.seed
    if context.results is not None:
        began = time.monotonic()
        found = context.results.find(request, seed, context.retries)
        if found is not None:
            return _deliver_cached(found, time.monotonic() - began, task, context)
    if seed == request.seed:
        for note in request.notes:
            context.listen(Warned(note))
    facts = context.engine.load(request, context.listen)
    limit.begin()
    limited = replace(context, should_stop=limit.should_stop)
    problems: tuple[str, ...] = ()
    # A picture that was paid for and is bad is not bought again.
    retries = context.retries if request.model.remote is None else 0
    for attempt in range(retries + 1):
        tried = shifted_seed(seed, attempt * RETRY_SEED_STEP)
        started = time.monotonic()
        context.listen(ImageStarted(task.index, task.count, tried, request.steps, request.prompt))
        drawn = draw(replace(task, seed=tried), limited)
        problems = drawn.problems
        if not problems:
            receipt = merge_receipt(drawn.receipt, context.failed_providers)
            recipe = replace(make_recipe(request, drawn.seed, facts, tried), receipt=receipt)
            return _file(drawn, recipe, started, task, context)
        reject(context.library, make_recipe(request, tried, facts, tried).digest)
        more = attempt < retries
        context.listen(
            ImageRejected(task.index, tried, problems, shifted_seed(tried, RETRY_SEED_STEP) if more else None)
        )
    return FailedImage(request.prompt, tried, problems)


def _file(
    drawn: Candidate, recipe: Recipe, started: float, task: AssetTask, context: GenerationContext
) -> GeneratedImage:
    """File what was drawn since ``started`` (of time.monotonic), and deliver it."""
    output = task.request.output
    medium = medium_named(output.medium)
    with stage("encode"):
        data = medium.encode(medium.finish(drawn.content, output), recipe)
        inspected = medium.inspect(data)
    with stage("file", bytes=len(data)):
        draft = _draft(task, recipe, inspected, time.monotonic() - started, context.unlike)
        draft = replace(draft, relations=parents_of(context.library, task.request, recipe))
        asset, existing = add_asset(context.library, draft, data, context.note(task.index))
    # The duration is of this run; the stored one is of the run that made the picture first.
    asset = replace(asset, duration_seconds=draft.duration_seconds)
    return _deliver(CachedImage(asset, data), existing, task, context)


def _deliver_cached(
    found: CachedImage, seconds: float, task: AssetTask, context: GenerationContext
) -> GeneratedImage:
    """A picture from the library, as if it had been made in the ``seconds`` that finding it took."""
    note = context.note(task.index)
    if note is not None:
        with context.library.database.transaction() as transaction:
            note(transaction, found.asset)
    picture = replace(found, asset=replace(found.asset, duration_seconds=seconds))
    return replace(_deliver(picture, True, task, context), drawn=False)


def _deliver(
    picture: CachedImage, existing: bool, task: AssetTask, context: GenerationContext
) -> GeneratedImage:
    """Write the copy that was asked for and tell of the picture."""
    asset, path = picture.asset, None
    if context.outputs is not None:
        engine = asset.recipe.engine if asset.recipe else ""
        with stage("write"):
            path = context.outputs.write(picture.data, task.request, engine, task.index)
    context.listen(
        AssetAdded(
            task.index,
            task.count,
            asset.id,
            asset.name,
            asset.blob,
            asset.seed if asset.seed is not None else task.request.seed,
            str(path) if path else None,
            existing,
            task.request.output.medium,
            asset.model,
            task.request.provider,
            round(asset.duration_seconds, 3),
        )
    )
    return GeneratedImage(asset, path, existing)


def _name(task: AssetTask, unlike: bool) -> str:
    """The prompt's words; further pictures of one request are told apart: ``iron_sword``, ``iron_sword-2`` ...

    ``unlike``: the library will tell them apart.
    """
    place = 0 if unlike else task.seed - task.request.seed
    return prompt_snippet(task.request.prompt) + (f"-{place + 1}" if place > 0 else "")


def _draft(task: AssetTask, recipe: Recipe, found: InspectedFile, seconds: float, unlike: bool) -> AssetDraft:
    request = task.request
    return AssetDraft(
        name=_name(task, unlike),
        kind=found.kind,
        media=found.media,
        format=found.format,
        created=datetime.now(UTC),
        prompt=request.prompt,
        model=request.model.name,
        quality=request.quality,
        style=request.style,
        seed=recipe.seed,
        duration_seconds=seconds,
        recipe=recipe,
        unlike=unlike,
    )


def _check_space(requests: Sequence[ResolvedRequest], library: Library) -> None:
    """Refuse a run whose pictures, uncompressed, would not fit on the library's disk."""
    needed = SPARE_BYTES + sum(request.count * request.output.raw_bytes for request in requests)
    folder = library.root
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DiskFull(
            f"The disk of the library has {format_bytes(free)} free; this run may need {format_bytes(needed)}.",
            hint="free some space, ask for fewer pictures, or use --library on another disk",
            free_bytes=free,
            needed_bytes=needed,
        )
    quota = library.quota if library.exists else None
    if quota is not None and quota.used_bytes + needed - SPARE_BYTES > quota.most_bytes:
        raise quota.refused(needed - SPARE_BYTES)
