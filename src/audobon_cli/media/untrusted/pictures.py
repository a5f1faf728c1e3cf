"""What makes a picture of a file's bytes, by name: of whatever floor, since the child imports what it is asked for."""

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

    Decoder = Callable[[bytes, str], Image]

PICTURES = {
    "first frame": "audobon_cli.media.image.pixels:first_frame",
    "input": "audobon_cli.engines.diffusers.inputs.input_pixels:decoded_picture",
    "control": "audobon_cli.engines.diffusers.adapters.control_maps:decoded_control",
    "own exemplar": "audobon_cli.exemplars.trace:decoded_exemplar",
    "delivery": "audobon_cli.providers.images:decoded_delivery",
}
"""Each as ``"module:function"``: of the bytes and a name to a picture, RGB or RGBA. Raises AudobonError."""


def picture_function(name: str) -> "Decoder":
    """The one called ``name``. Raises KeyError for one that is not in PICTURES."""
    module, _, function = PICTURES[name].partition(":")
    found: Decoder = getattr(importlib.import_module(module), function)
    return found
