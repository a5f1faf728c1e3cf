"""Networks that can be called by their configuration alone: which inputs each takes, how long its texts are."""

from collections.abc import Mapping
from typing import Any

from audobon_cli.domain.errors import ModelUnsupported
from audobon_cli.models.files.component_configs import FolderConfig, NetworkConfig

DENOISER_INPUTS = {
    "diffusers.UNet2DConditionModel": "unet",
    "diffusers.Kandinsky3UNet": "kandinsky3",
    "diffusers.SD3Transformer2DModel": "sd3",
    "diffusers.FluxTransformer2DModel": "flux",
    "diffusers.Flux2Transformer2DModel": "flux2",
    "diffusers.ChromaTransformer2DModel": "chroma",
    "diffusers.AuraFlowTransformer2DModel": "auraflow",
    "diffusers.CogView4Transformer2DModel": "cogview4",
    "diffusers.HunyuanDiT2DModel": "hunyuan",
    "diffusers.Lumina2Transformer2DModel": "lumina2",
    "diffusers.PixArtTransformer2DModel": "pixart",
    "diffusers.QwenImageTransformer2DModel": "qwen-image",
    "diffusers.SanaTransformer2DModel": "sana",
    "diffusers.ZImageTransformer2DModel": "z-image",
    "audioldm2.AudioLDM2UNet2DConditionModel": "audioldm2",
    "diffusers.LongCatAudioDiTTransformer": "longcat-audio",
    "diffusers.StableAudio3DiTModel": "stable-audio3",
    "diffusers.StableAudioDiTModel": "stable-audio",
    "transformers.MusicgenForCausalLM": "musicgen",
}
DECODER_INPUTS = {
    "diffusers.AutoencoderKL": "latents",
    "diffusers.AutoencoderTiny": "latents",
    "diffusers.AutoencoderKLFlux2": "latents",
    "diffusers.AutoencoderDC": "latents",
    "diffusers.AutoencoderKLQwenImage": "video-latents",
    "diffusers.VQModel": "vq-latents",
    "diffusers.AutoencoderOobleck": "sound-latents",
    "diffusers.AutoencoderSAME": "sound-latents",
    "diffusers.LongCatAudioDiTVae": "sound-latents",
    "transformers.EncodecModel": "codes",
}
"""The networks whose calls can be made up from their configuration, and the kind of their inputs
(vram/tracing/calls.py)."""

INDIVISIBLE = ("vq-latents", "sound-latents", "codes")
"""Decoders that diffusers can run neither in tiles nor in slices."""
VOCODER_INPUTS = "spectrogram"
"""What a vocoder takes."""
UNETS = ("unet", "kandinsky3", "audioldm", "audioldm2")
"""Denoisers that halve their sides in each block but the last."""

PRIVATE_KEYS = ("_class_name", "_diffusers_version", "_name_or_path", "quantization_config")

TEXT_TOKENS = {
    "AudioLDM2": 512,
    "LongCatAudio": 512,
    "StableAudio3": 256,
    "StableAudio": 128,
    "AuraFlow": 256,
    "Chroma": 512,
    "CogView4": 1024,
    "Flux2": 512,
    "Kandinsky3": 128,
    "Lumina": 256,
    "PixArt": 300,
    "QwenImage": 512,
    "Sana": 300,
    "ZImage": 512,
    "Musicgen": 128,
}
"""By the beginning of the pipeline's name: to how many tokens it pads or cuts texts (``max_sequence_length``).
MusicGen does neither: there it is what hardly any prompt exceeds."""
TEMPLATE_TOKENS = {"QwenImage": 34, "Sana": 724}
"""What is put before the text for the encoder alone; Sana's instruction differs by model, this is roomy."""

PATCHES = {"sana": 1, "z-image": 16}
"""Latents a side of a denoiser's unit where that is not 2: Z-Image pads its tokens to multiples of 32."""

PLAIN_ENCODERS = ("T5", "UMT5", "CLIP", "Clap", "Bert")
"""Text encoders of which pipelines take the last states; of language models they take those of inner layers."""


def denoiser_table(network: NetworkConfig, config: FolderConfig, scale: int) -> dict[str, Any]:
    """Class, configuration and inputs of a denoiser, as components.toml has them. Raises ModelUnsupported."""
    inputs = DENOISER_INPUTS.get(network.class_name)
    if inputs is None:
        raise _untraceable(network)
    if config.pipeline == "AudioLDMPipeline":
        inputs = "audioldm"  # a UNet that is told a class in place of words
    table: dict[str, Any] = {"class": network.class_name, "config": _public(network.config), "inputs": inputs}
    if inputs in UNETS:
        blocks = network.config.get("block_out_channels") or (0,) * 4
        table["unit"] = scale * 2 ** (len(blocks) - 1)
    elif scale == 1:
        table["unit"] = 1
    else:
        table["unit"] = scale * PATCHES.get(inputs, 2)
    text = next((tokens for name, tokens in TEXT_TOKENS.items() if config.pipeline.startswith(name)), 0)
    if inputs == "unet":
        first = [_tokens(encoder, config) for encoder in config.encoders][:1]
        text = first[0] if first and first[0] != 77 else 0
    if text:
        table["tokens"] = text
    if scale != 8:
        table["scale"] = scale
    return table


def decoder_table(config: FolderConfig, scale: int) -> dict[str, Any]:
    """The same of its decoder. Raises ModelUnsupported."""
    network = config.decoder
    inputs = DECODER_INPUTS.get(network.class_name)
    if inputs is None:
        raise _untraceable(network)
    table = {"class": network.class_name, "config": _public(network.config), "inputs": inputs, "unit": scale}
    if inputs == "codes":
        # The books of codes of one channel: those of two are decoded one after the other.
        language = config.denoiser.config
        table["tokens"] = int(language["num_codebooks"]) // int(language.get("audio_channels", 1))
    return table if scale == 8 else {**table, "scale": scale}


def encoder_table(network: NetworkConfig, config: FolderConfig) -> dict[str, Any]:
    """The same of a text encoder, or of the prior that stands between text and picture in Kandinsky 2.2."""
    name = network.class_name.partition(".")[2]
    inputs = "text" if name.startswith(PLAIN_ENCODERS) else "language"
    if name.startswith("Clap"):
        inputs = "masked-text"
    if name.startswith("T5Gemma"):
        inputs = "two-masks"
    if name == "PriorTransformer":
        inputs = "prior"
    return {
        "class": network.class_name,
        "config": _public(network.config),
        "inputs": inputs,
        "tokens": _tokens(network, config),
    }


def vocoder_table(network: NetworkConfig, scale: int) -> dict[str, Any]:
    """The same of a vocoder, whose rows are those of a spectrogram: ``scale`` of them are one latent."""
    config = _public(network.config)
    return {
        "class": network.class_name,
        "config": config,
        "inputs": VOCODER_INPUTS,
        "unit": scale,
        "scale": 1,
    }


def latent_scale(decoder: Mapping[str, Any]) -> int:
    """Pixels a side of one latent; of sounds, whose latents are a sequence, 1."""
    if "sampling_rate" in decoder or "sample_rate" in decoder:
        return 1
    keys = ("block_out_channels", "decoder_block_out_channels", "dim_mult")
    blocks = next((decoder[key] for key in keys if decoder.get(key)), (0,) * 4)
    return int(2 ** (len(blocks) - 1))


def takes_guidance(config: FolderConfig) -> bool:
    """Whether the pipeline calls its denoiser for the prompt and for the negative prompt."""
    if config.pipeline.startswith("Flux2Klein"):
        return not config.distilled
    return not config.pipeline.startswith(("Flux", "SanaSprint", "LatentConsistency"))


def splits_guidance(config: FolderConfig) -> bool:
    """Whether these are two calls, and not one of twice the batch."""
    return config.pipeline.startswith(("Chroma", "CogView4", "Flux2", "LongCatAudio", "Lumina", "QwenImage"))


def _public(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if key not in PRIVATE_KEYS}


def _tokens(network: NetworkConfig, config: FolderConfig) -> int:
    """How many tokens of text the pipeline gives this encoder."""
    for name, tokens in TEXT_TOKENS.items():
        if config.pipeline.startswith(name):
            return tokens + TEMPLATE_TOKENS.get(name, 0)
    if "T5" in network.class_name:
        return 256 if config.pipeline.startswith(("StableDiffusion3", "HunyuanDiT")) else 512
    if config.pipeline.startswith("HunyuanDiT"):
        return 77
    limit = network.config.get("max_position_embeddings", 77)
    return min(int(limit), 512)


def _untraceable(network: NetworkConfig) -> ModelUnsupported:
    known = sorted(name.partition(".")[2] for name in (*DENOISER_INPUTS, *DECODER_INPUTS))
    return ModelUnsupported(
        f"There is no memory forecast for a {network.class_name.partition('.')[2]}.",
        hint=f"there are forecasts for models with {', '.join(known)}; others can be run with "
        "--strategy model-offload, or sequential on a small card",
        network=network.class_name,
    )
