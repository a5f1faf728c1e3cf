"""The adapters of one loaded pipeline: put in when a request wants them, taken out when the next does not."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from audobon_cli.domain.adapters import AdapterFiles, Adapters
from audobon_cli.domain.events import Listener, Warned
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.diffusers.adapters.controls import control_arguments, controlled, load_controlnet
from audobon_cli.engines.diffusers.adapters.embeddings import add_embeddings
from audobon_cli.engines.diffusers.adapters.loading import quietly
from audobon_cli.engines.diffusers.adapters.loras import add_loras, check_takes_loras
from audobon_cli.engines.diffusers.adapters.references import (
    add_ip_adapter,
    check_takes_references,
    reference_arguments,
    remove_ip_adapter,
)
from audobon_cli.engines.diffusers.adapters.refiner import LoadedRefiner, load_refiner
from audobon_cli.engines.diffusers.memory.device import DevicePlacement
from audobon_cli.engines.diffusers.noise import draw_in_float32


@dataclass(frozen=True, slots=True)
class Fitted:
    """What to call for one request: ``pipeline`` with ``arguments`` beside the usual ones, then ``refiner``."""

    pipeline: Any
    arguments: dict[str, Any] = field(default_factory=dict)
    refiner: LoadedRefiner | None = None


class AdapterSet:
    """Keeps the adapters of the last request in ``pipeline``, so that a run loads them once.

    Without adapters the pipeline is, bit for bit, what it was before the first.
    """

    def __init__(self, pipeline: Any, placement: DevicePlacement) -> None:
        self._base = pipeline
        self._placement = placement
        self._worn: tuple[Any, ...] = _weights_of(Adapters())
        self._called = pipeline
        self._undo: list[Callable[[], None]] = []
        self._controlnets: dict[str, Any] = {}
        self._refiner: tuple[str, LoadedRefiner] | None = None

    def fit(self, request: ResolvedRequest, listen: Listener) -> Fitted:
        """Make the pipeline wear what ``request`` asks for. Raises AdapterUnfit, InvalidInput, OutOfMemory;
        the pipeline is then without adapters."""
        adapters = request.adapters
        wanted = _weights_of(adapters)
        if wanted != self._worn:
            with quietly():
                self._take_off()
                try:
                    self._put_on(adapters, listen)
                except BaseException:
                    self._take_off()
                    raise
            self._worn = wanted
        arguments: dict[str, Any] = {}
        if adapters.controls:
            arguments |= control_arguments(self._called, adapters.controls, request.render_size)
        if adapters.references:
            arguments |= reference_arguments(adapters.references)
        refiner = None
        if adapters.refiner is not None and self._refiner is not None:
            refiner = replace(self._refiner[1], share=adapters.refiner.share)
            arguments |= refiner.base_arguments()
        return Fitted(self._called, arguments, refiner)

    def _put_on(self, adapters: Adapters, listen: Listener) -> None:
        base, device = self._base, self._placement.device
        if adapters.embeddings:
            self._undo.append(add_embeddings(base, adapters.embeddings, device))
        if adapters.loras:
            check_takes_loras(base)
            self._undo.append(add_loras(base, adapters.loras, self._placement, listen))
        if adapters.reference_files is not None:
            check_takes_references(base)
            self._undo.append(lambda: remove_ip_adapter(base))
            add_ip_adapter(base, adapters.reference_files, adapters.references, self._placement)
        kept, self._controlnets = self._controlnets, {}
        for control in adapters.controls:
            digest = control.files.digest
            network = kept.get(digest) or load_controlnet(control.files, base, self._placement)
            self._controlnets[digest] = network
        if adapters.controls:
            self._called = controlled(base, [self._controlnets[c.files.digest] for c in adapters.controls])
            if "prepare_latents" in vars(base):
                draw_in_float32(self._called)
        if adapters.refiner is None:
            self._refiner = None
        elif self._refiner is None or self._refiner[0] != adapters.refiner.digest:
            self._refiner = (adapters.refiner.digest, load_refiner(adapters.refiner, base, self._placement))

    def _take_off(self) -> None:
        self._worn = _weights_of(Adapters())
        self._called = self._base
        while self._undo:
            self._undo.pop()()


def warn_of_unused(request: ResolvedRequest, listen: Listener) -> None:
    """Send Warned for every embedding of which no word is in either prompt."""
    prompts = f"{request.resolved_prompt}\n{request.resolved_negative}"
    words: dict[AdapterFiles, list[str]] = {}
    for embedding in request.adapters.embeddings:
        words.setdefault(embedding.files, []).append(embedding.token)
    for files, own in words.items():
        if not any(word in prompts for word in own):
            which = f"its word {own[0]} is not" if len(own) == 1 else f"none of {', '.join(own)} is"
            listen(Warned(f"The embedding {files.name} has no effect: {which} in the prompt."))


def _weights_of(adapters: Adapters) -> tuple[Any, ...]:
    """All that changes the networks; pictures only change the call."""
    return (
        adapters.loras,
        adapters.embeddings,
        tuple(control.files for control in adapters.controls),
        tuple(reference.weight for reference in adapters.references),
        adapters.reference_files,
        adapters.refiner.digest if adapters.refiner else None,
    )
