"""Moving, bending and recolouring batches of pictures on the device they lie on.

Pictures are float (N, 4, side, side) in [0, 1], colour multiplied by alpha. Places are in [-1, 1], x to the right and y
down. Matrices are (N, 3, 3) and lead from a place in the result to one in the source.
"""

from __future__ import annotations

import math

import torch
from torch.nn.functional import affine_grid, avg_pool2d, grid_sample, interpolate

from variations import HUES, RAMPS


def spread(count: int, width: float, share: float, device: torch.device) -> torch.Tensor:
    """Return `count` values in [-width, width], 0 but for a `share` of them."""
    values = (torch.rand(count, device=device) * 2 - 1) * width
    return values * (torch.rand(count, device=device) < share)


def placement(
    across: torch.Tensor, down: torch.Tensor, turn: torch.Tensor, x: torch.Tensor, y: torch.Tensor
) -> torch.Tensor:
    """Return the matrices that scale by (across, down; negative mirrors), turn (radians) and move to (x, y)."""
    cos, sin, zero, one = turn.cos(), turn.sin(), torch.zeros_like(x), torch.ones_like(x)
    return torch.stack(
        [
            torch.stack([cos / across, sin / across, -(cos * x + sin * y) / across], 1),
            torch.stack([-sin / down, cos / down, (sin * x - cos * y) / down], 1),
            torch.stack([zero, zero, one], 1),
        ],
        1,
    )


def moved(pictures: torch.Tensor, matrices: torch.Tensor, bend: torch.Tensor | None = None) -> torch.Tensor:
    """Return the pictures placed by matrices; `bend` (N, 2, h, w) shifts places smoothly on top, in the same units."""
    grid = affine_grid(matrices[:, :2], list(pictures.shape), align_corners=False)
    if bend is not None:
        field = interpolate(bend, size=pictures.shape[2:], mode="bicubic", align_corners=False)
        grid = grid + field.permute(0, 2, 3, 1)
    return grid_sample(pictures, grid, align_corners=False)


def over(front: torch.Tensor, back: torch.Tensor) -> torch.Tensor:
    """Return one picture laid over another."""
    return front + back * (1 - front[:, 3:])


def turned_hue(
    pictures: torch.Tensor, angle: torch.Tensor, saturation: torch.Tensor | float = 1.0
) -> torch.Tensor:
    """Return the pictures with hues turned by `angle` (N,), radians: linear, so fit for premultiplied colours."""
    device = pictures.device
    grey = torch.full((3, 3), 1 / 3, device=device)
    skew = torch.tensor([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]], device=device) / 3**0.5
    factor = torch.as_tensor(saturation, device=device).expand(len(angle)).view(-1, 1, 1)
    plain = torch.eye(3, device=device) - grey
    matrix = grey + (plain * angle.cos().view(-1, 1, 1) + skew * angle.sin().view(-1, 1, 1)) * factor
    colour = torch.einsum("nij,njhw->nihw", matrix, pictures[:, :3])
    return kept_in_range(colour, pictures[:, 3:])


def kept_in_range(colour: torch.Tensor, alpha: torch.Tensor) -> torch.Tensor:
    """Return a picture of these premultiplied colours, cut to [0, alpha]."""
    return torch.cat([torch.minimum(colour.clamp(min=0), alpha), alpha], 1)


def hue_of(pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the mean hue (N,), radians from red, and the mean chroma (N,) as a share of the visible area."""
    red, green, blue, alpha = pictures.unbind(1)
    x, y = (red - (green + blue) / 2).sum((1, 2)), ((green - blue) * (3**0.5 / 2)).sum((1, 2))
    return torch.atan2(y, x), (x.square() + y.square()).sqrt() / alpha.sum((1, 2)).clamp(min=1)


def recoloured(pictures: torch.Tensor, colour: torch.Tensor) -> torch.Tensor:
    """Return the pictures in named colours: the places (N,) of `variations.COLOURS`, hues first, then ramps.

    Hues are turned so that the mean hue is the named one; what is nearly grey is tinted. Ramps map light
    onto three colours.
    """
    device = pictures.device
    wanted = torch.tensor([*HUES.values()], device=device) * 2 * math.pi
    ramps = torch.tensor([*RAMPS.values()], device=device, dtype=torch.float32) / 255
    hue, chroma = hue_of(pictures)
    angle = wanted[colour.clamp(max=len(wanted) - 1)]
    turned = turned_hue(pictures, angle - hue)
    alpha = pictures[:, 3:]
    light = (pictures[:, :3] * torch.tensor([0.3, 0.59, 0.11], device=device).view(1, 3, 1, 1)).sum(
        1, keepdim=True
    )
    direction = torch.stack([(angle - shift).cos() for shift in (0, 2 * math.pi / 3, 4 * math.pi / 3)], 1)
    tinted = kept_in_range(light + 0.35 * light * direction.view(-1, 3, 1, 1), alpha)
    turned = torch.where((chroma < 0.06).view(-1, 1, 1, 1), tinted, turned)
    straight = light / alpha.clamp(min=1 / 255)
    area = alpha.sum((1, 2, 3), keepdim=True).clamp(min=1)
    middle = (straight * alpha).sum((1, 2, 3), keepdim=True) / area
    width = ((straight - middle).square() * alpha).sum((1, 2, 3), keepdim=True).div(area).sqrt() * 3.3
    place = (0.5 + (straight - middle) / width.clamp(min=0.4)).clamp(0, 1) * 2
    ramp = ramps[(colour - len(wanted)).clamp(min=0)].view(-1, 3, 3, 1, 1)
    low, high = place.clamp(max=1), (place - 1).clamp(min=0)
    shaded = ramp[:, 0] + (ramp[:, 1] - ramp[:, 0]) * low + (ramp[:, 2] - ramp[:, 1]) * high
    shaded = kept_in_range(shaded * alpha, alpha)
    return torch.where((colour >= len(wanted)).view(-1, 1, 1, 1), shaded, turned)


def worn(pictures: torch.Tensor) -> torch.Tensor:
    """Return the pictures with light, colour and sharpness of some disturbed: people bring such exemplars."""
    count, device = len(pictures), pictures.device
    light = 1 + spread(count, 0.22, 0.25, device).view(-1, 1, 1, 1)
    saturation = 1 + spread(count, 0.45, 0.25, device)
    pictures = turned_hue(
        pictures * torch.cat([light.expand(-1, 3, -1, -1), torch.ones_like(light)], 1),
        light.new_zeros(count),
        saturation,
    )
    lot = torch.rand(count, device=device).view(-1, 1, 1, 1)
    small = avg_pool2d(pictures, 4)
    size = list(pictures.shape[2:])
    coarse = interpolate(small, size=size, mode="nearest")
    soft = interpolate(small, size=size, mode="bilinear", align_corners=False)
    return torch.where(lot < 0.06, coarse, torch.where(lot > 0.94, soft, pictures))
