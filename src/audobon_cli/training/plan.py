"""What a run will take, told before it: time by a few trial steps, memory and disk. Nothing is kept."""

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.hardware.process_memory import resident_bytes
from audobon_cli.platforms import current
from audobon_cli.training.memory import MemoryForecast, advice, forecast_memory
from audobon_cli.training.pictures.training_set import TrainingPicture
from audobon_cli.training.prepare import PreparedRun
from audobon_cli.training.run import RunFolder, TrainingRun
from audobon_cli.training.train import TrainingContext

if TYPE_CHECKING:
    from PIL.Image import Image

TRIAL_STEPS = 3
COPIES = 5
"""Of the trained weights in a checkpoint: weights, averages, best, and two moments of the optimiser."""
NUMBER_BYTES = 4
FILES = 3
"""Copies of the finished LoRA: two in the run's folder, one in the library and one among the models make four at most;
the checkpoint is gone by then."""
SAMPLE_BYTES = 64 * 2**10
MEASURED_SHARE = 1 / 3
"""A measured picture costs a third of a step's: there is no way back through the network."""


@dataclass(frozen=True, slots=True)
class RunCosts:
    """What ``run`` takes: ``seconds`` in all, at ``step_seconds`` a step as measured in ``trial_steps``; the most of
    memory and disk, and what is free of it (None: unknown). ``forecast`` is the memory as it was computed before the
    model was loaded, None where it cannot be; where that is more than there is, no trial step was made."""

    run: TrainingRun
    steps: int
    parameters: int
    device: str
    trial_steps: int
    step_seconds: float
    seconds: float
    memory_bytes: int
    free_memory_bytes: int | None
    disk_bytes: int
    free_disk_bytes: int | None
    forecast: MemoryForecast | None = None
    advice: str = ""
    """What to do about too little memory."""

    @property
    def fits(self) -> bool:
        """Whether there is enough of both, as far as is known."""
        short = self.free_disk_bytes is not None and self.disk_bytes > self.free_disk_bytes
        own = self.free_memory_bytes is not None and self.memory_bytes > self.free_memory_bytes
        return not (short or own or (self.forecast is not None and not self.forecast.fits))


def plan_run(prepared: PreparedRun, context: TrainingContext) -> RunCosts:
    """Load the model, make trial steps and forget them. Raises what loading and training raise."""
    from audobon_cli.training.networks.session import TrainingPlace, TrainingSession

    run, settings = prepared.run, prepared.run.settings
    device = context.settings.device or None
    forecast = forecast_memory(prepared.model, settings, device)
    if forecast is not None and not forecast.fits:
        return _too_large(prepared, context, forecast)
    free = current().available_bytes()
    before = resident_bytes() or 0
    with tempfile.TemporaryDirectory(prefix="audobon-") as folder:
        small = replace(run, settings=replace(settings, sample_every=0))
        place = TrainingPlace(
            small,
            prepared.model,
            RunFolder(Path(folder)),
            _opener(prepared, context),
            device=device,
        )
        session = TrainingSession(place)
        trainer = session.load()
        trainer.advance()  # the first step also finds room and kernels
        began = time.perf_counter()
        for _ in range(TRIAL_STEPS):
            trainer.advance()
        step = (time.perf_counter() - began) / TRIAL_STEPS
    used = max(0, (resident_bytes() or 0) - before)
    count = trainer.layers.count
    steps = trainer.steps
    measured = (steps // settings.measure_every + 1) * settings.measure_times
    pictures = min(len(trainer.examples.learnt), 32) + len(trainer.examples.held_out)
    measuring = measured * pictures / settings.batch * step * MEASURED_SHARE
    samples = steps // settings.sample_every if settings.sample_every else 0
    disk = (COPIES + FILES + 1) * count * NUMBER_BYTES + samples * SAMPLE_BYTES
    return RunCosts(
        run,
        steps,
        count,
        str(trainer.trainable.device),
        TRIAL_STEPS,
        step,
        steps * step + measuring,
        used,
        free,
        disk,
        _free_disk(context.library.root),
        forecast,
    )


def _too_large(prepared: PreparedRun, context: TrainingContext, forecast: MemoryForecast) -> RunCosts:
    """The costs of a run for which there is too little memory: nothing was tried."""
    run, settings = prepared.run, prepared.run.settings
    count = forecast.memory.numbers
    return RunCosts(
        run,
        settings.steps_for(len(run.pictures.learnt)),
        count,
        forecast.device,
        0,
        0.0,
        0.0,
        forecast.memory.peak,
        forecast.free_bytes,
        (COPIES + FILES + 1) * count * NUMBER_BYTES,
        _free_disk(context.library.root),
        forecast,
        advice(prepared.model, settings, context.settings.device or None),
    )


def _opener(prepared: PreparedRun, context: TrainingContext) -> "Callable[[TrainingPicture], Image]":
    """Opens pictures where they are now: in the library, or as files."""
    from audobon_cli.sprites.pictures import PictureReader

    gathered = prepared.checked.gathered
    reader = PictureReader(context.library)

    def open_picture(picture: TrainingPicture) -> "Image":
        from PIL import Image

        return Image.fromarray(reader.picture(gathered.sources[picture.digest]).frames[0])

    return open_picture


def _free_disk(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
