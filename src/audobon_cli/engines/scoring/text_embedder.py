"""Sentences as vectors of meaning, by the text encoder of a model folder alone: no diffusers, no network."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError

from audobon_cli.domain.errors import ModelDamaged

BATCH = 64
"""Sentences encoded at once: bounds the memory for long lists, at about 10 MB for MiniLM."""


class TextEmbedder:
    """The text encoder and tokenizer of a diffusers folder as a sentence encoder.

    For MiniLM, the built-in model's encoder, the mean of the token states is what it was trained to give as
    the meaning of a sentence (Reimers and Gurevych 2019, "Sentence-BERT"); for other encoders it is a guess.
    """

    def __init__(self, folder: Path) -> None:
        """Load ``folder``'s ``text_encoder`` and ``tokenizer``, float32 on the CPU.

        Raises ModelDamaged if they cannot be read. Takes a second or two, most of it importing transformers.
        """
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(
                str(folder / "tokenizer"), local_files_only=True, trust_remote_code=False
            )
            self._model = AutoModel.from_pretrained(
                str(folder / "text_encoder"),
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=torch.float32,
            ).eval()
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise ModelDamaged(
                f"The text encoder in {folder} cannot be loaded: {str(error).strip().splitlines()[0]}",
                hint="copy or download the model again; `audobon models list` shows the others",
                path=str(folder),
            ) from error

    @property
    def width(self) -> int:
        """Numbers in a vector: 384 for the built-in model."""
        return int(self._model.config.hidden_size)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 (len(texts), width), rows of length 1: the cosine of two is their dot product.

        Words beyond the encoder's limit (22 word pieces for the built-in model) are not seen.
        """
        # Texts of one length are encoded together: no text is padded, so none needs a mask.
        tokens = [self._tokenizer(text, truncation=True)["input_ids"] for text in texts]
        vectors = np.zeros((len(texts), self.width), dtype=np.float32)
        by_length: dict[int, list[int]] = {}
        for place, ids in enumerate(tokens):
            by_length.setdefault(len(ids), []).append(place)
        for places in by_length.values():
            for start in range(0, len(places), BATCH):
                chosen = places[start : start + BATCH]
                vectors[chosen] = self._means([tokens[place] for place in chosen])
        return vectors

    def _means(self, tokens: list[list[int]]) -> NDArray[np.float32]:
        with torch.inference_mode():
            states = self._model(input_ids=torch.tensor(tokens)).last_hidden_state
            means: NDArray[np.float32] = torch.nn.functional.normalize(states.mean(dim=1), dim=-1).numpy()
        return means
