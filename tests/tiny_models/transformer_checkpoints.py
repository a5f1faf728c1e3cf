"""Tiny models of Stable Diffusion 3 and FLUX.1 as single files in the layout of the first releases."""

from pathlib import Path

import torch
from safetensors.torch import save_file

from tests.tiny_models.checkpoints import Weights, vae_weights

CONTEXT_NORM = "transformer_blocks.N.norm1_context.linear"

SD3 = {
    "pos_embed.proj": "x_embedder.proj",
    "time_text_embed.timestep_embedder.linear_1": "t_embedder.mlp.0",
    "time_text_embed.timestep_embedder.linear_2": "t_embedder.mlp.2",
    "time_text_embed.text_embedder.linear_1": "y_embedder.mlp.0",
    "time_text_embed.text_embedder.linear_2": "y_embedder.mlp.2",
    "context_embedder": "context_embedder",
    "transformer_blocks.N.attn.to_out.0": "joint_blocks.N.x_block.attn.proj",
    "transformer_blocks.N.norm1.linear": "joint_blocks.N.x_block.adaLN_modulation.1",
    "transformer_blocks.N.norm1_context.linear": "joint_blocks.N.context_block.adaLN_modulation.1",
    "transformer_blocks.N.attn.to_add_out": "joint_blocks.N.context_block.attn.proj",
    "transformer_blocks.N.ff_context.net.0.proj": "joint_blocks.N.context_block.mlp.fc1",
    "transformer_blocks.N.ff_context.net.2": "joint_blocks.N.context_block.mlp.fc2",
    "transformer_blocks.N.ff.net.0.proj": "joint_blocks.N.x_block.mlp.fc1",
    "transformer_blocks.N.ff.net.2": "joint_blocks.N.x_block.mlp.fc2",
    "proj_out": "final_layer.linear",
    "norm_out.linear": "final_layer.adaLN_modulation.1",
}
SD3_JOINED = {
    "joint_blocks.N.x_block.attn.qkv": [f"transformer_blocks.N.attn.to_{x}" for x in "qkv"],
    "joint_blocks.N.context_block.attn.qkv": [f"transformer_blocks.N.attn.add_{x}_proj" for x in "qkv"],
}
FLUX = {
    "time_text_embed.timestep_embedder.linear_1": "time_in.in_layer",
    "time_text_embed.timestep_embedder.linear_2": "time_in.out_layer",
    "time_text_embed.text_embedder.linear_1": "vector_in.in_layer",
    "time_text_embed.text_embedder.linear_2": "vector_in.out_layer",
    "time_text_embed.guidance_embedder.linear_1": "guidance_in.in_layer",
    "time_text_embed.guidance_embedder.linear_2": "guidance_in.out_layer",
    "context_embedder": "txt_in",
    "x_embedder": "img_in",
    "transformer_blocks.N.norm1.linear": "double_blocks.N.img_mod.lin",
    "transformer_blocks.N.norm1_context.linear": "double_blocks.N.txt_mod.lin",
    "transformer_blocks.N.attn.norm_q": "double_blocks.N.img_attn.norm.query_norm.scale",
    "transformer_blocks.N.attn.norm_k": "double_blocks.N.img_attn.norm.key_norm.scale",
    "transformer_blocks.N.attn.norm_added_q": "double_blocks.N.txt_attn.norm.query_norm.scale",
    "transformer_blocks.N.attn.norm_added_k": "double_blocks.N.txt_attn.norm.key_norm.scale",
    "transformer_blocks.N.attn.to_out.0": "double_blocks.N.img_attn.proj",
    "transformer_blocks.N.attn.to_add_out": "double_blocks.N.txt_attn.proj",
    "transformer_blocks.N.ff.net.0.proj": "double_blocks.N.img_mlp.0",
    "transformer_blocks.N.ff.net.2": "double_blocks.N.img_mlp.2",
    "transformer_blocks.N.ff_context.net.0.proj": "double_blocks.N.txt_mlp.0",
    "transformer_blocks.N.ff_context.net.2": "double_blocks.N.txt_mlp.2",
    "single_transformer_blocks.N.norm.linear": "single_blocks.N.modulation.lin",
    "single_transformer_blocks.N.attn.norm_q": "single_blocks.N.norm.query_norm.scale",
    "single_transformer_blocks.N.attn.norm_k": "single_blocks.N.norm.key_norm.scale",
    "single_transformer_blocks.N.proj_out": "single_blocks.N.linear2",
    "proj_out": "final_layer.linear",
    "norm_out.linear": "final_layer.adaLN_modulation.1",
}
FLUX_JOINED = {
    "double_blocks.N.img_attn.qkv": [f"transformer_blocks.N.attn.to_{x}" for x in "qkv"],
    "double_blocks.N.txt_attn.qkv": [f"transformer_blocks.N.attn.add_{x}_proj" for x in "qkv"],
    "single_blocks.N.linear1": [
        *(f"single_transformer_blocks.N.attn.to_{x}" for x in "qkv"),
        "single_transformer_blocks.N.proj_mlp",
    ],
}
"""Names in diffusers (N: the block's number) and in the files first published."""


def write_transformer_checkpoint(folder: Path, file: Path) -> Path:
    """The transformer (and for SD 3 the autoencoder) of the model in ``folder`` in its first layout."""
    from diffusers import DiffusionPipeline

    pipeline = DiffusionPipeline.from_pretrained(str(folder), dtype="auto")
    own = pipeline.transformer.state_dict()
    sd3 = type(pipeline).__name__.startswith("StableDiffusion3")
    table, joined = (SD3, SD3_JOINED) if sd3 else (FLUX, FLUX_JOINED)
    last = max((key.split(".")[1] for key in own if key.startswith("transformer_blocks.")), key=int)
    weights: Weights = {}
    for key, value in own.items():
        parts = key.split(".")
        block = parts[1] if parts[1].isdigit() else ""
        inner = ".".join("N" if place == 1 and block else part for place, part in enumerate(parts[:-1]))
        name = table.get(inner)
        if name is None:
            continue
        # The last norm, and that of the context in SD 3's last block, keep shift and scale the other way round.
        if inner == "norm_out.linear" or (sd3 and inner == CONTEXT_NORM and block == last):
            value = torch.cat(value.chunk(2)[::-1])
        end = parts[-1] if not name.endswith("scale") else ""
        weights[".".join(filter(None, (name.replace(".N.", f".{block}."), end)))] = value
    for name, pieces in joined.items():
        for block in sorted(
            {key.split(".")[1] for key in own if key.startswith(pieces[0].partition(".N.")[0])}
        ):
            for end in ("weight", "bias"):
                values = [own[f"{piece.replace('.N.', f'.{block}.')}.{end}"] for piece in pieces]
                weights[f"{name.replace('.N.', f'.{block}.')}.{end}"] = torch.cat(values)
    if sd3:
        weights["pos_embed"] = own["pos_embed.pos_embed"]
    weights = {f"model.diffusion_model.{key}": value for key, value in weights.items()}
    if sd3:
        weights |= {f"first_stage_model.{key}": value for key, value in vae_weights(pipeline.vae).items()}
    save_file({key: value.contiguous().clone() for key, value in weights.items()}, file)
    return file
