"""How a run is held in the memory of this machine: chosen before anything is loaded, lowered when it fails."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace

from audobon_cli.domain.composition import COMPOSER
from audobon_cli.domain.errors import InvalidInput, ModelDamaged, ModelUnsupported
from audobon_cli.domain.events import StrategyChosen
from audobon_cli.domain.model import LOCAL_ENGINE
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.sound import SoundOutput
from audobon_cli.domain.strategy import Strategy
from audobon_cli.domain.units import Size
from audobon_cli.engines.base import BatchSizeOf
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.presets.catalog import Presets
from audobon_cli.vram.batch_size import largest_batch
from audobon_cli.vram.device_budget import CPU, DeviceBudget, LocalBudgets
from audobon_cli.vram.forecasts import ForecastRepository, PlannableModel
from audobon_cli.vram.gguf_plans import GgufPlans, plan_with_files
from audobon_cli.vram.placed import PlannedRequest, request_kind, unplanned
from audobon_cli.vram.plan import impossible, make_question
from audobon_cli.vram.planner import Forecast, ForecastInput, Plan, forecast_strategy, step_down
from audobon_cli.vram.sound_shapes import SoundLength
from audobon_cli.vram.step_down import NextStrategy, StrategyFallbacks, fallback_chain
from audobon_cli.vram.strategies import offloading_steps, small_steps, strategy_named
from audobon_cli.vram.unpulled import is_unpulled

MOST_TOGETHER = 8
"""Pictures in one call. Beyond 8 little is gained: the card is busy."""

UNIFIED = (CPU, "mps")
"""Devices without memory of their own: weights have nowhere else to go."""


class StrategySelector:
    """Chooses strategies for one device, ``card``, which is looked for when a network is to run on it. Models that do
    not ship are traced, once; see ForecastRepository."""

    def __init__(
        self,
        registry: ForecastRepository,
        presets: Presets,
        budgets: LocalBudgets,
        models: ModelRegistry | None = None,
    ) -> None:
        """``models`` may hold GGUF files that can be chosen; None: there are none."""
        self._budgets = budgets
        self._registry = registry
        self._presets = presets
        self._packed = GgufPlans(models)

    @property
    def card(self) -> DeviceBudget:
        """The budget of what networks run on."""
        return self._budgets.card

    def card_for(self, placed: Sequence[PlannedRequest]) -> DeviceBudget:
        """The budget of what ``placed`` run on: where no network runs here, the processor's."""
        return self._budgets.of(one.request for one in placed)

    def place(self, request: ResolvedRequest, strategy: str = "", shown: bool = True) -> PlannedRequest:
        """``request`` with the fastest strategy that fits the card, or with the one called ``strategy``.

        Where there is nothing to choose, no forecast is made unless it is to be ``shown``. Raises
        PlanImpossible when none fits, InvalidInput for a strategy that there is not.
        """
        if request.fallbacks:
            request = replace(request, fallbacks=tuple(self._fallback(leg) for leg in request.fallbacks))
        if request.model.remote is not None:
            if strategy:
                raise InvalidInput(
                    f"--strategy is about this machine's memory, and {request.provider} draws elsewhere.",
                    hint="leave it out",
                )
            return PlannedRequest(request, None, None, f"it is drawn by the provider {request.provider}")
        return self._select_here(request, strategy, shown)

    def _select_here(self, request: ResolvedRequest, strategy: str, shown: bool) -> PlannedRequest:
        """``request``, which is drawn on this machine, as select says."""
        if request.engine == COMPOSER and strategy:
            raise InvalidInput(
                "--strategy is about a network's memory, and at --strength 0 none draws.",
                hint="leave it out, or give a --strength above 0",
            )
        if request.engine != LOCAL_ENGINE:
            return unplanned(request)
        chosen = strategy_named(strategy) if strategy else None
        if chosen is not None:
            request = self._packed.with_largest(request, chosen)
        chain = self._default_chain(request)
        roomy = self.card.device in UNIFIED and not self.card.held
        if not shown and roomy and (chosen or len(chain) == 1):
            return PlannedRequest(replace(request, strategy=chosen or chain[0]), None, None)
        known, unknown = self._known(request)
        if known is None:
            return PlannedRequest(replace(request, strategy=chosen or chain[0]), None, None, unknown)
        question = self._question(request, known)
        if not known.model.divisible:
            chain = chain[:1]
        if chosen is None and self.card.device in UNIFIED:
            chosen = self._first_that_fits(question, chain)
        if chosen is not None:
            forecast = self._forecast(question, chosen)
            return PlannedRequest(replace(request, strategy=chosen), forecast, question)
        files = self._packed.candidates(request, question)
        question, plan, file = plan_with_files(question, files, self._registry.part)
        if plan.choice is None:
            raise impossible(question, plan, self.card, self._registry.part)
        request = self._packed.with_file(request, file)
        return PlannedRequest(replace(request, strategy=plan.choice.strategy), plan.choice, question)

    def _forecast(self, question: ForecastInput, strategy: Strategy) -> Forecast:
        """What ``strategy`` needs. Raises PlanImpossible for more than the system gives."""
        forecast = forecast_strategy(question, strategy, self._registry.part)
        if self.card.held and not forecast.fits:
            raise impossible(question, Plan(None, (forecast,)), self.card, self._registry.part)
        return forecast

    def _fallback(self, leg: ResolvedRequest) -> ResolvedRequest:
        """A place to fall back to: with the strategy that fits, where that is this machine."""
        return leg if leg.model.remote is not None else self.place(leg, shown=False).request

    def together(self, placed: Sequence[PlannedRequest]) -> BatchSizeOf:
        """How many pictures of each kind are drawn in one call: as the forecast says that they fit, each in a
        quarter of its time limit. One without a forecast, and on processors, where larger tensors change the
        last bits of a picture.
        """
        known = {request_kind(one.request): one for one in placed}
        found: dict[Hashable, int] = {}

        def most(request: ResolvedRequest) -> int:
            kind = request_kind(request)
            if kind not in found:
                found[kind] = self._most(known[kind]) if kind in known else 1
            return found[kind]

        return most

    def _most(self, placed: PlannedRequest) -> int:
        question = placed.question
        if question is None or self.card.device in UNIFIED:
            return 1
        found = largest_batch(question, placed.request.strategy, MOST_TOGETHER, self._registry.part)
        limit = placed.request.timeout_seconds
        if limit is None or found.forecast is None:
            return found.batch
        return max(1, min(found.batch, int(limit / 4 * found.batch / found.forecast.seconds)))

    def choices(self, placed: Sequence[PlannedRequest]) -> Iterator[StrategyChosen]:
        """The events that tell what was chosen, one for each model and size."""
        noted = set()
        for one in placed:
            request, forecast = one.request, one.forecast
            if request.model.remote is not None:
                continue
            key = (request.model.name, request.drawn_extent)
            if key not in noted:
                noted.add(key)
                needed = forecast.minimum_bytes if forecast else None
                yield StrategyChosen(*key, request.strategy.name, needed, self.card_for([one]).total_bytes)

    def strategy_fallbacks(self, placed: Sequence[PlannedRequest]) -> StrategyFallbacks:
        """What is tried when memory runs out in spite of the forecast."""
        return StrategyFallbacks(self._next_strategy(placed))

    def _next_strategy(self, placed: Sequence[PlannedRequest]) -> NextStrategy:
        questions = {(p.request.model, p.request.output): p.question for p in placed}

        def lower(request: ResolvedRequest) -> Strategy | None:
            question = questions.get((request.model, request.output))
            if question is None or self.card.device in UNIFIED:
                return fallback_chain(self._default_chain(request))(request)
            found = step_down(question, request.strategy, self._registry.part)
            return found.strategy if found else None

        return lower

    def _first_that_fits(self, question: ForecastInput, chain: tuple[Strategy, ...]) -> Strategy:
        """The first strategy that fits what is free, else the first: on a processor the forecast is rough, and
        the system can make room."""
        forecasts = (forecast_strategy(question, strategy, self._registry.part) for strategy in chain)
        return next((f.strategy for f in forecasts if f.fits), chain[0])

    def _default_chain(self, request: ResolvedRequest) -> tuple[Strategy, ...]:
        steps = small_steps if self.card.device in UNIFIED else offloading_steps
        return steps(request.render_size.width, request.render_size.height)

    def _known(self, request: ResolvedRequest) -> tuple[PlannableModel | None, str]:
        if is_unpulled(request.model):
            return self._registry.shipped(request.model.name), ""
        try:
            return self._registry.folder_model(request.model.folder, request.model.name, self._presets), ""
        except (ModelUnsupported, ModelDamaged) as error:
            return None, error.message

    def _question(self, request: ResolvedRequest, known: PlannableModel) -> ForecastInput:
        guided = known.model.guided and request.guidance > 1
        known = replace(known, model=replace(known.model, guided=guided))
        output = request.output
        extent: Size | SoundLength = request.render_size
        if known.sounds is not None and isinstance(output, SoundOutput):
            extent = SoundLength(output.seconds, known.sounds)
        question = make_question(known, self.card, extent, (1, request.steps))
        return self._packed.described(question, request)
