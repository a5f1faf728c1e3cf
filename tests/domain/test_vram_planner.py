"""The planner: what it says fits really replays within the budget, and it takes the fastest of those."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audobon_cli.domain.vram.allocator import MIB, CachingAllocator
from audobon_cli.domain.vram.pipeline import MINIMUM_STEP, Job, Offload, PipelinePlay, StageName, Strategy
from audobon_cli.domain.vram.planner import Budget, Forecast, Question, make_plan
from audobon_cli.domain.vram.playback import Player, call_tiled, tiles
from audobon_cli.domain.vram.trace import Attention, Precision
from audobon_cli.settings.presets import shipped_presets
from audobon_cli.settings.vram_data import ForecastData

DATA = ForecastData(shipped_presets())
GIB = 2**30


def question(name: str, budget: int | None, job: Job | None = None) -> Question:
    model = DATA.models[name].model
    return Question(model, job or Job(1, model.native, model.native), (20, 0.1), Budget(budget))


def runs(asked: Question, forecast: Forecast, capacity: int) -> bool:
    """Whether every stage of the forecast's strategy gets through with ``capacity`` bytes."""
    play = PipelinePlay(asked.model, asked.job, forecast.strategy, DATA.part)
    return all(play.runs_in(stage, capacity) for stage in StageName)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(["sprite", "sd15", "sdxl"]),
    budget=st.integers(200 * MIB, 12 * GIB),
    batch=st.integers(1, 3),
    sides=st.tuples(st.integers(1, 12), st.integers(1, 12)),
)
def test_a_plan_never_needs_more_than_its_budget(
    name: str, budget: int, batch: int, sides: tuple[int, int]
) -> None:
    asked = question(name, budget, Job(batch, sides[0] * 64, sides[1] * 64))
    plan = make_plan(asked, DATA.part)
    if plan.choice is None:
        assert not any(forecast.fits for forecast in plan.forecasts)
        return
    usable = asked.budget.usable_bytes
    assert usable is not None
    assert usable < budget
    assert plan.choice.minimum_bytes <= usable
    assert runs(asked, plan.choice, usable)


def test_the_minimum_is_enough_and_little_less_is_not() -> None:
    asked = question("sd15", 6 * GIB)
    for forecast in make_plan(asked, DATA.part, everything=True).forecasts:
        assert forecast.peak_bytes <= forecast.minimum_bytes <= forecast.reserved_bytes
        assert runs(asked, forecast, forecast.minimum_bytes), forecast.strategy.name
        less = min(forecast.minimum_bytes - MINIMUM_STEP - 1, forecast.peak_bytes - 1)
        assert not runs(asked, forecast, less), forecast.strategy.name


def test_the_choice_is_the_fastest_that_fits() -> None:
    plan = make_plan(question("sdxl", 11 * GIB // 2), DATA.part, everything=True)
    assert plan.choice is not None
    ready = [forecast for forecast in plan.forecasts if forecast.fits and not forecast.requires]
    assert plan.choice.seconds == min(forecast.seconds for forecast in ready)
    assert all(forecast.reason for forecast in plan.forecasts if forecast is not plan.choice)


def test_without_a_budget_everything_stays_on_the_card() -> None:
    plan = make_plan(question("sdxl", None), DATA.part)
    assert plan.choice is not None
    assert plan.choice.strategy.offload is Offload.NONE


def test_packages_that_are_missing_are_named_and_not_chosen() -> None:
    asked = question("flux-dev", 10 * GIB)
    plan = make_plan(asked, DATA.part, everything=True)
    assert {forecast.requires for forecast in plan.forecasts} == {"", "bitsandbytes", "gguf"}
    assert plan.choice is not None
    assert plan.choice.requires == ""
    installed = make_plan(replace(asked, packages=frozenset({"gguf"})), DATA.part, everything=True)
    assert "gguf" not in {forecast.requires for forecast in installed.forecasts}


def test_batches_are_split_when_they_do_not_fit_at_once() -> None:
    plan = make_plan(question("sd15", 400 * MIB, Job(8, 512, 512)), DATA.part)
    assert plan.choice is not None
    assert plan.choice.strategy.batch < 8


def test_tiles_cover_a_side_with_overlap() -> None:
    assert list(tiles(1024, 512)) == [512, 512, 256]
    assert list(tiles(512, 512)) == [512, 128]


def test_smaller_tiles_need_less() -> None:
    def peak(tile: int) -> int:
        allocator = CachingAllocator()
        player = Player(DATA.part("kl4-vae", Precision.FLOAT16, Attention.FUSED, False), allocator)
        player.load()
        call_tiled(player, allocator, 1, (1024, 1024), tile)
        return allocator.peak_allocated

    whole = peak(1024)
    assert peak(256) < peak(512) < whole / 3


@pytest.mark.parametrize("offload", list(Offload))
def test_every_way_of_offloading_gives_all_memory_back(offload: Offload) -> None:
    asked = question("sprite", None)
    play = PipelinePlay(asked.model, asked.job, Strategy("", offload), DATA.part)
    peaks = play.peaks()
    assert [peak.name for peak in peaks] == list(StageName)
    assert all(0 < peak.allocated_bytes <= peak.reserved_bytes for peak in peaks)
