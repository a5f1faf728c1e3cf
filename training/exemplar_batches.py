"""Batches of (exemplar, target, words) made on the device: one thing, or two, drawn by two hands.

What the network is to learn stands here. The exemplar is by another hand than the target, in another pose, so that it
must be understood and not copied; both share colours that are often not the thing's own, and captions often name the
style alone, so that it must be looked at.
"""

from __future__ import annotations

import io
import json
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from transformers import BertModel

from exemplar_transforms import moved, over, placement, recoloured, spread, turned_hue, worn

TARGET_HANDS = {
    "vivid": 2.2, "cartoon": 1.6, "comic": 1.4, "3d": 1.2, "glossy": 1.2, "pixel": 1.2, "outline": 0.8,
    "silhouette": 0.8, "ink": 0.8,
}  # fmt: skip
SHOWN_HANDS = {
    "cartoon": 2.5, "vivid": 2.5, "flat": 1.5, "comic": 1.5, "round": 1.4, "clipart": 1.2, "pixel": 0.8,
    "outline": 0.3, "silhouette": 0.4, "ink": 0.4,
}  # fmt: skip
"""How often a hand is drawn from, where the others are once."""

COLOURLESS = ("outline", "silhouette", "ink")
"""Hands that show no colours: an exemplar of theirs says nothing about a target's other hue."""

SAME_HAND = 0.06
"""Weight of the target's own hand as the exemplar's, where another's is 1: such pairs differ by pose alone."""

NO_EXEMPLAR, NO_TEXT, NEITHER = 0.12, 0.10, 0.05
STYLE_ALONE, NAMED_STYLE = 0.35, 0.8
TWO_THINGS, OTHER_HUE, NAMED_COLOUR = 0.12, 0.35, 0.08
MIRRORED, TURNED_ABOUT = 0.25, 0.12
"""Shares of samples: both mirrored; the exemplar alone mirrored."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Samples.

    Attributes:
        target: (N, 4, 128, 128) in [-1, 1], premultiplied.
        shown: The exemplar, likewise.
        seen: (N,) bool, whether the exemplar is given.
        text: (N,) numbers of `Bank.states`.
    """

    target: torch.Tensor
    shown: torch.Tensor
    seen: torch.Tensor
    text: torch.Tensor


class Bank:
    """What `exemplar_pack.py` wrote, on the device."""

    def __init__(self, folder: Path, device: torch.device, threads: int = 16, texts: bool = True) -> None:
        """Read all pictures, and encode all texts if `texts`."""
        self.device = device
        table = load_file(folder / "tables.safetensors")
        notes = json.loads((folder / "tables.json").read_text(encoding="utf-8"))
        self.hands: list[str] = notes["hands"]
        self.colours = len(notes["colours"])
        self.pixels = _read_pictures(folder / "pictures.bin", table["offsets"], threads).to(device)
        self.rows, self.weight = table["rows"].to(device), table["weight"].to(device)
        self.named, self.coloured = table["named"].to(device), table["coloured"].to(device)
        self.pairs, self.held_out = table["pairs"].to(device), notes["held_out"]
        self.present = (self.rows[:, :, 0] >= 0).float()
        self.pixel_hand = self.hands.index("pixel")
        colourless = [hand in COLOURLESS for hand in self.hands]
        self.colourless = torch.tensor(colourless, device=device)
        self.target_hands = torch.tensor([TARGET_HANDS.get(hand, 1.0) for hand in self.hands], device=device)
        self.shown_hands = torch.tensor([SHOWN_HANDS.get(hand, 1.0) for hand in self.hands], device=device)
        self.states = torch.zeros(len(table["tokens"]), 24, 384, dtype=torch.float16, device=device)
        if texts:
            encode_texts(folder, table["tokens"], table["lengths"], self.states)

    def draw(self, count: int) -> Batch:
        """Draw samples."""
        lot = torch.rand(count, device=self.device)
        seen = (lot >= NEITHER) & (lot < 1 - NO_EXEMPLAR)
        worded = lot >= NEITHER + NO_TEXT
        first = torch.multinomial(self.weight, count, replacement=True)
        pair = torch.randint(len(self.pairs), (count,), device=self.device)
        double = self._some(count, TWO_THINGS)
        first = torch.where(double, self.pairs[pair, 0], first)
        second = torch.where(double, self.pairs[pair, 1], first)
        hand, other = self._hands(first, second, double)
        target, shown = self.values(first, hand), self.values(first, other)
        both = double.nonzero().flatten()
        if len(both):
            target[both], shown[both] = composed(
                (target[both], self.values(second[both], hand[both])),
                (shown[both], self.values(second[both], other[both])),
            )
        target, shown = self._posed(target, shown, hand == self.pixel_hand, hand == other)
        hued = seen & ~self.colourless[other]
        target, shown, colour = self._recoloured(target, shown, hued, first, double)
        text = self._words(first, hand, pair, double, colour)
        text = torch.where(worded, text, torch.zeros_like(text))
        return Batch(target * 2 - 1, worn(shown) * 2 - 1, seen, text)

    def values(self, thing: torch.Tensor, hand: torch.Tensor) -> torch.Tensor:
        """Return pictures in [0, 1] of things by hands."""
        variant = torch.randint(self.rows.shape[2], thing.shape, device=self.device)
        return self.pixels[self.rows[thing, hand, variant]].float() / 255

    def _some(self, count: int, share: float) -> torch.Tensor:
        return torch.rand(count, device=self.device) < share

    def _hands(
        self, first: torch.Tensor, second: torch.Tensor, double: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Draw the target's hand and the exemplar's; two things are no pixel art, whose grid they would break."""
        there = self.present[first] * self.present[second]
        there[:, self.pixel_hand] *= ~double
        hand = torch.multinomial(there * self.target_hands, 1)
        weights = there * self.shown_hands
        weights = weights.scatter(1, hand, weights.gather(1, hand) * SAME_HAND)
        return hand[:, 0], torch.multinomial(weights, 1)[:, 0]

    def _posed(
        self, target: torch.Tensor, shown: torch.Tensor, on_grid: torch.Tensor, same: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Place both alike, then each by itself: the exemplar far, the target a little; pixel art stays on its grid."""
        count, device = len(target), self.device
        free = (~on_grid).float()
        size = 1 - torch.rand(count, device=device) * 0.4 * self._some(count, 0.3) * free
        room = 1 - size
        flip = 1 - 2.0 * self._some(count, MIRRORED)
        x, y = (torch.rand(2, count, device=device) * 2 - 1) * room
        zero = torch.zeros_like(x)
        alike = placement(size * flip, size, zero, x, y)
        stretch, grow = spread(count, 0.12, 0.35, device) * free, spread(count, 0.1, 0.3, device) * free
        turn = spread(count, 0.14, 0.3, device) * free
        mine = placement(1 + stretch + grow, 1 - stretch + grow, turn, zero, zero)
        bend = torch.randn(count, 2, 4, 4, device=device) * (0.03 * self._some(count, 0.2) * free).view(
            -1, 1, 1, 1
        )
        target = moved(target, mine @ alike, bend)
        often = torch.where(same, 1.0, 0.6)
        chance = torch.rand(3, count, device=device) < often
        stretch, grow = spread(count, 0.2, 1, device) * chance[0], spread(count, 0.2, 1, device) * chance[1]
        turn = spread(count, 0.3, 1, device) * chance[2]
        about = 1 - 2.0 * self._some(count, TURNED_ABOUT)
        x, y = spread(count, 0.1, 0.5, device), spread(count, 0.1, 0.5, device)
        theirs = placement((1 + stretch + grow) * about, 1 - stretch + grow, turn, x, y)
        amount = 0.06 * torch.where(same, 1.0, self._some(count, 0.35).float())
        bend = torch.randn(count, 2, 4, 4, device=device) * amount.view(-1, 1, 1, 1)
        return target, moved(shown, theirs @ alike, bend)

    def _recoloured(
        self,
        target: torch.Tensor,
        shown: torch.Tensor,
        hued: torch.Tensor,
        first: torch.Tensor,
        double: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Turn the hues of both alike where `hued`, or bring both into a named colour; also return its place, or -1."""
        count = len(target)
        colour = torch.randint(self.colours, (count,), device=self.device)
        colour = torch.where(
            self._some(count, NAMED_COLOUR) & ~double & (self.coloured[first, 0] >= 0), colour, -1
        )
        angle = spread(count, math.pi, OTHER_HUE, self.device) * hued * (colour < 0)
        target, shown = turned_hue(target, angle), turned_hue(shown, angle)
        those = (colour >= 0).nonzero().flatten()
        if len(those):
            target[those] = recoloured(target[those], colour[those])
            shown[those] = recoloured(shown[those], colour[those])
        return target, shown, colour

    def _words(
        self,
        first: torch.Tensor,
        hand: torch.Tensor,
        pair: torch.Tensor,
        double: torch.Tensor,
        colour: torch.Tensor,
    ) -> torch.Tensor:
        """Draw the captions' numbers: what is there, in what style; or the style alone."""
        count = len(first)
        wording = torch.randint(self.named.shape[1], (count,), device=self.device)
        block = self.named[first, wording]
        block = torch.where(double, self.pairs[pair, 2], block)
        block = torch.where(colour >= 0, self.coloured[first, colour.clamp(min=0)], block)
        alone = self._some(count, STYLE_ALONE)
        styled = self._some(count, NAMED_STYLE) | alone
        return torch.where(alone, torch.zeros_like(block), block) + (1 + hand) * styled


def composed(
    target: tuple[torch.Tensor, torch.Tensor], shown: tuple[torch.Tensor, torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Put two things into one picture, the same way for target and exemplar: side by side, held, or worn on top."""
    count, device = len(target[0]), target[0].device
    layout = torch.randint(3, (count,), device=device)
    table = torch.tensor(
        [
            [0.56, -0.42, 0.12, 0.56, 0.42, -0.12],
            [0.78, -0.16, -0.06, 0.5, 0.46, 0.4],
            [0.7, 0.0, 0.26, 0.44, 0.0, -0.55],
        ],
        device=device,
    )  # size, x, y of the first; of the second
    places = table[layout] + (torch.rand(count, 6, device=device) - 0.5) * 0.12
    size1, x1, y1, size2, x2, y2 = places.unbind(1)
    zero = torch.zeros_like(x1)
    back, front = placement(size1, size1, zero, x1, y1), placement(size2, size2, zero, x2, y2)
    made = [over(moved(second, front), moved(first, back)) for first, second in (target, shown)]
    return made[0], made[1]


def _read_pictures(path: Path, offsets: torch.Tensor, threads: int) -> torch.Tensor:
    blob, places = path.read_bytes(), offsets.tolist()

    def read(number: int) -> np.ndarray:
        return np.asarray(Image.open(io.BytesIO(blob[places[number] : places[number + 1]])).convert("RGBA"))

    with ThreadPoolExecutor(threads) as pool:
        pixels = np.stack(list(pool.map(read, range(len(places) - 1), chunksize=64)))
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous()


@torch.inference_mode()
def encode_texts(folder: Path, tokens: torch.Tensor, lengths: torch.Tensor, states: torch.Tensor) -> None:
    """Fill `states` (texts, 24, 384) with the states of `tokens`, padding included, as the pipeline has them."""
    model = BertModel.from_pretrained(folder / "text_encoder", dtype=torch.float32).eval().to(states.device)
    size = 2048 if states.device.type == "cuda" else 128
    for start in range(0, len(tokens), size):
        inputs = tokens[start : start + size].to(states.device).long()
        mask = (
            torch.arange(inputs.shape[1], device=states.device)
            < lengths[start : start + size].to(states.device)[:, None]
        )
        states[start : start + size] = model(inputs, attention_mask=mask.long()).last_hidden_state.half()
