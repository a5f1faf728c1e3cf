"""The built-in sprite model: pictures with premultiplied alpha, text at the deepest level alone."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from audobon_cli.engines.diffusers.inputs.input_pixels import fit_picture, premultiplied_planes
from audobon_cli.training.networks.objectives import DiffusionObjective
from audobon_cli.training.networks.trainable import (
    EncodedCaption,
    EncodedPicture,
    TrainableModel,
    on_processor,
)

if TYPE_CHECKING:
    from PIL.Image import Image

STATES = "encoder_hidden_states"


class SpriteTrainable(TrainableModel):
    """The UNet of the built-in model. Text enters at its 4 x 4 level alone, so a LoRA of attention layers cannot learn
    how something is drawn: the usual set has the convolutions and the embedding of time, too."""

    families = ("sprite",)
    targets: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "attention": ("to_q", "to_k", "to_v", "to_out.0"),
        "wide": (
            *("to_q", "to_k", "to_v", "to_out.0", "proj_in", "proj_out", "ff.net.0.proj", "ff.net.2"),
            *("conv1", "conv2", "conv_shortcut", "time_emb_proj", "conv_in", "conv_out"),
            *("downsamplers.0.conv", "upsamplers.0.conv"),
        ),
    }
    usual_targets = "wide"

    @property
    def networks(self) -> Mapping[str, torch.nn.Module]:
        """The UNet."""
        return {"unet": self.pipeline.unet}

    @property
    def objective(self) -> DiffusionObjective:
        """By the scheduler's configuration: velocity."""
        return DiffusionObjective.of(self.pipeline.scheduler)

    @torch.no_grad()
    def encode_picture(self, picture: "Image", seed: int) -> EncodedPicture:
        """The autoencoder's mean; pictures of other sizes are fitted as --init-image fits them. Nothing is random."""
        fitted = fit_picture(picture, self.model, self.model.size_rule.native)
        vae = self.pipeline.vae
        planes = torch.from_numpy(premultiplied_planes(fitted)).to(self.device, vae.dtype)
        latents = vae.encode(planes).latent_dist.mean * vae.config.scaling_factor
        return EncodedPicture(on_processor(latents[0].float()))

    def encode_caption(self, caption: str) -> EncodedCaption:
        """The text encoder's states, (tokens, width)."""
        states, _ = self.pipeline.encode_prompt(caption, self.device, 1, False)
        return {STATES: on_processor(states[0].float())}

    def predict(self, noisy: Tensor, times: Tensor, states: Mapping[str, Tensor]) -> Tensor:
        """See TrainableModel.predict."""
        predicted: Tensor = self.pipeline.unet(noisy, times, states[STATES], return_dict=False)[0]
        return predicted
