"""Telling a device that is out of memory from everything else that can go wrong on it."""

import gc
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from audobon_cli.domain.errors import OutOfMemory
from audobon_cli.domain.strategy import StageName
from audobon_cli.engines.diffusers.memory.layers import traced_layers
from audobon_cli.operations.stages import StageSequence

OUT_OF_MEMORY_WORDS = ("can't allocate memory", "out of memory", "not enough memory")
"""What torch's CPU allocator and the MPS backend say in a plain RuntimeError."""


TIMED = {
    StageName.ENCODE: "encode_prompt",
    StageName.DENOISE: "denoise",
    StageName.DECODE: "decode",
}
"""The stages of traces and profiles."""


class Stages:
    """How far one call of a pipeline has come, seen from its step callback and its denoiser."""

    def __init__(self, pipeline: Any) -> None:
        self.reached = StageName.ENCODE
        self._timed = StageSequence(TIMED[StageName.ENCODE])
        denoiser = getattr(pipeline, "unet", None) or getattr(pipeline, "transformer", None)
        self._hook = denoiser.register_forward_pre_hook(self._denoise) if denoiser is not None else None

    @contextmanager
    def timed(self, device: str) -> Iterator[None]:
        """To be entered around the call on ``device``: for traces of stages, and layers of a profile."""
        with self._timed, traced_layers(device):
            yield

    def watched(self, callback: Callable[..., Any]) -> Callable[..., Any]:
        """``callback``, which then also tells this object that the last step was the last."""

        def on_step_end(pipeline: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> Any:
            if step + 1 >= int(getattr(pipeline, "num_timesteps", 0) or step + 2):
                self._reach(StageName.DECODE)
            return callback(pipeline, step, timestep, tensors)

        return on_step_end

    def _denoise(self, *_: Any) -> None:
        self._reach(StageName.DENOISE)
        if self._hook is not None:
            self._hook.remove()
            self._hook = None

    def _reach(self, stage: StageName) -> None:
        self.reached = stage
        self._timed.go_on(TIMED[stage])


def is_out_of_memory(error: BaseException) -> bool:
    """Whether ``error`` is one of the ways in which torch or Python report that memory is used up."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(word in str(error) for word in OUT_OF_MEMORY_WORDS)


def out_of_memory(
    device: str, doing: str, cause: BaseException | None = None, stage: StageName | None = None
) -> OutOfMemory:
    """The error to raise, after handing back what can be: tensors in the frames of ``cause``, which would
    live as long as the error does, and cached blocks, so that a smaller run can follow."""
    if cause is not None:
        traceback.clear_frames(cause.__traceback__)
        # A pipeline asks for locals() at every step, and that copy survives the clearing of its frame.
        cause.__traceback__ = None
    release_cached(device)
    elsewhere = "" if device == "cpu" else ", or run on the processor with AUDOBON_DEVICE=cpu"
    return OutOfMemory(
        f"The device {device} ran out of memory while {doing}.",
        hint=f"close other programs, ask for a smaller --size or choose a smaller model{elsewhere}",
        device=device,
        **({"stage": stage.value} if stage else {}),
    )


def release_cached(device: str, accelerator: Any = None) -> None:
    """Collect what nothing refers to and give cached blocks of ``device`` back to the driver.

    ``accelerator`` stands in for ``torch.cuda`` or ``torch.mps``.
    """
    gc.collect()
    kind = device.partition(":")[0]
    if kind == "cuda":
        (accelerator or torch.cuda).empty_cache()
    elif kind == "mps":
        (accelerator or torch.mps).empty_cache()
