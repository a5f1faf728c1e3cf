"""An engine without a model: sprites of noise from the seed alone, failures on request."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

from audobon_cli.domain.composition import COMPOSER
from audobon_cli.domain.errors import AudobonError, Interrupted, OutOfMemory
from audobon_cli.domain.events import Listener, ModelLoaded, ModelLoading, StepDone
from audobon_cli.domain.model import LOCAL_ENGINE, AlphaMode
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import Asked, Engine, EngineFacts, Rendered, ShouldStop
from audobon_cli.engines.registry import EngineFactory, create_engine, predict_facts


@dataclass
class FakeEngine:
    """Implements engines.base.Engine. ``calls`` counts ``load`` (of a model not loaded yet) and ``render``.

    ``problems`` maps seeds to what is wrong with their pictures; ``blank_seeds`` give empty pictures;
    ``memory_ends_at_step`` (from 1) raises OutOfMemory there; ``load_error`` is raised by load.
    ``memory_ends`` maps names of strategies to the stage at which memory runs out with them: "load",
    "text encoding", "denoising" (after the first step) or "decoding".
    More pictures in one call than ``batch_size_of`` run out of memory; ``together`` lists how many there were.
    """

    problems: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    blank_seeds: frozenset[int] = frozenset()
    seconds_per_step: float = 0.0
    memory_ends_at_step: int | None = None
    load_error: AudobonError | None = None
    memory_ends: Mapping[str, str] = field(default_factory=dict)
    strategies: list[str] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    seeds: list[int] = field(default_factory=list)
    batch_size_of: int = 1000
    together: list[int] = field(default_factory=list)
    _loaded: str | None = None

    def load(self, request: ResolvedRequest, listen: Listener) -> EngineFacts:
        """See Engine.load."""
        if self.load_error is not None:
            raise self.load_error
        self._end_memory(request, "load")
        if self._loaded != request.model.name:
            listen(ModelLoading(request.model.name))
            self.calls["load"] += 1
            self._loaded = request.model.name
            listen(ModelLoaded(request.model.name, "cpu", "float32", 0.0))
        return self.facts()

    def facts(self) -> EngineFacts:
        """What ``load`` gives, told without it."""
        return EngineFacts(
            engine="fake",
            model_digest="f" * 64,
            scheduler="FakeScheduler",
            device="cpu",
            dtype="float32",
            libraries={"audobon": "0", "fake": "1"},
        )

    def render(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Rendered:
        """See Engine.render."""
        self.load(request, listen)
        self.calls["render"] += 1
        self.seeds.append(seed)
        self.strategies.append(request.strategy.name)
        self._end_memory(request, "text encoding")
        _stop_if_asked(should_stop)
        began = time.perf_counter()
        for step in range(1, request.steps + 1):
            if self.seconds_per_step:
                time.sleep(self.seconds_per_step)
            if step == self.memory_ends_at_step:
                raise OutOfMemory("The device cpu ran out of memory.", hint="ask for a smaller --size")
            listen(StepDone(index, step, request.steps, time.perf_counter() - began))
            _stop_if_asked(should_stop)
            self._end_memory(request, "denoising")
        self._end_memory(request, "decoding")
        return Rendered(self._draw(request, seed), self.problems.get(seed, ()))

    def render_together(
        self, asked: Sequence[Asked], index: int, listen: Listener, should_stop: ShouldStop
    ) -> list[Rendered]:
        """See Engine.render_together."""
        if len(asked) > self.batch_size_of:
            raise OutOfMemory("The device ran out of memory.", hint="ask for less", stage="denoising")
        self.together.append(len(asked))
        return [self.render(request, seed, index, listen, should_stop) for request, seed in asked]

    def _end_memory(self, request: ResolvedRequest, stage: str) -> None:
        if self.memory_ends.get(request.strategy.name) == stage:
            raise OutOfMemory("The device ran out of memory.", hint="ask for less", stage=stage)

    def _draw(self, request: ResolvedRequest, seed: int) -> Image.Image:
        """A disc of noise on a clear ground (RGBA), or noise all over (RGB)."""
        width, height = request.render_size.width, request.render_size.height
        noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
        if seed in self.blank_seeds:
            noise[:] = 0
        if request.model.alpha is AlphaMode.NONE:
            return Image.fromarray(noise)
        rows, columns = np.mgrid[:height, :width]
        radius = np.hypot((rows + 0.5) / height - 0.5, (columns + 0.5) / width - 0.5)
        alpha = np.where((radius < 0.4) & (seed not in self.blank_seeds), 255, 0).astype(np.uint8)
        noise[alpha == 0] = 0
        return Image.fromarray(np.dstack([noise, alpha]))


PICTURE_ENGINES = (LOCAL_ENGINE, COMPOSER)


def fake_engines(engine: FakeEngine) -> EngineFactory:
    """A factory that gives ``engine`` in place of every one that makes pictures."""

    def create(name: str, **options: Any) -> Engine:
        return engine if name in PICTURE_ENGINES else create_engine(name, **options)

    def facts_of(name: str, request: ResolvedRequest, **options: Any) -> tuple[EngineFacts, ...]:
        return (engine.facts(),) if name in PICTURE_ENGINES else predict_facts(name, request, **options)

    return EngineFactory(create=create, predict_facts=facts_of)


def _stop_if_asked(should_stop: ShouldStop) -> None:
    if should_stop():
        raise Interrupted("Stopped before the picture was finished.")
