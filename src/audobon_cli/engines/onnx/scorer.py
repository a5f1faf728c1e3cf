"""The scorer of `--candidates` by exported graphs: the cosines of scoring.image_scorer, without PyTorch."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from audobon_cli.domain.model import Model
from audobon_cli.engines.onnx.exports import PICTURES, ExportsUnusable, read_exports
from audobon_cli.engines.onnx.prompts import load_prompts
from audobon_cli.engines.onnx.runtime import Network
from audobon_cli.engines.scoring.scored_pixels import WEIGHTS_FILE, scored_pixels


class OnnxScorer:
    """Says how well pictures show a text. Implements engines.base.LoadedScorer and scoring.agreement.JointSpace."""

    def __init__(self, model: Model) -> None:
        """Load the scorer of ``model``, which must have one: some ten milliseconds beside a loaded model.

        Raises ExportsUnusable.
        """
        exports = read_exports(model)
        self.name = model.name
        assert model.scorer is not None
        try:
            weights = (model.scorer / WEIGHTS_FILE).read_bytes()
        except OSError as error:
            raise ExportsUnusable(
                f"{model.scorer / WEIGHTS_FILE} cannot be read: {error.strerror}"
            ) from error
        if dict(exports.weights).get(WEIGHTS_FILE) != hashlib.sha256(weights).hexdigest():
            raise ExportsUnusable(f"the graph {PICTURES} is of another version than the scorer's weights")
        self._pictures = Network(exports.read(PICTURES), model.scorer, PICTURES)
        self._texts = load_prompts(model, exports)

    def scores(self, contents: Sequence[Image.Image], text: str) -> tuple[float, ...]:
        """Cosines of ``text`` and each of ``contents``: higher shows it better. Compare for one text only."""
        meaning = self._texts.meaning(text)
        return tuple(float(point @ meaning) for point in self.points(contents))

    def points(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """See scoring.agreement.JointSpace."""
        points = self._pictures(pictures=scored_pixels(images))
        unit: NDArray[np.float32] = points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-12)
        return unit

    def meanings(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See scoring.agreement.JointSpace."""
        return np.stack([self._texts.meaning(text) for text in texts])
