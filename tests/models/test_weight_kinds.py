"""What weights are, told from names and shapes such as published files have."""

import tomllib

import diffusers
import pytest
import torch

from audobon_cli.models.base_models import base_for
from audobon_cli.models.files.safetensors_header import SafetensorsHeader
from audobon_cli.models.files.weight_kinds import (
    Architecture,
    WeightFacts,
    WeightKind,
    denoiser_architecture,
    weight_facts,
)
from audobon_cli.presets.catalog import Presets, shipped_presets

PRESETS = Presets((("built-in", shipped_presets()),))

UNET = "down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k"
CASES: dict[str, tuple[dict[str, tuple[int, ...]], WeightKind, str]] = {
    "kohya SD 1": (
        {f"lora_unet_{UNET}.lora_down.weight": (16, 768), f"lora_unet_{UNET}.lora_up.weight": (640, 16)},
        WeightKind.LORA,
        "sd15",
    ),
    "kohya SDXL": (
        {
            "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k.lora_down.weight": (32, 2048),
            "lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_down.weight": (32, 1280),
        },
        WeightKind.LORA,
        "sdxl",
    ),
    "kohya SDXL, text encoders alone": (
        {
            "lora_te1_text_model_encoder_layers_0_mlp_fc1.lora_down.weight": (32, 768),
            "lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_down.weight": (32, 1280),
        },
        WeightKind.LORA,
        "sdxl",
    ),
    "kohya SD 1, text encoder alone": (
        {"lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight": (32, 768)},
        WeightKind.LORA,
        "",
    ),
    "diffusers SD 1, old names": (
        {
            "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.processor.to_k_lora.down.weight": (
                4,
                768,
            )
        },
        WeightKind.LORA,
        "sd15",
    ),
    "LyCORIS LoHa": (
        {f"lora_unet_{UNET}.hada_w1_a": (320, 8), f"lora_unet_{UNET}.hada_w1_b": (8, 768)},
        WeightKind.LORA,
        "sd15",
    ),
    "PEFT SDXL": (
        {
            "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_k.lora_A.weight": (8, 640),
            "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight": (8, 2048),
        },
        WeightKind.LORA,
        "sdxl",
    ),
    "PEFT FLUX": (
        {
            "transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight": (16, 3072),
            "transformer.transformer_blocks.0.attn.to_q.lora_A.weight": (16, 3072),
        },
        WeightKind.LORA,
        "flux",
    ),
    "PEFT FLUX, joint blocks alone": (
        {
            "transformer.transformer_blocks.0.attn.add_k_proj.lora_A.weight": (16, 3072),
            "transformer.transformer_blocks.0.attn.to_q.lora_A.weight": (16, 3072),
        },
        WeightKind.LORA,
        "flux",
    ),
    "kohya FLUX": (
        {"lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight": (16, 3072)},
        WeightKind.LORA,
        "flux",
    ),
    "PEFT SD 3": (
        {
            "transformer.transformer_blocks.0.attn.add_k_proj.lora_A.weight": (16, 1536),
            "transformer.transformer_blocks.0.attn.to_q.lora_A.weight": (16, 1536),
        },
        WeightKind.LORA,
        "sd3",
    ),
    "embedding of A1111": ({"emb_params": (4, 768)}, WeightKind.EMBEDDING, "sd15"),
    "embedding of diffusers": ({"<cat-toy>": (1024,)}, WeightKind.EMBEDDING, "sd2"),
    "embedding of several words": ({"<cat>": (768,), "<v1.5-dog>": (4, 768)}, WeightKind.EMBEDDING, "sd15"),
    "linear probe": ({"weight": (10, 768), "bias": (768,)}, WeightKind.UNKNOWN, ""),
    "norms": ({"a.0.weight": (768,), "a.0.bias": (768,)}, WeightKind.UNKNOWN, ""),
    "statistics": ({"mean": (768,), "std": (768,)}, WeightKind.UNKNOWN, ""),
    "vectors of two widths": ({"<cat>": (768,), "<dog>": (1024,)}, WeightKind.UNKNOWN, ""),
    "a word and an encoder": ({"<cat>": (768,), "emb_params": (768,)}, WeightKind.UNKNOWN, ""),
    "a table of vectors": ({"<cat>": (200, 768), "<dog>": (57, 768)}, WeightKind.UNKNOWN, ""),
    "embedding for SDXL": ({"clip_g": (2, 1280), "clip_l": (2, 768)}, WeightKind.EMBEDDING, "sdxl"),
    "ControlNet, original": (
        {
            "control_model.input_hint_block.0.weight": (16, 3, 3, 3),
            "control_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight": (320, 768),
        },
        WeightKind.CONTROLNET,
        "sd15",
    ),
    "ControlNet, diffusers": (
        {
            "controlnet_cond_embedding.conv_in.weight": (16, 3, 3, 3),
            "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight": (640, 2048),
        },
        WeightKind.CONTROLNET,
        "sdxl",
    ),
    "ControlNet for FLUX": (
        {"controlnet_x_embedder.weight": (3072, 64), "transformer_blocks.0.attn.to_q.weight": (3072, 3072)},
        WeightKind.CONTROLNET,
        "flux",
    ),
    "IP-Adapter": (
        {
            "image_proj.proj.weight": (3072, 1024),
            "ip_adapter.1.to_k_ip.weight": (320, 768),
            "ip_adapter.1.to_v_ip.weight": (320, 768),
        },
        WeightKind.IP_ADAPTER,
        "sd15",
    ),
    "VAE": (
        {"encoder.conv_in.weight": (128, 3, 3, 3), "decoder.conv_in.weight": (512, 4, 3, 3)},
        WeightKind.VAE,
        "",
    ),
    "checkpoint": (
        {
            "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight": (49408, 768),
            "first_stage_model.decoder.conv_in.weight": (512, 4, 3, 3),
            "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight": (320, 768),
        },
        WeightKind.CHECKPOINT,
        "sd15",
    ),
    "text encoder": (
        {
            "text_model.embeddings.token_embedding.weight": (49408, 768),
            "text_model.final_layer_norm.bias": (768,),
        },
        WeightKind.TEXT_ENCODER,
        "",
    ),
    "denoiser": (
        {"double_blocks.0.img_attn.qkv.weight": (9216, 3072), "img_in.weight": (3072, 64)},
        WeightKind.DENOISER,
        "flux",
    ),
    "something else": (
        {"model.0.weight": (64, 3, 3, 3), "model.0.bias": (64,)},
        WeightKind.UNKNOWN,
        "",
    ),
}


def facts(shapes: dict[str, tuple[int, ...]]) -> WeightFacts:
    return weight_facts(SafetensorsHeader(0, 0, ("F16",), tuple(sorted(shapes)), shapes))


@pytest.mark.parametrize("name", CASES)
def test_what_published_files_are(name: str) -> None:
    shapes, kind, family = CASES[name]
    found = facts(shapes)
    assert (found.kind, found.family) == (kind, family)


def test_what_agrees() -> None:
    flux, generic = Architecture("flux", (3072,)), Architecture("transformer", (3072,))
    assert flux.agrees_with(generic)
    assert generic.agrees_with(flux)
    assert not flux.agrees_with(Architecture("sd3", (3072,)))
    assert not generic.agrees_with(Architecture("unet", (3072,)))
    assert not flux.agrees_with(Architecture("transformer", (1536,)))


@pytest.mark.parametrize("name", sorted(preset.name for preset in PRESETS.models.values() if preset.network))
def test_listed_models_say_what_their_published_networks_are(name: str) -> None:
    """The network is built of its published configuration, without memory for weights."""
    folder = shipped_presets() / "vram"
    models, parts = (
        tomllib.loads((folder / file).read_text(encoding="utf-8"))
        for file in ("models.toml", "components.toml")
    )
    part = parts[models[name]["denoiser"]]
    config = {
        key: tuple(value) if isinstance(value, list) else value for key, value in part["config"].items()
    }
    with torch.device("meta"):
        network = getattr(diffusers, part["class"].rpartition(".")[2])(**config)
    found = denoiser_architecture({key: tuple(value.shape) for key, value in network.state_dict().items()})
    preset = PRESETS.models[name]
    assert found == Architecture(preset.network, (preset.width,))


@pytest.mark.parametrize(
    ("network", "width", "base"),
    [
        ("unet", 768, "sd15"),
        ("unet", 2048, "sdxl"),
        ("unet", 1280, "sdxl-refiner"),
        ("unet", 1024, None),
        ("flux", 3072, "flux-dev"),
        ("flux", 6144, "flux2-dev"),
        ("sd3", 1536, "sd35-medium"),
        ("sd3", 2432, "sd35-large"),
        ("qwen-image", 3072, "qwen-image"),
        ("transformer", 3840, "z-image-turbo"),
        ("transformer", 2304, "lumina2"),
        ("transformer", 3072, None),
    ],
)
def test_the_model_to_pull_for_an_adapter_is_that_of_its_width(
    network: str, width: int, base: str | None
) -> None:
    found = base_for(Architecture(network, (width,)), WeightKind.LORA, PRESETS)
    assert (found.name if found else None) == base
