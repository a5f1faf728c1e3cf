"""Whole models in one .safetensors file, as they were first published: which family, which parts.

The layouts are told by the names and shapes of tensors, as diffusers' from_single_file tells them.
"""

from collections.abc import Mapping
from typing import Any

from audobon_cli.dataclass import dataclass

Shapes = Mapping[str, tuple[int, ...]]

DENOISER_PREFIX = "model.diffusion_model."


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """``family`` is one of presets/families; ``parts`` the pipeline's networks that are read from the file."""

    family: str
    parts: tuple[str, ...]


PARTS: dict[str, tuple[tuple[str, str], ...]] = {
    "sd15": (("text_encoder", "cond_stage_model."), ("vae", "first_stage_model.")),
    "sdxl": (
        ("text_encoder", "conditioner.embedders.0."),
        ("text_encoder_2", "conditioner.embedders.1."),
        ("vae", "first_stage_model."),
    ),
    # Their files hold the published text encoders or none: those of the lending model are taken.
    "sd3": (("vae", "first_stage_model."),),
    "flux": (("vae", "vae."),),
    "flux-schnell": (("vae", "vae."),),
}
"""For each family the networks besides the denoiser that are read, and the prefix of their tensors."""

DENOISERS = {"sd15": "unet", "sdxl": "unet"}
"""The component's name where it is not ``transformer``."""


def recognise(shapes: Shapes) -> Checkpoint | None:
    """What a file with these tensors is; None if it is no checkpoint of a known layout."""
    family = _family(shapes)
    if family is None:
        return None
    others = tuple(name for name, prefix in PARTS[family] if any(key.startswith(prefix) for key in shapes))
    return Checkpoint(family, (DENOISERS.get(family, "transformer"), *others))


def mismatch(shapes: Shapes, family: str, config: Mapping[str, Any]) -> str:
    """Why a denoiser of this configuration has another shape than the checkpoint's; empty if it has not."""
    for what, theirs, ours in _measures(shapes, family, config):
        if theirs != ours:
            return f"it has {theirs} {what}, and that model {ours}"
    return ""


def is_original_autoencoder(shapes: Shapes) -> bool:
    """Whether the tensors are those of a Stable Diffusion autoencoder in its first layout."""
    return any(f"{prefix}decoder.mid.block_1.conv1.weight" in shapes for prefix in ("", "first_stage_model."))


def _measures(
    shapes: Shapes, family: str, config: Mapping[str, Any]
) -> tuple[tuple[str, object, object], ...]:
    """What is compared: in words, in the file and in the configuration."""
    if family == "sd3":
        return (
            ("blocks", _blocks(shapes, "joint_blocks"), config.get("num_layers")),
            (
                "numbers in a state",
                _shape(shapes, "context_embedder.weight")[0],
                config.get("caption_projection_dim"),
            ),
        )
    if family.startswith("flux"):
        return (
            ("double blocks", _blocks(shapes, "double_blocks"), config.get("num_layers")),
            ("single blocks", _blocks(shapes, "single_blocks"), config.get("num_single_layers")),
        )
    first = _shape(shapes, "input_blocks.0.0.weight")
    words = next((s[1] for key, s in shapes.items() if key.endswith("attn2.to_k.weight")), None)
    widths = config.get("block_out_channels") or [None]
    return (
        ("channels in", first[1], config.get("in_channels")),
        ("channels in its first block", first[0], widths[0]),
        ("numbers for each word", words, config.get("cross_attention_dim")),
    )


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


def _shape(shapes: Shapes, name: str) -> tuple[int, ...]:
    return shapes.get(f"{DENOISER_PREFIX}{name}") or shapes[name]


def _blocks(shapes: Shapes, name: str) -> int:
    """How many blocks of this name there are."""
    inside = (key.removeprefix(DENOISER_PREFIX) for key in shapes)
    return len({key.split(".")[1] for key in inside if key.startswith(f"{name}.")})
