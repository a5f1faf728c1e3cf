"""Layers of transformers as their authors' code calls them, beside what diffusers calls them.

A layer of theirs may be several of diffusers' stacked: queries, keys and values in one matrix. The pairs are facts of
the two implementations (diffusers' conversion of the authors' checkpoints reads the same).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

Parts = tuple[str, ...]
QKV = ("to_q", "to_k", "to_v")


@dataclass(frozen=True, slots=True)
class Spelling:
    """``blocks`` maps diffusers' name of a list of blocks to the authors' and to the layers inside, theirs to
    diffusers'; ``outside`` are layers outside of blocks; ``swapped`` those whose halves (shift and scale) the two have
    in opposite order, ``swapped_last`` the same for the last block alone."""

    blocks: Mapping[str, tuple[str, Mapping[str, Parts]]]
    outside: Mapping[str, Parts] = field(default_factory=dict)
    swapped: frozenset[str] = frozenset()
    swapped_last: frozenset[str] = frozenset()


def _each(pairs: Mapping[str, str]) -> dict[str, Parts]:
    return {theirs: (ours,) for theirs, ours in pairs.items()}


def _attn(*names: str) -> Parts:
    return tuple(f"attn.{name}" for name in names)


TIME = {
    "time_in.in_layer": "time_text_embed.timestep_embedder.linear_1",
    "time_in.out_layer": "time_text_embed.timestep_embedder.linear_2",
    "vector_in.in_layer": "time_text_embed.text_embedder.linear_1",
    "vector_in.out_layer": "time_text_embed.text_embedder.linear_2",
    "guidance_in.in_layer": "time_text_embed.guidance_embedder.linear_1",
    "guidance_in.out_layer": "time_text_embed.guidance_embedder.linear_2",
}

ADDED_QKV = _attn("add_q_proj", "add_k_proj", "add_v_proj")
DOUBLE_STREAM: dict[str, Parts] = {
    "img_attn.qkv": _attn(*QKV),
    "txt_attn.qkv": ADDED_QKV,
    "img_attn.proj": _attn("to_out.0"),
    "txt_attn.proj": _attn("to_add_out"),
    "img_attn.norm.query_norm": _attn("norm_q"),
    "img_attn.norm.key_norm": _attn("norm_k"),
    "txt_attn.norm.query_norm": _attn("norm_added_q"),
    "txt_attn.norm.key_norm": _attn("norm_added_k"),
    # XLabs' own processors.
    "processor.qkv_lora1": _attn(*QKV),
    "processor.qkv_lora2": ADDED_QKV,
    "processor.proj_lora1": _attn("to_out.0"),
    "processor.proj_lora2": _attn("to_add_out"),
}

FLUX = Spelling(
    blocks={
        "transformer_blocks": (
            "double_blocks",
            {
                **DOUBLE_STREAM,
                "img_mlp.0": ("ff.net.0.proj",),
                "img_mlp.2": ("ff.net.2",),
                "txt_mlp.0": ("ff_context.net.0.proj",),
                "txt_mlp.2": ("ff_context.net.2",),
                "img_mod.lin": ("norm1.linear",),
                "txt_mod.lin": ("norm1_context.linear",),
            },
        ),
        "single_transformer_blocks": (
            "single_blocks",
            {
                "linear1": (*_attn(*QKV), "proj_mlp"),
                "linear1_qkv": _attn(*QKV),
                "linear2": ("proj_out",),
                "modulation.lin": ("norm.linear",),
                "norm.query_norm": _attn("norm_q"),
                "norm.key_norm": _attn("norm_k"),
                "processor.qkv": _attn(*QKV),
                "processor.proj": ("proj_out",),
            },
        ),
    },
    outside={
        **_each(TIME),
        "img_in": ("x_embedder",),
        "img_in.proj": ("x_embedder",),
        "txt_in": ("context_embedder",),
        "final_layer.linear": ("proj_out",),
        "final_layer.adaLN_modulation.1": ("norm_out.linear",),
    },
    swapped=frozenset({"final_layer.adaLN_modulation.1"}),
)

CHROMA = Spelling(
    blocks={
        **FLUX.blocks,
        "distilled_guidance_layer.layers": (
            "distilled_guidance_layer.layers",
            _each({"in_layer": "linear_1", "out_layer": "linear_2"}),
        ),
    },
    outside={
        "img_in": ("x_embedder",),
        "txt_in": ("context_embedder",),
        "final_layer.linear": ("proj_out",),
    },
)

FLUX2 = Spelling(
    blocks={
        "transformer_blocks": (
            "double_blocks",
            {
                **DOUBLE_STREAM,
                "img_mlp.0": ("ff.linear_in",),
                "img_mlp.2": ("ff.linear_out",),
                "txt_mlp.0": ("ff_context.linear_in",),
                "txt_mlp.2": ("ff_context.linear_out",),
            },
        ),
        "single_transformer_blocks": (
            "single_blocks",
            {
                "linear1": _attn("to_qkv_mlp_proj"),
                "linear2": _attn("to_out"),
                "norm.query_norm": _attn("norm_q"),
                "norm.key_norm": _attn("norm_k"),
            },
        ),
    },
    outside={
        "img_in": ("x_embedder",),
        "txt_in": ("context_embedder",),
        "time_in.in_layer": ("time_guidance_embed.timestep_embedder.linear_1",),
        "time_in.out_layer": ("time_guidance_embed.timestep_embedder.linear_2",),
        "guidance_in.in_layer": ("time_guidance_embed.guidance_embedder.linear_1",),
        "guidance_in.out_layer": ("time_guidance_embed.guidance_embedder.linear_2",),
        "double_stream_modulation_img.lin": ("double_stream_modulation_img.linear",),
        "double_stream_modulation_txt.lin": ("double_stream_modulation_txt.linear",),
        "single_stream_modulation.lin": ("single_stream_modulation.linear",),
        "final_layer.linear": ("proj_out",),
        "final_layer.adaLN_modulation.1": ("norm_out.linear",),
    },
    swapped=frozenset({"final_layer.adaLN_modulation.1"}),
)

SD3 = Spelling(
    blocks={
        "transformer_blocks": (
            "joint_blocks",
            {
                "x_block.attn.qkv": _attn(*QKV),
                "context_block.attn.qkv": ADDED_QKV,
                "x_block.attn2.qkv": tuple(f"attn2.{name}" for name in QKV),
                "x_block.attn.proj": _attn("to_out.0"),
                "context_block.attn.proj": _attn("to_add_out"),
                "x_block.attn2.proj": ("attn2.to_out.0",),
                "x_block.attn.ln_q": _attn("norm_q"),
                "x_block.attn.ln_k": _attn("norm_k"),
                "context_block.attn.ln_q": _attn("norm_added_q"),
                "context_block.attn.ln_k": _attn("norm_added_k"),
                "x_block.mlp.fc1": ("ff.net.0.proj",),
                "x_block.mlp.fc2": ("ff.net.2",),
                "context_block.mlp.fc1": ("ff_context.net.0.proj",),
                "context_block.mlp.fc2": ("ff_context.net.2",),
                "x_block.adaLN_modulation.1": ("norm1.linear",),
                "context_block.adaLN_modulation.1": ("norm1_context.linear",),
            },
        ),
    },
    outside={
        "x_embedder.proj": ("pos_embed.proj",),
        "context_embedder": ("context_embedder",),
        "t_embedder.mlp.0": ("time_text_embed.timestep_embedder.linear_1",),
        "t_embedder.mlp.2": ("time_text_embed.timestep_embedder.linear_2",),
        "y_embedder.mlp.0": ("time_text_embed.text_embedder.linear_1",),
        "y_embedder.mlp.2": ("time_text_embed.text_embedder.linear_2",),
        "final_layer.linear": ("proj_out",),
        "final_layer.adaLN_modulation.1": ("norm_out.linear",),
    },
    swapped=frozenset({"final_layer.adaLN_modulation.1"}),
    swapped_last=frozenset({"context_block.adaLN_modulation.1"}),
)

_LUMINA_BLOCK: dict[str, Parts] = {
    "attention.qkv": _attn(*QKV),
    "attention.out": _attn("to_out.0"),
    "attention.q_norm": _attn("norm_q"),
    "attention.k_norm": _attn("norm_k"),
    "feed_forward.w1": ("feed_forward.linear_1",),
    "feed_forward.w2": ("feed_forward.linear_2",),
    "feed_forward.w3": ("feed_forward.linear_3",),
    "adaLN_modulation.1": ("norm1.linear",),
}
LUMINA2 = Spelling(
    blocks={name: (name, _LUMINA_BLOCK) for name in ("layers", "noise_refiner", "context_refiner")},
    outside=_each(
        {
            "cap_embedder.0": "time_caption_embed.caption_embedder.0",
            "cap_embedder.1": "time_caption_embed.caption_embedder.1",
            "t_embedder.mlp.0": "time_caption_embed.timestep_embedder.linear_1",
            "t_embedder.mlp.2": "time_caption_embed.timestep_embedder.linear_2",
            "final_layer.adaLN_modulation.1": "norm_out.linear_1",
            "final_layer.linear": "norm_out.linear_2",
        }
    ),
)

_Z_IMAGE_BLOCK: dict[str, Parts] = {
    "attention.qkv": tuple(f"attention.{name}" for name in QKV),
    "attention.out": ("attention.to_out.0",),
    "attention.q_norm": ("attention.norm_q",),
    "attention.k_norm": ("attention.norm_k",),
}
Z_IMAGE = Spelling(
    blocks={name: (name, _Z_IMAGE_BLOCK) for name in ("layers", "noise_refiner", "context_refiner")},
    outside=_each(
        {
            "x_embedder": "all_x_embedder.2-1",
            "final_layer.linear": "all_final_layer.2-1.linear",
            "final_layer.adaLN_modulation.1": "all_final_layer.2-1.adaLN_modulation.1",
        }
    ),
)

AURAFLOW = Spelling(
    blocks={
        "joint_transformer_blocks": (
            "double_layers",
            _each(
                {
                    **{f"attn.w2{ours}": f"attn.to_{ours}" for ours in "qkv"},
                    **{f"attn.w1{ours}": f"attn.add_{ours}_proj" for ours in "qkv"},
                    "attn.w2o": "attn.to_out.0",
                    "attn.w1o": "attn.to_add_out",
                    **{
                        f"mlpX.c_{a}": f"ff.{b}"
                        for a, b in (("fc1", "linear_1"), ("fc2", "linear_2"), ("proj", "out_projection"))
                    },
                    **{
                        f"mlpC.c_{a}": f"ff_context.{b}"
                        for a, b in (("fc1", "linear_1"), ("fc2", "linear_2"), ("proj", "out_projection"))
                    },
                    "modX.1": "norm1.linear",
                    "modC.1": "norm1_context.linear",
                }
            ),
        ),
        "single_transformer_blocks": (
            "single_layers",
            _each(
                {
                    **{f"attn.w1{ours}": f"attn.to_{ours}" for ours in "qkv"},
                    "attn.w1o": "attn.to_out.0",
                    "mlp.c_fc1": "ff.linear_1",
                    "mlp.c_fc2": "ff.linear_2",
                    "mlp.c_proj": "ff.out_projection",
                    "modCX.1": "norm1.linear",
                }
            ),
        ),
    },
    outside=_each(
        {
            "t_embedder.mlp.0": "time_step_proj.linear_1",
            "t_embedder.mlp.2": "time_step_proj.linear_2",
            "cond_seq_linear": "context_embedder",
            "init_x_linear": "pos_embed.proj",
            "final_linear": "proj_out",
            "modF.1": "norm_out.linear",
        }
    ),
    swapped=frozenset({"modF.1"}),
)

SANA = Spelling(
    blocks={
        "transformer_blocks": (
            "blocks",
            {
                "attn.qkv": tuple(f"attn1.{name}" for name in QKV),
                "attn.proj": ("attn1.to_out.0",),
                "cross_attn.q_linear": ("attn2.to_q",),
                "cross_attn.kv_linear": ("attn2.to_k", "attn2.to_v"),
                "cross_attn.proj": ("attn2.to_out.0",),
                "mlp.inverted_conv.conv": ("ff.conv_inverted",),
                "mlp.depth_conv.conv": ("ff.conv_depth",),
                "mlp.point_conv.conv": ("ff.conv_point",),
            },
        )
    },
    outside=_each(
        {
            "x_embedder.proj": "patch_embed.proj",
            "t_embedder.mlp.0": "time_embed.emb.timestep_embedder.linear_1",
            "t_embedder.mlp.2": "time_embed.emb.timestep_embedder.linear_2",
            "t_block.1": "time_embed.linear",
            "y_embedder.y_proj.fc1": "caption_projection.linear_1",
            "y_embedder.y_proj.fc2": "caption_projection.linear_2",
            "attention_y_norm": "caption_norm",
            "final_layer.linear": "proj_out",
        }
    ),
)

SPELLINGS: Mapping[str, Spelling] = {
    "FluxTransformer2DModel": FLUX,
    "ChromaTransformer2DModel": CHROMA,
    "Flux2Transformer2DModel": FLUX2,
    "SD3Transformer2DModel": SD3,
    "Lumina2Transformer2DModel": LUMINA2,
    "ZImageTransformer2DModel": Z_IMAGE,
    "AuraFlowTransformer2DModel": AURAFLOW,
    "SanaTransformer2DModel": SANA,
}
"""By the network's class in diffusers. Qwen-Image, CogView4 and PixArt are published under the names of diffusers, or
their LoRAs are."""
