"""Draws pictures of a model folder as the program does: its engine, its presets, its seeds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from audobon_cli.domain.events import ignore
from audobon_cli.domain.model import AlphaMode, Model, SizeRule
from audobon_cli.domain.presets import QualitySettings
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.units import Size
from audobon_cli.engines.diffusers.engine import LocalEngine
from audobon_cli.engines.scoring.cached_scorer import CachedScorer
from audobon_cli.generation.candidates import draw
from audobon_cli.generation.context import AssetTask, GenerationContext
from audobon_cli.media.image.output import ImageOutput
from audobon_cli.models.files.folder import inspect_model
from audobon_cli.presets.catalog import Presets, shipped_presets
from PIL import Image

PRESETS = Presets((("built-in", shipped_presets()),))
FAMILY = "sprite"


@dataclass(frozen=True, slots=True)
class Drawing:
    """Pictures drawn one after the other: straight-alpha RGBA, and the seconds that each took."""

    images: list[Image.Image]
    seconds: list[float]

    def premultiplied(self) -> torch.Tensor:
        """Return (N, 4, 64, 64) float in [0, 1], colour multiplied by alpha."""
        pixels = np.stack([np.asarray(image.convert("RGBa")) for image in self.images])
        return torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255


class Studio:
    """One loaded model folder."""

    def __init__(self, folder: Path, scorer: Path | None = None) -> None:
        """Load nothing yet; `scorer` is the folder of what chooses among candidates."""
        files = inspect_model(folder)
        size = files.native_size or Size(64, 64)
        self._model = Model(
            name=folder.name,
            family=FAMILY,
            pipeline=files.pipeline,
            folder=folder,
            licence="",
            size_rule=SizeRule(size),
            alpha=AlphaMode.PREMULTIPLIED,
            calling=PRESETS.families[FAMILY].calling,
            scorer=scorer,
        )
        self._engine = LocalEngine("cpu")
        # Nothing is kept: there is no library, and nobody listens.
        self._context = GenerationContext(self._engine, None, None, 0, scorer=CachedScorer())  # type: ignore[arg-type]

    def draw(
        self, prompts: Sequence[str], style: str, settings: QualitySettings, first_seed: int = 0
    ) -> Drawing:
        """Draw each prompt once in `style` ("" for none), picture k from seed `first_seed` + k."""
        images, seconds = [], []
        size = self._model.size_rule.native
        look = PRESETS.style(style) if style else None
        for place, prompt in enumerate(prompts):
            seed = first_seed + place
            request = ResolvedRequest(
                prompt=prompt,
                negative="",
                resolved_prompt=look.apply(prompt) if look else prompt,
                resolved_negative=look.negative if look else "",
                model=self._model,
                quality="",
                style=style,
                output=ImageOutput(size, size),
                steps=settings.steps,
                guidance=settings.guidance,
                seed=seed,
                count=1,
                candidates=settings.candidates,
            )
            if not place:
                self._engine.load(request, ignore)
            began = time.perf_counter()
            task = AssetTask(request, seed, place, len(prompts))
            images.append(draw(task, self._context).content)
            seconds.append(time.perf_counter() - began)
        return Drawing(images, seconds)


def quality_settings(name: str, **changes: float) -> QualitySettings:
    """Return what the quality `name` means for sprites, with changes."""
    return replace(PRESETS.quality(name).settings(FAMILY), **changes)  # type: ignore[arg-type]
