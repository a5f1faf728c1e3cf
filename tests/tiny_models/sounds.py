"""Families that make sounds: latent diffusion over waveforms and spectrograms, and a language model of codes.

Each makes a tenth of a second or more in some hundredths of a second of computing, loud enough to pass the checks.
"""

from pathlib import Path
from typing import Any

from tests.tiny_models.text_encoders import byte_tokenizer, t5_encoder, t5_tokenizer
from tests.tiny_models.transformers_of_t5 import flow_scheduler, save


def build_stable_audio(folder: Path) -> Path:
    """Stable Audio Open: 32 latents of 32 samples each, always; a call cuts what it was asked for."""
    import torch
    from diffusers import (
        AutoencoderOobleck,
        EDMDPMSolverMultistepScheduler,
        StableAudioDiTModel,
        StableAudioPipeline,
        StableAudioProjectionModel,
    )

    torch.manual_seed(0)
    vae = AutoencoderOobleck(
        encoder_hidden_size=6,
        downsampling_ratios=[4, 8],
        channel_multiples=[1, 2],
        decoder_channels=3,
        decoder_input_channels=4,
        audio_channels=2,
        sampling_rate=2000,
    )
    transformer = StableAudioDiTModel(
        sample_size=32,
        in_channels=4,
        out_channels=4,
        num_layers=2,
        attention_head_dim=8,
        num_attention_heads=4,
        num_key_value_attention_heads=2,
        cross_attention_dim=32,
        cross_attention_input_dim=32,
        global_states_input_dim=64,
        time_proj_dim=8,
    )
    _center(vae.decoder.conv2)
    projection = StableAudioProjectionModel(
        text_encoder_dim=32, conditioning_dim=32, min_value=0, max_value=32
    )
    pipeline = StableAudioPipeline(
        vae=vae,
        text_encoder=t5_encoder(),
        projection_model=projection,
        tokenizer=t5_tokenizer(),
        transformer=transformer,
        scheduler=EDMDPMSolverMultistepScheduler(
            solver_order=2, prediction_type="v_prediction", sigma_data=1.0, sigma_schedule="exponential"
        ),
    )
    return save(pipeline, folder)


def as_published(folder: Path) -> Path:
    """The Stable Audio Open in ``folder`` with the scheduler that it is published with, which needs torchsde."""
    import json

    from diffusers import CosineDPMSolverMultistepScheduler

    CosineDPMSolverMultistepScheduler(sigma_schedule="exponential").save_pretrained(folder / "scheduler")
    index = json.loads((folder / "model_index.json").read_text())
    index["scheduler"] = ["diffusers", "CosineDPMSolverMultistepScheduler"]
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


def build_stable_audio3(folder: Path, distilled: bool = True) -> Path:
    """Stable Audio 3: latents for just the length that is asked for; the distilled one draws noise at every step."""
    import torch
    from diffusers import AutoencoderSAME, StableAudio3DiTModel, StableAudio3Pipeline
    from diffusers.pipelines.stable_audio_3 import StableAudio3DurationEmbedder

    torch.manual_seed(0)
    vae = AutoencoderSAME(
        audio_channels=2,
        patch_size=16,
        encoder_channels=8,
        encoder_c_mults=[2],
        encoder_strides=[4],
        encoder_transformer_depths=[1],
        latent_dim=8,
        dim_heads=8,
        ff_mult=2,
        sampling_rate=4000,
    )
    transformer = StableAudio3DiTModel(
        io_channels=8,
        embed_dim=16,
        depth=2,
        num_heads=2,
        cond_token_dim=16,
        global_cond_dim=16,
        local_add_cond_dim=9,
        timestep_features_dim=8,
        num_memory_tokens=2,
    )
    _wake(transformer, vae)
    _center(vae.decoder.blocks[-1].mapping, dim=0)
    pipeline = StableAudio3Pipeline(
        vae=vae,
        text_encoder=t5gemma_encoder(),
        tokenizer=byte_tokenizer(),
        duration_embedder=StableAudio3DurationEmbedder(output_dim=16, fourier_dim=8),
        transformer=transformer,
        scheduler=flow_scheduler(stochastic_sampling=distilled),
    )
    return save(pipeline, folder)


def _center(last: Any, dim: int = -1) -> None:
    """Take the mean of the last filters away, along ``dim``: what comes out has none either, as sounds have not."""
    import torch

    with torch.no_grad():
        last.weight_v -= last.weight_v.mean(dim=dim, keepdim=True)
        last.weight_g.copy_(last.weight_v.norm(dim=(1, 2), keepdim=True))
        if last.bias is not None:
            last.bias.zero_()


def _wake(*networks: Any) -> None:
    """Give every weight that training begins at 0 a value: with zeros nothing that goes in would be heard."""
    import torch

    for network in networks:
        for weight in network.parameters():
            if not weight.any():
                torch.nn.init.normal_(weight, std=0.1)


def t5gemma_encoder() -> Any:
    """T5Gemma's encoder alone: states of 16 numbers."""
    import torch
    from transformers import T5GemmaConfig, T5GemmaEncoderModel

    torch.manual_seed(3)
    sizes = {
        "vocab_size": 264,
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 8,
        "query_pre_attn_scalar": 8,
    }
    return T5GemmaEncoderModel(T5GemmaConfig(encoder=sizes, decoder=sizes, is_encoder_decoder=False)).eval()


def roberta_tokenizer(folder: Path) -> Any:
    """One token a byte, as RoBERTa's own class: what CLAP reads."""
    import json

    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import RobertaTokenizerFast

    words = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", *sorted(ByteLevel.alphabet())]
    vocabulary = folder.parent / f"{folder.name}-words.json"
    vocabulary.write_text(json.dumps({word: number for number, word in enumerate(words)}))
    merges = folder.parent / f"{folder.name}-merges.txt"
    merges.write_text("#version: 0.2\n")
    return RobertaTokenizerFast(vocab=str(vocabulary), merges=str(merges), model_max_length=64)


TEXT_SIZES = {
    "vocab_size": 270,
    "hidden_size": 16,
    "intermediate_size": 37,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "projection_dim": 16,
    "max_position_embeddings": 80,
}
"""Of CLAP's text encoder."""


def clap(rate: int = 4000) -> tuple[Any, Any]:
    """A CLAP that hears a quarter of a second, and its feature extractor."""
    import torch
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel

    torch.manual_seed(6)
    audio = {
        "spec_size": 64,
        "window_size": 4,
        "num_mel_bins": 16,
        "patch_size": 2,
        "patch_stride": 2,
        "depths": [2, 2],
        "num_attention_heads": [1, 2],
        "hidden_size": 192,
        "patch_embeds_hidden_size": 96,
        "projection_dim": 16,
        "num_classes": 1,
    }
    model = ClapModel(ClapConfig(text_config=TEXT_SIZES, audio_config=audio, projection_dim=16)).eval()
    extractor = ClapFeatureExtractor(
        feature_size=16,
        sampling_rate=rate,
        hop_length=16,
        max_length_s=1,
        fft_window_size=64,
        frequency_min=50,
        frequency_max=rate // 2,
        truncation="rand_trunc",
        padding="repeatpad",
    )
    return model, extractor


def _vocoder() -> Any:
    import torch
    from transformers import SpeechT5HifiGan, SpeechT5HifiGanConfig

    torch.manual_seed(7)
    config = SpeechT5HifiGanConfig(
        model_in_dim=8,
        sampling_rate=2000,
        upsample_initial_channel=16,
        upsample_rates=[2, 2],
        upsample_kernel_sizes=[4, 4],
        resblock_kernel_sizes=[3, 7],
        resblock_dilation_sizes=[[1, 3, 5], [1, 3, 5]],
        normalize_before=False,
    )
    vocoder = SpeechT5HifiGan(config)
    _make_loud(vocoder)
    return vocoder


def _make_loud(network: Any) -> None:
    """Give convolutions weights that keep the strength of what comes in, and no offset: random ones fall silent."""
    import torch

    for part in network.modules():
        if isinstance(part, torch.nn.Conv1d | torch.nn.ConvTranspose1d):
            torch.nn.init.xavier_normal_(part.weight, gain=1.0)
            if part.bias is not None:
                torch.nn.init.zeros_(part.bias)


def _spectrogram_vae() -> Any:
    import torch
    from diffusers import AutoencoderKL

    torch.manual_seed(1)
    return AutoencoderKL(
        block_out_channels=[8, 16],
        in_channels=1,
        out_channels=1,
        norm_num_groups=8,
        down_block_types=["DownEncoderBlock2D"] * 2,
        up_block_types=["UpDecoderBlock2D"] * 2,
        latent_channels=4,
    )


def build_audioldm2(folder: Path) -> Path:
    """AudioLDM 2 as it is published: its language model is named by the class without a head."""
    import torch
    from diffusers import (
        AudioLDM2Pipeline,
        AudioLDM2ProjectionModel,
        AudioLDM2UNet2DConditionModel,
        DDIMScheduler,
    )
    from transformers import GPT2Config, GPT2Model

    torch.manual_seed(0)
    unet = AudioLDM2UNet2DConditionModel(
        block_out_channels=(8, 16),
        layers_per_block=1,
        norm_num_groups=8,
        sample_size=32,
        in_channels=4,
        out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        # Words of the language model, and of T5.
        cross_attention_dim=([16, None, 32], [16, None, 32]),
    )
    language_model = GPT2Model(GPT2Config(n_embd=16, n_head=2, n_layer=1, n_positions=99, vocab_size=99))
    language_model.config.max_new_tokens = 4
    model, extractor = clap()
    pipeline = AudioLDM2Pipeline(
        vae=_spectrogram_vae(),
        text_encoder=model,
        text_encoder_2=t5_encoder(),
        projection_model=AudioLDM2ProjectionModel(
            text_encoder_dim=16, text_encoder_1_dim=32, langauge_model_dim=16
        ),
        language_model=language_model,
        tokenizer=roberta_tokenizer(folder),
        tokenizer_2=t5_tokenizer(),
        feature_extractor=extractor,
        unet=unet,
        scheduler=DDIMScheduler(beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False),
        vocoder=_vocoder(),
    )
    return save(pipeline, folder)


def build_audioldm(folder: Path) -> Path:
    """AudioLDM: the embedding of a whole text by CLAP, as the class of what is to be made."""
    import torch
    from diffusers import AudioLDMPipeline, DDIMScheduler, UNet2DConditionModel
    from transformers import ClapTextConfig, ClapTextModelWithProjection

    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        block_out_channels=(8, 16),
        layers_per_block=1,
        norm_num_groups=8,
        sample_size=32,
        in_channels=4,
        out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=(8, 16),
        class_embed_type="simple_projection",
        projection_class_embeddings_input_dim=16,
        class_embeddings_concat=True,
    )
    pipeline = AudioLDMPipeline(
        vae=_spectrogram_vae(),
        text_encoder=ClapTextModelWithProjection(ClapTextConfig(**TEXT_SIZES)),
        tokenizer=roberta_tokenizer(folder),
        unet=unet,
        scheduler=DDIMScheduler(beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False),
        vocoder=_vocoder(),
    )
    return save(pipeline, folder)


def build_longcat(folder: Path) -> Path:
    """LongCat audio: one channel, guided by two calls."""
    import torch
    from diffusers import LongCatAudioDiTPipeline, LongCatAudioDiTTransformer, LongCatAudioDiTVae

    torch.manual_seed(0)
    vae = LongCatAudioDiTVae(
        channels=8,
        c_mults=[1, 2],
        strides=[2, 4],
        latent_dim=8,
        encoder_latent_dim=16,
        downsampling_ratio=8,
        sample_rate=2000,
    )
    transformer = LongCatAudioDiTTransformer(
        dit_dim=32, dit_depth=2, dit_heads=4, dit_text_dim=32, latent_dim=8
    )
    _wake(transformer, vae)
    _center([part for part in vae.decoder.modules() if isinstance(part, torch.nn.Conv1d)][-1])
    pipeline = LongCatAudioDiTPipeline(
        vae=vae,
        text_encoder=t5_encoder(multilingual=True),
        tokenizer=t5_tokenizer(),
        transformer=transformer,
        scheduler=flow_scheduler(shift=1.0, invert_sigmas=True),
    )
    return save(pipeline, folder)


def build_musicgen(folder: Path) -> Path:
    """MusicGen: a language model of sound codes; a single network of transformers, not a pipeline."""
    import torch
    from transformers import (
        EncodecConfig,
        EncodecFeatureExtractor,
        MusicgenConfig,
        MusicgenDecoderConfig,
        MusicgenForConditionalGeneration,
        T5Config,
    )

    torch.manual_seed(0)
    text = T5Config(vocab_size=128, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
    codes = EncodecConfig(
        sampling_rate=2000,
        audio_channels=1,
        normalize=False,
        hidden_size=8,
        num_filters=2,
        num_residual_layers=1,
        upsampling_ratios=[4, 2],
        num_lstm_layers=1,
        codebook_size=16,
        codebook_dim=8,
        target_bandwidths=[2.0],
    )
    decoder = MusicgenDecoderConfig(
        vocab_size=16,
        num_hidden_layers=2,
        ffn_dim=16,
        num_attention_heads=2,
        hidden_size=16,
        num_codebooks=2,
        pad_token_id=16,
        bos_token_id=16,
        max_position_embeddings=400,
        initializer_factor=0.6,
    )
    config = MusicgenConfig(
        text_encoder=text.to_dict(), audio_encoder=codes.to_dict(), decoder=decoder.to_dict()
    )
    model = MusicgenForConditionalGeneration(config).eval()
    generation = model.generation_config
    generation.decoder_start_token_id = generation.pad_token_id = generation.bos_token_id = 16
    generation.do_sample, generation.guidance_scale, generation.max_length = True, 3.0, 400
    for layer in model.audio_encoder.quantizer.layers:
        torch.nn.init.normal_(layer.codebook.embed)
    for part in model.audio_encoder.decoder.modules():
        if isinstance(part, torch.nn.Conv1d) and part.bias is not None:
            torch.nn.init.zeros_(part.bias)
    model.save_pretrained(folder)
    t5_tokenizer().save_pretrained(folder)
    EncodecFeatureExtractor(feature_size=1, sampling_rate=2000).save_pretrained(folder)
    return folder
