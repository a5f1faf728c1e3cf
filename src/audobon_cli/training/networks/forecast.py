"""How much memory training takes, told without weights: two steps on the meta device, every storage counted.

Networks are built from their configurations, LoRAs put in as for a run, and two steps are made: the second is the
first with the optimiser's moments in memory. The same recorder counts a real step on the processor, which the tests
hold the forecast to.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from audobon_cli.domain.errors import ModelUnsupported
from audobon_cli.domain.model import Model
from audobon_cli.domain.strategy import Precision
from audobon_cli.engines.diffusers.loading.assembly import silence
from audobon_cli.models.files.folder import inspect_model
from audobon_cli.models.files.model_index import read_object
from audobon_cli.training.networks.examples import Examples
from audobon_cli.training.networks.families.registry import trainable_class
from audobon_cli.training.networks.steps import Trainer
from audobon_cli.training.networks.trainable import TrainableModel
from audobon_cli.training.settings import TrainingSettings
from audobon_cli.vram.simulation.trace import ENTER
from audobon_cli.vram.tracing.inputs import PartSpec, build_part
from audobon_cli.vram.tracing.recorder import Recording, StorageRecorder

STEPS = 2
TRAINED_BYTES = 24
"""Of each trained number, all in float32: weight, average, best so far, gradient, and two moments."""
CAPTION = "a caption"


@dataclass(frozen=True, slots=True)
class TrainingMemory:
    """In bytes, on the device: ``weights`` of all networks; ``trained`` is what belongs to the LoRA (weights, averages,
    the best, gradients, moments); ``activations`` what is alive besides at the fullest moment of a step; ``peak`` all
    of it."""

    weights: int
    trained: int
    activations: int

    @property
    def numbers(self) -> int:
        """How many numbers are trained."""
        return self.trained // TRAINED_BYTES

    @property
    def peak(self) -> int:
        """The most at one moment."""
        return self.weights + self.trained + self.activations


class _Attention(torch.autograd.Function):
    """What fused attention allocates on the way there and back: output and log-sum-exp, then three gradients."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        batch, heads, length, _ = query.shape
        out = query.new_empty(batch, length, heads, value.shape[-1]).transpose(1, 2)
        ctx.save_for_backward(
            query, key, value, out, query.new_empty(batch, heads, length, dtype=torch.float32)
        )
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        query, key, value, _, _ = ctx.saved_tensors
        return torch.empty_like(query), torch.empty_like(key), torch.empty_like(value)


@contextmanager
def fused_attention() -> Iterator[None]:
    """That in place of scaled dot product attention, which on the meta device falls back to the unfused form.

    Put into the module itself: modes of torch functions are not in force while activations are computed again.
    """
    functional: Any = torch.nn.functional
    own = functional.scaled_dot_product_attention

    def attention(query: Tensor, key: Tensor, value: Tensor, *_: Any, **__: Any) -> Any:
        return _Attention.apply(query, key, value)  # type: ignore[no-untyped-call]

    functional.scaled_dot_product_attention = attention
    try:
        yield
    finally:
        functional.scaled_dot_product_attention = own


class _Affirmative(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Says yes where a network asks for a value of a tensor without content: whether no word of a mask is left out."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.ops.aten._local_scalar_dense.default and args[0].device.type == "meta":
            return True
        return func(*args, **(kwargs or {}))


def forecast_training(
    model: Model, settings: TrainingSettings, precision: Precision = Precision.FLOAT32
) -> TrainingMemory:
    """What training ``model`` with ``settings`` takes on a device where its weights are held in ``precision``.

    Takes seconds, and no memory. Raises TrainingUnsupported, ModelUnsupported for a part that cannot be built of its
    configuration, InvalidInput for settings that the family does not have.
    """
    kind = trainable_class(model)
    with silence(), _building(model), fused_attention(), _Affirmative():  # type: ignore[no-untyped-call]
        trainable = kind(_skeleton(model, precision), model, torch.device("meta"))
        trainable.configure(settings)
        for network in _networks(trainable.pipeline):
            network.requires_grad_(False).eval()
        with torch.no_grad():
            picture = _blank(trainable, settings)
            captions = [trainable.encode_caption(CAPTION)] * 2 if trainable.captions_are_fixed else []
        many = [picture] * settings.batch
        examples = Examples(many, (), [1] * len(many), (), ["", CAPTION], captions)
        trainer = Trainer(trainable, examples, settings)
        if precision is not Precision.FLOAT32:
            _halved(trainer, getattr(torch, precision.value))
        return record_steps(trainer)


def record_steps(trainer: Trainer) -> TrainingMemory:
    """What STEPS steps of ``trainer`` hold at most, wherever its model is. They change its weights."""
    networks = torch.nn.ModuleList(_networks(trainer.trainable.pipeline))
    fixed = sum(map(_bytes, {id(one): one for one in (*networks.parameters(), *networks.buffers())}.values()))
    own = sum(map(_bytes, trainer.layers.parameters))
    recorder = StorageRecorder(networks, trainer.trainable.device.type)
    # Its averages are there before the first step, as the networks are.
    recorder._weights |= {one.untyped_storage()._cdata for one in trainer.averages.values()}
    with recorder:
        for step in range(STEPS):
            trainer.learn(trainer.loss_of_step(step), step)
    most = most_alive(recorder.recording)
    numbers = trainer.layers.count
    moments = sum(
        _bytes(value) for state in trainer.optimizer.state.values() for value in state.values() if value.dim()
    )
    gradients = sum(_bytes(one.grad) for one in trainer.layers.parameters if one.grad is not None)
    return TrainingMemory(fixed - own, TRAINED_BYTES * numbers, max(0, most - moments - gradients))


def _halved(trainer: Trainer, kind: torch.dtype) -> None:
    """Let ``trainer`` calculate in ``kind``, nearly as automatic precision does, which tensors without content do not
    know: what that keeps in float32 (norms) is taken for half as large here."""
    trainable = trainer.trainable
    own = trainable.predict

    def predict(noisy: Tensor, times: Tensor, states: Mapping[str, Tensor]) -> Tensor:
        return own(noisy.to(kind), times, {name: state.to(kind) for name, state in states.items()})

    trainable.predict = predict  # type: ignore[method-assign]
    for parameter in trainer.layers.parameters:
        parameter.data = parameter.data.to(kind)
    trainer.averages = {name: value.to(kind) for name, value in trainer.averages.items()}


def most_alive(recording: Recording) -> int:
    """The most bytes that the storages of ``recording`` hold at one moment."""
    living: list[int] = []
    now = most = 0
    for code in recording.codes:
        if code >= ENTER:
            continue
        if code >= 0:
            living.append(recording.sizes[code])
            now += living[-1]
            most = max(most, now)
        else:
            now -= living.pop(code)
    return most


def _bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()


def _networks(pipeline: Any) -> list[torch.nn.Module]:
    return [part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)]


def _blank(trainable: TrainableModel, settings: TrainingSettings) -> Any:
    from PIL import Image

    native = trainable.model.size_rule.native
    side = settings.side or max(native.width, native.height)
    return trainable.encode_picture(Image.new("RGBA", (side, side)), 0)


def _skeleton(model: Model, precision: Precision) -> Any:
    """The pipeline of ``model`` with networks of no content, and its own tokenizers and scheduler."""
    import diffusers

    index = read_object(model.folder, "model_index.json")
    parts: dict[str, Any] = {}
    for name, named in index.items():
        if name.startswith("_") or not isinstance(named, Sequence) or isinstance(named, str):
            continue
        library, kind = named
        parts[name] = None if kind is None else _part(model, name, library, kind, precision)
    extras = {
        name: value
        for name, value in index.items()
        if not name.startswith("_") and isinstance(value, bool | int | float)
    }
    return getattr(diffusers, index["_class_name"])(**parts, **extras)


def _part(model: Model, name: str, library: str, kind: str, precision: Precision) -> Any:
    import diffusers
    import transformers

    folder = model.folder / name
    if library not in ("diffusers", "transformers"):
        return None  # safety checkers and the like, which are not loaded here
    if (folder / "config.json").is_file():
        config: Mapping[str, Any] = read_object(folder, "config.json")
        plain = {key: value for key, value in config.items() if not key.startswith("_")}
        return build_part(PartSpec(f"{library}.{kind}", plain, ""), precision)
    home = diffusers if library == "diffusers" else transformers
    return getattr(home, kind).from_pretrained(str(folder), local_files_only=True)


@contextmanager
def _building(model: Model) -> Iterator[None]:
    """What the libraries raise for configurations that they cannot build, as ModelUnsupported."""
    inspect_model(model.folder)
    with ExitStack():
        try:
            yield
        except (KeyError, TypeError, AttributeError, NotImplementedError) as error:
            raise ModelUnsupported(
                f"The memory for training {model.name} cannot be foretold: {error}",
                hint="train without --plan; a run that does not fit is told at its first step",
                model=model.name,
            ) from error
