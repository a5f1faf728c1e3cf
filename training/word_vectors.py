"""Makes the table by which `assets search` finds words by their meaning, from what `fetch.py` downloaded.

    python training/word_vectors.py --work training/.work        # 2 minutes on two cores

Words: those of Emojibase's labels and keywords, of associations.toml and of the game icons' names, then the most
frequent whole words of MiniLM, up to WORDS. Each is encoded by itself by the full all-MiniLM-L6-v2 (mean of the
token states, as that model is used), centred, and moved towards what people think of with it, which a single
word's vector hardly knows ("ghost" and "scary"): the words of an emoji's label towards its keywords, things towards
the qualities that associations.toml gives them, and keywords and qualities, less, back towards those. (Faruqui et
al., "Retrofitting Word Vectors to Semantic Lexicons", 2015, do so over a thesaurus.)
The result is reduced to DIMENSIONS principal directions and rounded to 4 bits, two to a byte, low half first,
8 standing for 0. Function words are in the table as zeros: they are known, and mean nothing by themselves.
`bench/meaning.py` measures what the table finds.
"""

from __future__ import annotations

import argparse
import json
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import BertModel

from concepts import read_emojibase
from sources import read_sources
from text_encoder import full_model, full_vocabulary

ASSOCIATIONS = Path(__file__).with_name("associations.toml")
TARGET = Path(__file__).parents[1] / "src" / "audobon_cli" / "builtin" / "words"
WORDS = 21_600
DIMENSIONS = 96
TOWARDS_KEYWORDS, TOWARDS_LABELS = 1.0, 0.3
LIMIT = 3.0
"""Values beyond so many standard deviations are cut off before they are rounded."""

BATCH = 256
COMPONENTS_GROUP, FLAGS_GROUP = 2, 9
"""Emojibase's groups of skin tones and flags, whose keywords say nothing of things."""

_VOCABULARY_WORD, _WORD = re.compile(r"[a-z]{3,}"), re.compile(r"[a-z]{2,}")
_FUNCTION_WORDS = """
a an the of with in on for and or to at by from up down out off over under is are was were be been being am not no
nor but as it its i me my mine we us our ours you your yours he him his she her hers they them their theirs this
that these those who whom whose which what when where why how all any both each few more most other some such only
own same so than too very can will just do does did doing done has have had having would could should may might must
shall about above across after again against along among around because before behind below beneath beside between
beyond during except inside into like near onto outside per since through throughout toward towards until upon
versus via while within without also although else even ever every here there however if once perhaps quite rather
really still then though thus unless yet get gets getting got see let yes ok
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=Path(__file__).parent / ".work")
    work = parser.parse_args().work
    sources = read_sources()
    package = sources["minilm"].folder(work)
    emoji = [
        row
        for row in read_emojibase(sources["emojibase"].folder(work))
        if row.get("group") not in (COMPONENTS_GROUP, FLAGS_GROUP)
    ]
    groups = tomllib.loads(ASSOCIATIONS.read_text(encoding="utf-8")).values()
    # As if each thing were an emoji whose keywords are its quality.
    things = [
        {"label": thing, "tags": [quality]}
        for group in groups
        for quality, members in group.items()
        for thing in members.split()
    ]
    rows = [*emoji, *things]
    icons = json.loads((sources["game-icons"].folder(work) / "icons.json").read_text(encoding="utf-8"))
    words = _choose(rows, icons["icons"], full_vocabulary(package))
    vectors = _encode(*full_model(package), words)
    vectors -= vectors.mean(axis=0)
    vectors = _associate(_unit(vectors), {word: number for number, word in enumerate(words)}, rows)
    directions = np.linalg.eigh(vectors.T @ vectors)[1][:, ::-1][:, :DIMENSIONS]
    table = _rounded(_unit(vectors @ directions))
    table[[word in FUNCTION_WORDS for word in words]] = 8
    packed = (table[:, 0::2] | table[:, 1::2] << 4).astype(np.uint8)
    TARGET.mkdir(exist_ok=True)
    (TARGET / "vectors.i4").write_bytes(packed.tobytes())
    (TARGET / "words.json").write_text(json.dumps(words, separators=(",", ":")), encoding="utf-8")
    print(f"{len(words)} words of {DIMENSIONS} dimensions, {packed.nbytes} bytes")


def _choose(rows: list[dict[str, Any]], icons: Iterable[str], vocabulary: dict[str, int]) -> list[str]:
    """The words of the table: function words, those of pictures, then the most frequent ones."""
    texts = [text for row in rows for text in (row["label"], *row.get("tags", []))]
    found = [word for text in (*texts, *icons) for word in _words(text)]
    frequent = [
        word for word in sorted(vocabulary, key=vocabulary.__getitem__) if _VOCABULARY_WORD.fullmatch(word)
    ]
    return list(dict.fromkeys((*sorted(FUNCTION_WORDS), *found, *frequent)))[:WORDS]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("’", ""))


def _encode(model: BertModel, tokenizer: Tokenizer, words: list[str]) -> np.ndarray:
    """The unit vector of each word, 384 numbers."""
    tokenizer.no_padding()
    encoded = [tokenizer.encode(word).ids for word in words]
    by_length: dict[int, list[int]] = {}
    for number, ids in enumerate(encoded):
        by_length.setdefault(len(ids), []).append(number)
    found = np.zeros((len(words), 384), dtype=np.float32)
    with torch.inference_mode():
        for numbers in by_length.values():
            for start in range(0, len(numbers), BATCH):
                batch = numbers[start : start + BATCH]
                states = model(input_ids=torch.tensor([encoded[one] for one in batch])).last_hidden_state
                found[batch] = states.mean(dim=1).numpy()
    return _unit(found)


def _associate(vectors: np.ndarray, numbers: dict[str, int], rows: list[dict[str, Any]]) -> np.ndarray:
    """Unit vectors moved towards those of the keywords or labels that go with them.

    A word that is one of several in its labels ("lady" in "lady beetle") moves as much less.
    """
    keywords, labels = np.zeros_like(vectors), np.zeros_like(vectors)
    share = np.zeros((len(vectors), 1), dtype=np.float32)
    for row in rows:
        named = _known([row["label"]], numbers)
        tagged = _known(row.get("tags", []), numbers)
        if not named or not tagged:
            continue
        keywords[named] += _unit(vectors[tagged].mean(axis=0)) / len(named)
        share[named] += 1 / len(named)
        labels[tagged] += _unit(vectors[named].mean(axis=0))
    moved = TOWARDS_KEYWORDS * np.minimum(share, 1) * _unit(keywords) + TOWARDS_LABELS * _unit(labels)
    return _unit(vectors + moved)


def _known(texts: Iterable[str], numbers: dict[str, int]) -> list[int]:
    found = dict.fromkeys(word for text in texts for word in _words(text))
    return [numbers[word] for word in found if word in numbers and word not in FUNCTION_WORDS]


def _rounded(vectors: np.ndarray) -> np.ndarray:
    """4 bits a value, 1 to 15 with 8 for 0."""
    step = LIMIT * vectors.std() / 7
    return (np.clip(np.round(vectors / step), -7, 7) + 8).astype(np.uint8)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)


if __name__ == "__main__":
    main()
