"""Style transfer by a network of the user's own: an ONNX file that takes a picture, and another that has the style.

The form is that of arbitrary stylisation (Ghiasi et al. 2017, "Exploring the structure of a real-time, arbitrary neural
artistic stylization network") as published for TensorFlow and its conversions: two float32 inputs of four axes, one
picture each, RGB from 0 to 1, channels last or second; the first output is the picture, laid out and ranged alike.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import read_bounded
from audobon_cli.engines.onnx.runtime import onnxruntime
from audobon_cli.media.image.oklab import Floats
from audobon_cli.media.image.pixels import DecodedImage, Pixels, as_image
from audobon_cli.media.provenance import SourceType
from audobon_cli.media.xmp import XMP_KEYWORD, xmp_packet
from audobon_cli.sprites.operations.operation import Operation, Product
from audobon_cli.styles.look import grid_of

STYLE_SIDE = 256
"""Pixels a side at which a style is looked at where the network leaves it open: what Ghiasi's was taught with."""
MOST_SIDE = 2048
"""Of a picture where the network takes any: its memory grows with the area, some 2 KB a pixel."""
MOST_NETWORK_BYTES = 512 * 2**20
"""Of a network's file; those that are published have at most some hundred megabytes."""
CHANNELS = 3
FORM = "two inputs (a picture, a style) of four axes, three of them sides and channels; see docs/styles.md"


class _Input(NamedTuple):
    """One input: its name, whether channels come last, and its sides in pixels (None: any)."""

    name: str
    channels_last: bool
    height: int | None
    width: int | None


@dataclass(frozen=True, slots=True)
class NeuralStyle(Operation):
    """The first input in the style of the second, by the network in the file ``model``, whose SHA-256 is ``digest``.

    Alpha stays, and so does the grid of pixel art: each cell is the mean of what the network made of it. ``strength``
    from 0 to 1 is how far the colours go.
    """

    name: ClassVar[str] = "style-network"
    packages: ClassVar[tuple[str, ...]] = ("numpy", "pillow", "onnxruntime")
    by_parameters: ClassVar[bool] = False
    model: str = ""
    digest: str = ""
    strength: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise InvalidInput(f"A strength of {self.strength:g} makes no sense.", hint="give 0 to 1")

    @property
    def verb(self) -> str:
        return "styled"

    def run(self, inputs: Sequence[DecodedImage]) -> Product:
        data = network_file(Path(self.model))
        if hashlib.sha256(data).hexdigest() != self.digest:
            raise InvalidInput(
                f"{self.model} is another network than the one that the style was made with.",
                hint="put that one back, or make the asset anew with `audobon style transfer --model`",
            )
        return Product(_styled(inputs[0].still, inputs[1].still, data, self.strength))

    def made(self, inputs: Sequence[DecodedImage]) -> Product:
        """See AssetOperation. A trained model changed the picture, whatever made it, and the file says so."""
        product = self.run(inputs)
        return replace(
            product, texts={**product.texts, XMP_KEYWORD: xmp_packet(SourceType.EDITED_BY_TRAINED.uri)}
        )


def network_file(path: Path) -> bytes:
    """The bytes of a network. Raises InvalidInput for a file that cannot be read, or is too large to be one."""
    try:
        return read_bounded(path.expanduser(), MOST_NETWORK_BYTES)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise InvalidInput(
            f"The network {path} cannot be read: {why}.", hint="check the path", path=str(path)
        ) from error


def check_network(data: bytes, name: str) -> None:
    """Raise InvalidInput for what is no network of FORM."""
    _inputs(_session(data), name)


def _styled(picture: Pixels, style: Pixels, data: bytes, strength: float) -> Pixels:
    session = _session(data)
    content_input, style_input = _inputs(session, "the network")
    height, width = picture.shape[:2]
    if max(height, width) > MOST_SIDE and content_input.height is None:
        raise InvalidInput(
            f"A picture of {width}x{height} is too large for a network.",
            hint=f"make its sides {MOST_SIDE} at most",
        )
    feed = {
        content_input.name: _fed(picture, content_input, (height, width)),
        style_input.name: _fed(style, style_input, (STYLE_SIDE, STYLE_SIDE)),
    }
    made = np.asarray(_run(session, feed), dtype=np.float64)
    if made.ndim != 4 or CHANNELS not in (made.shape[1], made.shape[3]) or not np.isfinite(made).all():
        raise InvalidInput(
            f"The network gave numbers of shape {made.shape} that are no picture.",
            hint=f"its form must be: {FORM}",
        )
    drawn = made[0] if content_input.channels_last else made[0].transpose(1, 2, 0)
    colours = _resized(drawn.clip(0, 1) * 255, height, width)
    grid, (x, y) = grid_of(picture)
    if grid > 1 and not (x % grid or y % grid or height % grid or width % grid):
        cells = colours.reshape(height // grid, grid, width // grid, grid, CHANNELS).mean(axis=(1, 3))
        colours = cells.repeat(grid, axis=0).repeat(grid, axis=1)
    mixed = strength * colours + (1 - strength) * picture[..., :CHANNELS]
    result = np.concatenate([np.rint(mixed).astype(np.uint8), picture[..., CHANNELS:]], axis=-1)
    result[picture[..., CHANNELS] == 0] = 0
    return result


def _fed(pixels: Pixels, wanted: _Input, own: tuple[int, int]) -> Any:
    """``pixels`` as an input: of ``own`` height and width where the network leaves them open. What is clear has the
    mean colour of what is seen, so that the network sees no edge of another colour."""
    seen = pixels[..., 3:] / 255
    total = max(float(seen.sum()), 1e-6)
    ground = (pixels[..., :CHANNELS] * seen).sum(axis=(0, 1)) / total
    flat = pixels[..., :CHANNELS] * seen + ground * (1 - seen)
    height, width = wanted.height or own[0], wanted.width or own[1]
    values = (_resized(flat, height, width) / 255).astype(np.float32)[None]
    return values if wanted.channels_last else values.transpose(0, 3, 1, 2)


def _resized(values: Floats, height: int, width: int) -> Floats:
    if values.shape[:2] == (height, width):
        return values
    from PIL import Image

    opaque = np.full((*values.shape[:2], 1), 255.0)
    picture = as_image(np.rint(np.concatenate([values, opaque], axis=-1)).astype(np.uint8))
    small = picture.resize((width, height), Image.Resampling.LANCZOS)
    return np.asarray(small, dtype=np.float64)[..., :CHANNELS]


@lru_cache(maxsize=1)
def _session(data: bytes) -> Any:
    """The network in memory, on one thread, so that sums are in one order on every machine."""
    try:
        runtime = onnxruntime()
    except ImportError as error:
        raise InvalidInput(
            f"onnxruntime cannot be imported: {error}.", hint="install audobon-cli again"
        ) from error
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    failures = _failures()
    try:
        return runtime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except failures as error:
        raise InvalidInput(
            "The file is no network that onnxruntime can run.", hint=f"give an ONNX file with {FORM}"
        ) from error


def _run(session: Any, feed: dict[str, Any]) -> Any:
    failures = _failures()
    try:
        return session.run(None, feed)[0]
    except failures as error:
        first = str(error).strip().splitlines()[0]
        raise InvalidInput(f"The network failed: {first}", hint=f"its form must be: {FORM}") from error


def _failures() -> tuple[type[Exception], ...]:
    """What onnxruntime raises for networks, inputs and memory that will not do."""
    import importlib

    state = importlib.import_module("onnxruntime.capi.onnxruntime_pybind11_state")
    names = (
        "Fail",
        "InvalidArgument",
        "InvalidGraph",
        "InvalidProtobuf",
        "NotImplemented",
        "RuntimeException",
    )
    return tuple(getattr(state, name) for name in names)


def _inputs(session: Any, name: str) -> tuple[_Input, _Input]:
    """The picture's input and the style's: by their names, else in their order. Raises InvalidInput."""
    found = [_input(one) for one in session.get_inputs()]
    known = [one for one in found if one is not None]
    if len(found) != 2 or len(known) != 2:
        raise InvalidInput(
            f"{name} does not take a picture and a style.", hint=f"give an ONNX file with {FORM}"
        )
    first, second = known
    swapped = "style" in first.name.lower() and "style" not in second.name.lower()
    return (second, first) if swapped else (first, second)


def _input(one: Any) -> _Input | None:
    shape = [side if isinstance(side, int) else None for side in one.shape]
    if len(shape) != 4 or one.type != "tensor(float)" or CHANNELS not in (shape[1], shape[3]):
        return None
    last = shape[3] == CHANNELS
    height, width = (shape[1], shape[2]) if last else (shape[2], shape[3])
    return _Input(one.name, last, height, width)
