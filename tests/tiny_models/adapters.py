"""Tiny adapters with random weights, saved as their authors' tools save them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from PIL import Image, ImageDraw

from audobon_cli.models.files.safetensors_header import read_header
from tests.tiny_models.session import session_folder
from tests.tiny_models.stable_diffusion import clip_folder, sdxl_folder

ATTENTION = ("to_q.weight", "to_k.weight", "to_v.weight", "to_out.0.weight")
TEXT_ATTENTION = (
    "q_proj.weight",
    "k_proj.weight",
    "v_proj.weight",
    "out_proj.weight",
    "fc1.weight",
    "fc2.weight",
)
RANK = 2
WIDTHS = {"clip_l": 32, "clip_g": 40}
"""Of the vectors for the tiny SDXL's two text encoders."""


def vectors(width: int) -> torch.Tensor:
    """Two random vectors, as an embedding has them."""
    return torch.randn(2, width, generator=torch.Generator().manual_seed(3))


def save(tensors: Mapping[str, torch.Tensor], path: Path, **metadata: str) -> Path:
    """Write ``tensors``, contiguous, to ``path``."""
    from safetensors.torch import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(
        {name: tensor.contiguous() for name, tensor in tensors.items()}, path, {"format": "pt", **metadata}
    )
    return path


def diffusers_lora(model: Path, path: Path, seed: int = 0) -> Path:
    """A LoRA for the denoiser in the folder ``model``, as diffusers' training scripts save it."""
    denoiser = _denoiser(model)
    return save(
        {
            f"{denoiser}.{name.removesuffix('.weight')}.lora_{letter}.weight": tensor
            for name, pair in _pairs(model, denoiser, ATTENTION, seed).items()
            for letter, tensor in zip("AB", pair, strict=True)
        },
        path,
    )


def has_attention(model: Path, part: str | None = None, endings: tuple[str, ...] = ATTENTION) -> bool:
    """Whether the denoiser in the folder ``model`` (or its ``part``) has layers that end so."""
    if not (model / (part or _denoiser(model))).is_dir():
        return False
    return bool(_pairs(model, part or _denoiser(model), endings, 0))


def kohya_lora(model: Path, path: Path, seed: int = 0) -> Path:
    """A LoRA for UNet and text encoders, as kohya's scripts save it: flat names, an alpha for each layer.

    For SDXL the UNet's names are those of its original code.
    """
    encoders = sorted(folder.name for folder in model.glob("text_encoder*"))
    parts = {"unet": ("lora_unet", ATTENTION)}
    for number, encoder in enumerate(encoders, 1):
        parts[encoder] = ("lora_te" if len(encoders) == 1 else f"lora_te{number}", TEXT_ATTENTION)
    tensors: dict[str, torch.Tensor] = {}
    for part, (prefix, endings) in parts.items():
        for name, (down, up) in _pairs(model, part, endings, seed).items():
            layer = name.removesuffix(".weight")
            if part == "unet" and len(encoders) == 2:
                layer = _original_name(layer)
            elif part != "unet" and not layer.startswith("text_model."):
                layer = f"text_model.{layer}"
            flat = f"{prefix}_{layer.replace('.', '_')}"
            tensors[f"{flat}.lora_down.weight"] = down
            tensors[f"{flat}.lora_up.weight"] = up
            tensors[f"{flat}.alpha"] = torch.tensor(float(RANK) / 2)
    return save(tensors, path, ss_network_module="networks.lora")


def controlnet_folder(model: Path, folder: Path, seed: int = 0) -> Path:
    """A ControlNet for the UNet of ``model``, as diffusers saves it; its zero layers are not zero."""
    from diffusers import ControlNetModel, UNet2DConditionModel

    unet = UNet2DConditionModel.from_pretrained(model, subfolder="unet")
    torch.manual_seed(seed)
    network = ControlNetModel.from_unet(
        unet, conditioning_embedding_out_channels=(8, 8, 16, 16), load_weights_from_unet=False
    )
    _fill_zero_layers(network, "controlnet_")
    network.save_pretrained(folder)
    return folder


RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
}
ORIGINAL = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "conv_in": "input_blocks.0.0",
    "controlnet_cond_embedding.conv_in": "input_hint_block.0",
    "controlnet_cond_embedding.conv_out": "input_hint_block.14",
    "controlnet_mid_block": "middle_block_out.0",
    "down_blocks.0.downsamplers.0.conv": "input_blocks.2.0.op",
    "down_blocks.0.resnets.0": "input_blocks.1.0",
    "down_blocks.1.resnets.0": "input_blocks.3.0",
    "down_blocks.1.attentions.0": "input_blocks.3.1",
    "mid_block.resnets.0": "middle_block.0",
    "mid_block.attentions.0": "middle_block.1",
    "mid_block.resnets.1": "middle_block.2",
    **{f"controlnet_cond_embedding.blocks.{n}": f"input_hint_block.{2 + 2 * n}" for n in range(6)},
    **{f"controlnet_down_blocks.{n}": f"zero_convs.{n}.0" for n in range(4)},
}


def original_controlnet(model: Path, path: Path) -> Path:
    """A ControlNet for the tiny SD 1 in one file, in the names of ControlNet's own code."""
    from diffusers import ControlNetModel, UNet2DConditionModel

    unet = UNet2DConditionModel.from_pretrained(model, subfolder="unet")
    torch.manual_seed(0)
    network = ControlNetModel.from_unet(unet, load_weights_from_unet=False)
    _fill_zero_layers(network, "controlnet_")
    tensors = {}
    for name, weight in network.state_dict().items():
        ours = next(part for part in ORIGINAL if name.startswith(f"{part}."))
        rest = name.removeprefix(f"{ours}.")
        for part, theirs in RESNET.items():
            rest = rest.replace(part, theirs) if ".resnets." in f".{ours}" else rest
        tensors[f"control_model.{ORIGINAL[ours]}.{rest}"] = weight
    network.save_pretrained(path.with_suffix(""))
    return save(tensors, path)


def any_controlnet(model: Path, folder: Path) -> Path | None:
    """A ControlNet for the denoiser of ``model``; None for those that have none of their own here."""
    import diffusers

    if (model / "unet").is_dir():
        return (
            controlnet_folder(model, folder) if has_attention(model, "unet", ("attn2.to_k.weight",)) else None
        )
    class_name = json.loads((model / "transformer" / "config.json").read_bytes())["_class_name"]
    found = {"FluxTransformer2DModel": "Flux", "SD3Transformer2DModel": "SD3"}.get(class_name)
    if found is None:
        return None
    transformer = getattr(diffusers, class_name).from_pretrained(model, subfolder="transformer")
    torch.manual_seed(0)
    if found == "Flux":
        network = diffusers.FluxControlNetModel.from_transformer(
            transformer,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=transformer.config.attention_head_dim,
            num_attention_heads=transformer.config.num_attention_heads,
            load_weights_from_transformer=False,
        )
    else:
        network = diffusers.SD3ControlNetModel.from_transformer(
            transformer, num_layers=1, num_extra_conditioning_channels=0, load_weights_from_transformer=False
        )
    _fill_zero_layers(network, "")
    network.save_pretrained(folder)
    return folder


def ip_adapter(model: Path, folder: Path, seed: int = 0) -> Path:
    """An IP-Adapter for the UNet of ``model`` with its image encoder, laid out as h94/IP-Adapter is."""
    from diffusers import UNet2DConditionModel
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    unet = UNet2DConditionModel.from_pretrained(model, subfolder="unet")
    width = unet.config.cross_attention_dim
    noise = torch.Generator().manual_seed(seed)
    tensors = {
        "image_proj.proj.weight": torch.randn(4 * width, 24, generator=noise) * 0.3,
        "image_proj.proj.bias": torch.zeros(4 * width),
        "image_proj.norm.weight": torch.ones(width),
        "image_proj.norm.bias": torch.zeros(width),
    }
    shapes = {name: tensor.shape for name, tensor in unet.state_dict().items()}
    for number, name in enumerate(unet.attn_processors):
        if "attn2" in name:
            hidden = shapes[name.replace("processor", "to_k.weight")][0]
            for part in ("k", "v"):
                random = torch.randn(hidden, width, generator=noise)
                tensors[f"ip_adapter.{number}.to_{part}_ip.weight"] = random * 0.3
    torch.manual_seed(seed)
    encoder = CLIPVisionModelWithProjection(
        CLIPVisionConfig(
            hidden_size=16,
            intermediate_size=24,
            num_hidden_layers=2,
            num_attention_heads=2,
            image_size=32,
            patch_size=8,
            projection_dim=24,
        )
    )
    encoder.save_pretrained(folder / "image_encoder")
    return save(tensors, folder / "ip-adapter_tiny.safetensors")


def refiner_folder(base: Path, folder: Path) -> Path:
    """SDXL's refiner in small: one text encoder, an aesthetic score, image-to-image; the VAE of ``base``."""
    from diffusers import StableDiffusionXLImg2ImgPipeline, StableDiffusionXLPipeline, UNet2DConditionModel

    parts = StableDiffusionXLPipeline.from_pretrained(base).components
    text = parts["text_encoder_2"].config
    torch.manual_seed(5)
    unet = UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(32, 32),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 2),
        projection_class_embeddings_input_dim=5 * 8 + text.projection_dim,
        cross_attention_dim=text.hidden_size,
    )
    pipeline = StableDiffusionXLImg2ImgPipeline(
        **{**parts, "unet": unet, "text_encoder": None, "tokenizer": None}, requires_aesthetics_score=True
    )
    pipeline.save_pretrained(folder)
    return folder


def _denoiser(model: Path) -> str:
    return "unet" if (model / "unet").is_dir() else "transformer"


def _pairs(
    model: Path, part: str, endings: tuple[str, ...], seed: int
) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """For each layer of ``part`` that ends so: random down and up weights."""
    noise = torch.Generator().manual_seed(seed)
    (file,) = (model / part).glob("*.safetensors")
    shapes = read_header(model, f"{part}/{file.name}").shapes
    return {
        name: (
            torch.randn(RANK, shape[1], generator=noise) * 0.5,
            torch.randn(shape[0], RANK, generator=noise) * 0.5,
        )
        for name, shape in sorted(shapes.items())
        if name.endswith(endings)
    }


def _original_name(layer: str) -> str:
    """A layer of the tiny SDXL UNet (one resnet a block) in the numbering of the original code."""
    for ours, theirs in (
        ("down_blocks.1.attentions.0", "input_blocks.3.1"),
        ("mid_block.attentions.0", "middle_block.1"),
        ("up_blocks.0.attentions.0", "output_blocks.0.1"),
        ("up_blocks.0.attentions.1", "output_blocks.1.1"),
    ):
        if layer.startswith(ours):
            return layer.replace(ours, theirs)
    raise AssertionError(layer)


def _fill_zero_layers(network: Any, prefix: str) -> None:
    """ControlNets begin as zeros, which would show nothing."""
    for name, weight in network.named_parameters():
        if name.startswith(prefix) and not weight.abs().sum():
            torch.nn.init.normal_(weight, std=0.3)


FOLDERS = {"sd15": clip_folder, "sdxl": sdxl_folder}


@dataclass(frozen=True)
class Files:
    """Adapters for the tiny models in ``folder``, each built when it is first asked for."""

    folder: Path

    def lora(self, family: str, style: str) -> Path:
        """A LoRA; ``style`` is kohya or diffusers."""
        path = self.folder / f"{family}-{style}.safetensors"
        build = kohya_lora if style == "kohya" else diffusers_lora
        return path if path.exists() else build(FOLDERS[family](), path)

    def embedding(self, kind: str) -> Path:
        """A textual inversion: of diffusers ("<fur>", two vectors), of A1111 (my-fur), for two encoders
        (my-furs), of two words ("<fur>", "<fin>")."""
        names = {
            "diffusers": ("learned_embeds", ["<fur>"]),
            "a1111": ("my-fur", ["emb_params"]),
            "two encoders": ("my-furs", ["clip_l", "clip_g"]),
            "two words": ("my-words", ["<fur>", "<fin>"]),
        }
        stem, keys = names[kind]
        found = {key: vectors(WIDTHS.get(key, 32)) * (-1) ** (key == "<fin>") for key in keys}
        return save(found, self.folder / f"{stem}.safetensors")

    def controlnet(self, family: str) -> Path:
        """A ControlNet's folder."""
        folder = self.folder / f"{family}-canny"
        return folder if folder.exists() else controlnet_folder(FOLDERS[family](), folder)

    def ip_adapter(self, family: str) -> Path:
        """An IP-Adapter's weights, beside their image encoder."""
        folder = self.folder / f"{family}-ip"
        path = folder / "ip-adapter_tiny.safetensors"
        return path if path.exists() else ip_adapter(FOLDERS[family](), folder)

    def refiner(self) -> Path:
        """A refiner for the tiny SDXL."""
        folder = self.folder / "refiner"
        return folder if folder.exists() else refiner_folder(sdxl_folder(), folder)

    def picture(self, seed: int = 0) -> Path:
        """A square picture with shapes in it, 96x96."""
        image = Image.new("RGB", (96, 96), "white")
        drawing = ImageDraw.Draw(image)
        drawing.rectangle((20, 30 + seed, 60, 80), fill=("red", "blue")[seed])
        drawing.ellipse((50, 10, 90, 50 + seed), fill="black")
        path = self.folder / f"picture{seed}.png"
        image.save(path)
        return path


@cache
def tiny_files() -> Files:
    """The adapters of this test session."""
    folder = session_folder() / "adapters"
    folder.mkdir()
    return Files(folder)
