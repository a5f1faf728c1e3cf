"""CLIP and SigLIP that were pulled, as what judges how well pictures show their words."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.model import Model
from audobon_cli.engines.listening.answer import CONTRASTED
from audobon_cli.engines.listening.loading import load_listener
from audobon_cli.engines.listening.networks import PictureChooser
from audobon_cli.engines.scoring.agreement import Points


class ContrastiveSpace:
    """Implements agreement.JointSpace by a network that was taught with pictures and their captions."""

    def __init__(self, model: Model, device: str | None = None) -> None:
        """Load ``model`` onto ``device`` (None: the best here); takes seconds.

        Raises InvalidInput for one that is neither CLIP nor SigLIP, and what load_listener raises.
        """
        if model.pipeline not in CONTRASTED:
            raise InvalidInput(
                f"The model {model.name} does not tell pictures from their words.",
                hint="name a CLIP or SigLIP, such as one of `audobon models pull openai/clip-vit-base-patch32`, or "
                "leave --scorer out",
            )
        network = load_listener(model, device)
        assert isinstance(network, PictureChooser)
        self.name = model.name
        self._network = network

    def points(self, images: Sequence[Image.Image]) -> Points:
        """See JointSpace. Over white where a picture is clear."""
        found = [self._network.embedded(_over_white(image), ("",)).image_embeds[0] for image in images]
        return _unit(torch.stack(found))

    def meanings(self, texts: Sequence[str]) -> Points:
        """See JointSpace. Asked as CLIP's authors do (listening.networks.PICTURE_SENTENCE)."""
        return _unit(self._network.embedded(Image.new("RGB", (32, 32), "white"), tuple(texts)).text_embeds)


def _over_white(image: Image.Image) -> Image.Image:
    ground = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")


def _unit(points: Any) -> Points:
    found: Points = torch.nn.functional.normalize(points.float(), dim=-1).cpu().numpy().astype(np.float32)
    return found
