"""Drawing with a dialect's file, and with weights changed by hand."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from audobon_cli.domain.adapters import AdapterChoices, LoraChoice
from audobon_cli.domain.events import Event, Warned
from audobon_cli.engines.diffusers.engine import LocalEngine
from tests.capabilities.probing import Bench, Pixels, make_bench, tiny_registry
from tests.lora_dialects.arithmetic import Layer
from tests.lora_dialects.dialects.dialect import Dialect
from tests.lora_dialects.model_files import Key, changed_model, read_weights
from tests.lora_dialects.spellings import Named
from tests.tiny_models.adapters import save


@dataclass(frozen=True)
class Result:
    """``layers`` in the file, and how many of them were ``taken``; the largest difference of any value of the
    picture, of 255, from the one drawn with changed weights (``off``), and what the LoRA changes at all
    (``effect``)."""

    layers: int
    taken: int
    off: int
    effect: int
    warnings: tuple[str, ...] = ()


def measure(dialect: Dialect, work: Path) -> Result:
    """Write the dialect's file in ``work``, draw with it, and with the weights that it stands for."""
    bench = make_bench(dialect.family, work / "bench", LocalEngine(device="cpu"))
    file, changed, count = write(dialect, bench.folder, work)
    plain = bench.draw()
    events: list[Event] = []
    request = bench.request(adapters=AdapterChoices(loras=(LoraChoice(str(file)),)))
    drawn = np.asarray(bench.engine.render(request, request.seed, 0, events.append, lambda: False).image)
    expected = with_weights(bench, changed, work)
    warnings = tuple(event.message for event in events if isinstance(event, Warned))
    homeless = [re.match(r"(\d+) of \d+ layers in the LoRA \S+ have no place", words) for words in warnings]
    return Result(
        count,
        count - sum(int(found[1]) for found in homeless if found),
        _largest(drawn, expected),
        _largest(plain, expected),
        warnings,
    )


def write(dialect: Dialect, model: Path, work: Path) -> tuple[Path, dict[Key, Tensor], int]:
    """The dialect's file for the model in ``model``, the weights that it makes, and how many layers it has."""
    weights = read_weights(model)
    noise = torch.Generator().manual_seed(1)
    tensors: dict[str, Tensor] = {name: torch.tensor(int(value)) for name, value in dialect.extra.items()}
    changed: dict[Key, Tensor] = {}
    count = 0
    for number, named in enumerate(dialect.spelling(weights)):
        layer = Layer(_stacked(named, weights, "weight"), noise, number, strength=dialect.strength)
        if all((component, f"{path}.bias") in weights for component, path in named.parts):
            layer.bias = _stacked(named, weights, "bias")
        made = dialect.algorithm(layer)
        tensors |= {named.name + ending: tensor for ending, tensor in made.tensors.items()}
        for kind, value in (("weight", made.weight), ("bias", made.bias)):
            if value is not None:
                changed |= dict(_unstacked(named, weights, kind, value))
        count += 1
    assert count, dialect
    name = "adapter_model" if dialect.beside is not None else "lora"
    if dialect.beside is not None:
        (work / "adapter_config.json").write_text(json.dumps(dialect.beside))
    return save(tensors, work / f"{name}.safetensors", **dialect.metadata), changed, count


def _stacked(named: Named, weights: dict[Key, Tensor], kind: str) -> Tensor:
    whole = torch.cat([weights[component, f"{path}.{kind}"].float() for component, path in named.parts])
    return torch.cat(whole.chunk(2)[::-1]) if named.swapped else whole


def _unstacked(
    named: Named, weights: dict[Key, Tensor], kind: str, value: Tensor
) -> Iterator[tuple[Key, Tensor]]:
    whole = torch.cat(value.chunk(2)[::-1]) if named.swapped else value
    sizes = [weights[component, f"{path}.{kind}"].shape[0] for component, path in named.parts]
    for (component, path), part in zip(named.parts, torch.split(whole, sizes), strict=True):
        yield (component, f"{path}.{kind}"), part


def with_weights(bench: Bench, changed: dict[Key, Tensor], work: Path, **more: Any) -> Pixels:
    """The picture that the bench's model gives with these weights; ``more`` are fields of the request."""
    folder = changed_model(bench.folder, changed, work / "changed")
    presets = bench.work / "presets"
    lines = (f"family = {bench.family!r}", f"folder = {str(folder)!r}", "licence = ''", "description = ''")
    (presets / "models" / "changed.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    request = replace(bench, registry=tiny_registry(presets)).request(model="changed")
    return np.asarray(bench.render(replace(request, **more)).image)


def _largest(one: Pixels, other: Pixels) -> int:
    return int(np.abs(one.astype(int) - other.astype(int)).max())
