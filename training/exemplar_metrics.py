"""Figures of drawn pictures for the second sprite model: copied or not, various, crisp, whole, in style.

Pictures are float (N, 4, 64, 64) in [0, 1], colour multiplied by alpha. Distances are root mean squares over 16 x 16
places and four channels, as in `metrics.nearest_distances`; "aligned" is the least over shifts of up to 6 pixels and
mirroring.
"""

from __future__ import annotations

import torch
from torch.nn.functional import avg_pool2d, max_pool2d, pad

SHIFTS = range(-6, 7, 2)
EDGE_SHARE = 0.1
"""Share of a picture's pixels, those with the strongest gradients, that count as its edges."""

STRAY_PIXELS = 10
"""A separate piece of fewer pixels is a stray island."""


def coarse(pictures: torch.Tensor) -> torch.Tensor:
    """Return (N, 1024): what distances are measured on."""
    return avg_pool2d(pictures, 4).flatten(1)


def shifted(picture: torch.Tensor) -> torch.Tensor:
    """Return (98, 4, 64, 64): one picture (4, 64, 64) at all places that count as alignments."""
    room, side = max(SHIFTS), picture.shape[-1]
    found = []
    for face in (picture, picture.flip(2)):
        wide = pad(face, (room,) * 4)
        found += [
            wide[:, room + y : room + y + side, room + x : room + x + side] for y in SHIFTS for x in SHIFTS
        ]
    return torch.stack(found)


def aligned_distance(picture: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """Return (others,) distances of one picture to each of others, after the best alignment."""
    mine, theirs = coarse(shifted(picture)), coarse(others)
    return torch.cdist(mine, theirs).min(0).values / mine.shape[1] ** 0.5


def distances_to_exemplars(
    pictures: torch.Tensor, thing: torch.Tensor, exemplars: torch.Tensor, exemplar_thing: torch.Tensor
) -> torch.Tensor:
    """Return (N,): the distance of each picture to the nearest exemplar; of its own thing after alignment."""
    nearest = torch.cdist(coarse(pictures), coarse(exemplars)).min(1).values / 32
    for place, (picture, number) in enumerate(zip(pictures, thing.tolist(), strict=True)):
        own = exemplars[exemplar_thing == number]
        if len(own):
            nearest[place] = torch.minimum(nearest[place], aligned_distance(picture, own).min())
    return nearest


def variety(by_seed: torch.Tensor) -> torch.Tensor:
    """Return (N,): the mean aligned distance between pictures of one prompt (N, seeds, 4, 64, 64)."""
    means = []
    for drawn in by_seed:
        pairs = [aligned_distance(drawn[one], drawn[one + 1 :]) for one in range(len(drawn) - 1)]
        means.append(torch.cat(pairs).mean())
    return torch.stack(means)


def silhouette_overlap(by_seed: torch.Tensor) -> torch.Tensor:
    """Return (N,): the mean intersection over union of the solid parts of pictures (N, seeds, 4, 64, 64)."""
    solid = (by_seed[:, :, 3] > 0.5).flatten(2).float()
    both = solid @ solid.transpose(1, 2)
    area = solid.sum(2)
    either = area[:, :, None] + area[:, None] - both
    first, second = torch.triu_indices(by_seed.shape[1], by_seed.shape[1], 1)
    share: torch.Tensor = (both / either.clamp(min=1))[:, first, second].mean(1)
    return share


def edge_energy(pictures: torch.Tensor) -> torch.Tensor:
    """Return (N,): the mean gradient of the strongest tenth of a picture's pixels."""
    across = pad(pictures.diff(dim=3), (0, 1)).square().sum(1)
    down = pad(pictures.diff(dim=2), (0, 0, 0, 1)).square().sum(1)
    strength = (across + down).sqrt().flatten(1)
    count = int(EDGE_SHARE * strength.shape[1])
    return strength.topk(count, dim=1).values.mean(1)


def stray_islands(pictures: torch.Tensor) -> torch.Tensor:
    """Return (N,) bool: whether a separate piece of few pixels lies beside the figure."""
    solid = (pictures[:, 3:] > 0.5).float()
    count = solid[0].numel()
    labels = solid * torch.arange(1, count + 1, dtype=torch.float32).view(1, 1, *solid.shape[2:])
    while True:
        grown = max_pool2d(labels, 3, 1, 1) * solid
        if torch.equal(grown, labels):
            break
        labels = grown
    return torch.tensor(
        [bool((one[one > 0].unique(return_counts=True)[1] < STRAY_PIXELS).any()) for one in labels]
    )
