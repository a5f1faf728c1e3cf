"""Textual inversion (Gal et al. 2022): a new word for a model's text encoders, of which the vectors alone are trained.

The word is several tokens where it has several vectors, ``word``, ``word_1``, ``word_2``, as diffusers writes prompts
out. They are added to the tokenizers; the encoders' own vectors stay as they are.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.training.networks.trainable import TrainableModel
from audobon_cli.training.networks.trained_weights import TrainedWeights
from audobon_cli.training.settings import TrainingSettings

SEVERAL_KEYS: Mapping[str, str] = {"text_encoder": "clip_l", "text_encoder_2": "clip_g"}
"""Keys of the vectors in files for two text encoders; in files for one the word itself is the key."""


class ExtendedEmbedding(torch.nn.Module):
    """``known`` with ``vectors`` (vectors, width) for the tokens from ``first`` on: float32, whatever ``known`` is."""

    def __init__(self, known: torch.nn.Module, first: int, vectors: Tensor) -> None:
        super().__init__()
        self.known, self.first = known, first
        self.vectors = torch.nn.Parameter(vectors)

    @property
    def weight(self) -> Tensor:
        """The vectors of the words that the model knows."""
        weight: Tensor = self.known.weight  # type: ignore[assignment]
        return weight

    @property
    def num_embeddings(self) -> int:
        """How many tokens there are."""
        return self.first + len(self.vectors)

    def forward(self, tokens: Tensor) -> Tensor:
        """The vectors of ``tokens``, (..., width)."""
        known = self.known(tokens.clamp(max=len(self.weight) - 1))
        new = torch.nn.functional.embedding((tokens - self.first).clamp(min=0), self.vectors)
        return torch.where((tokens >= self.first)[..., None], new.to(known.dtype), known)


class TokenVectors(TrainedWeights):
    """The vectors of the settings' ``word`` in each text encoder of ``trainable``; at first those of the pieces of the
    settings' ``initial``, in turn, so that it means what that means."""

    def __init__(self, trainable: TrainableModel, settings: TrainingSettings) -> None:
        """Put them in. Raises InvalidInput for initial words that the model reads as nothing."""
        self.parameters, self.names = [], []
        words = [settings.word, *(f"{settings.word}_{place}" for place in range(1, settings.vectors))]
        self._initial: dict[str, Tensor] = {}
        for encoder in trainable.encoders:
            key = SEVERAL_KEYS[encoder] if len(trainable.encoders) > 1 else settings.word
            tokenizer = getattr(trainable.pipeline, encoder.replace("text_encoder", "tokenizer"))
            extended = _extended(getattr(trainable.pipeline, encoder), tokenizer, words, settings.initial)
            self.parameters.append(extended.vectors)
            self.names.append(key)
            self._initial[key] = extended.vectors.detach().clone()

    @property
    def places(self) -> int:
        """See TrainedWeights: text encoders."""
        return len(self.parameters)

    @contextmanager
    def switched_off(self) -> Iterator[None]:
        """See TrainedWeights: the word means what it was begun with."""
        with self.holding(self._initial):
            yield


def _extended(network: Any, tokenizer: Any, words: list[str], initial: str) -> ExtendedEmbedding:
    """The embedding of ``network``, now with ``words``, which ``tokenizer`` reads as tokens of their own."""
    pieces = tokenizer(initial, add_special_tokens=False).input_ids
    if not pieces:
        raise InvalidInput(
            f"The model reads {initial!r} as nothing.", hint="give --set initial= a word that it knows"
        )
    tokenizer.add_tokens(words)
    tokens = tokenizer.convert_tokens_to_ids(words)
    known = network.get_input_embeddings()
    places = torch.tensor([pieces[place % len(pieces)] for place in range(len(words))])
    vectors = known.weight.detach()[places.to(known.weight.device)].float()
    extended = ExtendedEmbedding(known, min(tokens), vectors)
    network.set_input_embeddings(extended)
    return extended
