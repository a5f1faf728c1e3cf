"""What a picture needs on a server of one's own, before it is sent there: memory and time by the server's own figures.

ComfyUI holds models as the forecast's strategies do: whole, one part at a time, or layer by layer ("lowvram"); and its
VAEDecodeTiled decodes in tiles of 512 pixels.
"""

import re
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from audobon_cli.domain.errors import InvalidInput, PlanImpossible
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.strategy import FULL, Precision, Storage, Strategy
from audobon_cli.domain.units import Size, format_bytes
from audobon_cli.presets.cards import find_card, read_cards
from audobon_cli.presets.catalog import shipped_presets
from audobon_cli.providers.protocol import OwnServers, ProviderFailure, ServerFigures
from audobon_cli.providers.registry import ProviderRegistry
from audobon_cli.settings.limits import limit_of
from audobon_cli.vram.device_budget import DeviceBudget
from audobon_cli.vram.forecasts import PlannableModel
from audobon_cli.vram.plan import SHRINKS, make_question
from audobon_cli.vram.planner import ForecastInput, MemoryBudget, forecast_strategy
from audobon_cli.vram.shipped import ForecastData
from audobon_cli.vram.strategies import strategy_named

TILE = 512
"""Pixels of a side: the usual tile_size of ComfyUI's VAEDecodeTiled."""
HOLDINGS = ("full", "model-offload", "group-leaf-stream")


@dataclass(frozen=True, slots=True)
class ServerForecast:
    """``needed_bytes`` of the quickest way that fits into ``room_bytes`` (of the card, less what others hold and what
    the limit of the settings leaves); ``tiled``: it decodes in tiles. ``seconds`` None: the card is not known."""

    server: str
    device: str
    needed_bytes: int
    room_bytes: int
    tiled: bool
    held: str
    seconds: float | None
    waiting: int


@dataclass(frozen=True, slots=True)
class ServerMemory:
    """Forecasts for servers. ``limit_bytes`` is the most that a picture may take there (None: all that is free)."""

    data: ForecastData
    presets: Path
    limit_bytes: int | None

    def admit(self, request: ResolvedRequest, figures: ServerFigures) -> bool:
        """Whether the picture must be decoded in tiles. Raises PlanImpossible for one that does not fit."""
        found = self.forecast(request, figures)
        return found is not None and found.tiled

    def forecast(self, request: ResolvedRequest, figures: ServerFigures) -> ServerForecast | None:
        """What a picture of ``request`` needs there; None where nothing is known of the model or the server.

        Raises PlanImpossible for what does not fit, with a size that does.
        """
        model = request.model.remote
        if model is None or not figures.total_bytes or "workflow" in model.details:
            return None
        room = (
            figures.available_bytes
            if self.limit_bytes is None
            else min(figures.available_bytes, self.limit_bytes)
        )
        question = self._question(request, request.render_size, figures, room)
        if question is None:
            return None
        for strategy in _ways(model.id):
            found = forecast_strategy(question, strategy, self.data.part)
            if found.minimum_bytes <= room:
                seconds = None if self._speed(figures) is None else found.seconds * (1 + figures.waiting)
                return ServerForecast(
                    figures.server,
                    figures.device,
                    found.minimum_bytes,
                    room,
                    bool(strategy.tile),
                    strategy.offload.value,
                    seconds,
                    figures.waiting,
                )
        raise self._refused(request, figures, found.minimum_bytes, room)

    def _question(
        self, request: ResolvedRequest, size: Size, figures: ServerFigures, room: int
    ) -> ForecastInput | None:
        known = next(
            (one for one in self.data.models.values() if one.model.family == request.model.family), None
        )
        if known is None:
            return None
        precision = Precision.FLOAT32 if figures.kind == "cpu" else Precision.FLOAT16
        card = DeviceBudget(figures.device, None, self._speed(figures) or 1.0, precision)
        question = make_question(PlannableModel(known.model, known.steps), card, size, (1, request.steps))
        return replace(question, budget=MemoryBudget(room))

    def _speed(self, figures: ServerFigures) -> float | None:
        """The card's speed as the forecast counts it; None for what the table of cards does not know."""
        if figures.kind == "cpu":
            return None
        name = re.sub(r"^\w+:\d+ |NVIDIA |AMD | : .*$", "", figures.device).strip()
        try:
            return find_card(name, read_cards(self.presets)).speed
        except InvalidInput:
            return None

    def _refused(
        self, request: ResolvedRequest, figures: ServerFigures, least_bytes: int, room: int
    ) -> PlanImpossible:
        limited = self.limit_bytes is not None and self.limit_bytes < figures.available_bytes
        why = "the setting resources.max_card_memory allows" if limited else f"{figures.device} has free"
        smaller = self._smaller(request, figures, room)
        hint = f"take --size {smaller}" if smaller else "take a smaller model"
        return PlanImpossible(
            f"{request.model.name} at {request.render_size} needs {format_bytes(least_bytes)} at {figures.server}, "
            f"and {why} {format_bytes(room)}; nothing was sent.",
            hint=f"{hint}, {'raise that limit, ' if limited else ''}or draw elsewhere (--fallback)",
            server=figures.server,
            needed_bytes=least_bytes,
            budget_bytes=room,
            size=str(smaller) if smaller else None,
        )

    def _smaller(self, request: ResolvedRequest, figures: ServerFigures, room: int) -> Size | None:
        """The largest of a few smaller sizes that fits."""
        model = request.model.remote
        assert model is not None
        for share in SHRINKS:
            sides = [
                int(side * share) // model.multiple * model.multiple for side in _sides(request.render_size)
            ]
            if min(sides) < model.minimum:
                return None
            question = self._question(request, Size(*sides), figures, room)
            least = _ways(model.id)[-1]
            if question and forecast_strategy(question, least, self.data.part).minimum_bytes <= room:
                return Size(*sides)
        return None


@dataclass(frozen=True, slots=True)
class ServerPlan:
    """What a request would come to at one server: ``problem`` says why it cannot be drawn there, or "" ."""

    request: ResolvedRequest
    server: str
    forecast: ServerForecast | None = None
    problem: str = ""


def plan_servers(
    requests: Iterable[ResolvedRequest], registry: ProviderRegistry, memory: ServerMemory
) -> tuple[ServerPlan, ...]:
    """What ``requests`` for servers of one's own would need at each of them, by their own figures."""
    found = []
    for request in requests:
        if request.model.remote is None:
            continue
        with closing(registry.provider(request.provider)) as provider:
            if isinstance(provider, OwnServers):
                found += [_server_plan(request, provider, server, memory) for server in provider.servers]
    return tuple(found)


def _server_plan(
    request: ResolvedRequest, provider: OwnServers, server: str, memory: ServerMemory
) -> ServerPlan:
    try:
        figures = provider.figures(server)
        found = None if figures is None else memory.forecast(request, figures)
        return ServerPlan(request, server, found)
    except (ProviderFailure, PlanImpossible) as error:
        return ServerPlan(request, server, problem=str(error))


def server_memory(data: ForecastData, limit: str) -> ServerMemory:
    """Forecasts with the limit of the settings ("" for none). Raises SettingInvalid for a text that is no size."""
    return ServerMemory(data, shipped_presets(), limit_of(limit, "resources_max_card_memory"))


def _sides(size: Size) -> tuple[int, int]:
    return size.width, size.height


def _ways(file: str) -> list[Strategy]:
    """How a server may hold and decode, from the quickest; weights in 8 bits where the file's name says so."""
    storage = Storage.FLOAT8 if "fp8" in file.lower() else Storage.NATIVE
    held = [FULL if name == "full" else strategy_named(name) for name in HOLDINGS]
    return [replace(one, storage=storage, tile=tile) for one in held for tile in (0, TILE)]
