"""How trainers call the layers of the tiny models: each spelling gives, for a model's weights, the layers of a file.

Written from the trainers' own files and scripts, not from the tables of the product.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from torch import Tensor

from tests.lora_dialects.model_files import Key


@dataclass(frozen=True)
class Named:
    """A layer called ``name`` in the file: the ``parts`` (component, layer) of the model that it stacks; ``swapped``:
    with the halves of its rows in the other order."""

    name: str
    parts: tuple[Key, ...]
    swapped: bool = False


Weights = Mapping[Key, Tensor]
Spelling = Callable[[Weights], Iterator[Named]]

UNET_ATTENTION = r"\.(to_q|to_k|to_v|to_out\.0|ff\.net\.0\.proj|ff\.net\.2)$"
CLIP = r"\.(q_proj|k_proj|v_proj|out_proj|fc1|fc2)$"
T5 = r"\.(q|k|v|o|wi_0|wi_1|wo|wi)$"


def layers(weights: Weights, component: str, pattern: str, sides: tuple[int, ...] = (2, 4)) -> list[str]:
    """The layers of ``component`` whose names ``pattern`` finds, with weights of so many sides."""
    return [
        layer
        for (part, key), weight in sorted(weights.items())
        if part == component
        and key.endswith(".weight")
        and weight.dim() in sides
        and re.search(pattern, layer := key.removesuffix(".weight"))
    ]


def flat(
    component: str, prefix: str, pattern: str = UNET_ATTENTION, sides: tuple[int, ...] = (2, 4)
) -> Spelling:
    """kohya's: the names of diffusers with underscores for dots, behind ``prefix``."""

    def spell(weights: Weights) -> Iterator[Named]:
        for layer in layers(weights, component, pattern, sides):
            yield Named(prefix + layer.replace(".", "_"), ((component, layer),))

    return spell


def dotted(
    component: str, prefix: str, pattern: str = UNET_ATTENTION, sides: tuple[int, ...] = (2, 4)
) -> Spelling:
    """PEFT's and diffusers': the names as they are, behind ``prefix``."""

    def spell(weights: Weights) -> Iterator[Named]:
        for layer in layers(weights, component, pattern, sides):
            yield Named(prefix + layer, ((component, layer),))

    return spell


def text(
    component: str, prefix: str, pattern: str = CLIP, wrapper: str = "text_model.", flatten: bool = True
) -> Spelling:
    """Text encoders, with the wrapper that the trainers' versions of transformers have and ours has not."""

    def spell(weights: Weights) -> Iterator[Named]:
        for layer in layers(weights, component, pattern):
            inner = layer if layer.startswith(wrapper) else wrapper + layer
            yield Named(prefix + (inner.replace(".", "_") if flatten else inner), ((component, layer),))

    return spell


def processors(component: str, prefix: str) -> Spelling:
    """Diffusers' before PEFT: attn1.processor.to_q, to_out without its number."""

    def spell(weights: Weights) -> Iterator[Named]:
        for layer in layers(weights, component, r"\.(to_q|to_k|to_v|to_out\.0)$"):
            head, _, last = layer.removesuffix(".0").rpartition(".")
            yield Named(f"{prefix}{head}.processor.{last}", ((component, layer),))

    return spell


def together(*spellings: Spelling) -> Spelling:
    """All of them in one file."""

    def spell(weights: Weights) -> Iterator[Named]:
        for spelling in spellings:
            yield from spelling(weights)

    return spell


SDXL = {
    "time_embedding.linear_1": "time_embed.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0",
    "conv_out": "out.2",
    "down_blocks.0.resnets.0.conv1": "input_blocks.1.0.in_layers.2",
    "down_blocks.0.resnets.0.time_emb_proj": "input_blocks.1.0.emb_layers.1",
    "down_blocks.0.downsamplers.0.conv": "input_blocks.2.0.op",
    "down_blocks.1.resnets.0.conv2": "input_blocks.3.0.out_layers.3",
    "down_blocks.1.attentions.0.proj_in": "input_blocks.3.1.proj_in",
    "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q": "input_blocks.3.1.transformer_blocks.0.attn1.to_q",
    "mid_block.resnets.0.conv1": "middle_block.0.in_layers.2",
    "mid_block.attentions.0.transformer_blocks.0.attn2.to_k": "middle_block.1.transformer_blocks.0.attn2.to_k",
    "mid_block.resnets.1.conv2": "middle_block.2.out_layers.3",
    "up_blocks.0.attentions.0.transformer_blocks.0.ff.net.2": "output_blocks.0.1.transformer_blocks.0.ff.net.2",
    "up_blocks.0.attentions.1.proj_out": "output_blocks.1.1.proj_out",
    "up_blocks.0.upsamplers.0.conv": "output_blocks.1.2.conv",
    "up_blocks.1.resnets.0.conv_shortcut": "output_blocks.2.0.skip_connection",
    "up_blocks.1.resnets.1.conv1": "output_blocks.3.0.in_layers.2",
}
"""Of the tiny SDXL: one residual block a level going down, two going up."""

HALVES = "final_layer.adaLN_modulation.1"
FLUX = {
    "double_blocks.0.img_attn.qkv": ("attn.to_q", "attn.to_k", "attn.to_v"),
    "double_blocks.0.txt_attn.qkv": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
    "double_blocks.0.img_attn.proj": ("attn.to_out.0",),
    "double_blocks.0.txt_attn.proj": ("attn.to_add_out",),
    "double_blocks.0.img_mlp.0": ("ff.net.0.proj",),
    "double_blocks.0.txt_mlp.2": ("ff_context.net.2",),
    "double_blocks.0.img_mod.lin": ("norm1.linear",),
    "single_blocks.0.linear1": ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp"),
    "single_blocks.0.linear2": ("proj_out",),
    "single_blocks.0.modulation.lin": ("norm.linear",),
    "img_in": ("x_embedder",),
    "txt_in": ("context_embedder",),
    "time_in.in_layer": ("time_text_embed.timestep_embedder.linear_1",),
    "vector_in.out_layer": ("time_text_embed.text_embedder.linear_2",),
    "final_layer.linear": ("proj_out",),
    HALVES: ("norm_out.linear",),
}
FLUX_NORMS = {
    "double_blocks.0.img_attn.norm.query_norm": ("attn.norm_q",),
    "double_blocks.0.txt_attn.norm.key_norm": ("attn.norm_added_k",),
    "single_blocks.0.norm.query_norm": ("attn.norm_q",),
}
XLABS = {
    "double_blocks.0.processor.qkv_lora1": ("attn.to_q", "attn.to_k", "attn.to_v"),
    "double_blocks.0.processor.qkv_lora2": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
    "double_blocks.0.processor.proj_lora1": ("attn.to_out.0",),
    "double_blocks.0.processor.proj_lora2": ("attn.to_add_out",),
    "single_blocks.0.processor.qkv_lora": ("attn.to_q", "attn.to_k", "attn.to_v"),
    "single_blocks.0.processor.proj_lora": ("proj_out",),
}
OMI_FLUX = {
    "double_blocks.0.img_attn.qkv.0": ("attn.to_q",),
    "double_blocks.0.img_attn.qkv.2": ("attn.to_v",),
    "double_blocks.0.txt_attn.qkv.1": ("attn.add_k_proj",),
    "single_blocks.0.linear1.3": ("proj_mlp",),
    "single_blocks.0.linear2": ("proj_out",),
    "img_in.proj": ("x_embedder",),
    HALVES: ("norm_out.linear",),
}
FLUX2 = {
    "double_blocks.0.img_attn.qkv": ("attn.to_q", "attn.to_k", "attn.to_v"),
    "double_blocks.0.txt_attn.qkv": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
    "double_blocks.0.img_mlp.2": ("ff.linear_out",),
    "single_blocks.0.linear1": ("attn.to_qkv_mlp_proj",),
    "single_blocks.0.linear2": ("attn.to_out",),
    "double_stream_modulation_img.lin": ("double_stream_modulation_img.linear",),
    HALVES: ("norm_out.linear",),
}
SD3 = {
    "joint_blocks.0.x_block.attn.qkv": ("attn.to_q", "attn.to_k", "attn.to_v"),
    "joint_blocks.0.context_block.attn.qkv": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
    "joint_blocks.0.context_block.attn.proj": ("attn.to_add_out",),
    "joint_blocks.1.x_block.mlp.fc1": ("ff.net.0.proj",),
    "joint_blocks.0.context_block.adaLN_modulation.1": ("norm1_context.linear",),
    "joint_blocks.1.context_block.adaLN_modulation.1": ("norm1_context.linear",),
    "x_embedder.proj": ("pos_embed.proj",),
    "y_embedder.mlp.0": ("time_text_embed.text_embedder.linear_1",),
    HALVES: ("norm_out.linear",),
}
Z_IMAGE = {
    "layers.0.attention.qkv": ("attention.to_q", "attention.to_k", "attention.to_v"),
    "layers.0.attention.out": ("attention.to_out.0",),
    "layers.0.feed_forward.w2": ("feed_forward.w2",),
    "noise_refiner.0.attention.qkv": ("attention.to_q", "attention.to_k", "attention.to_v"),
    "context_refiner.0.attention.out": ("attention.to_out.0",),
    "x_embedder": ("all_x_embedder.2-1",),
    "final_layer.linear": ("all_final_layer.2-1.linear",),
}
LUMINA2 = {
    "layers.0.attention.qkv": ("attn.to_q", "attn.to_k", "attn.to_v"),
    "layers.0.attention.out": ("attn.to_out.0",),
    "layers.0.feed_forward.w1": ("feed_forward.linear_1",),
    "layers.0.adaLN_modulation.1": ("norm1.linear",),
    "context_refiner.0.feed_forward.w3": ("feed_forward.linear_3",),
}
AURAFLOW = {
    "double_layers.0.attn.w2q": ("attn.to_q",),
    "double_layers.0.attn.w1k": ("attn.add_k_proj",),
    "double_layers.0.mlpC.c_proj": ("ff_context.out_projection",),
    "single_layers.0.attn.w1o": ("attn.to_out.0",),
    "single_layers.0.modCX.1": ("norm1.linear",),
    "modF.1": ("norm_out.linear",),
}
BLOCKS = {
    "double_blocks": "transformer_blocks",
    "single_blocks": "single_transformer_blocks",
    "joint_blocks": "transformer_blocks",
    "double_layers": "joint_transformer_blocks",
    "single_layers": "single_transformer_blocks",
    "layers": "layers",
    "noise_refiner": "noise_refiner",
    "context_refiner": "context_refiner",
}
SWAPPED = (HALVES, "joint_blocks.1.context_block.adaLN_modulation.1", "modF.1")
"""Layers whose shift and scale the authors' code has the other way round; of SD3's contexts the last alone. (Z-Image's
and Lumina's final layers have a scale only.)"""


def original(table: Mapping[str, tuple[str, ...]], prefix: str, flatten: bool = False) -> Spelling:
    """The names of the authors' own code, as ComfyUI has them."""

    def spell(weights: Weights) -> Iterator[Named]:
        for name, parts in table.items():
            block, _, rest = name.partition(".")
            number = rest.partition(".")[0]
            head = f"{BLOCKS[block]}.{number}." if block in BLOCKS and number.isdigit() else ""
            paths = tuple(("transformer", head + part) for part in parts)
            if all((component, f"{path}.weight") in weights for component, path in paths):
                yield Named(prefix + (name.replace(".", "_") if flatten else name), paths, name in SWAPPED)

    return spell


def numbered_unet(prefix: str, flatten: bool = True) -> Spelling:
    """CompVis' numbering of SDXL's UNet."""

    def spell(weights: Weights) -> Iterator[Named]:
        for ours, theirs in SDXL.items():
            assert ("unet", f"{ours}.weight") in weights, ours
            yield Named(prefix + (theirs.replace(".", "_") if flatten else theirs), (("unet", ours),))

    return spell
