"""Gates: what can be measured of sprites and sequences, each as one number that a limit can hold.

Numbers are of kinds that say "the smaller the better": 0 is without fault.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from audobon_cli.media.image.pixels import DecodedImage, Pixels, visible_box
from audobon_cli.sprites.operations.colors import Colour, colour_array, oklab, unique_colours
from audobon_cli.sprites.operations.cut import halo
from audobon_cli.sprites.operations.pixelate import find_grid
from audobon_cli.sprites.operations.tile import seam_energy

WHITE, MAGENTA = (255, 255, 255), (255, 0, 255)
ALIKE = 0.995
"""Share of equal pixels (within OKLab 0.02, of those visible in either) from which frames are duplicates."""


class Gate(NamedTuple):
    """What a gate measures, and the limit that holds when a contract gives none (None: no limit).

    ``breach`` says in words what is wrong where a gate is only kept or not.
    """

    about: str
    limit: float | None
    breach: str = ""


PICTURE_GATES: Mapping[str, Gate] = {
    "hidden_colour": Gate("fully transparent pixels that carry a colour", 0),
    "halo_white": Gate("rim left of a white background, 0 to 1", 0.1),
    "halo_magenta": Gate("rim left of a magenta background, 0 to 1", 0.1),
    "edge_bleed": Gate("share of the canvas's border that is not transparent", None),
    "soft_alpha": Gate("share of visible pixels that are half transparent", None),
    "islands": Gate("separate parts of at least 4 pixels, beyond the first", None),
    "colours": Gate("different visible colours", None),
    "off_palette": Gate("visible pixels in a colour outside of the contract's palette", 0),
    "size": Gate("pixels by which width or height differ from the contract's size", 0),
    "style": Gate("1 when the style is none of the contract's", 0, "its style is none of the contract's"),
    "style_distance": Gate("distance from the contract's style card, of the frame that is furthest", None),
    "tile_seam": Gate("seam when repeated, over what changes inside (about 1 is none)", None),
}
SEQUENCE_GATES: Mapping[str, Gate] = {
    "grid_phase": Gate("pixels by which frames' pixel grids are apart", 0.5),
    "duplicate_frames": Gate("frames that show the same as the one before", 0),
    "loop_seam": Gate("change from the last frame to the first, over the mean change", 3.0),
    "anchor_drift": Gate("pixels by which the figure's foot or core column wanders", None),
    "size_drift": Gate("pixels by which frames differ in size", 0),
    "palette_drift": Gate("colours that only some of the frames have", None),
}
GATES: Mapping[str, Gate] = {**PICTURE_GATES, **SEQUENCE_GATES}


def measure_picture(
    picture: DecodedImage, palette: Sequence[Colour] = (), size: tuple[int, int] | None = None
) -> dict[str, float]:
    """Every gate of PICTURE_GATES that applies: those of palette and size only where they are given."""
    pixels = picture.frames[0]
    visible = pixels[..., 3] > 0
    border = np.concatenate([visible[0], visible[-1], visible[1:-1, 0], visible[1:-1, -1]])
    found = {
        "hidden_colour": float((pixels[~visible][:, :3] != 0).any(axis=1).sum()),
        "halo_white": halo(pixels, WHITE),
        "halo_magenta": halo(pixels, MAGENTA),
        "edge_bleed": float(border.mean()),
        "soft_alpha": float(((pixels[..., 3] < 255) & visible).sum() / max(visible.sum(), 1)),
        "islands": float(_islands(pixels)),
        "colours": float(len(unique_colours(pixels[visible][:, :3])[0])) if visible.any() else 0.0,
    }
    if palette:
        allowed = {tuple(row) for row in colour_array(palette).tolist()}
        colours, counts, _ = unique_colours(pixels[visible][:, :3])
        rows = zip(colours.tolist(), counts.tolist(), strict=True)
        found["off_palette"] = float(sum(n for colour, n in rows if tuple(colour) not in allowed))
    if size is not None:
        found["size"] = float(max(abs(picture.width - size[0]), abs(picture.height - size[1])))
    if visible.all():
        found["tile_seam"] = seam_energy(pixels)
    return {name: round(value, 4) for name, value in found.items()}


def measure_sequence(frames: Sequence[Pixels]) -> dict[str, float]:
    """Every gate of SEQUENCE_GATES, for two or more frames in the order of playing.

    The grid's is left out unless every frame shows one; of sizes that differ only that is told.
    """
    sizes = [frame.shape[:2] for frame in frames]
    drift = max(max(side) - min(side) for side in zip(*sizes, strict=True))
    found = {"size_drift": float(drift)}
    if drift == 0:
        steps = [_difference(a, b) for a, b in zip(frames, (*frames[1:], frames[0]), strict=True)]
        inner = float(np.mean(steps[:-1]))
        alike = [_alike(a, b) for a, b in pairwise(frames)]
        found |= {
            "duplicate_frames": float(sum(share >= ALIKE for share in alike)),
            "loop_seam": steps[-1] / max(inner, 1e-4),
            "anchor_drift": _anchor_drift(frames),
            "palette_drift": float(_palette_drift(frames)),
        }
        phase = _grid_phase(frames)
        if phase is not None:
            found["grid_phase"] = phase
    return {name: round(value, 4) for name, value in found.items()}


def _islands(pixels: Pixels) -> int:
    from scipy import ndimage

    labels, count = ndimage.label(pixels[..., 3] > 0, np.ones((3, 3)))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    return max(0, int((sizes >= 4).sum()) - 1)


def _difference(a: Pixels, b: Pixels) -> float:
    """The mean OKLab distance, transparency counting as a fourth axis."""
    one, other = (
        np.concatenate([oklab(p[..., :3]) * (p[..., 3:] / 255), p[..., 3:] / 255], axis=-1) for p in (a, b)
    )
    return float(np.sqrt(((one - other) ** 2).sum(axis=-1)).mean())


def _alike(a: Pixels, b: Pixels) -> float:
    either = (a[..., 3] > 0) | (b[..., 3] > 0)
    if not either.any():
        return 1.0
    near = np.sqrt(((oklab(a[either][:, :3]) - oklab(b[either][:, :3])) ** 2).sum(axis=-1)) <= 0.02
    opacity = np.abs(a[either][:, 3].astype(int) - b[either][:, 3]) <= 8
    return float((near & opacity).mean())


def _anchor_drift(frames: Sequence[Pixels]) -> float:
    """The farthest that a frame's anchor is from the median one. The anchor is the foot (lowest visible row)
    and the middle of the core: the columns at least 0.6 times as full as the fullest, which a limb that
    moves hardly changes."""
    anchors = []
    for frame in frames:
        box = visible_box(frame, 127)
        if box is None:
            continue
        filled = (frame[..., 3] > 127).sum(axis=0)
        core = np.flatnonzero(filled >= 0.6 * filled.max())
        anchors.append((float(np.median(core)), float(box[3])))
    if len(anchors) < 2:
        return 0.0
    places = np.array(anchors)
    return float(np.abs(places - np.median(places, axis=0)).max())


def _palette_drift(frames: Sequence[Pixels]) -> int:
    sets = [{tuple(c) for c in unique_colours(f[f[..., 3] > 0][:, :3])[0].tolist()} for f in frames]
    return len(set.union(*sets)) - len(set.intersection(*sets))


def _grid_phase(frames: Sequence[Pixels]) -> float | None:
    """How far apart the frames' grids are, in pixels around one cell; None unless all show one scale."""
    together = find_grid([frames[0]])
    if not together.shows:
        return None
    grids = [find_grid([frame], together.scale) for frame in frames]
    if not all(grid.shows for grid in grids):
        return None
    apart = 0.0
    read: Sequence[Callable[..., float]] = (lambda grid: grid.x, lambda grid: grid.y)
    for axis in read:
        for grid in grids[1:]:
            away = abs(axis(grid) - axis(grids[0])) % together.scale
            apart = max(apart, min(away, together.scale - away))
    return apart
