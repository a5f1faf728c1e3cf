"""What the text encoders of a pipeline do not get to see of a prompt."""

import inspect
from typing import Any

from audobon_cli.domain.events import PromptTruncated


def find_truncation(pipeline: Any, prompt: str) -> PromptTruncated | None:
    """What is cut off ``prompt``; None if some text encoder sees all of it.

    ``limit`` counts tokens, those that mark begin and end included. Pipelines with several encoders
    (SDXL, Flux) lose only what every one of them drops.
    """
    cuts = [
        _cut(tokenizer, _limit(pipeline, tokenizer), prompt)
        for name, tokenizer in pipeline.components.items()
        if name.startswith("tokenizer") and tokenizer is not None
    ]
    if not cuts or any(cut is None for cut in cuts):
        return None
    return min((cut for cut in cuts if cut is not None), key=lambda cut: len(cut.dropped))


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
