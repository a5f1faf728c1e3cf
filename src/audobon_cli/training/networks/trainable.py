"""One family of models as the trainer needs it.

**A family is one file** in ``families/`` with a subclass of TrainableModel, and a line in ``families/registry.py``. The
subclass says how pictures and captions become tensors, what the denoiser is called with, which layers are trained, and
what layers are called in kohya's files. Noise, weights by the signal-to-noise ratio, the optimiser, checkpoints,
averages, evaluation and both files of weights are the trainer's (``steps.py``), and the same for all.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import torch
from torch import Tensor

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.model import Model
from audobon_cli.training.networks.objectives import Objective

if TYPE_CHECKING:
    from PIL.Image import Image

    from audobon_cli.training.settings import TrainingSettings


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """A picture as the denoiser learns it, on the CPU, float32: ``latents`` (channels, height, width);
    ``weight`` (1, height, width) multiplies the loss place by place, None: 1 everywhere. ``extras`` are further inputs
    that belong to the picture (SDXL's sizes), each without the batch's dimension."""

    latents: Tensor
    weight: Tensor | None = None
    extras: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KohyaGroup:
    """A layer of kohya-ss' files, ``name``, and the layers of diffusers whose outputs it has below each other."""

    name: str
    parts: tuple[str, ...]


EncodedCaption = Mapping[str, Tensor]
"""What a caption gives the denoiser: tensors by name, on the CPU, without the batch's dimension. All captions of a
model have the same names and shapes."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Pictures of one size with their captions, on the model's device: ``latents`` (n, channels, height, width),
    ``weight`` (n, 1, height, width) or None, ``states`` captions and extras by name, each (n, ...)."""

    latents: Tensor
    weight: Tensor | None
    states: Mapping[str, Tensor]

    @property
    def size(self) -> int:
        """The number of pictures."""
        return len(self.latents)


class TrainableModel(ABC):
    """A loaded model whose networks take LoRAs. Made by ``load``; its own weights never change.

    ``networks`` are the components that are trained, by their names in the pipeline, the denoiser first (``unet`` or
    ``transformer``; ``text_encoder`` only where text encoders are trained: then ``encode_caption`` is called in every
    step, see ``captions_are_fixed``).
    """

    families: ClassVar[tuple[str, ...]]
    """The families of models (Model.family) that it is for."""
    targets: ClassVar[Mapping[str, tuple[str, ...]]]
    """For each set of layers by name (``wide``, ``attention``) the ends of the names of layers that are trained."""
    usual_targets: ClassVar[str] = "attention"
    encoders: tuple[str, ...] = ()
    """Components that read captions and take new words, in files' order; empty where none do."""
    captions_are_fixed: bool = True
    """Whether captions are encoded once; false where text encoders or a word of theirs are trained."""

    def __init__(self, pipeline: Any, model: Model, device: torch.device) -> None:
        self.pipeline = pipeline
        self.model = model
        self.device = device

    @classmethod
    def load(cls, model: Model, device: str | None) -> Self:
        """The model in memory on ``device`` ("cpu", "cuda:1"; None: the best): all of its pipeline, in evaluation mode,
        no gradients.

        Raises ModelDamaged, ModelUnsupported or OutOfMemory.
        """
        from audobon_cli.training.networks.loading import load_pipeline

        pipeline, chosen = load_pipeline(model, device)
        return cls(pipeline, model, torch.device(chosen))

    def configure(self, settings: "TrainingSettings") -> None:
        """Take what ``settings`` say of pictures and captions; called once, before anything is encoded and before any
        LoRA is put in. Raises InvalidInput for what the family cannot do."""
        if settings.text_encoder and self.captions_are_fixed:
            raise InvalidInput(
                f"The text encoders of the family {self.model.family} are not trained here.",
                hint="leave --set text-encoder= out",
            )

    @property
    @abstractmethod
    def networks(self) -> Mapping[str, torch.nn.Module]:
        """See the class."""

    @property
    @abstractmethod
    def objective(self) -> Objective:
        """What the denoiser is asked for: see objectives.py; by the scheduler's configuration."""

    @property
    def denoiser(self) -> torch.nn.Module:
        """The first of ``networks``."""
        return next(iter(self.networks.values()))

    def targets_of(self, component: str, chosen: str) -> tuple[str, ...]:
        """The ends of the names of layers that are trained in ``component``; ``chosen`` is a name of ``targets``."""
        return self.targets[chosen]

    @abstractmethod
    def encode_picture(self, picture: "Image", seed: int) -> EncodedPicture:
        """``picture`` (RGBA, straight alpha, any size) as the denoiser learns it. What is chosen at random (a ground
        behind it) depends on ``seed`` alone."""

    @abstractmethod
    def encode_caption(self, caption: str) -> EncodedCaption:
        """``caption`` as the pipeline encodes prompts; "" is what guidance is held against. Called without gradients
        where captions are fixed, else in every step, with them, and may stay on the device."""

    @abstractmethod
    def predict(self, noisy: Tensor, times: Tensor, states: Mapping[str, Tensor]) -> Tensor:
        """What the denoiser says of ``noisy`` (n, channels, height, width) at ``times`` (n,), as the objective gives
        them, with ``states`` of a Batch. The same shape as ``noisy``."""

    def diffusers_name(self, component: str, layer: str) -> str:
        """What diffusers' files call ``layer`` of ``component``."""
        return f"{component}.{layer}"

    def kohya_groups(self, component: str, layers: list[str]) -> "list[KohyaGroup]":
        """The layers of kohya-ss' files that the trained ``layers`` of ``component`` come to, each once."""
        return [KohyaGroup(self.kohya_name(component, layer), (layer,)) for layer in layers]

    def kohya_name(self, component: str, layer: str) -> str:
        """What kohya-ss' scripts call ``layer`` (the module's name in the network ``component``) in their files,
        without ``.lora_down.weight``. As it is for networks that those scripts take from diffusers (SD 1.5)."""
        prefix = {"text_encoder": "lora_te", "text_encoder_2": "lora_te2"}.get(component, "lora_unet")
        return f"{prefix}_{layer.replace('.', '_')}"

    @property
    def architecture(self) -> str:
        """What ``modelspec.architecture`` says of its LoRAs, without ``/lora``."""
        return self.model.family


def on_processor(tensor: Tensor) -> Tensor:
    """``tensor`` in the processor's memory; one without content (of a forecast) as it is."""
    return tensor if tensor.device.type == "meta" else tensor.cpu().contiguous()


def stacked(
    pictures: Sequence[EncodedPicture], captions: Sequence[EncodedCaption], device: torch.device
) -> Batch:
    """``pictures`` of one size, with their captions, as a batch on ``device``."""
    names = {**captions[0]}
    states = {name: torch.stack([one[name] for one in captions]) for name in names}
    states |= {name: torch.stack([one.extras[name] for one in pictures]) for name in pictures[0].extras}
    weights = [one.weight for one in pictures if one.weight is not None]
    return Batch(
        torch.stack([one.latents for one in pictures]).to(device),
        torch.stack(weights).to(device) if len(weights) == len(pictures) else None,
        {name: value.to(device) for name, value in states.items()},
    )
