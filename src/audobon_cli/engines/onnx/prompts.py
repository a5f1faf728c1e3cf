"""From words to the states that the denoiser reads, as StableDiffusionPipeline.encode_prompt makes them."""

import string
import threading
from pathlib import Path
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from audobon_cli.domain.events import PromptTruncated, PromptUnknown
from audobon_cli.domain.model import Model
from audobon_cli.domain.prompt_weights import WeightedPrompt
from audobon_cli.engines.onnx.exports import TEXTS, Exports, ExportsUnusable
from audobon_cli.engines.onnx.runtime import Network
from audobon_cli.models.files.model_index import read_object

States = NDArray[np.float32]
"""Float32 (1, length, width)."""

MOST_KEPT = 1024
"""Encoded texts in memory: some 36 MB."""


class WordPieces:
    """The tokenizer of a model folder, in the files of the tokenizers library."""

    def __init__(self, folder: Path) -> None:
        """Read ``folder``. Raises ExportsUnusable."""
        from tokenizers import Tokenizer

        config = read_object(folder, "tokenizer_config.json")
        self.length = int(config["model_max_length"])
        padding = str(config["pad_token"])
        try:
            text = (folder / "tokenizer.json").read_text(encoding="utf-8")
            self._plain, self._padded = Tokenizer.from_str(text), Tokenizer.from_str(text)
        except Exception as error:
            # The tokenizers library raises plain Exception for a file that it cannot parse.
            if type(error) is not Exception:
                raise
            raise ExportsUnusable(f"the tokenizer in {folder} cannot be read: {error}") from error
        self._unknown = self._plain.token_to_id(str(config["unk_token"]))
        self._padded.enable_truncation(self.length)
        self._padded.enable_padding(
            length=self.length, pad_id=self._plain.token_to_id(padding), pad_token=padding
        )

    def ids(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The tokens of ``text`` and their mask, each (1, length): 1 where a token is of the text."""
        found = self._padded.encode(text)
        return np.array([found.ids], dtype=np.int64), np.array([found.attention_mask], dtype=np.int64)

    def factors(self, prompt: WeightedPrompt) -> NDArray[np.float32]:
        """The weight of each place, (length, 1); 1 where none is of a word."""
        weights, text = prompt.weights(), prompt.text
        found = np.ones((self.length, 1), dtype=np.float32)
        for place, (begin, end) in enumerate(self._padded.encode(text).offsets):
            if end > begin:
                found[place] = weights[min(end, len(weights)) - 1]
        return found

    def truncation(self, prompt: str) -> PromptTruncated | None:
        """What is cut off ``prompt``; None if all of it is seen. See find_truncation."""
        kept = self.length - self._plain.num_special_tokens_to_add(False)
        offsets = self._plain.encode(prompt, add_special_tokens=False).offsets
        if len(offsets) <= kept:
            return None
        return PromptTruncated(limit=self.length, dropped=prompt[offsets[kept][0] :].strip())

    def unknown(self, prompt: str) -> PromptUnknown | None:
        """The words of ``prompt`` that are not known; None if there are none. See find_unknown."""
        words = [word for part in prompt.split() if (word := part.strip(string.punctuation))]
        unknown = tuple(word for word in words if self._unreadable(word))
        return PromptUnknown(unknown, len(unknown) == len(words)) if unknown else None

    def _unreadable(self, word: str) -> bool:
        ids = self._plain.encode(word, add_special_tokens=False).ids
        pieces = [one for one in ids if one == self._unknown or self._plain.decode([one]).strip()]
        return bool(pieces) and all(one == self._unknown for one in pieces)


class Prompts:
    """Encodes prompts by a text encoder and its tokenizer, each text once."""

    def __init__(self, words: WordPieces, encoder: Network) -> None:
        self.words = words
        self._encoder = encoder
        self._kept: dict[str, States] = {}
        self._lock = threading.Lock()

    def states(self, prompt: WeightedPrompt) -> States:
        """The states of ``prompt``; weighted words are moved along their difference from an empty prompt."""
        states = self._encoded(prompt.text)
        if not prompt.weighted:
            return states
        factors = self.words.factors(prompt)
        neutral = self._encoded("")
        moved = neutral + (states - neutral) * factors
        return np.where(factors == 1, states, moved)

    def meaning(self, text: str) -> NDArray[np.float32]:
        """The mean of the states of the tokens of ``text``, of length 1; (width,). See TextEmbedder."""
        ids, mask = self.words.ids(text)
        states = self._encoder(ids=ids, mask=mask)[0]
        mean = states[: int(mask.sum())].mean(axis=0)
        unit: NDArray[np.float32] = mean / max(float(np.linalg.norm(mean)), 1e-12)
        return unit

    def _encoded(self, text: str) -> States:
        with self._lock:
            if text not in self._kept:
                if len(self._kept) >= MOST_KEPT:
                    self._kept.pop(next(iter(self._kept)))
                ids, mask = self.words.ids(text)
                self._kept[text] = self._encoder(ids=ids, mask=mask)
            return self._kept[text]


def load_prompts(model: Model, exports: Exports) -> Prompts:
    """The text encoder of ``model``, loaded once while anybody holds it. Raises ExportsUnusable."""
    key = (model.folder, exports)
    with _loading:
        found = _loaded.get(key)
        if found is None:
            found = Prompts(
                WordPieces(model.folder / "tokenizer"), Network(exports.read(TEXTS), model.folder, TEXTS)
            )
            _loaded[key] = found
        return found


_loading = threading.Lock()
_loaded: "WeakValueDictionary[tuple[Path, Exports], Prompts]" = WeakValueDictionary()
"""The engine and the scorer read with the same network."""
