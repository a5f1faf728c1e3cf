"""Cuts all-MiniLM-L6-v2 down to the English of sprite prompts: a stock `BertModel` and a fast tokenizer.

Rows of the embedding table are dropped, nothing else: text made of kept tokens gives the states of the full
model. Every lower-case ASCII word can still be spelled, since all short word pieces of ASCII letters stay.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel, BertTokenizerFast

MAX_TOKENS = 24
"""Length every prompt is padded or cut to, special tokens included."""

FREQUENT_WORDS = 1500
"""How many whole words to keep besides needed ones; the vocabulary of BERT lists them by falling frequency."""

SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_PIECE = re.compile(r"##[a-z0-9]{1,3}")
_WORD = re.compile(r"[a-z]{2,}|[0-9]{1,2}")


def kept_tokens(vocabulary: dict[str, int], needed: Iterable[str]) -> list[str]:
    """Choose the tokens to keep from BERT's vocabulary, in its own order.

    Kept: special tokens, single ASCII characters, pieces of up to three ASCII letters or digits, the first
    `FREQUENT_WORDS` words, and all of `needed`.
    """
    ordered = sorted(vocabulary, key=vocabulary.__getitem__)
    frequent = set([token for token in ordered if _WORD.fullmatch(token)][:FREQUENT_WORDS])
    wanted = set(needed) | frequent | set(SPECIAL_TOKENS)
    return [
        token
        for token in ordered
        if token in wanted or _PIECE.fullmatch(token) or (len(token) == 1 and token.isascii())
    ]


def full_vocabulary(package: Path) -> dict[str, int]:
    """Return MiniLM's own vocabulary: token -> number."""
    table = json.loads((package / "model/tokenizer.json").read_text(encoding="utf-8"))
    vocabulary: dict[str, int] = table["model"]["vocab"]
    return vocabulary


def used_tokens(package: Path, texts: Iterable[str]) -> set[str]:
    """Return the ASCII tokens that the full tokenizer makes of `texts`."""
    tokenizer = Tokenizer.from_file(str(package / "model/tokenizer.json"))
    tokenizer.no_padding()
    return {token for text in texts for token in tokenizer.encode(text).tokens if token.isascii()}


def trim(package: Path, tokens: list[str]) -> BertModel:
    """Load MiniLM and keep the embedding rows of `tokens` and the first `MAX_TOKENS` positions.

    Returns:
        The float32 model in evaluation mode.
    """
    vocabulary = full_vocabulary(package)
    weights = {name.removeprefix("bert."): value.float() for name, value in _weights(package).items()}
    rows = torch.tensor([vocabulary[token] for token in tokens])
    words, positions = "embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight"
    weights[words] = weights[words][rows].clone()
    weights[positions] = weights[positions][:MAX_TOKENS].clone()
    weights.pop("embeddings.position_ids", None)
    settings = json.loads((package / "model/config.json").read_text(encoding="utf-8"))
    settings = {key: value for key, value in settings.items() if not key.startswith("_")}
    settings |= {"vocab_size": len(tokens), "max_position_embeddings": MAX_TOKENS, "use_attention_mask": True}
    model = BertModel(BertConfig(**settings))
    model.load_state_dict(weights)
    return model.eval()


def full_model(package: Path) -> tuple[BertModel, Tokenizer]:
    """Load MiniLM as it is, for comparison."""
    settings = json.loads((package / "model/config.json").read_text(encoding="utf-8"))
    model = BertModel(
        BertConfig(**{key: value for key, value in settings.items() if not key.startswith("_")})
    )
    weights = {name.removeprefix("bert."): value.float() for name, value in _weights(package).items()}
    weights.pop("embeddings.position_ids", None)
    model.load_state_dict(weights)
    return model.eval(), Tokenizer.from_file(str(package / "model/tokenizer.json"))


def write_tokenizer(package: Path, tokens: list[str], folder: Path) -> None:
    """Write a tokenizer over `tokens` that both transformers and diffusers load."""
    table = json.loads((package / "model/tokenizer.json").read_text(encoding="utf-8"))
    numbers = {token: number for number, token in enumerate(tokens)}
    table["model"]["vocab"] = numbers
    table["added_tokens"] = [entry | {"id": numbers[entry["content"]]} for entry in table["added_tokens"]]
    for entry in table["post_processor"]["special_tokens"].values():
        entry["ids"] = [numbers[token] for token in entry["tokens"]]
    table["truncation"] = table["padding"] = None
    tokenizer = BertTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(table)),
        model_max_length=MAX_TOKENS,
        model_input_names=["input_ids", "attention_mask"],
    )
    tokenizer.save_pretrained(folder)


@torch.inference_mode()
def encode(
    model: BertModel, tokenizer: BertTokenizerFast, texts: list[str], batch: int = 256
) -> torch.Tensor:
    """Return the states that StableDiffusionPipeline feeds to the denoiser: (texts, MAX_TOKENS, 384), float16.

    The mask goes to the text encoder alone, so padding keeps its (meaningful) states.
    """
    parts = []
    for start in range(0, len(texts), batch):
        inputs = tokenizer(
            texts[start : start + batch],
            padding="max_length",
            max_length=tokenizer.model_max_length,
            truncation=True,
            return_tensors="pt",
        )
        parts.append(model(inputs.input_ids, attention_mask=inputs.attention_mask).last_hidden_state.half())
    return torch.cat(parts)


def _weights(package: Path) -> dict[str, torch.Tensor]:
    return load_file(package / "model/model.fp16.safetensors")
