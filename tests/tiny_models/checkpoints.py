"""Tiny models as single files in the layout of the first Stable Diffusion checkpoints."""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

Weights = dict[str, torch.Tensor]

RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1",
    "conv_shortcut": "skip_connection",
}
UNET_ENDS = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}


def write_checkpoint(folder: Path, file: Path) -> Path:
    """The weights of the Stable Diffusion 1 or SDXL model in ``folder`` as one file."""
    from diffusers import DiffusionPipeline

    pipeline = DiffusionPipeline.from_pretrained(str(folder))
    weights = {f"model.diffusion_model.{key}": value for key, value in unet_weights(pipeline.unet).items()}
    weights |= {f"first_stage_model.{key}": value for key, value in vae_weights(pipeline.vae).items()}
    if getattr(pipeline, "text_encoder_2", None) is None:
        weights |= _clip(pipeline.text_encoder, "cond_stage_model.transformer.")
    else:
        weights |= _clip(pipeline.text_encoder, "conditioner.embedders.0.transformer.")
        weights |= _open_clip(pipeline.text_encoder_2, "conditioner.embedders.1.model.")
    save_file({key: value.contiguous().clone() for key, value in weights.items()}, file)
    return file


def unet_weights(unet: Any) -> Weights:
    """The UNet's weights under their first names."""
    layers = unet.config.layers_per_block
    return {_unet_key(key, layers): value for key, value in unet.state_dict().items()}


def _unet_key(key: str, layers: int) -> str:
    for ours, theirs in UNET_ENDS.items():
        if key.startswith(f"{ours}."):
            return key.replace(ours, theirs, 1)
    parts = key.split(".")
    if parts[0] == "mid_block":
        place = {"resnets.0": 0, "attentions.0": 1, "resnets.1": 2}[".".join(parts[1:3])]
        return f"middle_block.{place}.{_inside(parts[1], parts[3:])}"
    block, kind, number = int(parts[1]), parts[2], int(parts[3])
    if parts[0] == "down_blocks":
        if kind == "downsamplers":
            return f"input_blocks.{(layers + 1) * (block + 1)}.0.op.{parts[-1]}"
        first = (layers + 1) * block + number + 1
        return f"input_blocks.{first}.{int(kind == 'attentions')}.{_inside(kind, parts[4:])}"
    if kind == "upsamplers":
        # The upsampler stands behind the attention, where the block has one.
        return f"output_blocks.{(layers + 1) * block + layers}.{2 if block == 0 else 1}.conv.{parts[-1]}"
    first = (layers + 1) * block + number
    return f"output_blocks.{first}.{int(kind == 'attentions')}.{_inside(kind, parts[4:])}"


def _inside(kind: str, parts: list[str]) -> str:
    return ".".join([RESNET[parts[0]], *parts[1:]] if kind == "resnets" else parts)


def vae_weights(vae: Any) -> Weights:
    """The autoencoder's weights under their first names."""
    blocks = len(vae.config.block_out_channels)
    found = {}
    for key, value in vae.state_dict().items():
        name = _vae_key(key, blocks)
        # Attention was made of convolutions over single pixels.
        flat = ".mid.attn_1." in name and name.endswith("weight") and value.ndim == 2
        found[name] = value[:, :, None, None] if flat else value
    return found


def _vae_key(key: str, blocks: int) -> str:
    key = key.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
    parts = key.split(".")
    if len(parts) < 3 or parts[1] in ("conv_in", "conv_out", "norm_out"):
        return key
    side, kind = parts[0], parts[1]
    if kind == "mid_block":
        if parts[2] == "resnets":
            return f"{side}.mid.block_{int(parts[3]) + 1}.{'.'.join(parts[4:])}"
        inner = ".".join(parts[4:-1])
        return f"{side}.mid.attn_1.{ATTENTION[inner]}.{parts[-1]}"
    down = kind == "down_blocks"
    place = f"{side}.{'down' if down else 'up'}.{int(parts[2]) if down else blocks - 1 - int(parts[2])}"
    if parts[3] == "resnets":
        return f"{place}.block.{parts[4]}.{'.'.join(parts[5:])}"
    return f"{place}.{'downsample' if down else 'upsample'}.{'.'.join(parts[5:])}"


def _clip(encoder: Any, prefix: str) -> Weights:
    weights = encoder.state_dict()
    inner = "" if any(key.startswith("text_model.") for key in weights) else "text_model."
    return {f"{prefix}{inner}{key}": value for key, value in weights.items()}


def _open_clip(encoder: Any, prefix: str) -> Weights:
    weights = {key.removeprefix("text_model."): value for key, value in encoder.state_dict().items()}
    found = {
        f"{prefix}token_embedding.weight": weights["embeddings.token_embedding.weight"],
        f"{prefix}positional_embedding": weights["embeddings.position_embedding.weight"],
        f"{prefix}text_projection": weights["text_projection.weight"].T,
    }
    for end in ("weight", "bias"):
        found[f"{prefix}ln_final.{end}"] = weights[f"final_layer_norm.{end}"]
        for layer in range(encoder.config.num_hidden_layers):
            own, theirs = f"encoder.layers.{layer}.", f"{prefix}transformer.resblocks.{layer}."
            joined = [weights[f"{own}self_attn.{name}_proj.{end}"] for name in "qkv"]
            found[f"{theirs}attn.in_proj_{end}"] = torch.cat(joined)
            for ours, name in (
                ("self_attn.out_proj", "attn.out_proj"),
                ("layer_norm1", "ln_1"),
                ("layer_norm2", "ln_2"),
                ("mlp.fc1", "mlp.c_fc"),
                ("mlp.fc2", "mlp.c_proj"),
            ):
                found[f"{theirs}{name}.{end}"] = weights[f"{own}{ours}.{end}"]
    return found
