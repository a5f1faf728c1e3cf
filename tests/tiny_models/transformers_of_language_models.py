"""Families that read prompts with a language model: Qwen, Gemma, GLM, Mistral."""

from pathlib import Path

from tests.tiny_models.stable_diffusion import kl_vae
from tests.tiny_models.text_encoders import (
    byte_tokenizer,
    decoder,
    qwen_vl_encoder,
)
from tests.tiny_models.transformers_of_t5 import flow_scheduler, save


def build_flux2_klein(folder: Path, distilled: bool = True) -> Path:
    """FLUX.2 klein: states of three layers of Qwen3 (9, 18, 27) side by side."""
    import torch
    from diffusers import Flux2KleinPipeline

    torch.manual_seed(0)
    pipeline = Flux2KleinPipeline(
        scheduler=flow_scheduler(),
        vae=_flux2_vae(),
        text_encoder=decoder("Qwen3Config", "Qwen3ForCausalLM", layers=28, hidden_size=8, head_dim=4),
        tokenizer=byte_tokenizer(),
        transformer=_flux2_transformer(joint_attention_dim=24, guidance_embeds=False),
        is_distilled=distilled,
    )
    return save(pipeline, folder)


def build_flux2(folder: Path) -> Path:
    """FLUX.2 dev: states of three layers of Mistral (10, 20, 30), guidance embedded."""
    import torch
    from diffusers import Flux2Pipeline
    from transformers import Mistral3Config, Mistral3ForConditionalGeneration

    torch.manual_seed(0)
    text = {
        "model_type": "mistral",
        "vocab_size": 264,
        "hidden_size": 8,
        "intermediate_size": 8,
        "num_hidden_layers": 31,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 4,
        "bos_token_id": None,
        "eos_token_id": 256,
        "pad_token_id": 256,
    }
    vision = {
        "model_type": "pixtral",
        "hidden_size": 8,
        "intermediate_size": 8,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "head_dim": 4,
        "image_size": 28,
        "patch_size": 14,
    }
    encoder = Mistral3ForConditionalGeneration(
        Mistral3Config(text_config=text, vision_config=vision, image_token_index=259)
    )
    pipeline = Flux2Pipeline(
        scheduler=flow_scheduler(),
        vae=_flux2_vae(),
        text_encoder=encoder.eval(),
        tokenizer=byte_tokenizer(),
        transformer=_flux2_transformer(joint_attention_dim=24, guidance_embeds=True),
    )
    return save(pipeline, folder)


def build_qwen_image(folder: Path) -> Path:
    """Qwen-Image: Qwen2.5-VL, an autoencoder of video; guidance is a second scale."""
    import torch
    from diffusers import AutoencoderKLQwenImage, QwenImagePipeline, QwenImageTransformer2DModel

    torch.manual_seed(0)
    vae = AutoencoderKLQwenImage(
        base_dim=8,
        z_dim=16,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, False, False],
    )
    transformer = QwenImageTransformer2DModel(
        in_channels=64,
        out_channels=16,
        num_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=16,
        axes_dims_rope=(4, 4, 8),
    )
    pipeline = QwenImagePipeline(
        scheduler=flow_scheduler(),
        vae=vae,
        text_encoder=qwen_vl_encoder(),
        tokenizer=byte_tokenizer(),
        transformer=transformer,
    )
    return save(pipeline, folder)


def build_z_image(folder: Path) -> Path:
    """Z-Image: Qwen3, one stream for words and picture."""
    import torch
    from diffusers import ZImagePipeline, ZImageTransformer2DModel

    torch.manual_seed(0)
    transformer = ZImageTransformer2DModel(
        in_channels=16,
        dim=32,
        n_layers=1,
        n_refiner_layers=1,
        n_heads=2,
        n_kv_heads=2,
        cap_feat_dim=16,
        axes_dims=[4, 4, 8],
        axes_lens=[1024, 32, 32],
    )
    # Padding that training would have filled: left empty, it holds whatever was in memory.
    torch.nn.init.zeros_(transformer.x_pad_token)
    torch.nn.init.zeros_(transformer.cap_pad_token)
    pipeline = ZImagePipeline(
        scheduler=flow_scheduler(),
        vae=kl_vae(latent_channels=16),
        text_encoder=decoder("Qwen3Config", "Qwen3Model"),
        tokenizer=byte_tokenizer(),
        transformer=transformer,
    )
    return save(pipeline, folder)


def build_sana(folder: Path, sprint: bool = False) -> Path:
    """Sana: Gemma 2, an autoencoder that halves more often; Sprint takes one to four steps."""
    import torch
    from diffusers import (
        AutoencoderDC,
        DPMSolverMultistepScheduler,
        SanaPipeline,
        SanaSprintPipeline,
        SanaTransformer2DModel,
        SCMScheduler,
    )

    torch.manual_seed(0)
    vae = AutoencoderDC(
        latent_channels=4,
        attention_head_dim=2,
        encoder_block_types=("ResBlock", "EfficientViTBlock"),
        decoder_block_types=("ResBlock", "EfficientViTBlock"),
        encoder_block_out_channels=(8, 8),
        decoder_block_out_channels=(8, 8),
        encoder_qkv_multiscales=((), (5,)),
        decoder_qkv_multiscales=((), (5,)),
        encoder_layers_per_block=(1, 1),
        decoder_layers_per_block=(1, 1),
        downsample_block_type="conv",
        upsample_block_type="interpolate",
        decoder_norm_types="rms_norm",
        decoder_act_fns="silu",
    )
    transformer = SanaTransformer2DModel(
        in_channels=4,
        out_channels=4,
        num_layers=1,
        num_attention_heads=2,
        attention_head_dim=8,
        num_cross_attention_heads=2,
        cross_attention_head_dim=8,
        cross_attention_dim=16,
        caption_channels=16,
        sample_size=32,
        guidance_embeds=sprint,
        qk_norm="rms_norm_across_heads" if sprint else None,
    )
    scheduler = (
        SCMScheduler(prediction_type="trigflow")
        if sprint
        else DPMSolverMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
        )
    )
    pipeline = (SanaSprintPipeline if sprint else SanaPipeline)(
        tokenizer=byte_tokenizer(limit=4096),
        text_encoder=decoder("Gemma2Config", "Gemma2Model"),
        vae=vae,
        transformer=transformer,
        scheduler=scheduler,
    )
    return save(pipeline, folder)


def build_lumina2(folder: Path) -> Path:
    """Lumina-Image 2.0: Gemma 2."""
    import torch
    from diffusers import Lumina2Pipeline, Lumina2Transformer2DModel

    torch.manual_seed(0)
    transformer = Lumina2Transformer2DModel(
        sample_size=8,
        patch_size=2,
        in_channels=16,
        hidden_size=32,
        num_layers=1,
        num_refiner_layers=1,
        num_attention_heads=2,
        num_kv_heads=2,
        multiple_of=2,
        axes_dim_rope=(4, 4, 8),
        axes_lens=(1024, 32, 32),
        cap_feat_dim=16,
    )
    pipeline = Lumina2Pipeline(
        transformer=transformer,
        scheduler=flow_scheduler(),
        vae=kl_vae(latent_channels=16),
        text_encoder=decoder("Gemma2Config", "Gemma2Model"),
        tokenizer=byte_tokenizer(),
    )
    return save(pipeline, folder)


def build_cogview4(folder: Path) -> Path:
    """CogView4: GLM, 16 latent channels."""
    import torch
    from diffusers import CogView4Pipeline, CogView4Transformer2DModel

    torch.manual_seed(0)
    transformer = CogView4Transformer2DModel(
        patch_size=2,
        in_channels=16,
        out_channels=16,
        num_layers=1,
        attention_head_dim=8,
        num_attention_heads=2,
        text_embed_dim=16,
        time_embed_dim=16,
        condition_dim=8,
        pos_embed_max_size=32,
        sample_size=8,
        rope_axes_dim=(32, 32),
    )
    pipeline = CogView4Pipeline(
        tokenizer=byte_tokenizer(padding_side="left"),
        text_encoder=decoder("GlmConfig", "GlmModel"),
        vae=kl_vae(latent_channels=16),
        transformer=transformer,
        scheduler=flow_scheduler(
            base_shift=0.25,
            max_shift=0.75,
            base_image_seq_len=256,
            use_dynamic_shifting=True,
            time_shift_type="linear",
        ),
    )
    return save(pipeline, folder)


def _flux2_vae() -> object:
    import torch
    from diffusers import AutoencoderKLFlux2

    torch.manual_seed(1)
    return AutoencoderKLFlux2(
        block_out_channels=(8, 8, 16, 16),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=64,
    )


def _flux2_transformer(joint_attention_dim: int, guidance_embeds: bool) -> object:
    from diffusers import Flux2Transformer2DModel

    return Flux2Transformer2DModel(
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=joint_attention_dim,
        timestep_guidance_channels=32,
        axes_dims_rope=(4, 4, 4, 4),
        guidance_embeds=guidance_embeds,
    )
