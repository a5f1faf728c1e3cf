"""Faults planted by script in the judged sprites: what each does to a picture, and to which it can be done."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from bench.judged_sprites import FAMILIES, members

from audobon_cli.media.image.oklab import Floats, from_oklab, oklab
from audobon_cli.media.image.pixels import Pixels, visible_box
from audobon_cli.styles.layers import depths
from audobon_cli.styles.look import grid_of

LEARNT, KEPT = 20, 5
"""Of each of the eight families: pictures that limits are set on, and pictures kept aside."""
PIXEL_ART = ("pixels 16", "pixels 32", "tiles")


@dataclass(frozen=True)
class Judged:
    """A sound picture and its family."""

    family: str
    pixels: Pixels


def judged_set() -> tuple[list[Judged], list[Judged]]:
    """160 sound pictures, and 40 kept aside."""
    learnt: list[Judged] = []
    kept: list[Judged] = []
    for name in FAMILIES:
        own = [Judged(name, pixels) for _, pixels in members(name, LEARNT + KEPT, 11)]
        learnt += own[:LEARNT]
        kept += own[LEARNT:]
    return learnt, kept


def blank(pixels: Pixels, chance: random.Random) -> Pixels | None:
    """Nothing, hardly anything, a few pixels or one colour all over."""
    way = chance.randrange(4)
    made = np.zeros_like(pixels)
    if way == 1:
        made = pixels.copy()
        made[..., 3] = made[..., 3] // 32
    elif way == 2:
        y, x = chance.randrange(60), chance.randrange(60)
        made[y : y + 2, x : x + 3] = (120, 90, 60, 255)
    elif way == 3:
        made[:] = (*[chance.randrange(256) for _ in range(3)], 255)
    return made


def outlined(pixels: Pixels) -> Pixels | None:
    """With a dark line of a pixel of its grid (two for smooth drawings) around; None for what fills the canvas."""
    if (pixels[..., 3] > 127).all():
        return None
    grid, _ = grid_of(pixels)
    width = grid if grid > 1 else 2
    hard = pixels.copy()
    hard[..., 3] = np.where(hard[..., 3] > 127, 255, 0)
    figure = np.pad(hard[..., 3] > 0, width)
    padded = np.pad(hard, ((width, width), (width, width), (0, 0)))
    grown = figure.copy()
    for _ in range(width):
        wide = np.pad(grown, 1)
        grown = wide[1:-1, 1:-1] | wide[:-2, 1:-1] | wide[2:, 1:-1] | wide[1:-1, :-2] | wide[1:-1, 2:]
    padded[grown & ~figure] = (28, 22, 34, 255)
    return padded


def outline(pixels: Pixels, chance: random.Random) -> Pixels | None:
    """Three to five gaps in the line around it, coloured as what is inside of them; None where that is dark, too."""
    from scipy import ndimage

    made = pixels.copy()
    grid, _ = grid_of(pixels)
    figure = pixels[..., 3] > 127
    width = grid if grid > 1 else 2
    depth = ndimage.distance_transform_cdt(np.pad(figure, 1), "taxicab")[1:-1, 1:-1]
    line = figure & (depth <= width)
    nearest = ndimage.distance_transform_edt(line | ~figure, return_distances=False, return_indices=True)
    places = np.argwhere(line)
    rows, columns = np.indices(figure.shape)
    for _ in range(chance.randint(3, 5)):
        y, x = places[chance.randrange(len(places))]
        gap = line & ((rows - y) ** 2 + (columns - x) ** 2 <= chance.randint(3, 6) ** 2)
        made[gap] = pixels[nearest[0][gap], nearest[1][gap]]
    changed = (made != pixels).any(axis=-1)
    away = np.sqrt(((oklab(made[changed][:, :3]) - oklab(pixels[changed][:, :3])) ** 2).sum(axis=-1))
    return made if len(away) and away.mean() > 0.15 else None


def stray(pixels: Pixels, chance: random.Random) -> Pixels | None:
    """Two to six specks of a pixel of its grid where nothing is."""
    grid, _ = grid_of(pixels)
    made = pixels.copy()
    colours = pixels[pixels[..., 3] > 127]
    free = []
    for y in range(0, 64 - grid + 1, grid):
        for x in range(0, 64 - grid + 1, grid):
            around = pixels[max(0, y - grid) : y + 2 * grid, max(0, x - grid) : x + 2 * grid, 3]
            if not around.any():
                free.append((y, x))
    if len(free) < 20:
        return None
    for y, x in chance.sample(free, chance.randint(2, 6)):
        made[y : y + grid, x : x + grid] = (*colours[chance.randrange(len(colours))][:3], 255)
    return made


def clipped(pixels: Pixels, chance: random.Random) -> Pixels | None:
    """Moved over the border by an eighth to a third of what is to be seen."""
    if (pixels[..., 3] > 127).mean() > 0.97:
        return None
    box = visible_box(pixels, 127)
    assert box is not None
    left, top, right, bottom = box
    share = chance.uniform(0.125, 0.34)
    axis, forth = chance.choice(((0, True), (0, False), (1, True), (1, False)))
    first, last = (top, bottom) if axis == 0 else (left, right)
    side = pixels.shape[axis]
    cut = round((last - first) * share)
    made = np.zeros_like(pixels)
    move = side - last + cut if forth else -first - cut
    lines = range(max(0, -move), min(side, side - move))
    for line in lines:
        if axis == 0:
            made[line + move] = pixels[line]
        else:
            made[:, line + move] = pixels[:, line]
    return made


def jaggies(pixels: Pixels, chance: random.Random) -> Pixels | None:
    """A sixth of the pixels at its edge taken away, or doubled outward."""
    if (pixels[..., 3] > 127).all():
        return None
    grid, (left, top) = grid_of(pixels)
    native = pixels[top % grid :: grid, left % grid :: grid].copy()
    figure = native[..., 3] > 127
    made = native.copy()
    made[..., 3] = np.where(figure, 255, 0)
    for row, column in np.argwhere(depths(figure) == 1):
        if chance.random() < 1 / 6:
            if chance.random() < 0.5:
                made[row, column] = 0
            else:
                down, right = chance.choice(((0, 1), (1, 0), (0, -1), (-1, 0)))
                y, x = row + down, column + right
                if 0 <= y < made.shape[0] and 0 <= x < made.shape[1] and not figure[y, x]:
                    made[y, x] = (*native[row, column, :3], 255)
    return made.repeat(grid, axis=0).repeat(grid, axis=1)


def halo(pixels: Pixels, chance: random.Random) -> Pixels | None:
    """Laid on white or magenta and cut out again a pixel too wide, edges mixed."""
    alpha = pixels[..., 3:] / 255
    if alpha.all():
        return None
    ground = np.array(chance.choice(((255, 255, 255), (255, 0, 255))))
    flat = pixels[..., :3] * alpha + ground * (1 - alpha)
    wide = np.pad(pixels[..., 3] > 20, 1)
    grown = wide[1:-1, 1:-1] | wide[:-2, 1:-1] | wide[2:, 1:-1] | wide[1:-1, :-2] | wide[1:-1, 2:]
    soft = flat.copy()
    padded = np.pad(flat, ((1, 1), (1, 1), (0, 0)), constant_values=0)
    edge = grown & (pixels[..., 3] < 255)
    around = (padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]) / 4
    soft[edge] = around[edge] * 0.3 + flat[edge] * 0.7
    made = np.zeros_like(pixels)
    made[..., :3] = soft.round().clip(0, 255)
    made[..., 3] = np.where(grown, 255, 0)
    made[~grown] = 0
    return made


def alignment(pixels: Pixels, chance: random.Random) -> Pixels | None:
    """Pixel art made a tenth to a half larger, nearest neighbour: its squares are of two sizes."""
    if grid_of(pixels)[0] == 1:
        return None
    side = chance.choice([size for size in range(70, 97) if size % 16])
    places = np.floor((np.arange(side) + 0.5) * 64 / side).astype(int)
    return np.ascontiguousarray(pixels[places][:, places])


def shaded(pixels: Pixels, chance: random.Random) -> Pixels:
    """With a soft light from one side laid over it: 0.3 of OKLab's lightness from end to end."""
    turn = chance.uniform(0, 2 * np.pi)
    rows, columns = np.indices(pixels.shape[:2]) / 63 - 0.5
    return _lit(pixels, 0.3 * (columns * np.cos(turn) + rows * np.sin(turn)))


def banding(pixels: Pixels, chance: random.Random) -> Pixels | None:
    """The same light in steps of 0.03 to 0.05."""
    step = chance.uniform(0.03, 0.05)
    turn = chance.uniform(0, 2 * np.pi)
    rows, columns = np.indices(pixels.shape[:2]) / 63 - 0.5
    light = 0.3 * (columns * np.cos(turn) + rows * np.sin(turn))
    return _lit(pixels, np.round(light / step) * step)


def _lit(pixels: Pixels, light: np.ndarray) -> Pixels:
    lab = oklab(pixels[..., :3])
    lab[..., 0] = lab[..., 0] * 0.7 + 0.15 + light
    made = pixels.copy()
    made[..., :3] = from_oklab(lab)
    made[pixels[..., 3] == 0] = 0
    return made


def in_colours(pixels: Pixels, allowed: Floats) -> Pixels:
    """With each colour replaced by the nearest of ``allowed``, in OKLab, shape (n, 3)."""
    lab = oklab(pixels[..., :3])
    nearest = ((lab[:, :, None] - allowed) ** 2).sum(axis=-1).argmin(axis=-1)
    made = pixels.copy()
    made[..., :3] = from_oklab(allowed)[nearest]
    return made


def off_palette(pixels: Pixels, chance: random.Random) -> Pixels | None:
    """A tenth or more of what is to be seen in another hue."""
    lab = oklab(pixels[..., :3])
    figure = pixels[..., 3] > 127
    rows, columns = np.nonzero(figure)
    middle = chance.randrange(len(rows))
    away = (np.indices(figure.shape)[0] - rows[middle]) ** 2 + (
        np.indices(figure.shape)[1] - columns[middle]
    ) ** 2
    patch = figure & (away <= np.percentile(away[figure], chance.uniform(10, 25)))
    turn = chance.uniform(0, 2 * np.pi)
    lab[patch, 1:] += 0.1 * np.array([np.cos(turn), np.sin(turn)])
    made = pixels.copy()
    made[..., :3] = np.where(patch[..., None], from_oklab(lab), pixels[..., :3])
    return made


FAULTS: dict[str, Callable[[Pixels, random.Random], Pixels | None]] = {
    "blank": blank,
    "outline": outline,
    "stray": stray,
    "clipped": clipped,
    "jaggies": jaggies,
    "off_palette": off_palette,
    "halo": halo,
    "alignment": alignment,
    "banding": banding,
}


def pairs(fault: str, some: Sequence[Judged], seed: int) -> tuple[list[Judged], list[Judged]]:
    """Sound pictures, and those with ``fault``. Where the fault needs a line around it or a light, there are sound
    pictures with and without."""
    chance = random.Random(f"{fault} {seed}")
    sound, base = list(some), list(some)
    if fault == "outline":
        base = [replace(one, pixels=lined) for one in some if (lined := outlined(one.pixels)) is not None]
        sound += base
    if fault == "banding":
        sound += [replace(one, pixels=shaded(one.pixels, chance)) for one in some]
    faulty = [
        replace(one, pixels=made) for one in base if (made := FAULTS[fault](one.pixels, chance)) is not None
    ]
    return sound, faulty
