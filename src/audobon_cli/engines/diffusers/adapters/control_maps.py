"""From a picture of the user's own to what a network is shown: sized, flattened, its edges found."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from audobon_cli.domain.adapters import ControlKind, InputImage
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.ids import blob_id
from audobon_cli.domain.units import Size
from audobon_cli.media.image.formats import INPUT_FORMATS
from audobon_cli.media.image.png_frames import pillow_file
from audobon_cli.media.untrusted.decoding import picture_by

LOW_THRESHOLD, HIGH_THRESHOLD = 100, 200
"""Gradients (sum of the absolute Sobel responses) of weak and of strong edges: diffusers' documentation
calls cv2.Canny with these for the maps that its ControlNets are shown."""

TANGENT_22 = np.tan(np.pi / 8)
"""Directions nearer to an axis than 22.5 degrees count as along it."""


def read_input(picture: InputImage) -> Image.Image:
    """The picture, RGB, transparency on white. Raises InvalidInput if its file changed since the request was
    resolved."""
    try:
        data = picture.read()
    except OSError:
        data = b""
    if blob_id(data) != picture.blob:
        raise InvalidInput(
            f"The picture {picture.path} was changed or removed during the run.", hint="run the command again"
        )
    shown = str(picture.path)
    return picture_by(
        *("control", data, shown),
        lambda why: InvalidInput(
            f"The picture {shown} cannot be used: {why}.", hint="give a PNG, JPEG or WebP picture"
        ),
    )


def decoded_control(data: bytes, shown: str) -> Image.Image:
    """The picture in the file ``data``, as read_input gives it."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(pillow_file(data)), formats=INPUT_FORMATS))
    assert image is not None
    if image.has_transparency_data:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image)
    return image.convert("RGB")


def control_map(picture: InputImage, kind: ControlKind, size: Size) -> Image.Image:
    """The map of ``kind`` for a picture of ``size``: fitted without distortion, what juts out cut off evenly.

    Raises as read_input.
    """
    fitted = ImageOps.fit(read_input(picture), (size.width, size.height), Image.Resampling.LANCZOS)
    if not kind.is_drawn:
        return fitted
    edges = canny(np.asarray(fitted))
    return Image.fromarray(np.repeat(edges[..., None], 3, axis=2))


def canny(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Edges by Canny's method: uint8 (height, width), 255 on edges of ``pixels`` (height, width, channels).

    Sobel gradients of the channel where they are strongest; of each ridge the crest; weak edges as far as
    they hang together with strong ones. The steps and thresholds are those of cv2.Canny.
    """
    across, down = _strongest_gradients(pixels.astype(np.int32))
    strength = np.abs(across) + np.abs(down)
    crest = _is_crest(strength, across, down)
    weak = crest & (strength > LOW_THRESHOLD)
    return np.where(_connected(weak, strength > HIGH_THRESHOLD), 255, 0).astype(np.uint8)


def _strongest_gradients(pixels: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    padded = np.pad(pixels, ((1, 1), (1, 1), (0, 0)), mode="edge")
    smooth_down = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    smooth_across = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    across = smooth_down[:, 2:] - smooth_down[:, :-2]
    down = smooth_across[2:] - smooth_across[:-2]
    best = np.argmax(np.abs(across) + np.abs(down), axis=2)[..., None]
    return np.take_along_axis(across, best, 2)[..., 0], np.take_along_axis(down, best, 2)[..., 0]


def _is_crest(
    strength: NDArray[np.int32], across: NDArray[np.int32], down: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Where the gradient is no weaker than on both sides along its own direction."""
    padded = np.pad(strength, 1)
    height, width = strength.shape

    def beside(rows: int, columns: int) -> NDArray[np.int32]:
        return padded[1 + rows : 1 + rows + height, 1 + columns : 1 + columns + width]

    x, y = np.abs(across), np.abs(down)
    level = y < x * TANGENT_22
    steep = ~level & (y > x * (TANGENT_22 + 2))  # tan 67.5 = tan 22.5 + 2
    falling = (across < 0) == (down < 0)
    slanted = np.where(
        falling,
        (strength > beside(-1, -1)) & (strength > beside(1, 1)),
        (strength > beside(-1, 1)) & (strength > beside(1, -1)),
    )
    along = np.where(
        level,
        (strength > beside(0, -1)) & (strength >= beside(0, 1)),
        (strength > beside(-1, 0)) & (strength >= beside(1, 0)),
    )
    crest: NDArray[np.bool_] = np.where(level | steep, along, slanted)
    return crest


def _connected(weak: NDArray[np.bool_], strong: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pixels of ``weak`` that touch, side or corner, a chain of them that reaches one of ``strong``."""
    height, width = weak.shape
    left = np.pad(weak, 1)
    reached = np.zeros_like(left)
    todo = [(int(row) + 1, int(column) + 1) for row, column in np.argwhere(weak & strong)]
    while todo:
        row, column = todo.pop()
        if not left[row, column]:
            continue
        left[row, column] = False
        reached[row, column] = True
        todo += [(row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1) if left[row + i, column + j]]
    return reached[1 : height + 1, 1 : width + 1]
