"""The shipped data of the memory forecast: traces and weights of model parts, models, graphics cards."""

import gzip
import json
import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.strategy import Attention, Precision
from audobon_cli.vram.simulation.pipeline import PipelineModel
from audobon_cli.vram.simulation.replay import Part, Weights
from audobon_cli.vram.simulation.trace import Trace, leaves_from_data, trace_from_data


@dataclass(frozen=True, slots=True)
class ForecastModel:
    """A model with the steps of each quality where they differ from the family's."""

    model: PipelineModel
    steps: Mapping[str, int]


class ForecastData:
    """Reads ``presets/vram`` under ``presets`` on first use; nothing here needs torch."""

    def __init__(self, presets: Path) -> None:
        self._folder = presets / "vram"
        self._traces: dict[str, Trace] = {}
        self._weights: dict[str, Weights] = {}

    @cached_property
    def models(self) -> dict[str, ForecastModel]:
        """Models by short name."""
        with (self._folder / "models.toml").open("rb") as file:
            tables = tomllib.load(file)
        return {name: _model(name, table) for name, table in tables.items()}

    @cached_property
    def components(self) -> dict[str, dict[str, Any]]:
        """The tables of components.toml: class, configuration and kind of inputs of each part."""
        with (self._folder / "components.toml").open("rb") as file:
            return tomllib.load(file)

    def part(self, name: str, precision: Precision, attention: Attention, many: bool) -> Part:
        """The part ``name``. Raises FileNotFoundError when no such variant ships."""
        trace_name = self._variant(name, precision, attention, many)
        if trace_name not in self._traces:
            self._traces[trace_name] = trace_from_data(self._read(trace_name))
        return Part(name, self._part_weights(name), self._traces[trace_name], precision)

    def parameters(self, model: PipelineModel) -> int:
        """How many weights all parts of ``model`` have."""
        parts = (*model.encoders, model.denoiser, model.decoder)
        return sum(sum(leaf.parameters) for part in parts for leaf in self._part_weights(part).leaves)

    def _part_weights(self, name: str) -> Weights:
        if name not in self._weights:
            self._weights[name] = Weights(leaves_from_data(self._read(f"{name}.weights")))
        return self._weights[name]

    def _variant(self, name: str, precision: Precision, attention: Attention, many: bool) -> str:
        """The file of a variant. bfloat16 has one of its own only where it differs from float16, unfused
        attention only where its scores are large (text encoders have few tokens)."""
        count = "many" if many else "one"
        if attention is Attention.MATH and self.components[name]["inputs"] in ("text", "language"):
            attention = Attention.FUSED
        tail = f"{attention}.{count}"
        if precision is Precision.BFLOAT16 and not self._path(f"{name}.{precision}.{tail}").is_file():
            precision = Precision.FLOAT16
        return f"{name}.{precision}.{tail}"

    def _path(self, name: str) -> Path:
        return self._folder / "traces" / f"{name}.json.gz"

    def _read(self, name: str) -> Any:
        return json.loads(gzip.decompress(self._path(name).read_bytes()))


def _model(name: str, table: Mapping[str, Any]) -> ForecastModel:
    model = PipelineModel(
        name=name,
        family=table["family"],
        title=table["title"],
        encoders=tuple(table["encoders"]),
        denoiser=table["denoiser"],
        decoder=table["decoder"],
        guided=table["guided"],
        upcasts=table["upcasts"],
        precision=Precision.BFLOAT16,
        native=table["native"],
        unit=table["unit"],
        call_seconds=table["call_seconds"],
        paired=table.get("paired", True),
        divisible=table.get("divisible", True),
    )
    return ForecastModel(model, dict(table.get("steps", {})))
