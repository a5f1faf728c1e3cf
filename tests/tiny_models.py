"""Tiny pipelines with random weights, built here in a second each: real classes, real files, no download."""

import atexit
import json
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from audobon_cli.domain.model import AlphaMode, Model, SizeRule
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.units import Size

WORDS = ("a", "cute", "dragon", "sword", "red", "blue", "cat", "potion", "of", "the", "in", "style", ",")
TOKENS = 12
"""The text encoders' limit, so small that tests can pass it."""


@cache
def sprite_folder() -> Path:
    """A model built by ``build_sprite_model`` once a session. Tests that change files copy it."""
    return build_sprite_model(_session_folder() / "sprite")


@cache
def clip_folder() -> Path:
    """As ``sprite_folder``, for ``build_clip_model``."""
    return build_clip_model(_session_folder() / "clip")


@cache
def sdxl_folder() -> Path:
    """As ``sprite_folder``, for ``build_sdxl_model``."""
    return build_sdxl_model(_session_folder() / "sdxl")


@cache
def _session_folder() -> Path:
    import torch

    # Models this small gain nothing from threads, and on busy cores lose fifty-fold waiting for them.
    torch.set_num_threads(1)
    folder = Path(tempfile.mkdtemp(prefix="audobon-tiny-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def build_sprite_model(folder: Path) -> Path:
    """Like the built-in model: RGBA autoencoder, BERT as text encoder, DPM-Solver; 64x64 pixels."""
    import torch
    from diffusers import DPMSolverMultistepScheduler
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(0)
    vocabulary = folder.parent / f"{folder.name}-vocab.txt"
    vocabulary.write_text("\n".join(("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS)) + "\n")
    tokenizer = BertTokenizerFast(vocab=str(vocabulary), model_max_length=TOKENS)
    encoder = BertModel(
        BertConfig(
            vocab_size=len(WORDS) + 5,
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=37,
            max_position_embeddings=TOKENS,
        )
    )
    encoder.config.use_attention_mask = True
    scheduler = DPMSolverMultistepScheduler(prediction_type="v_prediction", steps_offset=1)
    return _save_stable_diffusion(folder, tokenizer, encoder, scheduler, _vae(channels=4), sample_size=8)


def build_clip_model(folder: Path) -> Path:
    """Stable Diffusion 1 in small: CLIP, RGB, PNDM; 64x64 pixels."""
    import torch
    from diffusers import PNDMScheduler

    torch.manual_seed(0)
    tokenizer, encoder = _clip_tokenizer(folder), _clip_encoder(projected=False)
    scheduler = PNDMScheduler(skip_prk_steps=True, steps_offset=1)
    return _save_stable_diffusion(folder, tokenizer, encoder, scheduler, _vae(channels=3), sample_size=8)


def build_sdxl_model(folder: Path) -> Path:
    """Stable Diffusion XL in small: two text encoders, Euler; 64x64 pixels."""
    import torch
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel

    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        sample_size=8,
        in_channels=4,
        out_channels=4,
        block_out_channels=(32, 32),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 2),
        projection_class_embeddings_input_dim=80,
        cross_attention_dim=64,
    )
    pipeline = StableDiffusionXLPipeline(
        vae=_vae(channels=3),
        text_encoder=_clip_encoder(projected=False),
        text_encoder_2=_clip_encoder(projected=True),
        tokenizer=_clip_tokenizer(folder),
        tokenizer_2=_clip_tokenizer(folder),
        unet=unet,
        scheduler=EulerDiscreteScheduler(timestep_spacing="leading", steps_offset=1),
    )
    pipeline.save_pretrained(folder)
    return folder


def sprite_model(folder: Path, name: str = "tiny-sprite") -> Model:
    """The description that goes with ``build_sprite_model``."""
    rule = SizeRule(native=Size(64, 64), scales=True)
    return Model(name, "sprite", "StableDiffusionPipeline", folder, "none", rule, AlphaMode.PREMULTIPLIED)


def opaque_model(folder: Path, pipeline: str, name: str = "tiny-opaque") -> Model:
    """The description that goes with the RGB models here."""
    return Model(name, "default", pipeline, folder, "none", SizeRule(native=Size(64, 64)), AlphaMode.NONE)


def resolved_request(model: Model, **changes: Any) -> ResolvedRequest:
    """A request for one small picture in three steps; ``changes`` replace fields."""
    fields: dict[str, Any] = {
        "prompt": "cute dragon",
        "negative": "",
        "resolved_prompt": "cute dragon",
        "resolved_negative": "",
        "model": model,
        "quality": "draft",
        "style": "",
        "size": Size(64, 64),
        "render_size": Size(64, 64),
        "steps": 3,
        "guidance": 4.0,
        "seed": 7,
        "count": 1,
    }
    return ResolvedRequest(**{**fields, **changes})


def _save_stable_diffusion(
    folder: Path, tokenizer: Any, encoder: Any, scheduler: Any, vae: Any, sample_size: int
) -> Path:
    from diffusers import StableDiffusionPipeline, UNet2DConditionModel

    unet = UNet2DConditionModel(
        sample_size=sample_size,
        in_channels=4,
        out_channels=4,
        block_out_channels=(32, 32),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=4,
        cross_attention_dim=32,
    )
    pipeline = StableDiffusionPipeline(
        vae=vae,
        text_encoder=encoder,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder)
    return folder


def _vae(channels: int) -> Any:
    """An autoencoder that halves three times, 4 latent channels."""
    import torch
    from diffusers import AutoencoderKL

    torch.manual_seed(1)
    return AutoencoderKL(
        in_channels=channels,
        out_channels=channels,
        block_out_channels=(8, 8, 16, 16),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=64,
    )


def _clip_encoder(projected: bool) -> Any:
    import torch
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    torch.manual_seed(2)
    config = CLIPTextConfig(
        vocab_size=300,
        hidden_size=32,
        intermediate_size=37,
        num_hidden_layers=3,
        num_attention_heads=4,
        projection_dim=32,
        max_position_embeddings=TOKENS,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    return CLIPTextModelWithProjection(config) if projected else CLIPTextModel(config)


def _clip_tokenizer(folder: Path) -> Any:
    """A byte-level CLIP tokenizer: letters alone and at a word's end, no merges beyond a few."""
    from transformers import CLIPTokenizerFast

    letters = [chr(code) for code in range(33, 127)]
    tokens = ["<|startoftext|>", "<|endoftext|>", *letters, *(f"{letter}</w>" for letter in letters)]
    merges = ["#version: 0.2", "c a", "d r"]
    tokens += ["ca", "dr"]
    vocabulary = folder.parent / f"{folder.name}-vocab.json"
    vocabulary.write_text(json.dumps({token: number for number, token in enumerate(tokens)}))
    merged = folder.parent / f"{folder.name}-merges.txt"
    merged.write_text("\n".join(merges) + "\n")
    return CLIPTokenizerFast(vocab=str(vocabulary), merges=str(merged), model_max_length=TOKENS)
