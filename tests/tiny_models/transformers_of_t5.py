"""Families that denoise with a transformer and read prompts with T5, CLIP or BERT."""

from pathlib import Path
from typing import Any

from tests.tiny_models.session import session_folder
from tests.tiny_models.stable_diffusion import kl_vae
from tests.tiny_models.text_encoders import clip_encoder, clip_tokenizer, t5_encoder, t5_tokenizer


def save(pipeline: Any, folder: Path) -> Path:
    """Write the pipeline, and read nothing of it again."""
    pipeline.save_pretrained(folder)
    return folder


def flow_scheduler(**changes: Any) -> Any:
    """The scheduler of most flow-matching families."""
    from diffusers import FlowMatchEulerDiscreteScheduler

    return FlowMatchEulerDiscreteScheduler(**changes)


def build_sd3(folder: Path) -> Path:
    """Stable Diffusion 3: two CLIPs and T5, 16 latent channels."""
    import torch
    from diffusers import SD3Transformer2DModel, StableDiffusion3Pipeline

    torch.manual_seed(0)
    transformer = SD3Transformer2DModel(
        sample_size=8,
        patch_size=2,
        in_channels=16,
        out_channels=16,
        num_layers=2,
        attention_head_dim=8,
        num_attention_heads=4,
        caption_projection_dim=32,
        joint_attention_dim=64,
        pooled_projection_dim=64,
        pos_embed_max_size=16,
    )
    # The two CLIPs' states, side by side, must not be longer than T5's: here 64 numbers.
    pipeline = StableDiffusion3Pipeline(
        transformer=transformer,
        scheduler=flow_scheduler(),
        vae=kl_vae(latent_channels=16),
        text_encoder=clip_encoder(projected=True),
        tokenizer=clip_tokenizer(folder),
        text_encoder_2=clip_encoder(projected=True),
        tokenizer_2=clip_tokenizer(folder),
        text_encoder_3=t5_encoder(width=64),
        tokenizer_3=t5_tokenizer(),
    )
    return save(pipeline, folder)


def build_flux(folder: Path, guidance_embeds: bool = True) -> Path:
    """FLUX.1: CLIP and T5, latents joined 2x2; schnell has no embedding of the guidance."""
    import torch
    from diffusers import FluxPipeline, FluxTransformer2DModel

    torch.manual_seed(0)
    transformer = FluxTransformer2DModel(
        in_channels=64,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=32,
        guidance_embeds=guidance_embeds,
        axes_dims_rope=(4, 4, 8),
    )
    pipeline = FluxPipeline(
        scheduler=flow_scheduler(),
        vae=kl_vae(latent_channels=16),
        text_encoder=clip_encoder(projected=False),
        tokenizer=clip_tokenizer(folder),
        text_encoder_2=t5_encoder(),
        tokenizer_2=t5_tokenizer(),
        transformer=transformer,
    )
    return save(pipeline, folder)


def build_chroma(folder: Path) -> Path:
    """Chroma: FLUX.1's shape without CLIP, with true guidance."""
    import torch
    from diffusers import ChromaPipeline, ChromaTransformer2DModel

    torch.manual_seed(0)
    transformer = ChromaTransformer2DModel(
        in_channels=64,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        axes_dims_rope=(4, 4, 8),
        approximator_num_channels=8,
        approximator_hidden_dim=32,
        approximator_layers=1,
    )
    pipeline = ChromaPipeline(
        scheduler=flow_scheduler(),
        vae=kl_vae(latent_channels=16),
        text_encoder=t5_encoder(),
        tokenizer=t5_tokenizer(),
        transformer=transformer,
    )
    return save(pipeline, folder)


def build_pixart(folder: Path, alpha: bool = False) -> Path:
    """PixArt-Sigma, or -Alpha: T5, 4 latent channels, variance predicted beside the noise."""
    import torch
    from diffusers import (
        DPMSolverMultistepScheduler,
        PixArtAlphaPipeline,
        PixArtSigmaPipeline,
        PixArtTransformer2DModel,
    )

    torch.manual_seed(0)
    transformer = PixArtTransformer2DModel(
        sample_size=8,
        num_layers=1,
        patch_size=2,
        attention_head_dim=8,
        num_attention_heads=4,
        caption_channels=32,
        in_channels=4,
        out_channels=8,
        cross_attention_dim=32,
        norm_num_groups=1,
        use_additional_conditions=False,
    )
    pipeline = (PixArtAlphaPipeline if alpha else PixArtSigmaPipeline)(
        tokenizer=t5_tokenizer(),
        text_encoder=t5_encoder(),
        vae=kl_vae(),
        transformer=transformer,
        scheduler=DPMSolverMultistepScheduler(),
    )
    return save(pipeline, folder)


def build_auraflow(folder: Path) -> Path:
    """AuraFlow: UMT5, 4 latent channels."""
    import torch
    from diffusers import AuraFlowPipeline, AuraFlowTransformer2DModel

    torch.manual_seed(0)
    transformer = AuraFlowTransformer2DModel(
        sample_size=8,
        patch_size=2,
        in_channels=4,
        num_mmdit_layers=1,
        num_single_dit_layers=1,
        attention_head_dim=8,
        num_attention_heads=4,
        joint_attention_dim=32,
        caption_projection_dim=32,
        pos_embed_max_size=256,
    )
    pipeline = AuraFlowPipeline(
        tokenizer=t5_tokenizer(),
        text_encoder=t5_encoder(multilingual=True),
        vae=kl_vae(),
        transformer=transformer,
        scheduler=flow_scheduler(),
    )
    return save(pipeline, folder)


def build_hunyuan_dit(folder: Path) -> Path:
    """Hunyuan-DiT: BERT and T5, rotary positions."""
    import torch
    from diffusers import DDPMScheduler, HunyuanDiT2DModel, HunyuanDiTPipeline
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(0)
    vocabulary = session_folder() / "hunyuan-vocab.txt"
    marks = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    vocabulary.write_text("\n".join((*marks, "cute", "dragon", "red", "sword")) + "\n")
    transformer = HunyuanDiT2DModel(
        sample_size=8,
        num_layers=1,
        patch_size=2,
        attention_head_dim=8,
        num_attention_heads=4,
        in_channels=4,
        cross_attention_dim=32,
        cross_attention_dim_t5=32,
        pooled_projection_dim=32,
        hidden_size=32,
        text_len=77,
        text_len_t5=256,
    )
    pipeline = HunyuanDiTPipeline(
        vae=kl_vae(),
        text_encoder=BertModel(
            BertConfig(
                vocab_size=9,
                hidden_size=32,
                num_hidden_layers=1,
                num_attention_heads=2,
                intermediate_size=37,
                max_position_embeddings=77,
            )
        ),
        tokenizer=BertTokenizerFast(vocab=str(vocabulary), model_max_length=77),
        transformer=transformer,
        scheduler=DDPMScheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
        text_encoder_2=t5_encoder(),
        tokenizer_2=t5_tokenizer(256),
    )
    return save(pipeline, folder)


def build_wide_flux(folder: Path) -> Path:
    """FLUX.1 dev of one block of each kind at its real width (3072, which diffusers' reader of the first
    layout takes for granted): half a billion parameters, 1 GB."""
    import torch
    from diffusers import FluxPipeline, FluxTransformer2DModel

    torch.manual_seed(0)
    transformer = FluxTransformer2DModel(
        num_layers=1,
        num_single_layers=1,
        joint_attention_dim=32,
        pooled_projection_dim=32,
        guidance_embeds=True,
    ).to(torch.bfloat16)
    pipeline = FluxPipeline(
        scheduler=flow_scheduler(),
        vae=kl_vae(latent_channels=16),
        text_encoder=clip_encoder(projected=False),
        tokenizer=clip_tokenizer(folder),
        text_encoder_2=t5_encoder(),
        tokenizer_2=t5_tokenizer(),
        transformer=transformer,
    )
    return save(pipeline, folder)
