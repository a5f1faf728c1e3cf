"""Swapped parts: schedulers, the autoencoder, any other network."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from audobon_cli.domain.capabilities import Option
from audobon_cli.domain.errors import ModelDamaged
from audobon_cli.models.files.folder import inspect_model
from audobon_cli.models.files.model_index import read_object
from audobon_cli.models.schedulers import prediction_of
from tests.capabilities.probing import REFUSALS, Bench, Probe

FAULTS = (
    ValueError,
    TypeError,
    AttributeError,
    KeyError,
    IndexError,
    RuntimeError,
    NotImplementedError,
    AssertionError,
    ModelDamaged,
)
"""How a pipeline fails with a scheduler that was not made for it."""


def fitting_schedulers(bench: Bench) -> Iterator[str]:
    """The schedulers that drive the family: the picture is whole, and is not that of the model's own unless
    they are the same."""
    file = bench.folder / "scheduler" / "scheduler_config.json"
    if not file.is_file():
        return
    config = read_object(bench.folder, "scheduler/scheduler_config.json")
    kind = prediction_of(config)
    own = bench.draw(steps=3)
    for name, preset in bench.registry.presets.schedulers.items():
        choice = preset.choices.get(kind)
        if choice is None:
            continue
        request = bench.request(steps=3, scheduler=name)
        try:
            rendered = bench.render(request)
        except (*FAULTS, *REFUSALS):
            continue
        same = choice.class_name == config["_class_name"]
        if not rendered.problems and (same or not np.array_equal(np.asarray(rendered.image), own)):
            yield name


def swapped(bench: Bench, name: str) -> Path:
    """A folder with the model's component ``name`` with other weights."""
    folder = bench.work / f"other-{name}"
    if not folder.exists():
        shutil.copytree(bench.folder / name, folder)
        for path in folder.glob("*.safetensors"):
            noise = torch.Generator().manual_seed(3)
            weights = {
                key: value + 0.1 * torch.randn(value.shape, generator=noise)
                if value.is_floating_point()
                else value
                for key, value in load_file(path).items()
            }
            save_file(weights, path, metadata={"format": "pt"})
    return folder


def autoencoder_is_swapped(bench: Bench) -> bool:
    if not (bench.folder / "vae").is_dir():
        return False
    return bench.obeys({}, {"vae": str(swapped(bench, "vae"))})


def networks_are_swapped(bench: Bench) -> bool:
    """Every text encoder and denoiser that is swapped changes the picture."""
    parts = [part.name for part in inspect_model(bench.folder).components if part.weights]
    parts = [name for name in parts if name not in ("vae", "movq", "safety_checker", "prior_image_encoder")]
    changed = [bench.obeys({}, {"components": (f"{name}={swapped(bench, name)}",)}) for name in parts]
    assert all(changed) or not any(changed), (bench.family, parts, changed)
    return all(changed)


PROBES = (
    Probe(Option.SCHEDULER, lambda bench: any(fitting_schedulers(bench)), {"scheduler": "euler"}),
    Probe(Option.VAE, autoencoder_is_swapped, {"vae": "sprite"}),
    Probe(Option.COMPONENT, networks_are_swapped, {"components": ("unet=sprite",)}),
)
