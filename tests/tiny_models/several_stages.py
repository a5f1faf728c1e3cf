"""Families of several stages (a prior, then a decoder), and other shapes of UNet."""

from pathlib import Path
from typing import Any

from tests.tiny_models.stable_diffusion import clip_folder, kl_vae
from tests.tiny_models.text_encoders import clip_encoder, clip_tokenizer, t5_encoder, t5_tokenizer
from tests.tiny_models.transformers_of_t5 import save


def build_kandinsky22(folder: Path) -> Path:
    """Kandinsky 2.2: a prior from CLIP's text to CLIP's picture, then a UNet."""
    import torch
    from diffusers import (
        DDPMScheduler,
        KandinskyV22CombinedPipeline,
        PriorTransformer,
        UnCLIPScheduler,
        UNet2DConditionModel,
    )
    from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection

    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        sample_size=8,
        in_channels=4,
        out_channels=8,
        addition_embed_type="image",
        down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        block_out_channels=(32, 64),
        layers_per_block=1,
        encoder_hid_dim=32,
        encoder_hid_dim_type="image_proj",
        cross_attention_dim=32,
        attention_head_dim=4,
        resnet_time_scale_shift="scale_shift",
    )
    prior = PriorTransformer(
        num_attention_heads=2,
        attention_head_dim=8,
        num_layers=1,
        embedding_dim=32,
        num_embeddings=12,
        additional_embeddings=4,
    )
    # The clip statistics are learned; at zero the prior's answer would be no answer.
    prior.clip_std = torch.nn.Parameter(torch.ones_like(prior.clip_std))
    vision = CLIPVisionConfig(
        hidden_size=32,
        projection_dim=32,
        intermediate_size=37,
        num_hidden_layers=1,
        num_attention_heads=4,
        image_size=32,
        patch_size=16,
    )
    pipeline = KandinskyV22CombinedPipeline(
        unet=unet,
        scheduler=DDPMScheduler(variance_type="learned_range", clip_sample=False),
        movq=vq_model(),
        prior_prior=prior,
        prior_image_encoder=CLIPVisionModelWithProjection(vision),
        prior_text_encoder=clip_encoder(projected=True),
        prior_tokenizer=clip_tokenizer(folder),
        prior_scheduler=UnCLIPScheduler(
            variance_type="fixed_small_log", prediction_type="sample", clip_sample_range=5.0
        ),
        prior_image_processor=CLIPImageProcessor(size=32, crop_size=32),
    )
    return save(pipeline, folder)


def build_kandinsky3(folder: Path) -> Path:
    """Kandinsky 3: T5, a UNet of its own kind."""
    import torch
    from diffusers import DDPMScheduler, Kandinsky3Pipeline, Kandinsky3UNet

    torch.manual_seed(0)
    unet = Kandinsky3UNet(
        in_channels=4,
        time_embedding_dim=16,
        groups=4,
        attention_head_dim=8,
        layers_per_block=3,
        block_out_channels=(32, 64),
        cross_attention_dim=16,
        encoder_hid_dim=32,
    )
    pipeline = Kandinsky3Pipeline(
        tokenizer=t5_tokenizer(),
        text_encoder=t5_encoder(),
        unet=unet,
        scheduler=DDPMScheduler(steps_offset=1, timestep_spacing="leading"),
        movq=vq_model(),
    )
    return save(pipeline, folder)


def build_latent_consistency(folder: Path) -> Path:
    """Latent Consistency Model: Stable Diffusion 1 distilled, guidance embedded."""
    import torch
    from diffusers import LatentConsistencyModelPipeline, LCMScheduler, UNet2DConditionModel

    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        sample_size=8,
        in_channels=4,
        out_channels=4,
        block_out_channels=(32, 32),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=4,
        cross_attention_dim=32,
        time_cond_proj_dim=32,
        norm_num_groups=8,
    )
    pipeline = LatentConsistencyModelPipeline(
        vae=kl_vae(),
        text_encoder=clip_encoder(projected=False),
        tokenizer=clip_tokenizer(folder),
        unet=unet,
        scheduler=LCMScheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    return save(pipeline, folder)


def build_of_no_family(folder: Path) -> Path:
    """Stable Diffusion 1 under a class that no family names, though its call takes the usual arguments."""
    from diffusers import StableDiffusionPAGPipeline, StableDiffusionPipeline

    parts = StableDiffusionPipeline.from_pretrained(str(clip_folder())).components
    pipeline = StableDiffusionPAGPipeline(**parts, requires_safety_checker=False, pag_applied_layers="mid")
    return save(pipeline, folder)


def vq_model() -> Any:
    """The quantising autoencoder of Kandinsky 2 and 3; halves three times."""
    import torch
    from diffusers import VQModel

    torch.manual_seed(1)
    return VQModel(
        block_out_channels=(32, 32, 32, 32),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        layers_per_block=1,
        norm_num_groups=32,
        norm_type="spatial",
        num_vq_embeddings=16,
        vq_embed_dim=4,
    )
