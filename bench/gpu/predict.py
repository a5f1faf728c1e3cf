"""Write bench/gpu/predictions.json: what the forecast says of every configuration, before any card is asked.

    python -m bench.gpu.predict

Run it after a change to traces or playback, and commit the file before measure.py runs. Needs no torch.
"""

import json
from dataclasses import replace
from pathlib import Path

from bench.gpu.grid import CAPS_GIB, MODELS, PRECISION, SIZES, configurations

from audobon_cli.domain.strategy import Precision
from audobon_cli.presets.catalog import shipped_presets
from audobon_cli.vram.planner import ForecastInput, MemoryBudget, forecast_strategy, make_plan
from audobon_cli.vram.shipped import ForecastData
from audobon_cli.vram.simulation.pipeline import CUBLAS_BYTES, CUBLAS_HOPPER_BYTES, StageRun
from audobon_cli.vram.strategies import strategy_named

FILE = Path(__file__).parent / "predictions.json"
DATA = ForecastData(shipped_presets())
GIB = 2**30


def question(model: str, size: int, hopper: bool, budget: int | None = None) -> ForecastInput:
    """The planner's question; Hopper cards have another cuBLAS workspace."""
    known = replace(DATA.models[model].model, precision=Precision(PRECISION))
    job = StageRun(1, size, size, cublas_bytes=CUBLAS_HOPPER_BYTES if hopper else CUBLAS_BYTES)
    return ForecastInput(known, job, (4, 1.0), MemoryBudget(budget))


def predictions(hopper: bool) -> dict[str, dict[str, int]]:
    """Allocated, reserved and least bytes of each configuration."""
    found = {}
    for one in configurations():
        forecast = forecast_strategy(
            question(one.model, one.size, hopper), strategy_named(one.strategy), DATA.part
        )
        found[one.name] = {
            "allocated": forecast.peak_bytes,
            "reserved": forecast.reserved_bytes,
            "minimum": forecast.minimum_bytes,
        }
    return found


def choices(hopper: bool) -> dict[str, dict[str, str | None]]:
    """What a plan chooses under each cap, by model; None for what it says does not fit."""
    found: dict[str, dict[str, str | None]] = {}
    for model in MODELS:
        found[model] = {}
        for cap in CAPS_GIB:
            plan = make_plan(question(model, SIZES[model][-1], hopper, cap * GIB), DATA.part)
            found[model][str(cap)] = plan.choice.strategy.name if plan.choice else None
    return found


def main() -> None:
    """Write the file."""
    data = {
        kind: {"predictions": predictions(hopper), "choices": choices(hopper)}
        for kind, hopper in (("hopper", True), ("other", False))
    }
    FILE.write_text(json.dumps(data, indent=1) + "\n")
    print(f"{FILE}: {len(configurations())} configurations")


if __name__ == "__main__":
    main()
