"""Stable Diffusion 1 and XL in small, and a model like the built-in one."""

from functools import cache
from pathlib import Path
from typing import Any

from tests.tiny_models.session import session_folder
from tests.tiny_models.text_encoders import TOKENS, WORDS, clip_encoder, clip_tokenizer


@cache
def sprite_folder() -> Path:
    """A model built by ``build_sprite_model`` once a session. Tests that change files copy it."""
    return build_sprite_model(session_folder() / "sprite")


@cache
def clip_folder() -> Path:
    """As ``sprite_folder``, for ``build_clip_model``."""
    return build_clip_model(session_folder() / "clip")


@cache
def sdxl_folder() -> Path:
    """As ``sprite_folder``, for ``build_sdxl_model``."""
    return build_sdxl_model(session_folder() / "sdxl")


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
    return _save_stable_diffusion(folder, tokenizer, encoder, scheduler, kl_vae(channels=4), sample_size=8)


def build_clip_model(folder: Path) -> Path:
    """Stable Diffusion 1 in small: CLIP, RGB, PNDM; 64x64 pixels."""
    import torch
    from diffusers import PNDMScheduler

    torch.manual_seed(0)
    tokenizer, encoder = clip_tokenizer(folder), clip_encoder(projected=False)
    scheduler = PNDMScheduler(skip_prk_steps=True, steps_offset=1)
    return _save_stable_diffusion(folder, tokenizer, encoder, scheduler, kl_vae(), sample_size=8)


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
        # Groups of one channel would take out again what time and size put in.
        norm_num_groups=8,
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 2),
        projection_class_embeddings_input_dim=80,
        cross_attention_dim=72,
    )
    pipeline = StableDiffusionXLPipeline(
        vae=kl_vae(),
        text_encoder=clip_encoder(projected=False),
        # As in the real one the second is wider: files of old layouts are told apart by it.
        text_encoder_2=clip_encoder(projected=True, width=40),
        tokenizer=clip_tokenizer(folder),
        tokenizer_2=clip_tokenizer(folder),
        unet=unet,
        scheduler=EulerDiscreteScheduler(timestep_spacing="leading", steps_offset=1),
    )
    pipeline.save_pretrained(folder)
    return folder


def _save_stable_diffusion(
    folder: Path, tokenizer: Any, encoder: Any, scheduler: Any, vae: Any, sample_size: int
) -> Path:
    from diffusers import StableDiffusionPipeline, UNet2DConditionModel

    unet = UNet2DConditionModel(
        sample_size=sample_size,
        in_channels=4,
        out_channels=4,
        block_out_channels=(32, 32),
        # Groups of one channel would take out again what time and size put in.
        norm_num_groups=8,
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


def kl_vae(channels: int = 3, latent_channels: int = 4) -> Any:
    """An autoencoder that halves three times."""
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
        latent_channels=latent_channels,
        norm_num_groups=4,
        sample_size=64,
        # Families with 16 channels move their latents' mean, too; these are the figures of SD 3.
        **({"scaling_factor": 1.5305, "shift_factor": 0.0609} if latent_channels == 16 else {}),
    )
