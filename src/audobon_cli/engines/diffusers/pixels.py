"""From what a decoder puts out to a picture."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from audobon_cli.domain.errors import ModelUnsupported
from audobon_cli.domain.model import AlphaMode, Model
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import Rendered
from audobon_cli.models.files.folder import ModelFiles

if TYPE_CHECKING:
    from audobon_cli.engines.diffusers.inputs.image_to_image import ImageStart

CLEAR_BELOW = 12 / 255
"""Alpha under this becomes 0. It changes what lies behind by less than 5 %, and the hue of so faint a
premultiplied colour is chance; but a veil of it over the ground would make every pixel of a cut-out count
as drawn. In pictures of the built-in model the decoder's noise ends here: below, each level of alpha is
the commoner the lower it is; from here to solid all are equally rare, as on real edges (2026-11)."""

SOLID_ABOVE = 243 / 255
"""Alpha over this becomes 1, for the same reason: what lies behind would show through by less than 5 %."""


def check_channels(model: Model, files: ModelFiles) -> None:
    """Raise ModelUnsupported unless the model's decoder gives as many channels as its description says."""
    expected = 3 if model.alpha is AlphaMode.NONE else 4
    if files.channels != expected:
        raise ModelUnsupported(
            f"The model {model.name} makes pictures of {files.channels} channels, but is described as one "
            f"of {expected}.",
            hint="set alpha in the model's description to match its autoencoder",
            path=str(files.folder),
        )


def to_picture(pixels: NDArray[np.float32], premultiplied: bool) -> tuple[Image.Image, tuple[str, ...]]:
    """``pixels``, float (height, width, 3 or 4) in 0..1, as an 8-bit picture, and its problems.

    With four channels the colours are divided by alpha if they were ``premultiplied``; the result is RGBA
    with straight alpha and the colour of clear pixels 0. Values outside 0..1 are clipped; values that are
    not finite become 0 and are named as a problem.
    """
    problems: tuple[str, ...] = ()
    unfinished = int(np.count_nonzero(~np.isfinite(pixels).all(axis=-1)))
    if unfinished:
        problems = (f"values are not finite in {unfinished} of {pixels[..., 0].size} pixels",)
        pixels = np.nan_to_num(pixels, nan=0.0, posinf=0.0, neginf=0.0)
    pixels = np.clip(pixels, 0.0, 1.0)
    if premultiplied and pixels.shape[-1] == 4:
        pixels = unpremultiply(pixels)
    return Image.fromarray(np.round(pixels * 255.0).astype(np.uint8)), problems


def unpremultiply(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Straight-alpha RGBA from premultiplied RGBA, both float (height, width, 4) in 0..1.

    Alpha is snapped at both ends (CLEAR_BELOW, SOLID_ABOVE); clear pixels are all zeros.
    """
    alpha = pixels[..., 3]
    visible = alpha >= CLEAR_BELOW
    divisor = np.where(visible, alpha, 1.0)[..., None]
    straight = np.empty_like(pixels)
    straight[..., :3] = np.where(visible[..., None], np.minimum(pixels[..., :3] / divisor, 1.0), 0.0)
    straight[..., 3] = np.where(visible, np.where(alpha > SOLID_ABOVE, 1.0, alpha), 0.0)
    return straight


def rendered_pictures(
    output: Any, request: ResolvedRequest, count: int, start: "ImageStart | None"
) -> list[Rendered]:
    """The ``count`` pictures in ``output``."""
    unsafe = list(getattr(output, "nsfw_content_detected", None) or ())
    rendered = []
    for place, pixels in enumerate(_pictures(output, request.model, count)):
        image, problems = to_picture(pixels, request.model.alpha is AlphaMode.PREMULTIPLIED)
        if any(unsafe[place : place + 1]):
            problems = (*problems, "blacked out by the model's own safety checker")
        rendered.append(Rendered(image if start is None else start.finish(image), problems))
    return rendered


def _pictures(output: Any, model: Model, count: int) -> NDArray[np.float32]:
    """The ``count`` pictures in a pipeline's output: float32 (count, height, width, 3 or 4) in 0..1."""
    field = model.calling.picture if model.calling else "images"
    pictures = getattr(output, field, None)
    if pictures is None:
        raise ModelUnsupported(
            f"The pipeline {model.pipeline} gives no {field}, but {type(output).__name__}.",
            hint="choose a text-to-image model; `audobon models list` shows those at hand",
            pipeline=model.pipeline,
        )
    return np.stack([np.asarray(pictures[place], dtype=np.float32) for place in range(count)])
