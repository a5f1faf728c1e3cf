"""Checkpoints that survive being killed at any moment, and a training log of one JSON object a line."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Protocol

import torch


def save_checkpoint(state: dict[str, Any], path: Path) -> None:
    """Write a checkpoint whole or not at all: a new file, flushed to disk, then renamed over the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as stream:
        torch.save(state, stream)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    """Read a checkpoint, tensors and plain values only; None where there is none."""
    if not path.is_file():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


class Training(Protocol):
    """What a checkpoint holds: weights, their averages, the optimiser, and where training stands."""

    model: torch.nn.Module
    averages: list[torch.Tensor]
    optimiser: torch.optim.Optimizer
    step: int
    samples: int
    seconds: float


def save_training(training: Training, path: Path) -> None:
    """Write all of `training` to a checkpoint."""
    state = {
        "model": training.model.state_dict(),
        "averages": training.averages,
        "optimiser": training.optimiser.state_dict(),
        "step": training.step,
        "samples": training.samples,
        "seconds": training.seconds,
    }
    save_checkpoint(state, path)


def restore_training(training: Training, path: Path) -> None:
    """Bring `training` to where its checkpoint stands; without one it is left as it is."""
    state = load_checkpoint(path)
    if state is None:
        return
    training.model.load_state_dict(state["model"])
    training.optimiser.load_state_dict(state["optimiser"])
    for average, saved in zip(training.averages, state["averages"], strict=True):
        average.copy_(saved)
    training.step, training.samples, training.seconds = state["step"], state["samples"], state["seconds"]


def load_averages(model: torch.nn.Module, path: Path) -> dict[str, float]:
    """Give `model` the averaged weights of a checkpoint; return where its training stands.

    Without a checkpoint the model stays as it is, at zero steps, samples and seconds.
    """
    state = load_checkpoint(path)
    if state is None:
        return {"step": 0, "samples": 0, "seconds": 0.0}
    for parameter, average in zip(model.parameters(), state["averages"], strict=True):
        parameter.data.copy_(average)
    return {key: state[key] for key in ("step", "samples", "seconds")}


def log(path: Path, entry: dict[str, float | int]) -> None:
    """Append one line to the training log and show it."""
    line = json.dumps(
        {key: round(value, 6) if isinstance(value, float) else value for key, value in entry.items()}
    )
    with path.open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")
    print(line, flush=True)
