"""How well a picture shows what was asked: pictures and words as points of one space.

A small network maps pictures into the space of the built-in text encoder (see text_embedding.py), which stays
as it is while the network learns: locked-image tuning the other way round (Zhai et al. 2022, "LiT"). It is
taught by real renders made worse on purpose (training/scorer_training.py).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from audobon_cli.domain.errors import ModelDamaged
from audobon_cli.engines.scoring.scored_pixels import WEIGHTS_FILE, scored_pixels
from audobon_cli.engines.scoring.text_embedder import TextEmbedder

TEXT_WIDTH = 384
WIDTHS = (40, 80, 136)


class ImageEncoder(nn.Module):
    """Pictures (N, 4, 64, 64) in 0..1, colour multiplied by alpha, to points (N, 384); 0.66 M parameters."""

    def __init__(self) -> None:
        super().__init__()
        first, second, third = WIDTHS
        self.layers = nn.Sequential(
            nn.AvgPool2d(2),
            _step(4, first, 2),
            _Residual(first),
            _step(first, second, 2),
            _Residual(second),
            _step(second, third, 2),
            _Residual(third),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(third, TEXT_WIDTH),
        )

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """See the class."""
        points: torch.Tensor = self.layers(pictures)
        return points


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(_step(width, width, 1), _step(width, width, 1))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = values + self.layers(values)
        return result


def _step(inner: int, outer: int, stride: int) -> nn.Sequential:
    convolution = nn.Conv2d(inner, outer, 3, stride=stride, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outer), nn.ReLU())


class ImageEmbedder:
    """Pictures as points of the text encoder's space."""

    def __init__(self, folder: Path) -> None:
        """Load ``folder``'s weights. Raises ModelDamaged. Takes some ten milliseconds."""
        path = folder / WEIGHTS_FILE
        self._tower = ImageEncoder()
        try:
            weights = load_file(path)
            self._tower.load_state_dict({name: value.float() for name, value in weights.items()})
        except (OSError, SafetensorError, RuntimeError) as error:
            raise ModelDamaged(
                f"The scorer {path} cannot be loaded: {str(error).strip().splitlines()[0]}",
                hint="install audobon-cli again, or give --candidates 1",
                path=str(path),
            ) from error
        self._tower.eval()

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Return float32 (len(images), 384), rows of length 1. About 3 ms a picture on one core."""
        with torch.inference_mode():
            points = self._tower(torch.from_numpy(scored_pixels(images)))
            unit: NDArray[np.float32] = nn.functional.normalize(points, dim=-1).numpy()
        return unit


class ImageScorer:
    """Says how well pictures show a text; one instance keeps both networks loaded (about 65 MB).

    Implements engines.base.LoadedScorer and agreement.JointSpace."""

    def __init__(self, folder: Path, text_folder: Path) -> None:
        """``folder`` holds the picture network, ``text_folder`` is the diffusers folder of the text encoder.

        Raises ModelDamaged. Takes a second or two if transformers was not imported before.
        """
        self.name = text_folder.name
        self._pictures = ImageEmbedder(folder)
        self._texts = TextEmbedder(text_folder)

    def scores(self, images: Sequence[Image.Image], text: str) -> tuple[float, ...]:
        """Cosines of ``text`` and each of ``images``: higher shows it better. Compare for one text only."""
        meaning = self._texts.embed([text])[0]
        return tuple(float(point @ meaning) for point in self._pictures.embed(images))

    def points(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """See JointSpace."""
        return self._pictures.embed(images)

    def meanings(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See JointSpace."""
        return self._texts.embed(texts)
