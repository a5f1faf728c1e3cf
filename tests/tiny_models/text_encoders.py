"""Tokenizers that know a few words or letters, and text encoders of one or two layers."""

import json
from pathlib import Path
from typing import Any

WORDS = ("a", "cute", "dragon", "sword", "red", "blue", "cat", "potion", "of", "the", "in", "style", ",")
TOKENS = 12
"""The text encoders' limit, so small that tests can pass it."""


def clip_encoder(projected: bool) -> Any:
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
