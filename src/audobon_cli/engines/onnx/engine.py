"""Draws the plain pictures of a model with exported graphs: StableDiffusionPipeline, in numpy around them."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.events import Listener, ModelLoaded, ModelLoading, StepDone, Warned
from audobon_cli.domain.model import AlphaMode, Model
from audobon_cli.domain.prompt_weights import parse_weights, plain_prompt
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import Asked, EngineFacts, Rendered, ShouldStop, stop_if_asked
from audobon_cli.engines.diffusers.pixels import to_picture
from audobon_cli.engines.onnx.exports import (
    DECODER,
    DENOISER,
    ENCODER,
    Exports,
    ExportsUnusable,
    read_exports,
)
from audobon_cli.engines.onnx.facts import PROCESSOR, onnx_facts
from audobon_cli.engines.onnx.noise import seed_noise
from audobon_cli.engines.onnx.prompts import Prompts, load_prompts
from audobon_cli.engines.onnx.runtime import Network
from audobon_cli.engines.onnx.solver import Solver, check_solver
from audobon_cli.engines.onnx.start import started_latents
from audobon_cli.models.files.model_index import read_object
from audobon_cli.operations.stages import stage

MOST_REMEMBERED = 10_000
"""Requests of a run of which is known that they were told of."""

Tell = Callable[[int, int], None]
"""Told how many steps are done, and of how many."""


class LazyNetwork:
    """The graph ``name``, loaded when it is first asked for: most pictures need it not."""

    def __init__(self, exports: Exports, name: str, weights: Path) -> None:
        self._source = (exports, name, weights)
        self._network: Network | None = None
        self._lock = threading.Lock()

    def network(self) -> Network:
        """Raises ExportsUnusable."""
        with self._lock:
            if self._network is None:
                exports, name, weights = self._source
                self._network = Network(exports.read(name), weights, name)
            return self._network


@dataclass(frozen=True, slots=True)
class LoadedExports:
    """A model in memory: what turns words into states, latents into other latents, and those into pixels.

    ``latents`` is the shape of a picture's; they are divided by ``scaling`` before they are decoded. The solver takes
    its steps of the ``trained`` ones.
    """

    prompts: Prompts
    denoiser: Network
    decoder: Network
    encoder: "LazyNetwork"
    latents: tuple[int, ...]
    scaling: float
    trained: int


def load_exports(request: ResolvedRequest, digest_cache: Path | None) -> LoadedExports:
    """The request's model. Raises ExportsUnusable, and ModelDamaged or ModelAltered for its files."""
    model = request.model
    onnx_facts(request, digest_cache)  # what is altered is told before anything of it is read
    exports = read_exports(model)
    denoiser, decoder, scheduler = (
        read_object(model.folder, f"{part}/{name}.json")
        for part, name in (("unet", "config"), ("vae", "config"), ("scheduler", "scheduler_config"))
    )
    if decoder.get("shift_factor") is not None or decoder.get("latents_mean") is not None:
        raise ExportsUnusable("its autoencoder shifts latents")
    side = int(denoiser["sample_size"])
    return LoadedExports(
        load_prompts(model, exports),
        Network(exports.read(DENOISER), model.folder, DENOISER),
        Network(exports.read(DECODER), model.folder, DECODER),
        LazyNetwork(exports, ENCODER, model.folder),
        (1, int(denoiser["in_channels"]), side, side),
        float(decoder["scaling_factor"]),
        check_solver(scheduler),
    )


class OnnxEngine:
    """Draws what facts.draws says. Implements engines.base.Engine; pictures may be rendered on several threads.

    Pictures are those of LocalEngine but for rounding: values differ by no more than one level of 255.
    """

    def __init__(self, digest_cache: Path | None = None) -> None:
        self._digest_cache = digest_cache
        self._loaded: dict[Model, LoadedExports] = {}
        self._announced: set[ResolvedRequest] = set()
        self._lock = threading.Lock()

    def begin_run(self) -> None:
        """See RunAware."""
        self._announced.clear()

    def load(self, request: ResolvedRequest, listen: Listener) -> EngineFacts:
        """See Engine.load. Raises ExportsUnusable too.

        Also sends PromptTruncated and PromptUnknown, once a request.
        """
        loaded = self._load(request, listen)
        self._announce(request, loaded, listen)
        return onnx_facts(request, self._digest_cache)

    def render(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Rendered:
        """See Engine.render. Sends what load sends where that was not called."""
        loaded = self._load(request, listen)
        self._announce(request, loaded, listen)
        pixels = draw(loaded, request, seed, _step_teller(index, listen, should_stop))
        return Rendered(*to_picture(pixels, request.model.alpha is AlphaMode.PREMULTIPLIED))

    def render_together(
        self, asked: Sequence[Asked], index: int, listen: Listener, should_stop: ShouldStop
    ) -> list[Rendered]:
        """See Engine.render_together: one, for several in a call would have other bytes."""
        return [self.render(*asked[0], index, listen, should_stop)]

    def _load(self, request: ResolvedRequest, listen: Listener) -> LoadedExports:
        model = request.model
        with self._lock:
            if model not in self._loaded:
                began = time.perf_counter()
                listen(ModelLoading(model.name))
                with stage("load_model"):
                    self._loaded[model] = load_exports(request, self._digest_cache)
                listen(ModelLoaded(model.name, PROCESSOR, "float32", time.perf_counter() - began))
            loaded = self._loaded[model]
        if request.start_strength is not None:
            loaded.encoder.network()
        return loaded

    def _announce(self, request: ResolvedRequest, loaded: LoadedExports, listen: Listener) -> None:
        """Say once a request, and not again for another seed of it, what of it has no effect."""
        words = replace(request, seed=0, count=1)
        with self._lock:
            if words in self._announced:
                return
            if len(self._announced) >= MOST_REMEMBERED:
                self._announced.clear()
            self._announced.add(words)
        found = loaded.prompts.words
        # Styles are written in words that models know: what is unknown is told of the user's own alone.
        cut = [
            found.truncation(plain_prompt(text))
            for text in (request.resolved_prompt, request.resolved_negative)
        ]
        unknown = [found.unknown(plain_prompt(text)) for text in (request.prompt, request.negative)]
        for event in (*cut, *unknown):
            if event is not None:
                listen(event)
        if request.resolved_negative and request.guidance <= 1:
            listen(Warned("Without guidance (1 or less) the negative prompt has no effect."))


def draw(loaded: LoadedExports, request: ResolvedRequest, seed: int, tell: Tell) -> NDArray[np.float32]:
    """The decoded picture of ``seed``, float32 (height, width, channels) in 0..1; ``tell`` is called at each step."""
    words = [parse_weights(request.resolved_prompt)]
    guided = request.guidance > 1
    if guided:
        words.insert(0, parse_weights(request.resolved_negative))
    with stage("encode_prompt"):
        states = np.concatenate([loaded.prompts.states(one) for one in words])
    solver = Solver(request.steps, loaded.trained)
    if request.start_strength is None:
        latents, first = seed_noise(seed, loaded.latents), 0
    else:
        encoder = loaded.encoder.network()
        latents, first = started_latents(encoder, request, seed, solver, loaded.latents, loaded.scaling)
    with stage("denoise", steps=len(solver.times) - first):
        for place, moment in enumerate(solver.times[first:], start=first):
            predicted = loaded.denoiser(
                latents=np.repeat(latents, len(words), axis=0),
                time=np.full(len(words), moment, dtype=np.float32),
                states=states,
            )
            if guided:
                without, towards = predicted[:1], predicted[1:]
                predicted = without + np.float32(request.guidance) * (towards - without)
            latents = solver.step(place, predicted, latents)
            tell(place + 1 - first, len(solver.times) - first)
    with stage("decode"):
        pixels = loaded.decoder(latents=latents / np.float32(loaded.scaling))[0].transpose(1, 2, 0)
    clipped: NDArray[np.float32] = np.clip(pixels * np.float32(0.5) + np.float32(0.5), 0.0, 1.0)
    return clipped


def _step_teller(index: int, listen: Listener, should_stop: ShouldStop) -> Tell:
    began = time.perf_counter()
    stop_if_asked(should_stop)

    def tell(done: int, steps: int) -> None:
        listen(StepDone(index, done, steps, time.perf_counter() - began, None, None))
        stop_if_asked(should_stop)

    return tell
