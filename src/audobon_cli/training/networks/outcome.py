"""What comes of a run: files that draw what the model in memory draws, and whether it repeats its pictures."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from audobon_cli.domain.adapters import AdapterFiles, Adapters, Embedding, Lora
from audobon_cli.domain.errors import TrainedFileDiffers
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.storage.durable_files import write_output
from audobon_cli.training.networks.drawing import draw_in_memory, draw_with_files, levels_apart
from audobon_cli.training.networks.files import file_tensors, written
from audobon_cli.training.networks.session import TrainingSession
from audobon_cli.training.settings import EMBEDDING, TrainingSettings

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_LEVELS = 1
"""Of 255, between a picture of the model in memory and one of a file: rounding, and nothing else."""
SIDE = 32
"""Pixels a side in which pictures are held against each other."""


@dataclass(frozen=True, slots=True)
class WrittenFiles:
    """The files' bytes by their names, and how many levels of 255 their pictures are at most from the one in
    memory."""

    files: dict[str, bytes]
    levels: dict[str, int]


def pictures_in_memory(session: TrainingSession, requests: Sequence[ResolvedRequest]) -> list["Image"]:
    """What the best step draws of each request."""
    trainer = session.trainer
    with trainer.layers.holding(trainer.best or trainer.averages):
        return draw_in_memory(trainer.trainable, requests, session.place.should_stop)


def write_files(
    session: TrainingSession,
    facts: dict[str, str],
    checks: Sequence[ResolvedRequest],
    expected: Sequence["Image"],
) -> WrittenFiles:
    """Write the files of the best step into the run's folder, load each into a fresh pipeline, and compare what they
    draw of ``checks`` with ``expected``. ``facts`` go into the headers.

    Raises TrainedFileDiffers; what was written stays in the folder then."""
    trainer, place = session.trainer, session.place
    values = trainer.best or trainer.averages
    trainable = trainer.trainable
    made = {
        names: written(tensors, facts)
        for names, tensors in file_tensors(trainable, trainer.layers, values).items()
    }
    levels: dict[str, int] = {}
    files = []
    for names, data in made.items():
        path = place.folder.file(names)
        write_output(path, data, overwrite=True)
        file = AdapterFiles(place.run.name, path, hashlib.sha256(data).hexdigest())
        files.append(_worn(file, trainer.settings))
    for names, drawn in zip(
        made, draw_with_files(str(trainable.device), checks, files, place.should_stop), strict=True
    ):
        levels[names] = max(map(levels_apart, expected, drawn), default=0)
        if levels[names] > MOST_LEVELS:
            raise TrainedFileDiffers(
                f"The LoRA with {names}' names draws another picture than the model in memory: {levels[names]} levels"
                " of 255 apart."
                if trainer.settings.method != EMBEDDING
                else f"The embedding's file draws another picture than the model in memory: {levels[names]} levels of "
                "255 apart.",
                hint=f"nothing was filed; the files are in {place.folder.path}; please report it with the model's name",
                levels=levels,
            )
    return WrittenFiles(made, levels)


def _worn(file: AdapterFiles, settings: TrainingSettings) -> Adapters:
    """What draws with ``file``."""
    if settings.method == EMBEDDING:
        return Adapters(embeddings=(Embedding(file, settings.word),))
    return Adapters(loras=(Lora(file, 1.0),))


def nearness(session: TrainingSession, requests: Sequence[ResolvedRequest]) -> tuple[float, float]:
    """How far pictures of the best step are from the nearest learnt one (median), and these from each other (median of
    the nearest): mean differences of premultiplied values, 0 to 1, in SIDE x SIDE pixels."""
    place = session.place
    drawn = pictures_in_memory(session, requests)
    run = place.run.pictures
    known = np.stack([_seen(place.open_picture(run.pictures[index])) for index in run.learnt])
    own = np.abs(known[:, None] - known[None]).mean(axis=(2, 3, 4))
    np.fill_diagonal(own, np.inf)
    usual = float(np.median(own.min(axis=1))) if len(known) > 1 else 0.0
    found = [float(np.abs(known - _seen(one)).mean(axis=(1, 2, 3)).min()) for one in drawn]
    return (float(np.median(found)) if found else 0.0), usual


def packages() -> dict[str, str]:
    """The versions that a run's bits depend on."""
    import peft

    return {"torch": str(torch.__version__), "peft": str(peft.__version__)}


def _seen(image: "Image") -> np.ndarray:
    from PIL import Image

    small = image.convert("RGBA").convert("RGBa")
    if small.size != (SIDE, SIDE):
        small = small.resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32) / 255
