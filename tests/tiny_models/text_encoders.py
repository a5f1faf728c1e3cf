"""Tokenizers that know a few words or letters, and text encoders of one or two layers."""

import json
from pathlib import Path
from typing import Any

WORDS = ("a", "cute", "dragon", "sword", "red", "blue", "cat", "potion", "of", "the", "in", "style", ",")
TOKENS = 12
"""The text encoders' limit, so small that tests can pass it."""


def clip_encoder(projected: bool, width: int = 32) -> Any:
    import torch
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    torch.manual_seed(2)
    config = CLIPTextConfig(
        vocab_size=300,
        hidden_size=width,
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


def clip_tokenizer(folder: Path) -> Any:
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


def t5_tokenizer(limit: int = 64) -> Any:
    """One token a letter, as T5's own class."""
    from transformers import T5Tokenizer

    letters = [(chr(code), -3.0) for code in range(33, 127)]
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0), *letters]
    return T5Tokenizer(vocab=pieces, extra_ids=0, model_max_length=limit)


def t5_encoder(multilingual: bool = False, width: int = 32) -> Any:
    """T5, or UMT5; states of ``width`` numbers."""
    import torch
    from transformers import T5Config, T5EncoderModel, UMT5Config, UMT5EncoderModel

    torch.manual_seed(3)
    sizes = {"vocab_size": 128, "d_model": width, "d_kv": 8, "d_ff": 37, "num_layers": 1, "num_heads": 4}
    return UMT5EncoderModel(UMT5Config(**sizes)) if multilingual else T5EncoderModel(T5Config(**sizes))


CHAT = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}{{ part['text'] }}{% endfor %}{% endif %}"
    "<|im_end|>\n{% endfor %}"
)
"""A chat template of the usual shape; it takes texts and lists of parts."""


def byte_tokenizer(padding_side: str = "right", limit: int = 1024) -> Any:
    """One token a byte, with a chat template: stands for the tokenizers of Qwen, Gemma, GLM and Mistral."""
    from tokenizers.pre_tokenizers import ByteLevel
    from tokenizers.processors import TemplateProcessing
    from transformers import Qwen2Tokenizer

    marks = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|image_pad|>", "<|video_pad|>"]
    words = [*sorted(ByteLevel.alphabet()), *marks]
    tokenizer = Qwen2Tokenizer(
        vocab={word: number for number, word in enumerate(words)},
        merges=[],
        padding_side=padding_side,
        model_max_length=limit,
        extra_special_tokens=marks[1:],
    )
    # As with Gemma and GLM an empty prompt is not an empty sequence.
    start = TemplateProcessing(single="<|im_start|> $A", special_tokens=[("<|im_start|>", 257)])
    tokenizer.backend_tokenizer.post_processor = start
    tokenizer.chat_template = CHAT
    return tokenizer


DECODER_SIZES = {
    "vocab_size": 264,
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 8,
    "bos_token_id": None,
    "eos_token_id": 256,
    "pad_token_id": 256,
}
"""Of the language models whose hidden states condition newer families: 16 numbers a token."""


def decoder(config_name: str, model_name: str, layers: int = 2, **changes: Any) -> Any:
    """A language model of transformers by its class names (Qwen3Config, Qwen3ForCausalLM ...)."""
    import torch
    import transformers

    torch.manual_seed(4)
    config = getattr(transformers, config_name)(**{**DECODER_SIZES, "num_hidden_layers": layers, **changes})
    return getattr(transformers, model_name)(config).eval()


def qwen_vl_encoder() -> Any:
    """Qwen2.5-VL: text states of 16 numbers; its vision part, which prompts alone never use, is minimal."""
    import torch
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    torch.manual_seed(5)
    text = {
        **DECODER_SIZES,
        "num_hidden_layers": 2,
        "rope_scaling": {"type": "mrope", "mrope_section": [1, 1, 2], "rope_type": "default"},
    }
    vision = {
        "depth": 1,
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_heads": 2,
        "out_hidden_size": 16,
        "fullatt_block_indexes": [0],
    }
    config = Qwen2_5_VLConfig(text_config=text, vision_config=vision, image_token_id=259, video_token_id=260)
    return Qwen2_5_VLForConditionalGeneration(config).eval()
