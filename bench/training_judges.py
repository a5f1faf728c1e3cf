"""Judges of pictures that neither the trainer nor a style card knows: of a look, and of what is shown.

The judge of looks is a small network that tells a look's pictures from the same things in eight other looks; what it is
taught with are things that neither the LoRA was taught with nor are asked for. Its distance is that of its last
features from the mean of the look's. Things are recognised by their shapes in the shipped drawings (other seeds than
those drawn): a judge that colours and hatching mean nothing to.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
import torch
from PIL import Image
from torch import nn

from audobon_cli.exemplars.picture import draw_scene
from audobon_cli.exemplars.plan import planner_of, store_of
from audobon_cli.exemplars.store import STORE

SIDE = 64
LOOKS = ("vivid", "cartoon", "flat", "outline", "silhouette", "glossy", "clipart", "pixel")
EPOCHS, BATCH, SEED = 6, 32, 7
GALLERY_SEEDS = range(100, 106)
FIRST = 5
"""A thing is recognised that is among so many guesses."""


def plain(thing: str, style: str, seed: int) -> Image.Image:
    """``thing`` as the program composes it."""
    scene = planner_of(STORE).scene(thing, style, seed, SIDE)
    return draw_scene(scene, store_of(STORE), SIDE).convert("RGBA")


def _planes(pictures: Sequence[Image.Image]) -> torch.Tensor:
    stack = np.stack([np.asarray(one.convert("RGBa"), dtype=np.float32) / 255 for one in pictures])
    return torch.from_numpy(stack).permute(0, 3, 1, 2)


class LookJudge:
    """Knows the look of ``pictures`` from LOOKS."""

    def __init__(self, pictures: Sequence[Image.Image], things: Sequence[str]) -> None:
        torch.manual_seed(SEED)
        others = [plain(thing, look, place) for place, thing in enumerate(things) for look in LOOKS]
        planes = torch.cat([_planes(pictures).repeat(len(LOOKS), 1, 1, 1), _planes(others)])
        wanted = torch.cat([torch.ones(len(pictures) * len(LOOKS)), torch.zeros(len(others))])
        self._body = nn.Sequential(
            *(nn.Conv2d(4, 24, 5, 2, 2), nn.ReLU(), nn.Conv2d(24, 48, 3, 2, 1), nn.ReLU()),
            *(nn.Conv2d(48, 64, 3, 2, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        )
        head = nn.Linear(64, 1)
        parameters = [*self._body.parameters(), *head.parameters()]
        optimizer = torch.optim.AdamW(parameters, 2e-3)
        for _ in range(EPOCHS):
            for part in torch.randperm(len(planes)).split(BATCH):
                seen = planes[part]
                seen = seen.flip(3) if torch.rand(()) < 0.5 else seen
                seen = torch.roll(
                    seen, (int(torch.randint(-4, 5, ())), int(torch.randint(-4, 5, ()))), (2, 3)
                )
                loss = nn.functional.binary_cross_entropy_with_logits(
                    head(self._body(seen))[:, 0], wanted[part]
                )
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        self._body.eval()
        self._middle = self._features(pictures).mean(0)

    @torch.no_grad()
    def _features(self, pictures: Sequence[Image.Image]) -> torch.Tensor:
        found: torch.Tensor = self._body(_planes(pictures))
        return found

    def distance(self, pictures: Sequence[Image.Image]) -> float:
        """The mean distance of ``pictures`` from the look."""
        return float((self._features(pictures) - self._middle).norm(dim=1).mean())


def retrieval(pictures: Sequence[Image.Image], things: Sequence[str], known: Sequence[str]) -> float:
    """The share of ``pictures`` whose thing is among the first FIRST of ``known``, by their shapes."""
    gallery = {thing: np.stack([_shape(plain(thing, "", seed)) for seed in GALLERY_SEEDS]) for thing in known}
    found = 0
    for picture, thing in zip(pictures, things, strict=True):
        own = _shape(picture)
        apart = {name: float(((shapes - own) ** 2).sum(axis=1).min()) for name, shapes in gallery.items()}
        found += thing in sorted(apart, key=lambda name: apart[name])[:FIRST]
    return found / len(pictures)


@cache
def _gallery(known: tuple[str, ...]) -> dict[str, np.ndarray]:
    return {thing: np.stack([_shape(plain(thing, "", seed)) for seed in GALLERY_SEEDS]) for thing in known}


def _shape(picture: Image.Image) -> np.ndarray:
    """A figure's outline and inner edges, cut to it, in 24 x 24 cells: mirrored ones are the same."""
    alpha = picture.getchannel("A").point([0] * 128 + [255] * 128)
    box = alpha.getbbox() or (0, 0, *picture.size)
    side = max(box[2] - box[0], box[3] - box[1])
    left, top = (box[0] + box[2] - side) // 2, (box[1] + box[3] - side) // 2
    cut = (left, top, left + side, top + side)
    figure = np.asarray(alpha.crop(cut).resize((24, 24), Image.Resampling.BOX), dtype=np.float32) / 255
    return np.concatenate([(figure + figure[:, ::-1]).ravel() / 2, 0.5 * figure.mean(axis=1)])
