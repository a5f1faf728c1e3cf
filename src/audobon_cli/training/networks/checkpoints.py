"""Checkpoints: one file that is there whole or not at all, with everything that the next step depends on.

Random numbers and the order of pictures depend on seed and step alone (sampler.py), so the step is their state.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from audobon_cli.domain.errors import CheckpointDamaged
from audobon_cli.domain.foreign.documents import parse_json
from audobon_cli.storage.durable_files import write_output
from audobon_cli.training.networks.steps import Losses, Standing, Trainer

CHECKPOINT_SCHEMA = "audobon-checkpoint/1"
WEIGHTS, AVERAGES, BEST, MOMENTS = "weights", "averages", "best", "moments"


def save_checkpoint(trainer: Trainer, path: Path, run: str) -> None:
    """Write where ``trainer`` stands to ``path``, durably and in one step. ``run`` names what it belongs to: a digest
    of settings, pictures and model. Raises DiskFull or OutputUnwritable; the checkpoint before is kept then."""
    tensors: dict[str, Tensor] = {}
    for group, values in (
        (WEIGHTS, trainer.layers.values()),
        (AVERAGES, trainer.averages),
        (BEST, trainer.best),
    ):
        tensors |= {f"{group}/{name}": value for name, value in values.items()}
    for name, parameter in zip(trainer.layers.names, trainer.layers.parameters, strict=True):
        for kind, value in trainer.optimizer.state.get(parameter, {}).items():
            tensors[f"{MOMENTS}/{name}/{kind}"] = value
    facts = {"schema": CHECKPOINT_SCHEMA, "run": run, "standing": asdict(trainer.standing)}
    data = save(
        {name: value.detach().cpu().contiguous() for name, value in tensors.items()},
        {"audobon.checkpoint": json.dumps(facts, sort_keys=True)},
    )
    write_output(path, data, overwrite=True)


def load_checkpoint(trainer: Trainer, path: Path, run: str) -> bool:
    """Let ``trainer`` stand where the checkpoint at ``path`` was; False if there is none.

    Raises CheckpointDamaged for one that cannot be read, or that belongs to another run.
    """
    if not path.is_file():
        return False
    try:
        with safe_open(path, framework="pt") as file:
            facts = parse_json((file.metadata() or {})["audobon.checkpoint"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
        if facts["schema"] != CHECKPOINT_SCHEMA or facts["run"] != run:
            raise _damaged(path, "is of another run: other pictures, settings, model or packages")
        _restore(trainer, tensors, facts["standing"])
    except (SafetensorError, OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise _damaged(path, f"cannot be read ({type(error).__name__}: {error})") from error
    return True


def _restore(trainer: Trainer, tensors: dict[str, Tensor], standing: dict[str, Any]) -> None:
    def group(name: str) -> dict[str, Tensor]:
        device = trainer.trainable.device
        return {
            key.removeprefix(f"{name}/"): value.to(device)
            for key, value in tensors.items()
            if key.startswith(f"{name}/")
        }

    trainer.layers.put(group(WEIGHTS))
    averages = group(AVERAGES)
    with torch.no_grad():
        for name, value in trainer.averages.items():
            value.copy_(averages[name])
    trainer.best = group(BEST)
    for name, parameter in zip(trainer.layers.names, trainer.layers.parameters, strict=True):
        kinds = {
            key.rpartition("/")[2]: value
            for key, value in tensors.items()
            if key.startswith(f"{MOMENTS}/{name}/")
        }
        if kinds:
            trainer.optimizer.state[parameter] = {
                kind: value if kind == "step" else value.to(parameter.device) for kind, value in kinds.items()
            }
    measured = {name: Losses(**standing[name]) if standing[name] else None for name in ("untrained", "best")}
    trainer.standing = Standing(**{**standing, **measured})


def _damaged(path: Path, fact: str) -> CheckpointDamaged:
    return CheckpointDamaged(
        f"The checkpoint {path} {fact}.",
        hint="cancel the run and train anew: `audobon train cancel NAME`",
        path=str(path),
    )
