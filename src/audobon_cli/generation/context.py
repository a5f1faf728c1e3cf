"""What a run works with: one object, made in one place for the command line, batches and the queue."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from typing import TYPE_CHECKING, Protocol

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.asset import Asset
from audobon_cli.domain.events import Listener, ignore
from audobon_cli.domain.ids import AssetId
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import Asked, BatchSizeOf, Engine, ShouldStop, never
from audobon_cli.engines.scoring.cached_scorer import CachedScorer, Scorer
from audobon_cli.engines.threads import drawing_threads
from audobon_cli.generation.batching import BatchingEngine, no_batching
from audobon_cli.generation.cache import ResultCache
from audobon_cli.generation.judging import judging
from audobon_cli.generation.outputs import OutputFiles
from audobon_cli.generation.provider_fallback import FailedProviders
from audobon_cli.generation.unfamiliar import unfamiliar_prompts
from audobon_cli.library.add import Note
from audobon_cli.library.store.library import Library
from audobon_cli.storage.transaction import Transaction
from audobon_cli.vram.step_down import StrategyFallbacks

if TYPE_CHECKING:
    from audobon_cli.models.registry import ModelRegistry
    from audobon_cli.settings.settings import Settings
    from audobon_cli.sprites.contract import Contract
    from audobon_cli.vram.access import ForecastAccess
    from audobon_cli.vram.placed import PlannedRequest


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
    model may draw in one call, ``threads`` how many are drawn side by side where the engine can; ``recorder`` notes
    what is filed; ``failed_providers`` are those that failed before. ``listen`` is told what happens, ``should_stop``
    asked at every step.
    """

    engine: Engine
    library: Library
    outputs: OutputFiles | None
    retries: int
    results: ResultCache | None = None
    scorer: Scorer = field(default_factory=CachedScorer)
    strategy_fallbacks: StrategyFallbacks = field(default_factory=StrategyFallbacks)
    batch_size_of: BatchSizeOf = no_batching
    threads: int = 1
    recorder: ResultRecorder | None = None
    failed_providers: FailedProviders = ()
    unlike: bool = False
    """Whether names are made unlike those of the library's assets."""
    listen: Listener = ignore
    should_stop: ShouldStop = never

    @contextmanager
    def drawing_ahead(self, pictures: Sequence[Asked]) -> "Iterator[GenerationContext]":
        """This one, with an engine that draws ``pictures`` together or side by side where it may, until it is left."""
        batched = self._with_batching(pictures)
        threads = min(self.threads, sum(request.candidates for request, _ in pictures))
        if threads < 2:
            yield batched
            return
        from audobon_cli.generation.side_by_side import SideBySideEngine

        with SideBySideEngine(batched.engine, self.engine, self._missing(pictures), threads) as engine:
            yield replace(batched, engine=engine)

    def _missing(self, pictures: Sequence[Asked]) -> Iterator[Asked]:
        return missing(pictures, self.results, self.retries)

    def _with_batching(self, pictures: Sequence[Asked]) -> "GenerationContext":
        if all(self.batch_size_of(request) < 2 for request, _ in pictures):
            return self
        wanted = self._missing(pictures)
        return replace(self, engine=BatchingEngine(self.engine, wanted, self.batch_size_of))

    def note(self, index: int) -> Note | None:
        """What files picture ``index`` with its account; None where none is kept."""
        recorder = self.recorder
        if recorder is None:
            return None

        def noted(transaction: Transaction, asset: Asset) -> None:
            recorder.note(transaction, index, asset.id)

        return noted


def missing(pictures: Sequence[Asked], results: ResultCache | None, retries: int) -> Iterator[Asked]:
    """What must be drawn for ``pictures``, in order: what ``results`` does not have."""
    for request, seed in pictures:
        if results is None or results.find(request, seed, retries) is None:
            for candidate in request.candidate_seeds(seed):
                yield request, candidate


@dataclass(frozen=True, slots=True)
class AssetTask:
    """One picture to be made: that of ``request`` with ``seed``, at place ``index`` (from 0) of the run's ``count``."""

    request: ResolvedRequest
    seed: int
    index: int
    count: int


class GenerationEnvironment(Protocol):
    """Where a run takes its parts from: a workspace."""

    @property
    def settings(self) -> "Settings": ...
    @property
    def models(self) -> "ModelRegistry": ...
    @property
    def vram(self) -> "ForecastAccess": ...
    @property
    def library(self) -> Library: ...
    @property
    def contract(self) -> "Contract": ...
    def results(self) -> ResultCache: ...
    def scorer(self) -> Scorer: ...
    def engine_anywhere(self, here: Engine | None = None) -> Engine: ...
    def batch_size_of(self, placed: "Sequence[PlannedRequest]") -> BatchSizeOf: ...


def generation_context(
    environment: GenerationEnvironment,
    placed: "Sequence[PlannedRequest]",
    outputs: OutputFiles | None,
    listen: Listener,
    should_stop: ShouldStop,
    fresh: bool = False,
    threads: int | None = None,
    moderate: str = "",
) -> GenerationContext:
    """The context of a run of ``placed``; ``fresh``: what was made before is made anew; ``threads``: see
    drawing_threads, None for the setting; ``moderate``: a policy of moderation, "" for the setting's.

    Tells ``listen`` at once how the models are held. New pictures are held to the project's contract, if there is one.
    """
    from audobon_cli.models.last_used import noting_use
    from audobon_cli.vram.placed import has_model

    # Without a model to hold in memory, which cards there are need not be found out, which takes a tenth of a second.
    held = any(has_model(one.request) for one in placed)
    for event in environment.vram.selector.choices(placed) if held else ():
        listen(event)
    for warning in unfamiliar_prompts(one.request for one in placed):
        listen(warning)
    noting = noting_use(environment.models, [one.request.model for one in placed], listen)
    return GenerationContext(
        environment.engine_anywhere(),
        environment.library,
        outputs,
        environment.settings.retries,
        None if fresh else environment.results(),
        judging(environment.scorer(), environment.models),
        environment.vram.selector.strategy_fallbacks(placed) if held else StrategyFallbacks(),
        environment.batch_size_of(placed) if held else no_batching,
        drawing_threads(environment.settings.resources_threads if threads is None else threads),
        listen=_scored(environment, noting, moderate or environment.settings.moderate),
        should_stop=should_stop,
    )


def _scored(environment: GenerationEnvironment, listen: Listener, policy: str) -> Listener:
    if policy:
        from audobon_cli.moderation.label import check_policy, labelling

        check_policy(policy)
        listen = labelling(environment.library, environment.settings.moderate_threshold, listen)
    if not environment.contract.source:
        return listen
    from audobon_cli.sprites.check import scoring

    return scoring(environment.library, environment.contract, listen)
