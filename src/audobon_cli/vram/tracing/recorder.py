"""Recording what a call of a model part allocates, without weights, memory or a graphics card.

The part is built on the meta device and called under a dispatch mode that sees every storage be born and
die. Fused attention is intercepted above the dispatcher, where a meta tensor would fall back to the
unfused form.
"""

import weakref
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import torch
import torch.nn.functional
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from audobon_cli.domain.strategy import Attention, Precision
from audobon_cli.vram.simulation.trace import ENTER, LEAVE, Leaf, Trace
from audobon_cli.vram.tracing.fit import Point, fit_trace, sample_points
from audobon_cli.vram.tracing.inputs import PartSpec, build_part, call_part, keeps_float32

# diffusers.hooks.layerwise_casting: DEFAULT_SKIP_MODULES_PATTERN and SUPPORTED_PYTORCH_LAYERS.
UNCAST_NAMES = ("pos_embed", "patch_embed", "norm")
UNCAST_EDGES = ("proj_in", "proj_out")
CAST_CLASSES = (
    torch.nn.Linear,
    torch.nn.Conv1d,
    torch.nn.Conv2d,
    torch.nn.Conv3d,
    torch.nn.ConvTranspose1d,
    torch.nn.ConvTranspose2d,
    torch.nn.ConvTranspose3d,
)


LOOPING = ("lumina2", "qwen-image", "z-image")
"""Denoisers that go through a batch picture by picture, so that the number of allocations depends on it."""
CACHING = ("longcat-audio", "z-image")
"""Denoisers that keep something of the first call of each size, which is therefore not the one to record."""


@dataclass(slots=True)
class Recording:
    """One call: ``sizes`` of the allocations in order (bytes), and codes as in Trace, with the allocation's
    own number in place of a form."""

    sizes: list[int] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)


class FusedAttention(TorchFunctionMode):
    """In place of scaled dot product attention: what the fused CUDA kernels allocate.

    The output in (batch, sequence, heads, channels) order, and the float32 log-sum-exp of each row
    (torch: _scaled_dot_product_flash_attention).
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func is not torch.nn.functional.scaled_dot_product_attention:
            return func(*args, **kwargs)
        query = args[0] if args else kwargs["query"]
        value = args[2] if len(args) > 2 else kwargs["value"]
        batch, heads, length, _ = query.shape
        out = torch.empty(batch, length, heads, value.shape[-1], dtype=query.dtype, device=query.device)
        torch.empty(batch, heads, length, dtype=torch.float32, device=query.device)
        return out.transpose(1, 2)


class FusedLstm(TorchFunctionMode):
    """In place of an LSTM, which falls apart into its steps on meta: what cuDNN's allocates, output and last states."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is not torch._VF.lstm:
            return func(*args, **(kwargs or {}))
        given, states = args[0], args[1]
        return given.new_empty(*given.shape[:-1], states[0].shape[-1]), *map(torch.empty_like, states)


class StorageRecorder(TorchDispatchMode):
    """Logs births and deaths of storages on ``device``, those of the weights excepted.

    A convolution also allocates cuDNN's workspace for its duration: staging copies of input and output
    in half precision, of the input alone in float32. The rule was fitted to published peaks; see
    docs/architecture.md.
    """

    def __init__(self, module: torch.nn.Module, device: str = "meta") -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._device = device
        self.recording = Recording()
        self._living: list[int] = []
        self._watched: dict[int, tuple[int, weakref.ref[Any]]] = {}
        self._weights = {t.untyped_storage()._cdata for t in _tensors(module)}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(out):
            if isinstance(tensor, torch.Tensor) and tensor.device.type == self._device:
                self._watch(tensor)
        if func is torch.ops.aten.convolution.default:
            self._die(self._born(convolution_workspace(args[0], out)))
        return out

    def mark(self, code: int) -> None:
        """Log the code of a leaf's call beginning or ending."""
        self.recording.codes.append(code)

    def _watch(self, tensor: torch.Tensor) -> None:
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key in self._watched or key in self._weights or storage.nbytes() == 0:
            return
        number = self._born(storage.nbytes())
        self._watched[key] = (number, weakref.ref(storage, partial(self._gone, key)))

    def _gone(self, key: int, _: object) -> None:
        number, _ = self._watched.pop(key)
        self._die(number)

    def _born(self, size: int) -> int:
        number = len(self.recording.sizes)
        self.recording.sizes.append(size)
        self.recording.codes.append(number)
        self._living.append(number)
        return number

    def _die(self, number: int) -> None:
        place = self._living.index(number) - len(self._living)
        del self._living[place]
        self.recording.codes.append(place)


def convolution_workspace(image: torch.Tensor, out: torch.Tensor) -> int:
    """Bytes that cuDNN stages in channels-last order for a convolution of ``image`` to ``out``."""
    staged = image.numel() * image.element_size()
    return staged + out.numel() * out.element_size() if image.element_size() == 2 else staged


def _tensors(module: torch.nn.Module) -> list[torch.Tensor]:
    return [*module.parameters(), *module.buffers()]


def record_call(
    module: torch.nn.Module,
    spec: PartSpec,
    precision: Precision,
    attention: Attention,
    point: Point,
) -> Recording:
    """Call ``module`` once at ``point`` and log what it allocates."""
    recorder = StorageRecorder(module)
    sides = (point.height * spec.unit, point.width * spec.unit)
    with ExitStack() as stack:
        stack.enter_context(torch.no_grad())
        stack.enter_context(_marked(module, recorder))
        stack.enter_context(FusedLstm())
        if attention is Attention.FUSED:
            stack.enter_context(FusedAttention())
        stack.enter_context(recorder)
        out = call_part(module, spec, precision, point.batch, sides)
        # What is alive now is the result; its death is no part of the call.
        recording = Recording(recorder.recording.sizes, list(recorder.recording.codes))
        del out
    return recording


@contextmanager
def _marked(module: torch.nn.Module, recorder: StorageRecorder) -> Iterator[None]:
    handles = []
    for number, (_, part) in enumerate(_owners(module)):
        handles.append(part.register_forward_pre_hook(lambda *_, n=number: recorder.mark(ENTER + n)))
        handles.append(part.register_forward_hook(lambda *_, n=number: recorder.mark(LEAVE + n)))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _owners(module: torch.nn.Module) -> list[tuple[str, torch.nn.Module]]:
    """The modules that own weights themselves, in the order of ``named_modules``."""
    return [(name, part) for name, part in module.named_modules() if _own_tensors(part)]


def _own_tensors(part: torch.nn.Module) -> list[torch.Tensor]:
    return [*part.parameters(recurse=False), *part.buffers(recurse=False)]


def leaves_of(module: torch.nn.Module) -> tuple[Leaf, ...]:
    """The weights of ``module`` by the leaf that owns them; shared ones count at their last owner: the
    first may never be called (T5's ``shared``, whose weights ``embed_tokens`` uses)."""
    blocks = _blocks(module)
    last = {t.untyped_storage()._cdata: name for name, part in _owners(module) for t in _own_tensors(part)}
    leaves = []
    skipped = tuple(getattr(module, "_skip_layerwise_casting_patterns", None) or ()) + UNCAST_NAMES
    for name, part in _owners(module):
        new = [t for t in _own_tensors(part) if last[t.untyped_storage()._cdata] == name]
        block = next((i for i, prefix in enumerate(blocks) if name.startswith(prefix)), -1)
        leaves.append(
            Leaf(
                parameters=tuple(t.numel() for t in new),
                castable=isinstance(part, CAST_CLASSES)
                and name not in UNCAST_EDGES
                and not any(word in name for word in skipped),
                linear=isinstance(part, torch.nn.Linear),
                keeps_float32=keeps_float32(module, name),
                block=block,
            )
        )
    return tuple(leaves)


def _blocks(module: torch.nn.Module) -> list[str]:
    """Names (with a dot) of the blocks that block-level offloading moves one at a time.

    diffusers.hooks.group_offloading looks for module lists among the direct children only; all else is
    one group that stays for the whole call.
    """
    return [
        f"{name}.{index}."
        for name, child in module.named_children()
        if isinstance(child, torch.nn.ModuleList)
        for index in range(len(child))
    ]


def trace_part(
    spec: PartSpec, precision: Precision, attention: Attention, many: bool
) -> tuple[Trace, tuple[Leaf, ...]]:
    """The symbolic trace of a part, and its weights. ``many``: for batches of 2 and more, else for 1.

    A part that takes the pictures of a batch one by one in places (LOOPING) has no trace for all batches; it is
    taken to need as much for each picture as for one alone. Calls the part a dozen times on the meta device:
    seconds. Raises ValueError when the allocations are no polynomial of the terms looked for, or their order
    depends on the size.
    """
    module = build_part(spec, precision)
    if attention is Attention.CLASSIC:
        from diffusers.models.attention_processor import AttnProcessor

        module.set_attn_processor(AttnProcessor())  # type: ignore[operator]
    alone = many and spec.inputs in LOOPING
    points, terms = sample_points(spec.inputs, attention, many and not alone)
    if spec.inputs in CACHING:
        for point in points:
            record_call(module, spec, precision, attention, point)
    samples = [record_call(module, spec, precision, attention, point) for point in points]
    trace = fit_recordings(samples, points, terms, spec.unit)
    if alone:
        trace = replace(trace, terms=tuple((b + 1, h, w) for b, h, w in trace.terms))
    return trace, leaves_of(module)


def fit_recordings(
    samples: Sequence[Recording],
    points: Sequence[Point],
    terms: Sequence[tuple[int, int, int]],
    unit: int,
) -> Trace:
    """The trace that gives each of ``samples`` at its point exactly. Raises ValueError when there is none."""
    codes = samples[0].codes
    if any(sample.codes != codes for sample in samples):
        raise ValueError("the order of allocations depends on the size")
    rows = list(zip(*(sample.sizes for sample in samples), strict=True))
    return fit_trace(rows, codes, points, terms, unit)
