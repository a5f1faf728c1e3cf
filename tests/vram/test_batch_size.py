"""How many pictures are drawn at once: what is said to fit replays, and one more does not."""

from dataclasses import replace

import pytest

from audobon_cli.domain.strategy import FULL, StageName, Strategy
from audobon_cli.presets.catalog import shipped_presets
from audobon_cli.vram.batch_size import BatchFit, largest_batch
from audobon_cli.vram.planner import ForecastInput, MemoryBudget
from audobon_cli.vram.shipped import ForecastData
from audobon_cli.vram.simulation.allocator import MIB
from audobon_cli.vram.simulation.pipeline import PipelineReplay, StageRun
from audobon_cli.vram.strategies import strategy_named

DATA = ForecastData(shipped_presets())
GIB = 2**30


def question(name: str, budget: int | None, scale: float = 1.0) -> ForecastInput:
    model = DATA.models[name].model
    return ForecastInput(
        model, StageRun(1, model.native, model.native), (20, 0.1), MemoryBudget(budget), frozenset(), scale
    )


def fit(name: str, budget: int | None, strategy: Strategy = FULL, wanted: int = 16) -> BatchFit:
    return largest_batch(question(name, budget), strategy, wanted, DATA.part)


def replays(name: str, strategy: Strategy, batch: int, capacity: int) -> bool:
    model = DATA.models[name].model
    play = PipelineReplay(model, StageRun(batch, model.native, model.native), strategy, DATA.part)
    return all(play.runs_in(stage, capacity) for stage in StageName)


@pytest.mark.parametrize(
    ("name", "budget", "strategy"),
    [
        ("sd15", 4 * GIB, FULL),
        ("sdxl", 12 * GIB, FULL),
        ("sdxl", 6 * GIB, strategy_named("model-offload")),
        ("sd15", 3 * GIB, strategy_named("full+tiles-256")),
    ],
)
def test_the_largest_batch_fits_and_one_more_does_not(name: str, budget: int, strategy: Strategy) -> None:
    found = fit(name, budget, strategy, wanted=64)
    usable = MemoryBudget(budget).usable_bytes
    assert usable is not None
    assert found.batch == found.strategy.batch
    assert 1 <= found.batch < 64
    assert found.forecast is not None
    assert found.forecast.minimum_bytes <= usable
    assert replays(name, found.strategy, found.batch, usable)
    more = replace(strategy, batch=found.batch + 1)
    assert not replays(name, more, found.batch + 1, usable)


def test_no_more_than_wanted_and_never_less_than_one() -> None:
    assert fit("sprite", 24 * GIB, wanted=3).batch == 3
    assert fit("sprite", 24 * GIB, wanted=0).batch == 1
    none = fit("sdxl", GIB)
    assert none.batch == 1
    assert none.forecast is not None
    assert not none.forecast.fits


def test_what_was_measured_here_counts() -> None:
    plain = largest_batch(question("sd15", 4 * GIB), FULL, 64, DATA.part)
    careful = largest_batch(question("sd15", 4 * GIB, scale=1.2), FULL, 64, DATA.part)
    assert careful.batch < plain.batch


def test_slices_of_tiles_need_no_more_than_one_picture_in_tiles() -> None:
    def decoding(batch: int, name: str) -> int:
        model = DATA.models["sdxl"].model
        play = PipelineReplay(
            model, StageRun(batch, 1024, 1024), Strategy(name, tile=512, sliced=True, batch=batch), DATA.part
        )
        return play.peaks()[-1].allocated_bytes

    assert decoding(4, "x") - decoding(1, "x") < 64 * MIB


def test_without_a_budget_pictures_are_drawn_singly() -> None:
    assert fit("sd15", None) == BatchFit(1, FULL, None)
