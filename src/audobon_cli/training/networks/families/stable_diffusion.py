"""Stable Diffusion 1, 2 and XL: UNets, with CLIP as what reads captions."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import ClassVar

import torch
from torch import Tensor

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.models.loras.unet_names import original_unet_names
from audobon_cli.training.networks.families.opaque import OpaqueTrainable
from audobon_cli.training.networks.objectives import DiffusionObjective
from audobon_cli.training.networks.trainable import EncodedCaption, on_processor
from audobon_cli.training.settings import EMBEDDING, TrainingSettings

STATES, POOLED, SIZES = "states", "pooled", "sizes"
ATTENTION = ("to_q", "to_k", "to_v", "to_out.0")
CLIP_ATTENTION = ("q_proj", "k_proj", "v_proj", "out_proj")


class StableDiffusionTrainable(OpaqueTrainable):
    """SD 1 and 2. With the setting ``text_encoder`` LoRAs are trained in the text encoder, too; an embedding's vectors
    are trained through networks that stay as they are."""

    families = ("sd15",)
    targets: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "attention": ATTENTION,
        "wide": (
            *(*ATTENTION, "proj_in", "proj_out", "ff.net.0.proj", "ff.net.2"),
            *("conv1", "conv2", "conv_shortcut", "time_emb_proj"),
            *("downsamplers.0.conv", "upsamplers.0.conv"),
        ),
    }
    encoders: tuple[str, ...] = ("text_encoder",)
    _tunes_encoders = False

    def configure(self, settings: TrainingSettings) -> None:
        """See TrainableModel."""
        if settings.text_encoder and settings.method == EMBEDDING:
            raise InvalidInput(
                "Of text encoders an embedding's vectors alone are trained.",
                hint="leave --set text-encoder= out, or train a LoRA",
            )
        self._tunes_encoders = settings.text_encoder
        self.captions_are_fixed = not (settings.text_encoder or settings.method == EMBEDDING)
        super().configure(settings)

    @property
    def networks(self) -> Mapping[str, torch.nn.Module]:
        """The UNet, and with the setting ``text_encoder`` the text encoders."""
        trained = self.encoders if self._tunes_encoders else ()
        return {name: getattr(self.pipeline, name) for name in ("unet", *trained)}

    def targets_of(self, component: str, chosen: str) -> tuple[str, ...]:
        """See TrainableModel. CLIP's attention, as diffusers' and kohya-ss' scripts train it."""
        return super().targets_of(component, chosen) if component == "unet" else CLIP_ATTENTION

    @property
    def objective(self) -> DiffusionObjective:
        """By the scheduler's configuration: noise (SD 1, XL) or velocity (SD 2.1)."""
        return DiffusionObjective.of(self.pipeline.scheduler)

    def encode_caption(self, caption: str) -> EncodedCaption:
        """The text encoder's states, (tokens, width)."""
        with self._gradients():
            states = self.pipeline.encode_prompt(caption, self.device, 1, False)[0]
        return {STATES: self._kept(states[0])}

    @contextmanager
    def _gradients(self) -> Iterator[None]:
        """Gradients where text encoders are trained; encoding knows none by itself."""
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.captions_are_fixed):
            yield

    def _kept(self, states: Tensor) -> Tensor:
        """On the processor where captions are kept; where they are encoded in every step, as they are."""
        return on_processor(states.float()) if self.captions_are_fixed else states.float()

    def predict(self, noisy: Tensor, times: Tensor, states: Mapping[str, Tensor]) -> Tensor:
        """See TrainableModel.predict."""
        predicted: Tensor = self.pipeline.unet(noisy, times, states[STATES], return_dict=False)[0]
        return predicted

    def diffusers_name(self, component: str, layer: str) -> str:
        """See TrainableModel. Files have CLIP's layers below ``text_model``, wherever transformers has them."""
        return f"{component}.{_clip_layer(component, layer)}"

    def kohya_name(self, component: str, layer: str) -> str:
        """See TrainableModel."""
        return super().kohya_name(component, _clip_layer(component, layer))


class SdxlTrainable(StableDiffusionTrainable):
    """SDXL: two text encoders, and the sizes of pictures as inputs of the UNet."""

    families = ("sdxl",)
    encoders = ("text_encoder", "text_encoder_2")

    def picture_extras(self, original: tuple[int, int], learnt: tuple[int, int]) -> Mapping[str, Tensor]:
        """Height and width of the original, top and left of the cut, height and width that are learnt (SDXL's paper,
        2.2). The cut is told as 0, 0: it takes as much from either side."""
        sizes = (original[1], original[0], 0, 0, learnt[1], learnt[0])
        return {SIZES: torch.tensor(sizes, dtype=torch.float32)}

    def encode_caption(self, caption: str) -> EncodedCaption:
        """The states of both encoders side by side, and the second's for the whole caption. Nothing at all is zeros
        where the pipeline has them so."""
        with self._gradients():
            states, _, pooled, _ = self.pipeline.encode_prompt(
                caption, device=self.device, num_images_per_prompt=1
            )
        if not caption and self.pipeline.config.force_zeros_for_empty_prompt:
            states, pooled = torch.zeros_like(states), torch.zeros_like(pooled)
        return {STATES: self._kept(states[0]), POOLED: self._kept(pooled[0])}

    def predict(self, noisy: Tensor, times: Tensor, states: Mapping[str, Tensor]) -> Tensor:
        """See TrainableModel.predict."""
        added = {"text_embeds": states[POOLED], "time_ids": states[SIZES]}
        predicted: Tensor = self.pipeline.unet(
            noisy, times, states[STATES], added_cond_kwargs=added, return_dict=False
        )[0]
        return predicted

    def kohya_name(self, component: str, layer: str) -> str:
        """See TrainableModel. sd-scripts count SDXL's blocks as Stability's code does, and both encoders from 1."""
        if component == "unet":
            original = self._original.get(layer, layer)
            return f"lora_unet_{original.replace('.', '_')}"
        prefix = {"text_encoder": "lora_te1", "text_encoder_2": "lora_te2"}[component]
        return f"{prefix}_{_clip_layer(component, layer).replace('.', '_')}"

    @property
    def _original(self) -> Mapping[str, str]:
        return original_unet_names(_own_layers(self.pipeline.unet))


def _own_layers(network: torch.nn.Module) -> list[str]:
    """The names of ``network``'s layers as they are without peft's layers around them."""
    names = (name for name, _ in network.named_modules() if name and ".lora_" not in name)
    return [name.removesuffix(".base_layer") for name in names]


def _clip_layer(component: str, layer: str) -> str:
    """``layer`` of a CLIP text encoder as files name it; transformers 5 has no ``text_model`` in some classes."""
    if not component.startswith("text_encoder") or layer.startswith(("text_model.", "text_projection")):
        return layer
    return f"text_model.{layer}"
