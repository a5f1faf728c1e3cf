"""Layers of Stable Diffusion's UNets as CompVis' code numbers them, computed from the layers that diffusers has.

There every residual block, with the attention behind it, is one of ``input_blocks`` or ``output_blocks``, counted
through; halving is an input block of its own, doubling the last part of an output block.
"""

from collections.abc import Iterable, Iterator

RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
OUTSIDE = {
    "conv_in": "input_blocks.0.0",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}


def original_unet_names(layers: Iterable[str]) -> dict[str, str]:
    """For each of the UNet's ``layers`` (diffusers' names) that CompVis' code has too, what it is called there."""
    layers = list(layers)
    places = dict(_places(layers))
    found = {ours: theirs for ours, theirs in OUTSIDE.items() if ours in layers}
    for layer in layers:
        head, inner = _split(layer)
        if head in places:
            if ".resnets." in head:
                first, dot, rest = inner.partition(".")
                inner = f"{RESNET.get(first, first)}{dot}{rest}"
            elif ".downsamplers." in head:
                inner = inner.replace("conv", "op", 1)
            found[layer] = f"{places[head]}.{inner}" if inner else places[head]
    return found


def _split(layer: str) -> tuple[str, str]:
    """The part of a block that holds ``layer``, such as down_blocks.1.resnets.0, and the name inside."""
    parts = layer.split(".")
    size = 3 if parts[0] == "mid_block" else 4
    return ".".join(parts[:size]), ".".join(parts[size:])


def _places(layers: list[str]) -> Iterator[tuple[str, str]]:
    """Diffusers' names of the blocks' parts, each with the original one."""
    heads = {_split(layer)[0] for layer in layers}
    for number, kind in ((0, "resnets.0"), (1, "attentions.0"), (2, "resnets.1")):
        yield f"mid_block.{kind}", f"middle_block.{number}"
    index = 1
    for block in range(_count(heads, "down_blocks.{}.resnets.0")):
        for part in range(_count(heads, f"down_blocks.{block}.resnets.{{}}")):
            yield f"down_blocks.{block}.resnets.{part}", f"input_blocks.{index}.0"
            yield f"down_blocks.{block}.attentions.{part}", f"input_blocks.{index}.1"
            index += 1
        if f"down_blocks.{block}.downsamplers.0" in heads:
            yield f"down_blocks.{block}.downsamplers.0", f"input_blocks.{index}.0"
            index += 1
    index = 0
    for block in range(_count(heads, "up_blocks.{}.resnets.0")):
        for part in range(_count(heads, f"up_blocks.{block}.resnets.{{}}")):
            yield f"up_blocks.{block}.resnets.{part}", f"output_blocks.{index}.0"
            yield f"up_blocks.{block}.attentions.{part}", f"output_blocks.{index}.1"
            index += 1
        behind = 2 if f"up_blocks.{block}.attentions.0" in heads else 1
        yield f"up_blocks.{block}.upsamplers.0", f"output_blocks.{index - 1}.{behind}"


def _count(heads: set[str], pattern: str) -> int:
    """How many of the numbers 0, 1, 2 … in ``pattern`` name a part that is there."""
    number = 0
    while pattern.format(number) in heads:
        number += 1
    return number
