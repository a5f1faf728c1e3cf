"""LoRAs with kohya-ss' names as others read them: the change of each layer's weight, computed by InvokeAI's code.

    pip install --no-deps --target FOLDER invokeai
    python bench/training_readers.py FOLDER

SD 1.5 and FLUX.1: every layer of a small model's LoRA, as InvokeAI reads it, beside up x down x alpha / rank of the
layers that were trained. SDXL: the names of all layers of a UNet of the published shape, as InvokeAI turns them into
those of diffusers. Prints how many layers were read, and how far the furthest change is off, relative to its largest.
"""

import argparse
import importlib
import sys
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import torch
from tests.tiny_models.families import TINY_FAMILIES
from torch import Tensor

from audobon_cli.training.networks.adapters import LoraLayers
from audobon_cli.training.networks.families.stable_diffusion import SdxlTrainable, StableDiffusionTrainable
from audobon_cli.training.networks.families.transformers import FluxTrainable
from audobon_cli.training.networks.files import kohya_tensors
from audobon_cli.training.networks.trainable import TrainableModel
from audobon_cli.training.settings import TrainingSettings

SETTINGS = TrainingSettings(rank=4, alpha=2.0)
UNNEEDED = (
    "invokeai.backend.model_manager.load.model_cache.torch_module_autocast.cast_to_device",
    "invokeai.backend.util",
    "invokeai.backend.util.logging",
    "invokeai.backend.util.calc_tensor_size",
)
"""What the reader of LoRAs imports and does not call here: DoRAs' mover and the log, which need all of InvokeAI."""
SDXL_UNET: dict[str, Any] = {
    "sample_size": 128,
    "block_out_channels": (320, 640, 1280),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "attention_head_dim": (5, 10, 20),
    "transformer_layers_per_block": (1, 2, 10),
    "cross_attention_dim": 2048,
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}
"""The configuration of stable-diffusion-xl-base-1.0's UNet."""


def lora_of(
    trainable: TrainableModel, targets: str
) -> tuple[LoraLayers, dict[str, Tensor], dict[str, Tensor]]:
    """Layers with random weights, and the file's tensors."""
    layers = LoraLayers(trainable, TrainingSettings(rank=4, alpha=2.0, targets=targets))
    noise = torch.Generator().manual_seed(0)
    values = {name: torch.randn(value.shape, generator=noise) for name, value in layers.values().items()}
    return layers, values, kohya_tensors(trainable, layers, values)


def tiny(kind: type[TrainableModel], family: str) -> TrainableModel:
    """The small pipeline of ``family``."""
    from diffusers import DiffusionPipeline

    pipeline = DiffusionPipeline.from_pretrained(str(TINY_FAMILIES[family].folder()))
    return kind(pipeline, SimpleNamespace(family=family), torch.device("cpu"))  # type: ignore[arg-type]


def furthest(read: dict[str, Any], expected: dict[str, Tensor], found: str) -> None:
    """Print how far ``read`` is from ``expected``, both by layer."""
    assert read.keys() == expected.keys(), sorted(read.keys() ^ expected.keys())[:4]
    off = 0.0
    for name, layer in read.items():
        change = layer.get_weight(torch.zeros_like(expected[name])) * layer.scale()
        change = change.reshape(expected[name].shape)
        off = max(off, float((change - expected[name]).abs().max() / expected[name].abs().max()))
    print(f"{found}: {len(read)} layers, furthest off {off:.1e}")


def main() -> None:
    """Read with the package in FOLDER."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    sys.path.append(parser.parse_args().folder)
    for name in UNNEEDED:
        sys.modules[name] = MagicMock()
    read_by = "invokeai.backend.patches.lora_conversions"
    flux = importlib.import_module(f"{read_by}.flux_kohya_lora_conversion_utils")
    sd = importlib.import_module(f"{read_by}.sd_lora_conversion_utils")
    sdxl = importlib.import_module(f"{read_by}.sdxl_lora_conversion_utils")

    layers, values, tensors = lora_of(tiny(StableDiffusionTrainable, "sd15"), "wide")

    def change(name: str) -> Tensor:
        up, down = (values[f"{name}.lora_{end}"] for end in "BA")
        product = up.flatten(1) @ down.flatten(1) * SETTINGS.alpha / SETTINGS.rank
        return product.reshape(len(up), *down.shape[1:])

    expected = {f"lora_unet_{one.layer.replace('.', '_')}": change(one.name) for one in layers.layers}
    furthest(sd.lora_model_from_sd_state_dict(tensors).layers, expected, "SD 1.5")

    layers, values, tensors = lora_of(tiny(FluxTrainable, "flux"), "wide")
    assert flux.is_state_dict_likely_in_flux_kohya_format(dict(tensors))
    read = flux.lora_model_from_flux_kohya_state_dict(tensors).layers
    blocks, single = "transformer.transformer_blocks.0", "transformer.single_transformer_blocks.0"
    fused = {
        "double_blocks.0.img_attn.qkv": [f"{blocks}.attn.to_{one}" for one in "qkv"],
        "double_blocks.0.txt_attn.qkv": [f"{blocks}.attn.add_{one}_proj" for one in "qkv"],
        "double_blocks.0.img_attn.proj": [f"{blocks}.attn.to_out.0"],
        "double_blocks.0.txt_attn.proj": [f"{blocks}.attn.to_add_out"],
        "double_blocks.0.img_mlp.0": [f"{blocks}.ff.net.0.proj"],
        "double_blocks.0.img_mlp.2": [f"{blocks}.ff.net.2"],
        "double_blocks.0.txt_mlp.0": [f"{blocks}.ff_context.net.0.proj"],
        "double_blocks.0.txt_mlp.2": [f"{blocks}.ff_context.net.2"],
        "single_blocks.0.linear1": [
            *(f"{single}.attn.to_{one}" for one in "qkv"),
            f"{single}.proj_mlp",
        ],
        "single_blocks.0.linear2": [f"{single}.proj_out"],
    }
    prefix = next(iter(read)).partition("double_blocks")[0] if "double" in next(iter(read)) else ""
    prefix = prefix or next(iter(read)).partition("single_blocks")[0]
    furthest(read, {f"{prefix}{k}": torch.cat([change(p) for p in v]) for k, v in fused.items()}, "FLUX.1")

    from diffusers import UNet2DConditionModel

    with torch.device("meta"):
        unet = UNet2DConditionModel(**SDXL_UNET)
    pipeline = SimpleNamespace(unet=unet)
    trainable = SdxlTrainable(pipeline, SimpleNamespace(family="sdxl"), torch.device("meta"))  # type: ignore[arg-type]
    for targets in ("attention", "wide"):
        layers, values, tensors = lora_of(trainable, targets)
        names = {name.split(".")[0] for name in sdxl.convert_sdxl_keys_to_diffusers_format(tensors)}
        wanted = {f"lora_unet_{one.layer.replace('.', '_')}" for one in layers.layers}
        print(f"SDXL, {targets}: {len(names & wanted)} of {len(wanted)} names as diffusers has them")
        assert names == wanted, sorted(names ^ wanted)[:6]


if __name__ == "__main__":
    main()
