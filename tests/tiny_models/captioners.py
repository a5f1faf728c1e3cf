"""Networks that write captions of pictures, in small."""

from pathlib import Path
from typing import Any

SIDE = 32
SEEING: dict[str, Any] = {
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": SIDE,
    "patch_size": 8,
}
READING: dict[str, Any] = {
    "vocab_size": 264,
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "max_position_embeddings": 80,
    "bos_token_id": 257,
    "pad_token_id": 256,
    "eos_token_id": 256,
}


def _saved(network: Any, processor: Any, folder: Path) -> Path:
    from tests.tiny_models.text_encoders import byte_tokenizer

    network.save_pretrained(folder)
    processor.save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    return folder


def build_blip(folder: Path) -> Path:
    """BLIP."""
    import torch
    from transformers import BlipConfig, BlipForConditionalGeneration, BlipImageProcessorPil

    torch.manual_seed(0)
    text = {**READING, "encoder_hidden_size": 16, "sep_token_id": 256, "projection_dim": 8}
    config = BlipConfig(text_config=text, vision_config={**SEEING, "projection_dim": 8}, projection_dim=8)
    size = {"height": SIDE, "width": SIDE}
    return _saved(BlipForConditionalGeneration(config), BlipImageProcessorPil(size=size), folder)


def build_git(folder: Path) -> Path:
    """GIT."""
    import torch
    from transformers import CLIPImageProcessorPil, GitConfig, GitForCausalLM

    torch.manual_seed(0)
    size = {"height": SIDE, "width": SIDE}
    processor = CLIPImageProcessorPil(size={"shortest_edge": SIDE}, crop_size=size)
    return _saved(GitForCausalLM(GitConfig(vision_config=SEEING, **READING)), processor, folder)


def build_vit_gpt2(folder: Path) -> Path:
    """A vision transformer before GPT-2."""
    import torch
    from transformers import GPT2Config, VisionEncoderDecoderConfig, VisionEncoderDecoderModel, ViTConfig
    from transformers import ViTImageProcessorPil as Processor

    torch.manual_seed(0)
    words = GPT2Config(
        vocab_size=264, n_embd=16, n_layer=1, n_head=2, n_positions=80, bos_token_id=257, eos_token_id=256
    )
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(ViTConfig(**SEEING), words)
    network = VisionEncoderDecoderModel(config=config)
    network.config.decoder_start_token_id = network.generation_config.decoder_start_token_id = 257
    network.config.pad_token_id = network.generation_config.pad_token_id = 256
    return _saved(network, Processor(size={"height": SIDE, "width": SIDE}), folder)
