"""Second step of the second sprite model: everything that training needs, small enough to be sent to another machine.

Writes, to a folder of about 50 MB:
    pictures.bin         every picture as WebP (RGB multiplied by alpha), one after the other
    tables.safetensors   offsets; thing and hand of each picture; `weight` of each thing; `rows` (things, hands, 4),
                         numbers of pictures (repeated where there are fewer, -1 where there is none); captions:
                         `tokens` (texts, 24), `lengths`, and where the texts of a thing, of a colour, of a pair begin
    tables.json          hands, colours, which things are held out, how the texts are laid out
    text_encoder/        the first model's

A text block holds one wording with no style and with each hand's, `1 + hands` texts in this order.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import BertTokenizerFast

from captions import COLOURED, LIVING, LIVING_TEMPLATES, PAIRED, TEMPLATES, _draw, article
from text_encoder import MAX_TOKENS
from variations import COLOURS

MODEL = Path(__file__).parents[1] / "src" / "audobon_cli" / "builtin" / "sprite"
SEED = 20261129
WORDINGS = 3
"""Text blocks of a thing: its main name, a template, another name or keywords."""

PAIRS = 2000
VARIANTS = 4
OTHER_SHARE = 0.30
TILE_SHARE = 0.08
"""Shares of the samples that things outside `concepts.toml` and tiles get."""


def webp(pixels: np.ndarray, lossy: bool) -> bytes:
    """Return a picture as WebP; `lossy` for renders, whose shading costs much and shows little."""
    stream = io.BytesIO()
    how: dict[str, Any] = (
        {"quality": 90, "alpha_quality": 100} if lossy else {"lossless": True, "quality": 75}
    )
    Image.fromarray(pixels, "RGBA").save(stream, "WEBP", method=4, exact=True, **how)
    return stream.getvalue()


def write_pictures(pixels: torch.Tensor, hands: list[str], hand: list[int], path: Path) -> torch.Tensor:
    """Write all pictures into one file; return where each begins, and at last the end."""
    lossy = {"3d", "glossy", "cartoon"}
    with ThreadPoolExecutor(2) as pool:
        blobs = list(pool.map(webp, pixels.numpy(), [hands[one] in lossy for one in hand]))
    path.write_bytes(b"".join(blobs))
    for number, name in enumerate(hands):
        sizes = [len(blob) for blob, one in zip(blobs, hand, strict=True) if one == number]
        print(f"{name}: {len(sizes)} pictures, {sum(sizes) / len(sizes):.0f} bytes each")
    return torch.tensor([0, *np.cumsum([len(blob) for blob in blobs])])


def rows_table(thing: torch.Tensor, hand: torch.Tensor, things: int, hands: int) -> torch.Tensor:
    """Return (things, hands, VARIANTS) numbers of pictures, -1 where a hand has not drawn the thing."""
    found: dict[tuple[int, int], list[int]] = {}
    for row, place in enumerate(zip(thing.tolist(), hand.tolist(), strict=True)):
        found.setdefault(place, []).append(row)
    table = torch.full((things, hands, VARIANTS), -1)
    for (one, other), rows in found.items():
        table[one, other] = torch.tensor([rows[k % len(rows)] for k in range(VARIANTS)])
    return table


def thing_weights(things: list[dict[str, Any]], held_out: list[int]) -> torch.Tensor:
    """Return how often each thing is drawn; 0 for those held out. Chosen concepts weigh at most twice another.

    Tiles whose names have a held-out thing's name in them ("polar bear") are not drawn either.
    """
    kinds = ["tile" if t["group"] == "tiles" else "other" if t["weight"] < 1 else "chosen" for t in things]
    weights = torch.tensor(
        [min(2.0, t["weight"]) if kind == "chosen" else 1.0 for t, kind in zip(things, kinds, strict=True)]
    )
    weights[torch.tensor(held_out)] = 0
    unseen = [set(things[number]["names"][0].split()) for number in held_out]
    for number, (thing, kind) in enumerate(zip(things, kinds, strict=True)):
        if kind == "tile" and any(words <= set(thing["names"][0].split()) for words in unseen):
            weights[number] = 0
    for kind, share in (
        ("tile", TILE_SHARE),
        ("other", OTHER_SHARE),
        ("chosen", 1 - TILE_SHARE - OTHER_SHARE),
    ):
        those = torch.tensor([one == kind for one in kinds])
        weights[those] *= share / weights[those].sum()
    return weights


class Texts:
    """Text blocks in the making."""

    def __init__(self, hands: list[str]) -> None:
        self.hands = hands
        self.all: list[str] = []

    def block(self, wording: str) -> int:
        """Add a wording without style and with each; return the number of its first text."""
        start = len(self.all)
        self.all.append(wording)
        self.all += [f"{wording}, {hand} style" if wording else f"{hand} style" for hand in self.hands]
        return start


def wordings(thing: dict[str, Any], chance: random.Random) -> list[str]:
    """Return `WORDINGS` ways to ask for a thing."""
    names = thing["names"]
    name = chance.choice(names)
    templates = LIVING_TEMPLATES if thing["group"] in LIVING else TEMPLATES
    other = chance.choice(names[1:] or names)
    if thing["keywords"] and chance.random() < 0.4:
        other = " ".join(chance.sample(thing["keywords"], min(2, len(thing["keywords"]))))
    return [names[0], _draw(templates, chance).format(name=name, article=article(name)), other]


def make_texts(table: dict[str, Any]) -> tuple[list[str], dict[str, torch.Tensor]]:
    """Return all texts, and the first text of: each thing's blocks, each chosen thing's colours, each pair."""
    chance = random.Random(SEED)
    texts = Texts(table["hands"])
    texts.block("")
    named = [[texts.block(words) for words in wordings(thing, chance)] for thing in table["things"]]
    held = set(table["held_out"])
    chosen = [
        k
        for k, t in enumerate(table["things"])
        if t["group"] != "tiles" and t["weight"] >= 1 and k not in held
    ]
    coloured = torch.full((len(named), len(COLOURS)), -1)
    for thing in chosen:
        names = table["things"][thing]["names"]
        for place, colour in enumerate(COLOURS):
            wording = _draw(COLOURED, chance).format(colour=colour, name=chance.choice(names))
            coloured[thing, place] = texts.block(wording)
    pairs = []
    for _ in range(PAIRS):
        first, second = chance.sample(chosen, 2)
        names = [table["things"][one]["names"][0] for one in (first, second)]
        pairs.append(
            (first, second, texts.block(_draw(PAIRED, chance).format(first=names[0], second=names[1])))
        )
    return texts.all, {"named": torch.tensor(named), "coloured": coloured, "pairs": torch.tensor(pairs)}


def tokens_of(texts: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the text encoder's inputs: (texts, 24) int16 and the number of tokens that are no padding."""
    tokenizer = BertTokenizerFast.from_pretrained(MODEL / "tokenizer")
    inputs = tokenizer(
        texts, padding="max_length", max_length=MAX_TOKENS, truncation=True, return_tensors="pt"
    )
    return inputs.input_ids.short(), inputs.attention_mask.sum(1).to(torch.uint8)


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=Path(__file__).with_name(".work"), help="work directory")
    parser.add_argument("folder", type=Path, help="folder to write")
    options = parser.parse_args()
    source, folder = options.work / "exemplar", options.folder
    folder.mkdir(parents=True, exist_ok=True)
    table = json.loads((source / "things.json").read_text(encoding="utf-8"))
    pictures = load_file(source / "pictures.safetensors")
    hand, hands = pictures["hand"], table["hands"]
    offsets = write_pictures(pictures["pixels"], hands, hand.tolist(), folder / "pictures.bin")
    texts, places = make_texts(table)
    tokens, lengths = tokens_of(texts)
    tensors = {
        "offsets": offsets,
        "thing": pictures["thing"],
        "hand": hand,
        "tokens": tokens,
        "lengths": lengths,
        **places,
    }
    tensors["rows"] = rows_table(pictures["thing"], hand, len(table["things"]), len(hands))
    tensors["weight"] = thing_weights(table["things"], table["held_out"])
    save_file(tensors, folder / "tables.safetensors")
    notes = {
        "hands": hands,
        "colours": list(COLOURS),
        "held_out": table["held_out"],
        "concepts": table["concepts"],
    }
    (folder / "tables.json").write_text(json.dumps(notes), encoding="utf-8")
    shutil.copytree(MODEL / "text_encoder", folder / "text_encoder", dirs_exist_ok=True)
    total = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{len(texts)} texts, {total / 2**20:.1f} MiB in all")


if __name__ == "__main__":
    main()
