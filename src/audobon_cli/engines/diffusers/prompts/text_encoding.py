"""What goes on between a prompt and its embeddings: weights, prompts in parts, and encoding once only.

A pipeline's own ``encode_prompt`` does the encoding. Here it is called for each part of a long prompt,
its results are joined, weighted words are moved away from or towards the embedding of an empty prompt
(as ComfyUI does, and compel for weights over 1), and the result is kept, so that the same text is encoded
once. compel itself is not used: it cannot tell fragments apart for encoders without a beginning-of-text
token, such as the built-in model's.
"""

import inspect
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import torch

from audobon_cli.domain.prompt_weights import WeightedPrompt
from audobon_cli.engines.diffusers.prompts.prompt_layouts import (
    Layout,
    layout_of,
    position_weights,
    takes_long_prompts,
)

CACHE_BYTES = 256 * 2**20
"""Some 60 prompts of the largest encoders (512 tokens of 4,096 half-precision numbers, twice), thousands
of CLIP's."""

GUIDED = "do_classifier_free_guidance"
PLAIN = (str, int, float, bool, type(None), torch.device, torch.dtype)


class EmbeddingCache:
    """Embeddings by content, for one loaded model; those not used for longest are dropped at CACHE_BYTES.

    ``context`` names whatever changes the text encoders while they are loaded, such as adapters: what was
    encoded in one context is not found in another.
    """

    def __init__(self, limit_bytes: int = CACHE_BYTES) -> None:
        self.context = ""
        self.hits = 0
        self._limit_bytes = limit_bytes
        self._size_bytes = 0
        self._kept: OrderedDict[tuple[Any, ...], tuple[Any, int]] = OrderedDict()

    def get(self, key: tuple[Any, ...]) -> Any | None:
        """What was put under ``key`` in this context, or None."""
        whole = (self.context, *key)
        if whole not in self._kept:
            return None
        self._kept.move_to_end(whole)
        self.hits += 1
        return self._kept[whole][0]

    def put(self, key: tuple[Any, ...], value: Any) -> None:
        """Keep ``value``, a tuple of tensors (and others), under ``key``."""
        size = _size_bytes(value)
        self._kept[(self.context, *key)] = (value, size)
        self._size_bytes += size
        while self._size_bytes > self._limit_bytes and self._kept:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._size_bytes -= dropped


@dataclass(frozen=True, slots=True)
class PromptPair:
    """A prompt and a negative prompt with their weights."""

    prompt: WeightedPrompt
    negative: WeightedPrompt

    @property
    def weighted(self) -> bool:
        """Whether a word of either has a weight."""
        return self.prompt.weighted or self.negative.weighted


class EmbeddingsDiffer(Exception):
    """The embeddings of several prompts have not one shape: they cannot be drawn from in one call."""


class TextEncoding:
    """Stands in for ``pipeline.encode_prompt``; set ``pairs`` before each call of the pipeline, one for each
    prompt of the call.

    A text that is not of its pair goes to the pipeline's own method as it is. Several prompts are encoded one
    by one, so that each has the very embeddings that it has alone.
    """

    def __init__(self, pipeline: Any, cache: EmbeddingCache) -> None:
        self.pairs: tuple[PromptPair, ...] = ()
        self.pair: PromptPair | None = None
        self._pipeline = pipeline
        self._cache = cache
        self._original = pipeline.encode_prompt
        self._signature = inspect.signature(self._original)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What ``encode_prompt`` returns for these arguments."""
        arguments = self._signature.bind(*args, **kwargs).arguments
        prompts = arguments.get("prompt")
        if isinstance(prompts, list) and len(prompts) == len(self.pairs) > 1:
            return join_embeddings([self._encode_at(place, arguments) for place in range(len(prompts))])
        self.pair = self.pairs[0] if self.pairs else None
        return self._encode_once(arguments)

    def _encode_at(self, place: int, arguments: dict[str, Any]) -> Any:
        """What one of several prompts gives by itself."""
        self.pair = self.pairs[place]
        count = len(self.pairs)
        own = {
            name: value[place] if isinstance(value, list) and len(value) == count else value
            for name, value in arguments.items()
        }
        return self._encode_once(own)

    def _encode_once(self, arguments: dict[str, Any]) -> Any:
        key = self._key(arguments, self.pair)
        if key is None:
            return self._original(**arguments)
        found = self._cache.get(key)
        if found is None:
            found = self._encode(arguments)
            self._cache.put(key, found)
        # Lists are copied: pipelines that hold embeddings in lists add to them.
        return tuple(list(part) if isinstance(part, list) else part for part in found)

    def _key(
        self, arguments: dict[str, Any], words: PromptPair | WeightedPrompt | None
    ) -> tuple[Any, ...] | None:
        """The content that the result depends on; None if that is more than plain values."""
        entries: list[Any] = [type(self._pipeline).__name__, words]
        for name, value in sorted(arguments.items()):
            values = value if isinstance(value, list) else [value]
            if not all(isinstance(item, PLAIN) for item in values):
                return None
            entries.append((name, tuple(values)))
        return tuple(entries)

    def _encode(self, arguments: dict[str, Any]) -> tuple[Any, ...]:
        pair, layout = self.pair, layout_of(self._pipeline)
        if pair is None or layout is None or arguments.get("prompt") != pair.prompt.text:
            return tuple(self._original(**arguments))
        texts = [pair.prompt, pair.negative if arguments.get("negative_prompt") is not None else None]
        parts = [self._parts(text, layout) if text is not None else [] for text in texts]
        count = max(1, *(len(some) for some in parts))
        if count == 1 and not pair.weighted:
            return self._encode_plain(arguments, pair, layout)
        encoded = [
            self._encode_part(arguments, layout, [some[k : k + 1] for some in parts]) for k in range(count)
        ]
        joined = list(encoded[0])
        for place in (0, layout.negative):
            if place is not None and joined[place] is not None:
                joined[place] = torch.cat([part[place] for part in encoded], dim=1)
        return tuple(joined)

    def _encode_plain(self, arguments: dict[str, Any], pair: PromptPair, layout: Layout) -> tuple[Any, ...]:
        """The pipeline's own encoding. Where that is a pair of embeddings, made one after the other, a negative
        prompt that was encoded beside another prompt is not encoded again: in a batch all may share it."""
        key = None
        if layout.negative == 1 and arguments.get(GUIDED) is True:
            shared = {name: value for name, value in arguments.items() if name != "prompt"}
            key = self._key(shared, pair.negative)
        kept = self._cache.get(key) if key is not None else None
        if kept is not None:
            return (self._original(**{**arguments, GUIDED: False})[0], *kept)
        found = tuple(self._original(**arguments))
        if key is not None and len(found) == 2:
            self._cache.put(key, found[1:])
        return found

    def _parts(self, text: WeightedPrompt, layout: Layout) -> list[WeightedPrompt]:
        if not (layout.chunked and takes_long_prompts(self._pipeline)):
            return [text]
        return split_prompt(self._pipeline, text)

    def _encode_part(
        self, arguments: dict[str, Any], layout: Layout, parts: list[list[WeightedPrompt]]
    ) -> list[Any]:
        """One part of both prompts, weighted; "" stands for parts that one prompt has and the other not."""
        changed = dict(arguments)
        words = [some[0] if some else WeightedPrompt(()) for some in parts]
        changed["prompt"] = words[0].text
        if arguments.get("negative_prompt") is not None:
            changed["negative_prompt"] = words[1].text
        encoded = list(self._original(**changed))
        if not any(text.weighted for text in words):
            return encoded
        empty = {name: "" for name in ("prompt", "negative_prompt") if changed.get(name) is not None}
        neutral = self._original(**{**changed, **empty})
        for place, text in ((0, words[0]), (layout.negative, words[1])):
            if place is not None and encoded[place] is not None and text.weighted:
                encoded[place] = self._weigh(layout, text, encoded[place], neutral[place])
        return encoded

    def _weigh(
        self, layout: Layout, text: WeightedPrompt, embeddings: torch.Tensor, neutral: torch.Tensor
    ) -> torch.Tensor:
        """``embeddings`` (1, places, features) with each word moved along its difference from ``neutral``."""
        read = expand_inversions(self._pipeline, text)
        factors = position_weights(self._pipeline, layout, read.text, read.weights(), embeddings.shape[1])
        factors = factors.to(embeddings.device)
        weighted = neutral.float() + (embeddings.float() - neutral.float()) * factors
        # Words of weight 1 keep their very bits.
        return torch.where(factors == 1, embeddings, weighted.to(embeddings.dtype))


def join_embeddings(each: list[Any]) -> tuple[Any, ...]:
    """What ``encode_prompt`` would return for several prompts, from what it returns for each.

    Tensors that have one row a prompt are joined along the rows, lists end to end; what all share (the ids
    of places, None) is taken once. Raises EmbeddingsDiffer.
    """
    joined: list[Any] = []
    for parts in zip(*each, strict=True):
        first = parts[0]
        if isinstance(first, list):
            joined.append([item for part in parts for item in part])
        elif isinstance(first, torch.Tensor):
            if len({getattr(part, "shape", None) for part in parts}) > 1:
                raise EmbeddingsDiffer
            joined.append(torch.cat(parts) if first.shape[0] == 1 else first)
        elif all(part is None for part in parts):
            joined.append(None)
        else:
            raise EmbeddingsDiffer
    return tuple(joined)


def install_text_encoding(pipeline: Any, cache: EmbeddingCache) -> TextEncoding | None:
    """Make ``pipeline`` encode its prompts through a TextEncoding; None if it has no ``encode_prompt``."""
    present = getattr(pipeline, "encode_prompt", None)
    if present is None or isinstance(present, TextEncoding):
        return present
    pipeline.encode_prompt = encoding = TextEncoding(pipeline, cache)
    return encoding


def split_prompt(pipeline: Any, prompt: WeightedPrompt) -> list[WeightedPrompt]:
    """``prompt`` in parts that the tokenizers take whole, cut between words; at least one part.

    A word that alone is too long is cut between tokens.
    """
    tokenizer = pipeline.tokenizer
    room = int(tokenizer.model_max_length) - int(tokenizer.num_special_tokens_to_add())
    text = prompt.text
    parts: list[WeightedPrompt] = []
    start = 0
    while start < len(text) or not parts:
        end = start + _fitting(pipeline, tokenizer, text[start:], room)
        parts.append(prompt.part(start, end))
        start = end
    return parts


def _fitting(pipeline: Any, tokenizer: Any, text: str, room: int) -> int:
    """How many characters of ``text`` make at most ``room`` tokens, up to the end of a word."""
    if _token_count(pipeline, tokenizer, text) <= room:
        return len(text)
    ends = [index for index in range(1, len(text)) if text[index].isspace()]
    fitting = 0
    low, high = 0, len(ends)
    while low < high:
        middle = (low + high) // 2
        if _token_count(pipeline, tokenizer, text[: ends[middle]]) <= room:
            fitting, low = ends[middle], middle + 1
        else:
            high = middle
    if text[:fitting].strip():
        return fitting
    offsets = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
    return max(1, int(offsets[room][0])) if len(offsets) > room else len(text)


def _token_count(pipeline: Any, tokenizer: Any, text: str) -> int:
    converted = expand_inversions(pipeline, WeightedPrompt(((text, 1.0),))).text
    return len(tokenizer(converted, add_special_tokens=False)["input_ids"])


def expand_inversions(pipeline: Any, prompt: WeightedPrompt) -> WeightedPrompt:
    """``prompt`` as the pipeline reads it: textual inversions of several vectors as so many tokens."""
    convert = getattr(pipeline, "maybe_convert_prompt", None)
    if convert is None:
        return prompt
    return WeightedPrompt(
        tuple((convert(text, pipeline.tokenizer), weight) for text, weight in prompt.pieces)
    )


def _size_bytes(value: Any) -> int:
    if isinstance(value, torch.Tensor):
        return value.numel() * value.element_size()
    if isinstance(value, (tuple, list)):
        return sum(_size_bytes(part) for part in value)
    return 0
