"""Where the words of a prompt end up in the embeddings that a pipeline makes of it."""

from dataclasses import dataclass
from typing import Any

import torch


@dataclass(frozen=True, slots=True)
class Layout:
    """How one kind of pipeline lays out what its ``encode_prompt`` returns.

    ``sections`` are (tokenizer, name of the tokenizer whose limit is the section's start or "" for 0), in
    the order in which they follow each other along the sequence; tokenizers whose embeddings are joined
    along the features share a section. ``negative`` is the place of the negative prompt's embeddings in
    the returned tuple, that of the prompt's being 0; None where it returns none. ``chunked``: the denoiser
    takes sequences of any length, so that long prompts can be encoded in parts and joined. ``lowers``:
    the pipeline turns prompts to lower case first.
    """

    sections: tuple[tuple[str, str], ...]
    negative: int | None
    chunked: bool = False
    lowers: bool = False


_LAYOUTS = (
    ("StableDiffusionXL", Layout((("tokenizer", ""),), 1, chunked=True)),
    ("StableDiffusion3", Layout((("tokenizer", ""), ("tokenizer_3", "tokenizer")), 1)),
    ("StableDiffusion", Layout((("tokenizer", ""),), 1, chunked=True)),
    ("LatentConsistencyModel", Layout((("tokenizer", ""),), 1, chunked=True)),
    ("PixArt", Layout((("tokenizer", ""),), 2, lowers=True)),
    ("FluxControl", Layout((("tokenizer_2", ""),), None)),
    ("FluxInpaint", Layout((("tokenizer_2", ""),), None)),
    ("FluxImg2Img", Layout((("tokenizer_2", ""),), None)),
    ("FluxPipeline", Layout((("tokenizer_2", ""),), None)),
)
"""By the beginning of the pipeline's class name; the first that fits counts."""


def layout_of(pipeline: Any) -> Layout | None:
    """The layout of ``pipeline``; None where words cannot be found again in its embeddings.

    That is so where prompts are wrapped in a chat template (Sana, Qwen-Image, Z-Image, FLUX.2), and for
    tokenizers that do not tell which characters a token stands for.
    """
    name = type(pipeline).__name__
    found = next((layout for start, layout in _LAYOUTS if name.startswith(start)), None)
    if found is None or not all(_is_fast(getattr(pipeline, part, None)) for part, _ in found.sections):
        return None
    return found


def takes_long_prompts(pipeline: Any) -> bool:
    """Whether prompts beyond the tokenizer's limit are encoded in parts: pipelines with CLIP and a UNet.

    The built-in model's own encoder is left out: it never saw more than its limit in training.
    """
    layout = layout_of(pipeline)
    return layout is not None and layout.chunked and "CLIP" in type(pipeline.text_encoder).__name__


def position_weights(
    pipeline: Any, layout: Layout, text: str, weights: tuple[float, ...], length: int
) -> torch.Tensor:
    """A weight for each of ``length`` places of the embeddings of ``text``; (1, length, 1), float32.

    ``weights`` has one for each character. Places that stand for no word have weight 1.
    """
    found = torch.ones(length)
    for name, before in layout.sections:
        tokenizer = getattr(pipeline, name)
        start = int(getattr(pipeline, before).model_max_length) if before else 0
        limit = min(length - start, int(tokenizer.model_max_length))
        encoded = tokenizer(
            text.lower() if layout.lowers else text,
            truncation=True,
            max_length=limit,
            return_offsets_mapping=True,
        )
        for place, (begin, end) in enumerate(encoded["offset_mapping"]):
            if end > begin:
                # The last character: some tokenizers count the blank before a word to it.
                found[start + place] = weights[min(end, len(weights)) - 1]
    return found[None, :, None]


def _is_fast(tokenizer: Any) -> bool:
    return tokenizer is not None and bool(getattr(tokenizer, "is_fast", False))
