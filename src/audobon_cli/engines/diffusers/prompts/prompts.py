"""What the text encoders of a pipeline do not get to see, or cannot read, of a prompt."""

import inspect
import string
from typing import Any

from audobon_cli.domain.events import PromptTruncated, PromptUnknown
from audobon_cli.engines.diffusers.prompts.prompt_layouts import takes_long_prompts


def find_truncation(pipeline: Any, prompt: str) -> PromptTruncated | None:
    """What is cut off ``prompt``; None if some text encoder sees all of it, or it is encoded in parts.

    ``limit`` counts tokens, those that mark begin and end included. Pipelines with several encoders
    (SDXL, Flux) lose only what every one of them drops.
    """
    if takes_long_prompts(pipeline):
        return None
    cuts = [_cut(tokenizer, _limit(pipeline, tokenizer), prompt) for tokenizer in _tokenizers(pipeline)]
    if not cuts or any(cut is None for cut in cuts):
        return None
    return min((cut for cut in cuts if cut is not None), key=lambda cut: len(cut.dropped))


def find_unknown(pipeline: Any, prompt: str) -> PromptUnknown | None:
    """The words of ``prompt`` of which every tokenizer makes nothing but its token for the unknown.

    None if there are none. Tokenizers that spell everything in bytes, such as CLIP's, know all.
    """
    words = [word for part in prompt.split() if (word := part.strip(string.punctuation))]
    tokenizers = _tokenizers(pipeline)
    unknown = tuple(
        word for word in words if tokenizers and all(_unreadable(tokenizer, word) for tokenizer in tokenizers)
    )
    return PromptUnknown(unknown, len(unknown) == len(words)) if unknown else None


def _tokenizers(pipeline: Any) -> list[Any]:
    return [
        part
        for name, part in pipeline.components.items()
        if name.startswith("tokenizer") and hasattr(part, "model_max_length")
    ]


def _unreadable(tokenizer: Any, word: str) -> bool:
    unknown = getattr(tokenizer, "unk_token_id", None)
    # Byte-level tokenizers name a token for the unknown, but never use it for text.
    ids = tokenizer(word, add_special_tokens=False)["input_ids"]
    pieces = [number for number in ids if number == unknown or tokenizer.decode([number]).strip()]
    return unknown is not None and bool(pieces) and all(number == unknown for number in pieces)


def _limit(pipeline: Any, tokenizer: Any) -> int:
    """The tokenizer's own limit, or that of the pipeline's call (Flux, SD3) where it is lower."""
    limit = int(tokenizer.model_max_length)
    parameter = inspect.signature(type(pipeline).__call__).parameters.get("max_sequence_length")
    if parameter is not None and isinstance(parameter.default, int):
        return min(limit, parameter.default)
    return limit


def _cut(tokenizer: Any, limit: int, prompt: str) -> PromptTruncated | None:
    kept = limit - int(tokenizer.num_special_tokens_to_add())
    fast = bool(tokenizer.is_fast)
    encoded = tokenizer(prompt, add_special_tokens=False, return_offsets_mapping=fast)
    ids = encoded["input_ids"]
    if len(ids) <= kept:
        return None
    dropped = prompt[encoded["offset_mapping"][kept][0] :] if fast else str(tokenizer.decode(ids[kept:]))
    return PromptTruncated(limit=limit, dropped=dropped.strip())
