"""The local engine: diffusers pipelines, kept in memory, one picture at a time."""

import copy
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from audobon_cli.__about__ import __version__
from audobon_cli.domain.errors import Interrupted, ModelUnsupported
from audobon_cli.domain.events import Listener, ModelLoaded, ModelLoading, StepDone, Warned
from audobon_cli.domain.model import AlphaMode, Model
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.vram.pipeline import Strategy
from audobon_cli.engines.base import EngineFacts, Rendered, ShouldStop
from audobon_cli.engines.local.arguments import accepted_arguments, call_arguments
from audobon_cli.engines.local.assembly import assemble
from audobon_cli.engines.local.device import Placement, choose_placement
from audobon_cli.engines.local.live_memory import live_memory
from audobon_cli.engines.local.memory import Stages, is_out_of_memory, out_of_memory, release_cached
from audobon_cli.engines.local.noise import draw_in_float32, seed_generator
from audobon_cli.engines.local.pixels import to_picture
from audobon_cli.engines.local.prompts import find_truncation
from audobon_cli.engines.local.strategies import attention_kernels
from audobon_cli.stores.model_files import ModelFiles, inspect_model, model_digest

SMALL_MODEL_PARAMETERS = 100_000_000
"""Below this a model runs on one processor thread. Its layers are too small to gain much from more; with
more, the sums inside them are ordered differently on machines with different numbers of processors, which
changes single values of a picture; and next to another busy program two threads that wait for each other
took 20 times as long (measured on 32 M parameters, 2 processors, 2026-11)."""

StepCallback = Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Resident:
    """A pipeline in memory; ``scheduler`` is as loaded, never stepped."""

    model: Model
    strategy: Strategy
    pipeline: Any
    accepted: frozenset[str]
    scheduler: Any
    facts: EngineFacts


class LocalEngine:
    """Runs diffusers text-to-image pipelines on this machine. Implements engines.base.Engine.

    Pictures are those of the plain pipeline: ``DiffusionPipeline.from_pretrained(folder)`` called with the
    same prompt, size, steps, guidance and ``torch.Generator("cpu").manual_seed(seed)`` gives the same
    pixels on the CPU with the same number of threads, one for small models (colours divided by alpha
    afterwards, for sprites). One model stays loaded.
    """

    def __init__(self, device: str | None = None, digest_cache: Path | None = None) -> None:
        """``device`` overrides the choice ("cpu", "cuda:1" ...); ``digest_cache``: see model_digest.

        Raises InvalidInput for a device that is not here.
        """
        self._placement = choose_placement(device)
        self._digest_cache = digest_cache
        self._threads = torch.get_num_threads()
        self._resident: _Resident | None = None
        self._told: ResolvedRequest | None = None

    def load(self, request: ResolvedRequest, listen: Listener) -> EngineFacts:
        """See Engine.load. Loading another model than the last, or the same under another strategy, lets go
        of that one first."""
        return self._load(request, listen).facts

    def render(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Rendered:
        """See Engine.render. Also sends PromptTruncated, once a request, before the first step."""
        resident = self._load(request, listen)
        pipeline = resident.pipeline
        arguments = call_arguments(pipeline, resident.accepted, request)
        self._tell(request, resident, listen)
        stop_if_asked(should_stop)
        stages = Stages(pipeline)
        pipeline.scheduler = copy.deepcopy(resident.scheduler)
        if "callback_on_step_end" in resident.accepted:
            callback = _step_callback(request, (index, self._placement.device), listen, should_stop)
            arguments["callback_on_step_end"] = stages.watched(callback)
        try:
            with (
                torch.inference_mode(),
                attention_kernels(request.strategy),
                warnings.catch_warnings(),
            ):
                # Deprecations inside the libraries: nothing that a user could act on.
                warnings.simplefilter("ignore")
                output = pipeline(generator=seed_generator(seed), **arguments)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            stage = stages.reached
            del resident, pipeline, arguments, stages
            self._resident = None
            doing = f"drawing a picture of {request.render_size} ({stage})"
            raise out_of_memory(self._placement.device, doing, error, stage) from error
        pixels = np.asarray(output.images[0], dtype=np.float32)
        image, problems = to_picture(pixels, request.model.alpha is AlphaMode.PREMULTIPLIED)
        if any(getattr(output, "nsfw_content_detected", None) or ()):
            problems = (*problems, "blacked out by the model's own safety checker")
        return Rendered(image, problems)

    def _load(self, request: ResolvedRequest, listen: Listener) -> _Resident:
        model, strategy = request.model, request.strategy
        loaded = self._resident
        if loaded is not None and (loaded.model, loaded.strategy) == (model, strategy):
            return loaded
        del loaded
        self._resident = None
        release_cached(self._placement.device)
        began = time.perf_counter()
        listen(ModelLoading(model.name))
        files = inspect_model(model.folder)
        _check_channels(model, files)
        digest = model_digest(model.folder, self._digest_cache, dict(model.digests))
        small = files.parameters < SMALL_MODEL_PARAMETERS and self._placement.kind == "cpu"
        torch.set_num_threads(1 if small else self._threads)
        pipeline = assemble(files, self._placement, strategy)
        accepted = accepted_arguments(pipeline)
        if self._placement.dtype is not torch.float32 or self._placement.kind != "cpu":
            draw_in_float32(pipeline)
        facts = EngineFacts(
            engine="local",
            model_digest=digest,
            scheduler=type(pipeline.scheduler).__name__,
            device=self._placement.kind,
            dtype=_denoiser_dtype(pipeline, self._placement),
            libraries=_library_versions(),
        )
        self._resident = _Resident(
            model, strategy, pipeline, accepted, copy.deepcopy(pipeline.scheduler), facts
        )
        seconds = time.perf_counter() - began
        listen(ModelLoaded(model.name, self._placement.device, facts.dtype, seconds))
        return self._resident

    def _tell(self, request: ResolvedRequest, resident: _Resident, listen: Listener) -> None:
        """Say once a request what of it has no effect."""
        if self._told == request:
            return
        self._told = request
        for text in (request.resolved_prompt, request.resolved_negative):
            cut = find_truncation(resident.pipeline, text) if text else None
            if cut is not None:
                listen(cut)
        if request.resolved_negative and request.guidance <= 1:
            listen(Warned("Without guidance (1 or less) the negative prompt has no effect."))


def stop_if_asked(should_stop: ShouldStop) -> None:
    """Raise Interrupted if ``should_stop`` says so."""
    if should_stop():
        raise Interrupted("Stopped before the picture was finished.", hint="run the same command again")


def _step_callback(
    request: ResolvedRequest, place: tuple[int, str], listen: Listener, should_stop: ShouldStop
) -> StepCallback:
    """``place``: the picture's index in the run, and the device."""
    index, device = place
    began = time.perf_counter()

    def on_step_end(pipeline: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        # Schedulers of second order take more steps than they were asked for.
        steps = int(getattr(pipeline, "num_timesteps", request.steps))
        used, total = live_memory(device) or (None, None)
        listen(StepDone(index, step + 1, steps, time.perf_counter() - began, used, total))
        stop_if_asked(should_stop)
        return tensors

    return on_step_end


def _check_channels(model: Model, files: ModelFiles) -> None:
    expected = 3 if model.alpha is AlphaMode.NONE else 4
    if files.channels != expected:
        raise ModelUnsupported(
            f"The model {model.name} makes pictures of {files.channels} channels, but is described as one "
            f"of {expected}.",
            hint="set alpha in the model's description to match its autoencoder",
            path=str(files.folder),
        )


def _denoiser_dtype(pipeline: Any, placement: Placement) -> str:
    denoiser = getattr(pipeline, "unet", None) or getattr(pipeline, "transformer", None)
    return str(denoiser.dtype).removeprefix("torch.") if denoiser is not None else placement.dtype_name


def _library_versions() -> dict[str, str]:
    names = ("diffusers", "transformers", "torch", "pillow")
    return {"audobon": __version__, **{name: version(name) for name in names}}
