"""Whole models in one .safetensors file, as they were first published: which family, which parts.

The layouts are told by the names and shapes of tensors, as diffusers' from_single_file tells them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
}
"""For each family the networks besides the denoiser, and the prefix of their tensors."""


def recognise(shapes: Shapes) -> Checkpoint | None:
    """What a file with these tensors is; None if it is no checkpoint of a known layout."""
    family = _family(shapes)
    if family is None:
        return None
    others = tuple(name for name, prefix in PARTS[family] if any(key.startswith(prefix) for key in shapes))
    return Checkpoint(family, ("unet", *others))


def misfit(shapes: Shapes, config: Mapping[str, Any]) -> str:
    """Why a UNet of this configuration has another shape than the checkpoint's; empty if it has not."""
    first = shapes[f"{DENOISER_PREFIX}input_blocks.0.0.weight"]
    words = next((s[1] for key, s in shapes.items() if key.endswith("attn2.to_k.weight")), None)
    blocks = config.get("block_out_channels") or [None]
    for what, theirs, ours in (
        ("channels in", first[1], config.get("in_channels")),
        ("channels in its first block", first[0], blocks[0]),
        ("numbers for each word", words, config.get("cross_attention_dim")),
    ):
        if theirs != ours:
            return f"it has {theirs} {what}, and that model {ours}"
    return ""


def is_original_autoencoder(shapes: Shapes) -> bool:
    """Whether the tensors are those of a Stable Diffusion autoencoder in its first layout."""
    return any(f"{prefix}decoder.mid.block_1.conv1.weight" in shapes for prefix in ("", "first_stage_model."))


def _family(shapes: Shapes) -> str | None:
    if f"{DENOISER_PREFIX}input_blocks.0.0.weight" not in shapes:
        return None
    # SDXL feeds sizes and pooled words in beside the time.
    return "sdxl" if f"{DENOISER_PREFIX}label_emb.0.0.weight" in shapes else "sd15"
