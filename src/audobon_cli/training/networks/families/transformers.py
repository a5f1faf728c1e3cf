"""Stable Diffusion 3 and FLUX.1: transformers that are asked for the velocity of a rectified flow."""

import math
from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from audobon_cli.models.loras.original_names import FLUX, SD3, Spelling
from audobon_cli.training.networks.families.opaque import OpaqueTrainable
from audobon_cli.training.networks.objectives import FlowObjective
from audobon_cli.training.networks.trainable import EncodedCaption, KohyaGroup, on_processor

STATES, POOLED = "states", "pooled"
ATTENTION = (
    *("attn.to_q", "attn.to_k", "attn.to_v", "attn.to_out.0"),
    *("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj", "attn.to_add_out"),
)
FEED_FORWARD = ("ff.net.0.proj", "ff.net.2", "ff_context.net.0.proj", "ff_context.net.2")
WITHOUT_GUIDANCE = 1.0
"""What FLUX.1-dev's embedding of the guidance is given while it is trained, as sd-scripts do: distilled guidance stays
what it was."""


class FlowTrainable(OpaqueTrainable):
    """What both have in common."""

    spelling: Spelling

    @property
    def networks(self) -> Mapping[str, torch.nn.Module]:
        """The transformer."""
        return {"transformer": self.pipeline.transformer}

    @property
    def objective(self) -> FlowObjective:
        """By the scheduler's configuration: its shift, or with ``use_dynamic_shifting`` that of the size learnt."""
        config = self.pipeline.scheduler.config
        steps = float(config.num_train_timesteps)
        if not config.use_dynamic_shifting:
            return FlowObjective(float(config.shift), steps)
        width, height = self.bucket(1, 1)
        tokens = (width // 16) * (height // 16)
        low, high = config.base_image_seq_len, config.max_image_seq_len
        slope = (config.max_shift - config.base_shift) / (high - low)
        return FlowObjective(math.exp(config.base_shift + slope * (tokens - low)), steps)

    def kohya_groups(self, component: str, layers: list[str]) -> list[KohyaGroup]:
        """See TrainableModel. sd-scripts train the authors' layers, in which queries, keys and values are one."""
        found: dict[str, KohyaGroup] = {}
        for layer in layers:
            blocks, number, inner = layer.split(".", 2)
            theirs, inside = self.spelling.blocks[blocks]
            name, parts = next((one, parts) for one, parts in inside.items() if inner in parts)
            whole = f"lora_unet_{theirs}_{number}_{name.replace('.', '_')}"
            found.setdefault(whole, KohyaGroup(whole, tuple(f"{blocks}.{number}.{part}" for part in parts)))
        return list(found.values())


class Sd3Trainable(FlowTrainable):
    """Stable Diffusion 3 and 3.5: captions by two CLIPs and T5."""

    families = ("sd3",)
    spelling = SD3
    targets: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "attention": ATTENTION,
        "wide": (*ATTENTION, *FEED_FORWARD),
    }

    def encode_caption(self, caption: str) -> EncodedCaption:
        """The states of all three encoders, and those of the CLIPs for the whole caption."""
        states, _, pooled, _ = self.pipeline.encode_prompt(
            caption, None, None, device=self.device, do_classifier_free_guidance=False
        )
        return {STATES: on_processor(states[0].float()), POOLED: on_processor(pooled[0].float())}

    def predict(self, noisy: Tensor, times: Tensor, states: Mapping[str, Tensor]) -> Tensor:
        """See TrainableModel.predict."""
        predicted: Tensor = self.pipeline.transformer(
            noisy, states[STATES], states[POOLED], timestep=times, return_dict=False
        )[0]
        return predicted


class FluxTrainable(FlowTrainable):
    """FLUX.1: captions by CLIP and T5, latents in patches of 2 x 2."""

    families = ("flux", "flux-schnell")
    spelling = FLUX
    targets: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "attention": ATTENTION,
        "wide": (*ATTENTION, *FEED_FORWARD, "proj_mlp"),
    }

    def targets_of(self, component: str, chosen: str) -> tuple[str, ...]:
        """See TrainableModel. A single block's output layer is called as the last layer of all is, which is not
        trained."""
        outputs = (
            f"single_transformer_blocks.{number}.proj_out"
            for number in range(len(self.pipeline.transformer.single_transformer_blocks))
        )
        return (*super().targets_of(component, chosen), *outputs)

    def encode_caption(self, caption: str) -> EncodedCaption:
        """T5's states, and CLIP's for the whole caption."""
        states, pooled, _ = self.pipeline.encode_prompt(caption, None, device=self.device)
        return {STATES: on_processor(states[0].float()), POOLED: on_processor(pooled[0].float())}

    def predict(self, noisy: Tensor, times: Tensor, states: Mapping[str, Tensor]) -> Tensor:
        """See TrainableModel.predict."""
        transformer = self.pipeline.transformer
        count, channels, height, width = noisy.shape
        packed = self.pipeline._pack_latents(noisy, count, channels, height, width)
        places = self.pipeline._prepare_latent_image_ids(
            count, height // 2, width // 2, self.device, torch.float32
        )
        guidance = None
        if transformer.config.guidance_embeds:
            guidance = torch.full((count,), WITHOUT_GUIDANCE, device=self.device)
        predicted = transformer(
            packed,
            states[STATES],
            states[POOLED],
            timestep=times / self.pipeline.scheduler.config.num_train_timesteps,
            img_ids=places,
            txt_ids=torch.zeros(states[STATES].shape[1], 3, device=self.device),
            guidance=guidance,
            return_dict=False,
        )[0]
        scale = self.pipeline.vae_scale_factor
        unpacked: Tensor = self.pipeline._unpack_latents(predicted, height * scale, width * scale, scale)
        return unpacked
