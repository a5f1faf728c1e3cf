"""Makes the table by which `assets search` finds words by their meaning.

    python -m training.word_vectors

Every whole word of the built-in text encoder's vocabulary is encoded by itself (mean of the token states,
as all-MiniLM-L6-v2 is used), centred, reduced to DIMENSIONS principal directions, normalised and rounded to
int8. Words are written in the vocabulary's order, which is that of falling frequency.
"""

import json
import re
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import BertModel

SPRITE = Path(__file__).parents[1] / "src" / "audobon_cli" / "builtin" / "sprite"
TARGET = SPRITE.parent / "words"
DIMENSIONS = 160
BATCH = 256
_WORD = re.compile(r"[a-z]{3,}")


def main() -> None:
    tokenizer = Tokenizer.from_file(str(SPRITE / "tokenizer" / "tokenizer.json"))
    tokenizer.no_padding()
    vocabulary = tokenizer.get_vocab()
    words = [word for word in sorted(vocabulary, key=vocabulary.__getitem__) if _WORD.fullmatch(word)]
    vectors = _encode(tokenizer, words)
    centred = vectors - vectors.mean(axis=0)
    directions = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :DIMENSIONS]
    reduced = centred @ directions
    reduced /= np.linalg.norm(reduced, axis=1, keepdims=True)
    table = np.clip(np.round(reduced * 127 / np.abs(reduced).max()), -127, 127).astype(np.int8)
    TARGET.mkdir(exist_ok=True)
    (TARGET / "vectors.i8").write_bytes(table.tobytes())
    (TARGET / "words.json").write_text(json.dumps(words, separators=(",", ":")), encoding="utf-8")
    print(f"{len(words)} words of {DIMENSIONS} dimensions, {table.nbytes} bytes")


def _encode(tokenizer: Tokenizer, words: list[str]) -> np.ndarray:
    model = BertModel.from_pretrained(SPRITE / "text_encoder", dtype=torch.float32).eval()
    found = []
    with torch.inference_mode():
        for start in range(0, len(words), BATCH):
            numbers = torch.tensor([tokenizer.encode(word).ids for word in words[start : start + BATCH]])
            found.append(model(input_ids=numbers).last_hidden_state.mean(dim=1))
    return torch.nn.functional.normalize(torch.cat(found)).numpy()


if __name__ == "__main__":
    main()
