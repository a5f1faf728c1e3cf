"""The local engine: diffusers pipelines, kept in memory."""

import contextlib
import copy
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from audobon_cli.domain.components import ComponentChoice
from audobon_cli.domain.errors import InvalidInput, OutOfMemory
from audobon_cli.domain.events import Listener, ModelLoaded, ModelLoading, Warned
from audobon_cli.domain.model import LOCAL_ENGINE, Model
from audobon_cli.domain.output.image import ImageOutput
from audobon_cli.domain.prompt_weights import parse_weights, plain_prompt
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.strategy import Offload, Strategy
from audobon_cli.domain.units import plural
from audobon_cli.engines.base import Asked, EngineFacts, Rendered, ShouldStop, stop_if_asked
from audobon_cli.engines.diffusers.adapters.adapter_set import AdapterSet, warn_of_unused
from audobon_cli.engines.diffusers.drawing_errors import DRAWING_ERRORS, explain_refusal
from audobon_cli.engines.diffusers.inputs.image_to_image import start_of
from audobon_cli.engines.diffusers.inputs.seamless import seamless
from audobon_cli.engines.diffusers.loading.assembly import assemble, load_part
from audobon_cli.engines.diffusers.loading.schedulers import scheduler_for
from audobon_cli.engines.diffusers.media_calls import MEDIUM_CALLS
from audobon_cli.engines.diffusers.memory.device import DevicePlacement, choose_placement
from audobon_cli.engines.diffusers.memory.memory import Stages, is_out_of_memory, out_of_memory
from audobon_cli.engines.diffusers.memory.model_cache import ModelCache
from audobon_cli.engines.diffusers.memory.strategies import attention_kernels, matrix_products
from audobon_cli.engines.diffusers.memory.text_encoders import TextEncoders
from audobon_cli.engines.diffusers.noise import draw_in_float32, seed_generator
from audobon_cli.engines.diffusers.predicted_facts import library_versions, whole_digest
from audobon_cli.engines.diffusers.prompts.prompt_layouts import layout_of
from audobon_cli.engines.diffusers.prompts.prompts import find_truncation, find_unknown
from audobon_cli.engines.diffusers.prompts.text_encoding import (
    EmbeddingCache,
    EmbeddingsDiffer,
    PromptPair,
    install_text_encoding,
)
from audobon_cli.engines.diffusers.steps import callback_arguments, step_teller, then
from audobon_cli.models.files.folder import ModelFiles, inspect_model

SMALL_MODEL_PARAMETERS = 100_000_000
"""Below this a model runs on one processor thread. Its layers are too small to gain much from more; with
more, the sums inside them are ordered differently on machines with different numbers of processors, which
changes single values of a picture; and next to another busy program two threads that wait for each other
took 20 times as long (measured on 32 M parameters, 2 processors, 2026-11)."""

_Key = tuple[Model, tuple[ComponentChoice, ...], Strategy]
"""What is loaded: a model, what of it was swapped, and how it is held in memory."""


@dataclass(frozen=True, slots=True)
class _Resident:
    """A pipeline in memory; ``schedulers`` are as loaded, by the component's name, never stepped; ``fitting``
    keeps its adapters; it runs on ``threads`` threads."""

    pipeline: Any
    accepted: frozenset[str]
    schedulers: dict[str, Any]
    facts: EngineFacts
    fitting: AdapterSet
    threads: int
    encoders: TextEncoders | None
    embeddings: EmbeddingCache = field(default_factory=EmbeddingCache)


class LocalEngine:
    """Runs diffusers text-to-image pipelines on this machine. Implements engines.base.Engine.

    Pictures are those of the plain pipeline: ``DiffusionPipeline.from_pretrained(folder)`` called with the
    same prompt, size, steps, guidance and ``torch.Generator("cpu").manual_seed(seed)`` gives the same
    pixels on the CPU with the same number of threads, one for small models (colours divided by alpha
    afterwards, for sprites). Models stay loaded while there is room, and the embeddings of their prompts.
    """

    def __init__(self, device: str | None = None, digest_cache: Path | None = None) -> None:
        """``device`` overrides the choice ("cpu", "cuda:1" ...); ``digest_cache``: see model_digest.

        Raises InvalidInput for a device that is not here.
        """
        self._placement = choose_placement(device)
        self._digest_cache = digest_cache
        self._threads = torch.get_num_threads()
        self._model_cache: ModelCache[_Key, _Resident] = ModelCache(self._placement.device)
        self._announced: ResolvedRequest | None = None

    def begin_run(self) -> None:
        """See RunAware."""
        self._announced = None

    def load(self, request: ResolvedRequest, listen: Listener) -> EngineFacts:
        """See Engine.load. Models not used for longest are let go of when there is no room for this one."""
        facts = self._load(request, listen).facts
        return replace(facts, scheduler=request.scheduler.class_name) if request.scheduler else facts

    def render(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Rendered:
        """See Engine.render. Also sends PromptTruncated and PromptUnknown, once a request, before the first
        step. When memory runs out while other models are loaded, they leave and the picture is begun again.
        """
        return self._render([(request, seed)], index, listen, should_stop)[0]

    def render_together(
        self, asked: Sequence[Asked], index: int, listen: Listener, should_stop: ShouldStop
    ) -> list[Rendered]:
        """See Engine.render_together. Sounds are made one by one: their pipelines take one length a call."""
        if not isinstance(asked[0][0].output, ImageOutput):
            return self._render(asked[:1], index, listen, should_stop)
        try:
            return self._render(asked, index, listen, should_stop)
        except EmbeddingsDiffer:
            return self._render(asked[:1], index, listen, should_stop)

    def _render(
        self, asked: Sequence[Asked], index: int, listen: Listener, should_stop: ShouldStop
    ) -> list[Rendered]:
        request = asked[0][0]
        key = _key(request)
        while True:
            resident = self._load(request, listen)
            try:
                return self._draw(resident, asked, index, listen, should_stop)
            except OutOfMemory:
                del resident
                if not self._model_cache.drop_others(key):
                    self._model_cache.drop(key)
                    raise

    def _draw(
        self,
        resident: _Resident,
        asked: Sequence[Asked],
        index: int,
        listen: Listener,
        should_stop: ShouldStop,
    ) -> list[Rendered]:
        requests = [one for one, _ in asked]
        request = requests[0]
        calls = MEDIUM_CALLS[request.model.produces]
        arguments = calls.arguments(resident.pipeline, resident.accepted, requests)
        if resident.encoders is not None and request.adapters:
            resident.encoders.keep()
        fitted = resident.fitting.fit(request, listen)
        pipeline, refiner, arguments = fitted.pipeline, fitted.refiner, arguments | fitted.arguments
        self._announce(requests, resident, listen)
        start = start_of(pipeline, request, asked[0][1])
        if start is not None:
            pipeline, arguments = start.pipeline, start.call_arguments(arguments)
        called = [pipeline, refiner.pipeline] if refiner else [pipeline]
        _encode_as_asked(called, resident.embeddings, requests)
        stop_if_asked(should_stop)
        stages = Stages(pipeline)
        total = request.steps if refiner else None
        tell = step_teller((index, self._placement.device), request, total, listen, should_stop)
        watched = stages.watched(then(tell, start.after_step if start else None))
        arguments |= callback_arguments(pipeline, watched)
        try:
            with (
                torch.inference_mode(),
                attention_kernels(request.strategy),
                matrix_products(request.strategy),
                warnings.catch_warnings(),
                contextlib.ExitStack() as stack,
                stages.timed(self._placement.device),
            ):
                # Deprecations inside the libraries: nothing that a user could act on.
                warnings.simplefilter("ignore")
                for name, own in resident.schedulers.items():
                    chosen = request.scheduler if name == "scheduler" else None
                    setattr(pipeline, name, scheduler_for(own, chosen))
                for each in called:
                    stack.enter_context(seamless(each, request.inputs.tile))
                generators = [seed_generator(seed) for _, seed in asked]
                output = pipeline(generator=generators if len(asked) > 1 else generators[0], **arguments)
                if refiner is not None:
                    output = refiner.draw(output.images, generators[0], arguments)
        except DRAWING_ERRORS as error:
            if not is_out_of_memory(error):
                explained = explain_refusal(request.model, error)
                if explained is None:
                    raise
                raise explained from error
            stage = stages.reached
            del resident, pipeline, refiner, fitted, called, arguments, stages, start
            several = f"{plural(len(asked), 'picture')}" if len(asked) > 1 else "a picture"
            doing = f"drawing {several} of {request.drawn_extent} ({stage})"
            raise out_of_memory(self._placement.device, doing, error, stage) from error
        return calls.rendered(output, request, len(asked), start)

    def _load(self, request: ResolvedRequest, listen: Listener) -> _Resident:
        key = _key(request)
        resident = self._model_cache.get(key)
        if resident is None:
            # The same model held in another way would only take up the room that this way is to save.
            self._model_cache.drop(*(other for other in self._model_cache.loaded() if other[:2] == key[:2]))
            resident = self._load_anew(request, listen)
            self._model_cache.put(key, resident)
        torch.set_num_threads(resident.threads)
        return resident

    def hold(self, request: ResolvedRequest, pipeline: Any) -> None:
        """Draw from now on with ``pipeline``, changed elsewhere, what is asked of the model of ``request``."""
        placement = self._placement.for_model(request.model.float16)
        files = inspect_model(request.model.folder)
        self._model_cache.put(_key(request), self._resident(request, files, pipeline, placement, None))

    def _load_anew(self, request: ResolvedRequest, listen: Listener) -> _Resident:
        model = request.model
        began = time.perf_counter()
        listen(ModelLoading(model.name))
        files = inspect_model(model.folder)
        MEDIUM_CALLS[model.produces].check_files(model, files)
        placement = self._placement.for_model(model.float16)
        self._model_cache.make_room(files.parameters * placement.dtype.itemsize)
        pipeline = assemble(files, placement, request.loaded_components, model.checkpoint, request.strategy)
        encoders = _releasable_encoders(pipeline, request, files, placement)
        resident = self._resident(request, files, pipeline, placement, encoders)
        seconds = time.perf_counter() - began
        listen(ModelLoaded(model.name, self._placement.device, resident.facts.dtype, seconds))
        if model.calling is None:
            listen(Warned(f"{model.pipeline} belongs to no family known here; general defaults are used."))
        return resident

    def _resident(
        self,
        request: ResolvedRequest,
        files: ModelFiles,
        pipeline: Any,
        placement: DevicePlacement,
        encoders: TextEncoders | None,
    ) -> _Resident:
        model = request.model
        accepted = MEDIUM_CALLS[model.produces].accepted(pipeline, model.calling is not None)
        if placement.dtype is not torch.float32 or placement.kind != "cpu":
            draw_in_float32(pipeline)
        facts = EngineFacts(
            engine=LOCAL_ENGINE,
            model_digest=whole_digest(model, self._digest_cache),
            scheduler=_scheduler_name(pipeline),
            device=self._placement.kind,
            dtype=_denoiser_dtype(pipeline, placement),
            libraries=library_versions(),
        )
        small = files.parameters < SMALL_MODEL_PARAMETERS and self._placement.kind == "cpu"
        threads = 1 if small else self._threads
        fitting = AdapterSet(pipeline, placement)
        return _Resident(pipeline, accepted, _schedulers(pipeline), facts, fitting, threads, encoders)

    def _announce(self, requests: Sequence[ResolvedRequest], resident: _Resident, listen: Listener) -> None:
        """Say once a request, and not again for another seed of it, what of it has no effect."""
        for request in requests:
            words = replace(request, seed=0, count=1)
            if self._announced != words:
                self._announced = words
                _announce_prompt(request, resident.pipeline, listen)


def _releasable_encoders(
    pipeline: Any, request: ResolvedRequest, files: ModelFiles, placement: DevicePlacement
) -> TextEncoders | None:
    """None where embeddings are not kept, or where the encoders are not those of the model's own folder."""
    apart = request.loaded_components or request.model.checkpoint is not None
    plain = placement.kind == "cpu" and request.strategy.offload is Offload.NONE and not apart
    if not plain or not isinstance(request.output, ImageOutput) or layout_of(pipeline) is None:
        return None
    return TextEncoders(pipeline, lambda name: load_part(files, name, placement))


def _key(request: ResolvedRequest) -> _Key:
    return request.model, request.loaded_components, request.strategy


def _announce_prompt(request: ResolvedRequest, pipeline: Any, listen: Listener) -> None:
    """Say what of ``request`` has no effect."""
    # Styles are written in words that models know: what is unknown is told of the user's own alone.
    asked = (
        (find_truncation, (request.resolved_prompt, request.resolved_negative)),
        (find_unknown, (request.prompt, request.negative)),
    )
    for find, prompts in asked:
        for prompt in prompts:
            event = find(pipeline, plain_prompt(prompt)) if prompt else None
            if event is not None:
                listen(event)
    if request.resolved_negative and request.guidance <= 1:
        listen(Warned("Without guidance (1 or less) the negative prompt has no effect."))
    warn_of_unused(request, listen)


def _encode_as_asked(
    pipelines: Sequence[Any], embeddings: EmbeddingCache, requests: Sequence[ResolvedRequest]
) -> None:
    """Set the weights of the requests' words on ``pipelines``: the one called, and its refiner if it has one.

    Raises InvalidInput if one takes none, EmbeddingsDiffer if it cannot be told to encode them one by one.
    """
    request = requests[0]
    pairs = tuple(
        PromptPair(parse_weights(one.resolved_prompt), parse_weights(one.resolved_negative))
        for one in requests
    )
    refiner = request.adapters.refiner
    names = [request.model.name, *([refiner.model.name] if refiner else [])]
    pictures = isinstance(request.output, ImageOutput)
    unable = [
        name for name, found in zip(names, pipelines, strict=True) if not pictures or layout_of(found) is None
    ]
    if any(pair.weighted for pair in pairs) and unable:
        raise InvalidInput(
            f"The model {unable[0]} takes no weights such as (red:1.3) in its prompt.",
            hint="leave them out; brackets that are text are written \\( and \\)",
        )
    if not pictures:
        return  # pipelines of sounds read their prompts in ways of their own
    embeddings.context = repr((request.adapters.loras, request.adapters.embeddings))
    # A refiner has text encoders of its own, and so a cache of its own.
    for pipeline, cache in zip(pipelines, (embeddings, EmbeddingCache()), strict=False):
        encoding = install_text_encoding(pipeline, cache)
        if encoding is not None:
            encoding.pairs = pairs
        elif len(pairs) > 1:
            raise EmbeddingsDiffer


def _schedulers(pipeline: Any) -> dict[str, Any]:
    """Copies of the pipeline's schedulers (some have one for each stage)."""
    return {
        name: copy.deepcopy(part)
        for name, part in pipeline.components.items()
        if name.endswith("scheduler") and part is not None
    }


def _scheduler_name(pipeline: Any) -> str:
    """The class of the pipeline's scheduler; "" for one that denoises nothing."""
    scheduler = getattr(pipeline, "scheduler", None)
    return "" if scheduler is None else type(scheduler).__name__


def _denoiser_dtype(pipeline: Any, placement: DevicePlacement) -> str:
    denoiser = getattr(pipeline, "unet", None) or getattr(pipeline, "transformer", None)
    return str(denoiser.dtype).removeprefix("torch.") if denoiser is not None else placement.dtype_name
