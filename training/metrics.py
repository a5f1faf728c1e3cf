"""Figures for drawn pictures, each beside the same figure for real renders that the judge never saw."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import torch
from torch.nn.functional import avg_pool2d

from evaluator import Evaluator, ranks, top
from judging import Renders

CLEAR_CORNER = 26 / 255
"""Alpha under which a corner counts as clear: a tenth."""


def names_to_numbers(prompts: Sequence[str], renders: Renders) -> torch.Tensor:
    """Return the concept numbers of prompts that are main names.

    Raises:
        KeyError: A prompt is no concept's main name.
    """
    numbers = {concept.names[0]: number for number, concept in enumerate(renders.concepts)}
    return torch.tensor([numbers[prompt] for prompt in prompts])


def real_pictures(renders: Renders, style: str, concept: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the renders of `style` for concepts, as float (N, 4, 64, 64), and which concepts have one."""
    real = renders.of_styles([style])
    found = {number: place for place, number in enumerate(real.concept.tolist())}
    there = torch.tensor([number in found for number in concept.tolist()])
    places = torch.tensor([found[number] for number in concept[there].tolist()])
    return real.pixels[places].float() / 255, there


def retrieval(
    model: Evaluator, drawn: torch.Tensor, concept: torch.Tensor, renders: Renders, style: str
) -> dict[str, float]:
    """Return top-1 and top-10 of drawn pictures, of the real renders for the same concepts, and their ratio."""
    real, there = real_pictures(renders, style, concept)
    drawn_places = ranks(model, drawn, concept)
    real_places = ranks(model, real, concept[there])
    figures: dict[str, float] = {"prompts": len(concept), "real_renders": len(real)}
    for count in (1, 10):
        ours, theirs = top(drawn_places, count), top(real_places, count)
        figures |= {f"drawn_top{count}": ours, f"real_top{count}": theirs, f"ratio_top{count}": ours / theirs}
    return {name: round(value, 4) for name, value in figures.items()}


def clean_alpha(pictures: torch.Tensor) -> dict[str, float]:
    """Return the share of pictures that are a figure on clear ground, and the mean share of half-clear pixels.

    Clean: between 5 and 95 % of the pixels solid, three corners or more clear, at most 15 % half-clear.
    """
    alpha = pictures[:, 3]
    solid = (alpha > 0.9).float().mean((1, 2))
    half = ((alpha > 0.1) & (alpha < 0.9)).float().mean((1, 2))
    corners = (alpha[:, [0, 0, -1, -1], [0, -1, 0, -1]] < CLEAR_CORNER).sum(1)
    clean = (solid > 0.05) & (solid < 0.95) & (half <= 0.15) & (corners >= 3)
    return {
        "clean_share": round(clean.float().mean().item(), 4),
        "half_clear_pixels": round(half.mean().item(), 4),
    }


def nearest_distances(pictures: torch.Tensor, training: torch.Tensor) -> list[float]:
    """Return each picture's root mean square distance to the nearest training picture, at 16 x 16 pixels, in [0, 1]."""
    ours, theirs = avg_pool2d(pictures, 4).flatten(1), avg_pool2d(training, 4).flatten(1)
    return (torch.cdist(ours, theirs).min(1).values / ours.shape[1] ** 0.5).tolist()


def memory(
    drawn: torch.Tensor, concept: torch.Tensor, renders: Renders, style: str, same_hands: list[str]
) -> dict[str, list[float]]:
    """Return deciles of the distance to the nearest training picture: of drawn pictures, and of real ones.

    The real ones are the renders of `style` for the same concepts, compared with all pictures by other hands:
    `same_hands` are the styles by the same. Drawn pictures much nearer than that are remembered.
    """
    real, _ = real_pictures(renders, style, concept)
    everything = renders.pixels.float() / 255
    others = renders.without_styles(same_hands).pixels.float() / 255
    return {
        "drawn": _deciles(nearest_distances(drawn, everything)),
        "real_by_another_hand": _deciles(nearest_distances(real, others)),
    }


def _deciles(values: list[float]) -> list[float]:
    """Return least, the nine deciles and greatest."""
    return [round(value, 4) for value in (min(values), *statistics.quantiles(values, n=10), max(values))]
