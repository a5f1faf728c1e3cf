"""A refiner beside a pipeline: it draws the last steps on latents that the base model leaves unfinished."""

import copy
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audobon_cli.domain.adapters import Refiner
from audobon_cli.domain.errors import AdapterUnfit
from audobon_cli.engines.diffusers.loading.assembly import assemble
from audobon_cli.engines.diffusers.loading.schedulers import scheduler_for
from audobon_cli.engines.diffusers.memory.device import DevicePlacement
from audobon_cli.models.files.folder import inspect_model

FOR_BASE_ONLY = ("width", "height", "output_type")


@dataclass(frozen=True, slots=True)
class LoadedRefiner:
    """``scheduler`` is as loaded, never stepped."""

    pipeline: Any
    scheduler: Any
    share: float

    def base_arguments(self) -> dict[str, Any]:
        """What the base model's call takes besides."""
        return {"denoising_end": self.share, "output_type": "latent"}

    def draw(self, latents: Any, generator: Any, arguments: Mapping[str, Any]) -> Any:
        """The picture from ``latents``, by the words and settings of the base model's ``arguments``."""
        accepted = inspect.signature(type(self.pipeline).__call__).parameters
        words = {
            name: value
            for name, value in arguments.items()
            if name in accepted and name not in FOR_BASE_ONLY and not name.startswith(("image", "denoising"))
        }
        self.pipeline.scheduler = scheduler_for(self.scheduler, None)
        return self.pipeline(
            image=latents,
            denoising_start=self.share,
            generator=generator,
            output_type="np",
            **words,
        )


def load_refiner(refiner: Refiner, base: Any, placement: DevicePlacement) -> LoadedRefiner:
    """The refiner on ``placement``. Raises AdapterUnfit if base or refiner cannot share the steps, and as
    assemble."""
    import diffusers

    files = inspect_model(refiner.model.folder)
    pipeline = assemble(files, placement, checkpoint=refiner.model.checkpoint)
    if "image" not in inspect.signature(type(pipeline).__call__).parameters:
        pipeline = diffusers.AutoPipelineForImage2Image.from_pipe(pipeline)
        pipeline.set_progress_bar_config(disable=True)
    for found, argument in ((base, "denoising_end"), (pipeline, "denoising_start")):
        if argument not in inspect.signature(type(found).__call__).parameters:
            raise AdapterUnfit(
                f"A {type(found).__name__} cannot share the steps of a picture: it takes no {argument}.",
                hint="leave out --refiner, or use it with SDXL models",
            )
    return LoadedRefiner(pipeline, copy.deepcopy(pipeline.scheduler), refiner.share)
