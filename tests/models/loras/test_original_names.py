"""Authors' names of layers, against diffusers' own conversion of authors' checkpoints.

A checkpoint is made of a tiny network's weights by our tables; what diffusers makes of it must be the network.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from audobon_cli.models.loras.layer_names import flat
from audobon_cli.models.loras.original_names import SPELLINGS, Spelling
from audobon_cli.models.loras.targets import NetworkLayers, Place, Places
from audobon_cli.models.loras.unet_names import original_unet_names
from tests.tiny_models.families import TINY_FAMILIES

ALIASES = ("processor.", "img_in.proj", "linear1_qkv")
"""Names of LoRAs alone, which no checkpoint has."""
SCALES = ("query_norm", "key_norm")
"""Norms whose weight the authors of FLUX call scale."""


def network_of(family: str) -> Any:
    import diffusers

    folder = TINY_FAMILIES[family].folder()
    part = "unet" if (folder / "unet").is_dir() else "transformer"
    class_name = json.loads((folder / part / "config.json").read_bytes())["_class_name"]
    network = getattr(diffusers, class_name).from_pretrained(folder, subfolder=part)
    noise = torch.Generator().manual_seed(0)
    for weight in network.parameters():
        weight.data = torch.randn(weight.shape, generator=noise)
    return network


def places_in(network: Any) -> dict[str, Place]:
    """Every original name of the network's layers that a checkpoint has."""
    spelling: Spelling = SPELLINGS[type(network).__name__]
    layers = tuple(
        name for name, module in network.named_modules() if getattr(module, "weight", None) is not None
    )
    places = Places(NetworkLayers("transformer", type(network).__name__, layers), ())
    numbers = {
        block: sorted(
            {
                int(layer.removeprefix(f"{block}.").split(".")[0])
                for layer in layers
                if layer.startswith(f"{block}.")
            }
        )
        for block in spelling.blocks
    }
    names = [*spelling.outside]
    for block, (theirs, inside) in spelling.blocks.items():
        names += [f"{theirs}.{number}.{inner}" for number in numbers[block] for inner in inside]
    found = {name: places.find(name) for name in names if not any(alias in name for alias in ALIASES)}
    return {name: place for name, place in found.items() if place is not None}


def checkpoint_of(network: Any, places: dict[str, Place]) -> dict[str, Tensor]:
    state = network.state_dict()
    checkpoint = {}
    for name, place in places.items():
        for kind in ("weight", "bias"):
            parts = [state.get(f"{layer}.{kind}") for layer in place.layers]
            if all(part is not None for part in parts):
                whole = torch.cat([part for part in parts if part is not None])
                whole = torch.cat(whole.chunk(2)[::-1]) if place.swapped else whole
                ending = "scale" if name.endswith(SCALES) and kind == "weight" else kind
                checkpoint[f"{name}.{ending}"] = whole
    return checkpoint


FAMILIES: dict[str, tuple[str, Callable[[Any], dict[str, Tensor]]]] = {
    "flux": ("convert_flux_transformer_checkpoint_to_diffusers", lambda state: {}),
    "flux2": ("convert_flux2_transformer_checkpoint_to_diffusers", lambda state: {}),
    "sd3": (
        "convert_sd3_transformer_checkpoint_to_diffusers",
        lambda state: {"pos_embed": state["pos_embed.pos_embed"]},
    ),
    "chroma": (
        "convert_chroma_transformer_checkpoint_to_diffusers",
        lambda state: (
            {
                f"distilled_guidance_layer.{name}.{kind}": state[f"distilled_guidance_layer.{name}.{kind}"]
                for name in ("in_proj", "out_proj")
                for kind in ("weight", "bias")
            }
            | {
                key.replace(".weight", ".scale"): value
                for key, value in state.items()
                if key.startswith("distilled_guidance_layer.norms.")
            }
        ),
    ),
    "z-image": (
        "convert_z_image_transformer_checkpoint_to_diffusers",
        lambda state: {
            key: value
            for key, value in state.items()
            if not key.startswith("all_")
            and not any(part in key for part in (".to_q", ".to_k", ".to_v", ".to_out", ".norm_q", ".norm_k"))
        },
    ),
    "auraflow": (
        "convert_auraflow_transformer_checkpoint_to_diffusers",
        lambda state: {
            "register_tokens": state["register_tokens"],
            "positional_encoding": state["pos_embed.pos_embed"],
        },
    ),
    "sana": (
        "convert_sana_transformer_to_diffusers",
        lambda state: {
            "pos_embed": torch.zeros(1),
            "y_embedder.y_embedding": torch.zeros(1),
            "final_layer.scale_shift_table": state["scale_shift_table"],
            **{
                key.replace("transformer_blocks", "blocks"): value
                for key, value in state.items()
                if key.startswith("transformer_blocks") and key.endswith("scale_shift_table")
            },
        },
    ),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_names_are_those_that_diffusers_converts(family: str) -> None:
    from diffusers.loaders import single_file_utils

    network = network_of(family)
    places = places_in(network)
    converter, extra = FAMILIES[family]
    state = network.state_dict()
    checkpoint = checkpoint_of(network, places)
    if family in ("flux", "chroma"):
        checkpoint |= widened(places, state)
    converted = getattr(single_file_utils, converter)({**checkpoint, **extra(state)})
    named = {layer for place in places.values() for layer in place.layers}
    keys = [key for key in state if key.rpartition(".")[0] in named]
    assert len(keys) > 20
    assert [key for key in keys if not torch.equal(converted[key], state[key])] == []
    # Every layer that the conversion makes is one that a name of ours leads to, or was given by its own.
    own = {flat(key) for key in extra(state)}
    layers = {key for key in converted if key.rpartition(".")[0] in dict(network.named_modules())}
    assert {key for key in layers if key.rpartition(".")[0] not in named and flat(key) not in own} <= {
        key
        for key in layers
        if "distilled_guidance_layer.norms" in key or key.endswith("scale_shift_table") or "pos_embed" in key
    }


def widened(places: dict[str, Place], state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The stacked matrices of single blocks, whose width the conversion takes to be that of the published FLUX; the
    parts in ``state`` become what such a matrix holds."""
    found = {}
    for name, place in places.items():
        if name.endswith(".linear1"):
            for kind, columns in (("weight", (1,)), ("bias", ())):
                whole = torch.arange(7 * 3072.0).reshape(-1, *columns)
                found[f"{name}.{kind}"] = whole
                parts = torch.split(whole, [3072, 3072, 3072, 4 * 3072])
                state |= {f"{layer}.{kind}": part for layer, part in zip(place.layers, parts, strict=True)}
    return found


@pytest.mark.parametrize("family", ["sd15", "sdxl"])
def test_a_unets_numbers_are_those_that_diffusers_converts(family: str) -> None:
    from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint

    network = network_of(family)
    state = network.state_dict()
    names = original_unet_names(
        [name for name, module in network.named_modules() if hasattr(module, "weight")]
    )
    checkpoint = {}
    for key, value in state.items():
        layer, _, kind = key.rpartition(".")
        checkpoint[f"model.diffusion_model.{names[layer]}.{kind}"] = value
    converted = convert_ldm_unet_checkpoint(checkpoint, dict(network.config))
    assert set(converted) == set(state)
    assert all(torch.equal(converted[key], state[key]) for key in state)


@pytest.mark.parametrize("family", sorted(TINY_FAMILIES))
def test_no_two_layers_have_one_flat_name(family: str) -> None:
    folder: Path = TINY_FAMILIES[family].folder()
    part = next(name for name in ("unet", "transformer") if (folder / name).is_dir())
    from audobon_cli.models.files.safetensors_header import read_header

    for file in (folder / part).glob("*.safetensors"):
        layers = {name.rpartition(".")[0] for name in read_header(folder, f"{part}/{file.name}").shapes}
        assert len({flat(layer) for layer in layers}) == len(layers)
