"""A judge of things that needs no training: the likeness of outlines and colours to renders by hands of its own.

Every render of `fair_judge.JUDGES` is a template: histograms of oriented gradients (Dalal and Triggs, "Histograms of
Oriented Gradients for Human Detection", 2005) of its light and of its outline, and its coarse colours. A picture is as
much of a concept as its best template of that concept says, over mirroring and small turns.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional

from judging import Renders

SIDE, CELL, BINS = 64, 8, 9
FILLED = 0.9
"""Share of the square that a picture's longer side is made to fill."""

TURNS = (-0.2, 0.0, 0.2)
"""Radians by which a picture is turned before it is compared; once more mirrored."""

COLOUR_WEIGHT = 0.5


class TemplateJudge(nn.Module):
    """Pictures (N, 4, 64, 64) in [0, 1], premultiplied, to likenesses of concepts (N, concepts)."""

    def __init__(self, renders: Renders) -> None:
        super().__init__()
        self._concepts = len(renders.concepts)
        self._concept = renders.concept
        parts = renders.pixels.split(512)
        self._templates = torch.cat([_described(_filled(part.float() / 255)) for part in parts])

    @torch.inference_mode()
    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """See the class."""
        shown = _filled(pictures)
        best = torch.full((len(pictures), len(self._templates)), -1.0)
        for face in (shown, shown.flip(3)):
            for turn in TURNS:
                best = torch.maximum(best, _described(_turned(face, turn)) @ self._templates.T)
        likeness = torch.full((len(pictures), self._concepts), -1.0)
        return likeness.scatter_reduce(1, self._concept.expand(len(pictures), -1), best, "amax")


def _filled(pictures: torch.Tensor) -> torch.Tensor:
    """Return pictures whose solid parts are centred, their longer sides `FILLED` of the square."""
    found = []
    for one in pictures:
        rows = (one[3] > 0.5).any(1).nonzero().flatten()
        columns = (one[3] > 0.5).any(0).nonzero().flatten()
        if not len(rows):
            found.append(one)
            continue
        top, bottom, left, right = (
            rows[0].item(),
            rows[-1].item() + 1,
            columns[0].item(),
            columns[-1].item() + 1,
        )
        size = max(bottom - top, right - left) / SIDE / FILLED
        x, y = (left + right) / SIDE - 1, (top + bottom) / SIDE - 1
        matrix = torch.tensor([[[size, 0.0, x], [0.0, size, y]]])
        grid = functional.affine_grid(matrix, [1, *one.shape], align_corners=False)
        found.append(functional.grid_sample(one[None], grid, align_corners=False)[0])
    return torch.stack(found)


def _turned(pictures: torch.Tensor, angle: float) -> torch.Tensor:
    if not angle:
        return pictures
    across, along = math.cos(angle), math.sin(angle)
    matrix = torch.tensor([[across, -along, 0.0], [along, across, 0.0]]).expand(len(pictures), -1, -1)
    grid = functional.affine_grid(matrix, list(pictures.shape), align_corners=False)
    return functional.grid_sample(pictures, grid, align_corners=False)


def _described(pictures: torch.Tensor) -> torch.Tensor:
    """Return unit vectors (N, values) of pictures."""
    alpha = pictures[:, 3:]
    light = pictures[:, :3].mean(1, keepdim=True) + 0.5 * (1 - alpha)
    colour = functional.avg_pool2d(pictures[:, :3] - pictures[:, :3].mean(1, keepdim=True), CELL).flatten(1)
    parts = [_gradients(light), _gradients(alpha), COLOUR_WEIGHT * functional.normalize(colour, dim=1)]
    return functional.normalize(torch.cat(parts, dim=1), dim=1)


def _gradients(plane: torch.Tensor) -> torch.Tensor:
    """Return unit vectors of the histograms of a plane (N, 1, side, side): an orientation in each cell."""
    padded = functional.pad(plane, (1, 1, 1, 1), mode="replicate")
    across = padded[:, 0, 1:-1, 2:] - padded[:, 0, 1:-1, :-2]
    down = padded[:, 0, 2:, 1:-1] - padded[:, 0, :-2, 1:-1]
    strength = (across.square() + down.square()).sqrt()
    place = (torch.atan2(down, across) % math.pi) / math.pi * BINS
    low = place.floor().long() % BINS
    share = place - place.floor()
    bins = torch.zeros(len(plane), BINS, *strength.shape[1:])
    bins.scatter_add_(1, low[:, None], (strength * (1 - share))[:, None])
    bins.scatter_add_(1, ((low + 1) % BINS)[:, None], (strength * share)[:, None])
    cells = functional.avg_pool2d(bins, CELL).sqrt()
    return functional.normalize(cells.flatten(1), dim=1)
