"""What the second sprite model's training loops share: clock, averaged weights, files that survive a time-out."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

SHARD_BYTES = 15 * 2**20
"""Largest file of a saved network: what travels between machines is limited by the file."""


class Clock:
    """Time of one phase, and the learning rate that follows it."""

    def __init__(self, seconds: float, rate: float, decay_share: float, warm_up: int) -> None:
        self.seconds, self.rate, self.decay_share, self.warm_up = seconds, rate, decay_share, warm_up
        self.began, self.step = time.monotonic(), 0

    @property
    def share(self) -> float:
        """Share of the time that is spent."""
        return (time.monotonic() - self.began) / self.seconds

    def tick(self, optimiser: torch.optim.Optimizer) -> float:
        """Set the learning rate of the next step: warm-up by steps, level, linear fall by time to zero."""
        fall = max(0.01, min(1.0, (1 - self.share) / self.decay_share))
        rate = self.rate * min(1.0, (self.step + 1) / self.warm_up) * fall
        for group in optimiser.param_groups:
            group["lr"] = rate
        self.step += 1
        return rate


class Averages:
    """Exponential moving averages of weights."""

    def __init__(self, parameters: Iterable[torch.nn.Parameter], decay: float) -> None:
        self.parameters = list(parameters)
        self.decay, self.step = decay, 0
        self.values = [parameter.detach().clone() for parameter in self.parameters]

    @torch.no_grad()
    def follow(self) -> None:
        """Take the current weights in; early steps count more."""
        weight = 1 - min(self.decay, (1 + self.step) / (10 + self.step))
        torch._foreach_lerp_(self.values, [p.data for p in self.parameters], weight)
        self.step += 1

    @torch.no_grad()
    def write_to(self, module: torch.nn.Module) -> None:
        """Give a module of the same shape the averaged weights."""
        torch._foreach_copy_([p.data for p in module.parameters()], self.values)


def save_weights(module: torch.nn.Module, folder: Path, name: str, half: bool = True) -> None:
    """Write a module's weights as `name-1.safetensors`, ... of at most `SHARD_BYTES` each, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    shards: list[dict[str, torch.Tensor]] = [{}]
    size = 0
    for key, value in module.state_dict().items():
        tensor = value.detach().to("cpu", torch.float16 if half else torch.float32).contiguous()
        if size + tensor.nbytes > SHARD_BYTES and shards[-1]:
            shards.append({})
            size = 0
        shards[-1][key] = tensor
        size += tensor.nbytes
    for number, shard in enumerate(shards, 1):
        fresh = folder / f"{name}-{number}.new"
        save_file(shard, fresh)
        os.replace(fresh, folder / f"{name}-{number}.safetensors")


def load_weights(module: torch.nn.Module, folder: Path, name: str) -> bool:
    """Give a module what `save_weights` wrote; False where there is nothing."""
    files = sorted(folder.glob(f"{name}-[0-9]*.safetensors"))
    if not files:
        return False
    state = {key: value.float() for file in files for key, value in load_file(file).items()}
    module.load_state_dict(state)
    return True


def log(path: Path, **entry: float | str) -> None:
    """Append a line to a log and show it."""
    line = json.dumps(
        {key: round(value, 5) if isinstance(value, float) else value for key, value in entry.items()}
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")
    print(line, flush=True)
