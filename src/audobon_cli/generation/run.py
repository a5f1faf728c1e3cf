"""Making pictures: request -> engine -> checks -> library -> file.

A picture is durable in the library before anybody is told of it, and only then written elsewhere, so
that a kill at any moment loses at most the picture in the making.
"""

import shutil
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from audobon_cli.domain.asset import Asset, AssetKind
from audobon_cli.domain.errors import (
    AudobonError,
    DiskFull,
    GenerationIncomplete,
    Interrupted,
    ModelUnsupported,
    OutOfMemory,
    ProviderError,
)
from audobon_cli.domain.events import AssetAdded, ImageFailed, ImageRejected, ImageStarted, Listener
from audobon_cli.domain.ids import AssetId
from audobon_cli.domain.model import AlphaMode
from audobon_cli.domain.recipe import Recipe
from audobon_cli.domain.request import ResolvedRequest, prompt_snippet
from audobon_cli.domain.units import format_bytes
from audobon_cli.engines.base import Asked, BatchSizeOf, Engine, ShouldStop
from audobon_cli.generation.batching import BatchingEngine, no_batching
from audobon_cli.generation.cache import RETRY_SEED_STEP, CachedImage, ResultCache, make_recipe, reject
from audobon_cli.generation.candidates import CachedScorer, SamplingContext, draw
from audobon_cli.generation.input_images import import_inputs
from audobon_cli.generation.outputs import OutputFiles
from audobon_cli.generation.provider_fallback import FailedProviders, merge_receipt, with_provider_fallback
from audobon_cli.generation.timeout import TimeLimit
from audobon_cli.library.add import AssetDraft, Note, add_asset
from audobon_cli.library.store.library import Library
from audobon_cli.media.image.png import encode_png
from audobon_cli.storage.transaction import Transaction
from audobon_cli.vram.step_down import StrategyFallbacks

if TYPE_CHECKING:
    from audobon_cli.generation.candidates import Scorer

SPARE_BYTES = 16 * 2**20
"""What a run leaves free on the library's disk for the database's log and the operating system."""


class ResultRecorder(Protocol):
    """Keeps account of a run in the library's own database."""

    def note(self, transaction: Transaction, index: int, asset: AssetId) -> None:
        """Note, inside the transaction that files it, that picture ``index`` is ``asset``; raising undoes that."""
        ...


@dataclass(frozen=True, slots=True)
class GenerationContext:
    """What a run works with. ``outputs`` None: the library only. ``retries``: other seeds tried.
    ``results`` finds pictures that were made before; None: all are made anew. ``scorer`` chooses among
    candidates; ``strategy_fallbacks`` says what is tried after memory ran out; ``batch_size_of`` how many pictures the
    model may draw in one call; ``ledger`` notes what is filed; ``failed_providers`` are those that failed before.
    """

    engine: Engine
    library: Library
    outputs: OutputFiles | None
    retries: int
    results: ResultCache | None = None
    scorer: "Scorer" = field(default_factory=CachedScorer)
    strategy_fallbacks: StrategyFallbacks = field(default_factory=StrategyFallbacks)
    batch_size_of: BatchSizeOf = no_batching
    ledger: "ResultRecorder | None" = None
    failed_providers: FailedProviders = ()

    def with_batching(self, pictures: Sequence[Asked]) -> "GenerationContext":
        """This one, with an engine that draws ``pictures`` together where it may."""
        if all(self.batch_size_of(request) < 2 for request, _ in pictures):
            return self
        wanted = [
            (request, candidate)
            for request, seed in pictures
            if self.results is None or self.results.find(request, seed, self.retries) is None
            for candidate in request.candidate_seeds(seed)
        ]
        return replace(self, engine=BatchingEngine(self.engine, wanted, self.batch_size_of))


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
    """What came of a run. ``stopped_by`` is what ended it early: Interrupted, OutOfMemory, DiskFull ..."""

    asked: int
    pictures: tuple[GeneratedImage, ...]
    failed: tuple[FailedImage, ...]
    stopped_by: AudobonError | None

    def error(self) -> AudobonError | None:
        """What the run must end with, or None if all pictures asked for are there."""
        if self.stopped_by is not None:
            return self.stopped_by
        if not self.failed:
            return None
        short = next((failure.error for failure in self.failed if failure.error is not None), None)
        if short is not None:
            return short
        reasons = sorted({problem for failure in self.failed for problem in failure.problems})
        return GenerationIncomplete(
            f"{len(self.failed)} of {self.asked} pictures failed their checks ({', '.join(reasons)}).",
            hint="try another --seed, more --steps or --quality high",
            failed=[{"prompt": f.prompt, "seed": f.seed, "problems": list(f.problems)} for f in self.failed],
        )


def check_run(requests: Sequence[ResolvedRequest], library: Library, outputs: OutputFiles | None) -> None:
    """Find out, before anything heavy is loaded, whether a run can end well.

    Raises OutputExists, OutputUnwritable or DiskFull, and for a library that cannot be written to what
    Database.transaction raises (LibraryReadOnly, LibraryCorrupt, LibraryBusy ...).
    """
    if outputs is not None:
        outputs.check(requests)
    _check_space(requests, library)
    with library.database.transaction():
        pass  # an empty one: that it can begin is the proof


def generate(
    requests: Sequence[ResolvedRequest],
    context: GenerationContext,
    listen: Listener,
    should_stop: ShouldStop,
) -> GenerationReport:
    """Make all pictures of ``requests``, in order; finished ones stay whatever happens later.

    What ends the run early is ``stopped_by`` in the report. Call check_run first.
    """
    asked = sum(request.count for request in requests)
    made: list[GeneratedImage] = []
    failed: list[FailedImage] = []
    stopped_by = None
    pictures = [(request, seed) for request in requests for seed in request.seeds()]
    try:
        context = context.with_batching(pictures)
        import_inputs(context.library, [picture for request in requests for picture in request.pictures])
        for index, (request, seed) in enumerate(pictures):
            place = RunPosition(index, asked)
            outcome = make_picture(request, seed, place, context, listen, should_stop)
            if isinstance(outcome, FailedImage):
                failed.append(outcome)
            else:
                made.append(outcome)
    except AudobonError as error:
        stopped_by = error
    return GenerationReport(asked, tuple(made), tuple(failed), stopped_by)


@dataclass(frozen=True, slots=True)
class RunPosition:
    """A picture's place in the run: ``index`` (from 0) of ``count``."""

    index: int
    count: int


def make_picture(
    asked: ResolvedRequest,
    seed: int,
    place: RunPosition,
    context: GenerationContext,
    listen: Listener,
    should_stop: ShouldStop,
) -> GeneratedImage | FailedImage:
    """The picture of ``seed``, from the places of ``asked`` in order while providers fail. Then it is durable.

    Raises TimedOut, Interrupted, ProviderError where the next picture would fail alike, what the engine raises on
    loading, and what filing and writing it raise.
    """
    for leg in asked.fallbacks:
        # Made there when the first place failed before: it is neither drawn nor paid for again.
        if context.results and (found := context.results.find(leg, seed, context.retries)):
            return _deliver_cached(found, 0.0, leg, place, context, listen)

    def make(request: ResolvedRequest, failed_providers: FailedProviders) -> GeneratedImage | FailedImage:
        outcome = _make_in_memory(
            request, seed, place, replace(context, failed_providers=failed_providers), listen, should_stop
        )
        if asked.fallbacks and isinstance(outcome, FailedImage) and outcome.error is not None:
            raise outcome.error
        return outcome

    outcome = with_provider_fallback(asked, place.index, listen, make)
    if not isinstance(outcome, AudobonError):
        return outcome
    if isinstance(outcome, ProviderError):
        listen(ImageFailed(place.index, seed, outcome.code, outcome.message))
    return FailedImage(asked.prompt, seed, (outcome.code,), outcome)


def _make_in_memory(
    original: ResolvedRequest,
    seed: int,
    place: RunPosition,
    context: GenerationContext,
    listen: Listener,
    should_stop: ShouldStop,
) -> GeneratedImage | FailedImage:
    """One picture, down the ladder of strategies while memory runs out. Raises TimedOut."""
    # A provider's engine keeps the time itself: there is no step at which it could be asked to stop.
    limit = TimeLimit(original.timeout_seconds if original.model.remote is None else None, should_stop)
    request: ResolvedRequest | None = context.strategy_fallbacks.placed(original)
    short: OutOfMemory | None = None
    while request is not None:
        try:
            return _make_one(request, seed, place, context, listen, limit)
        except OutOfMemory as error:
            short = error
        except ModelUnsupported:
            # A rung that this model cannot be run on is passed over; the one asked for is an error.
            if short is None:
                raise
        except Interrupted:
            if not limit.passed or should_stop():
                raise
            raise limit.error(original.quality) from None
        # Outside of the except clause, and by the traceback: what the failed attempt holds must be free
        # before the next begins.
        traceback.clear_frames(short.__traceback__)
        request = context.strategy_fallbacks.lower(original, request, short, place.index, listen)
    assert short is not None
    listen(ImageFailed(place.index, seed, short.code, short.message))
    return FailedImage(original.prompt, seed, ("not enough memory",), short)


def _make_one(
    request: ResolvedRequest,
    seed: int,
    place: RunPosition,
    context: GenerationContext,
    listen: Listener,
    limit: TimeLimit,
) -> GeneratedImage | FailedImage:
    """One picture: the one that was made before, or a new one, with other seeds if it fails its checks."""
    if context.results is not None:
        began = time.monotonic()
        found = context.results.find(request, seed, context.retries)
        if found is not None:
            return _deliver_cached(found, time.monotonic() - began, request, place, context, listen)
    facts = context.engine.load(request, listen)
    limit.begin()
    sampling = SamplingContext(context.engine, context.scorer, place.index, listen, limit.should_stop)
    problems: tuple[str, ...] = ()
    # A picture that was paid for and is bad is not bought again.
    retries = context.retries if request.model.remote is None else 0
    for attempt in range(retries + 1):
        tried = seed + attempt * RETRY_SEED_STEP
        started = time.monotonic()
        listen(ImageStarted(place.index, place.count, tried, request.steps))
        drawn = draw(request, tried, sampling)
        problems = drawn.problems
        if not problems:
            receipt = merge_receipt(drawn.receipt, context.failed_providers)
            recipe = replace(make_recipe(request, drawn.seed, facts, tried), receipt=receipt)
            image = drawn.image
            if request.scaling.operations():
                from audobon_cli.media.image.scale import apply_scaling

                image = apply_scaling(image, request.scaling)
            data = encode_png(image, recipe)
            draft = _draft(request, recipe, image.mode, time.monotonic() - started)
            return _file(draft, data, request, place, context, listen)
        reject(context.library, make_recipe(request, tried, facts, tried).digest)
        more = attempt < retries
        listen(ImageRejected(place.index, tried, problems, tried + RETRY_SEED_STEP if more else None))
    return FailedImage(request.prompt, tried, problems)


def _file(
    draft: AssetDraft,
    data: bytes,
    request: ResolvedRequest,
    place: RunPosition,
    context: GenerationContext,
    listen: Listener,
) -> GeneratedImage:
    asset, existing = add_asset(context.library, draft, data, _record(context, place))
    # The duration is of this run; the stored one is of the run that made the picture first.
    asset = replace(asset, duration_seconds=draft.duration_seconds)
    return _deliver(CachedImage(asset, data), existing, request, place, context, listen)


def _record(context: GenerationContext, place: RunPosition) -> Note | None:
    ledger = context.ledger
    if ledger is None:
        return None
    return lambda transaction, asset: ledger.note(transaction, place.index, asset.id)


def _deliver_cached(
    found: CachedImage,
    seconds: float,
    request: ResolvedRequest,
    place: RunPosition,
    context: GenerationContext,
    listen: Listener,
) -> GeneratedImage:
    """A picture from the library, as if it had been made in the ``seconds`` that finding it took."""
    note = _record(context, place)
    if note is not None:
        with context.library.database.transaction() as transaction:
            note(transaction, found.asset)
    picture = replace(found, asset=replace(found.asset, duration_seconds=seconds))
    return replace(_deliver(picture, True, request, place, context, listen), drawn=False)


def _deliver(
    picture: CachedImage,
    existing: bool,
    request: ResolvedRequest,
    place: RunPosition,
    context: GenerationContext,
    listen: Listener,
) -> GeneratedImage:
    """Write the copy that was asked for and tell of the picture."""
    asset, path = picture.asset, None
    if context.outputs is not None:
        path = context.outputs.write(
            picture.data, request, asset.recipe.engine if asset.recipe else "", place.index
        )
    listen(
        AssetAdded(
            place.index,
            place.count,
            asset.id,
            asset.name,
            asset.blob,
            asset.seed if asset.seed is not None else request.seed,
            str(path) if path else None,
            existing,
        )
    )
    return GeneratedImage(asset, path, existing)


def _draft(request: ResolvedRequest, recipe: Recipe, mode: str, seconds: float) -> AssetDraft:
    sprite = request.model.alpha is not AlphaMode.NONE
    return AssetDraft(
        name=prompt_snippet(request.prompt),
        kind=AssetKind.SPRITE if sprite else AssetKind.IMAGE,
        width=request.size.width,
        height=request.size.height,
        mode=mode,
        created=datetime.now(UTC),
        prompt=request.prompt,
        model=request.model.name,
        quality=request.quality,
        style=request.style,
        seed=recipe.seed,
        duration_seconds=seconds,
        recipe=recipe,
    )


def _check_space(requests: Sequence[ResolvedRequest], library: Library) -> None:
    """Refuse a run whose pictures, uncompressed, would not fit on the library's disk."""
    needed = SPARE_BYTES + sum(r.count * r.size.width * r.size.height * 4 for r in requests)
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
