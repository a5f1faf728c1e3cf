"""Whole models in one .safetensors file, as they were first published: which family, which parts.

The layouts are told by the names and shapes of tensors, as diffusers' from_single_file tells them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Shapes = Mapping[str, tuple[int, ...]]

DENOISER_PREFIX = "model.diffusion_model."


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """``family`` is one of presets/families; ``parts`` the pipeline's networks that the file holds."""

    family: str
    parts: tuple[str, ...]


PARTS = {
    "sd15": (("text_encoder", "cond_stage_model."), ("vae", "first_stage_model.")),
    "sdxl": (
        ("text_encoder", "conditioner.embedders.0."),
        ("text_encoder_2", "conditioner.embedders.1."),
        ("vae", "first_stage_model."),
    ),
    "sd3": (
        ("text_encoder", "text_encoders.clip_l."),
        ("text_encoder_2", "text_encoders.clip_g."),
        ("text_encoder_3", "text_encoders.t5xxl."),
        ("vae", "first_stage_model."),
    ),
    "flux": (("vae", "vae."),),
}
"""For each family the networks besides the denoiser, and the prefix of their tensors."""


def recognise(shapes: Shapes) -> Checkpoint | None:
    """What a file with these tensors is; None if it is no checkpoint of a known layout."""
    family = _family(shapes)
    if family is None:
        return None
    known = PARTS["flux" if family.startswith("flux") else family]
    others = tuple(name for name, prefix in known if any(key.startswith(prefix) for key in shapes))
    denoiser = "unet" if family in ("sd15", "sdxl") else "transformer"
    return Checkpoint(family, (denoiser, *others))


def is_original_autoencoder(shapes: Shapes) -> bool:
    """Whether the tensors are those of a Stable Diffusion autoencoder in its first layout."""
    return any(f"{prefix}decoder.mid.block_1.conv1.weight" in shapes for prefix in ("", "first_stage_model."))


def _family(shapes: Shapes) -> str | None:
    names = {key.removeprefix(DENOISER_PREFIX) for key in shapes}
    if "double_blocks.0.img_attn.norm.key_norm.scale" in names:
        return "flux" if "guidance_in.in_layer.weight" in names else "flux-schnell"
    if "joint_blocks.0.context_block.adaLN_modulation.1.bias" in names:
        return "sd3"
    if f"{DENOISER_PREFIX}input_blocks.0.0.weight" not in shapes:
        return None
    # SDXL feeds sizes and pooled words in beside the time.
    return "sdxl" if "label_emb.0.0.weight" in names else "sd15"
