"""The planner: what it says fits really replays within the budget, and it takes the fastest of those."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.strategy import Attention, Offload, Precision, StageName, Strategy
from audobon_cli.presets.catalog import shipped_presets
from audobon_cli.vram.planner import (
    Forecast,
    ForecastInput,
    MemoryBudget,
    forecast_strategy,
    make_plan,
    step_down,
)
from audobon_cli.vram.shipped import ForecastData
from audobon_cli.vram.simulation.allocator import MIB, CachingAllocator
from audobon_cli.vram.simulation.pipeline import MINIMUM_STEP, PipelineReplay, StageRun
from audobon_cli.vram.simulation.replay import Replay, call_tiled, tiles
from audobon_cli.vram.strategies import SAFE_DECODER, strategy_named

DATA = ForecastData(shipped_presets())
GIB = 2**30


def question(name: str, budget: int | None, job: StageRun | None = None) -> ForecastInput:
    model = DATA.models[name].model
    return ForecastInput(
        model, job or StageRun(1, model.native, model.native), (20, 0.1), MemoryBudget(budget)
    )


def runs(asked: ForecastInput, forecast: Forecast, capacity: int) -> bool:
    """Whether every stage of the forecast's strategy gets through with ``capacity`` bytes."""
    play = PipelineReplay(asked.model, asked.job, forecast.strategy, DATA.part)
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
    asked = question(name, budget, StageRun(batch, sides[0] * 64, sides[1] * 64))
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
    assert {forecast.requires for forecast in plan.forecasts} == {"", "bitsandbytes", "gguf and a GGUF file"}
    assert plan.choice is not None
    assert plan.choice.requires == ""
    installed = make_plan(replace(asked, packages=frozenset({"gguf"})), DATA.part, everything=True)
    assert "a GGUF file" in {forecast.requires for forecast in installed.forecasts}


def test_batches_are_split_when_they_do_not_fit_at_once() -> None:
    plan = make_plan(question("sd15", 400 * MIB, StageRun(8, 512, 512)), DATA.part)
    assert plan.choice is not None
    assert plan.choice.strategy.batch < 8


def test_tiles_cover_a_side_with_overlap() -> None:
    assert list(tiles(1024, 512)) == [512, 512, 256]
    assert list(tiles(512, 512)) == [512, 128]


def test_smaller_tiles_need_less() -> None:
    def peak(tile: int) -> int:
        allocator = CachingAllocator()
        player = Replay(DATA.part("kl4-vae", Precision.FLOAT16, Attention.FUSED, False), allocator)
        player.load()
        call_tiled(player, allocator, 1, (1024, 1024), tile)
        return allocator.peak_allocated

    whole = peak(1024)
    assert peak(256) < peak(512) < whole / 3


@pytest.mark.parametrize("offload", list(Offload))
def test_every_way_of_offloading_gives_all_memory_back(offload: Offload) -> None:
    asked = question("sprite", None)
    play = PipelineReplay(asked.model, asked.job, Strategy("", offload), DATA.part)
    peaks = play.peaks()
    assert [peak.name for peak in peaks] == list(StageName)
    assert all(0 < peak.allocated_bytes <= peak.reserved_bytes for peak in peaks)


def test_after_a_failure_the_next_strategy_needs_less_until_nothing_does() -> None:
    asked = question("sd15", 8 * GIB)
    failed = Strategy("full")
    seen = [failed.name]
    needs = [forecast_strategy(asked, failed, DATA.part).minimum_bytes]
    while (lower := step_down(asked, failed, DATA.part)) is not None:
        assert lower.minimum_bytes < needs[-1]
        assert not lower.requires
        needs.append(lower.minimum_bytes)
        failed = lower.strategy
        seen.append(failed.name)
    assert len(set(seen)) == len(seen) >= 3
    assert failed.offload in (Offload.LEAF_STREAM, Offload.SEQUENTIAL)


@given(
    base=st.sampled_from(["full", "model-offload", "sequential", "float8", "model-offload-nf4"]),
    suffixes=st.lists(
        st.sampled_from(
            ["tiles-512", "sliced-decoding", "half-decoder", "classic-attention", "batches-of-2"]
        ),
        unique=True,
        max_size=4,
    ),
)
def test_a_name_says_all_of_a_strategy(base: str, suffixes: list[str]) -> None:
    name = "+".join((base, *suffixes))
    strategy = strategy_named(name)
    assert strategy.name == name
    assert (strategy.tile == 512) is ("tiles-512" in suffixes)
    assert strategy.sliced is ("sliced-decoding" in suffixes)
    assert strategy.decoder_in_half is ("half-decoder" in suffixes)
    assert strategy.batch == (2 if "batches-of-2" in suffixes else 1)


def test_every_strategy_that_is_weighed_is_found_by_its_name() -> None:
    for forecast in make_plan(question("sdxl", 5 * GIB, StageRun(1, 640, 512)), DATA.part, True).forecasts:
        assert strategy_named(forecast.strategy.name) == forecast.strategy


@pytest.mark.parametrize("name", ["", "fastest", "full+tiles-3", "full+tiles", "full+half", "sequential+"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        strategy_named(name)


def test_unfused_attention_needs_more_and_the_classic_one_less_of_it() -> None:
    model = DATA.models["sd15"].model

    def peak(attention: Attention) -> int:
        job = StageRun(1, 512, 512, attention)
        play = PipelineReplay(model, job, Strategy("full"), DATA.part)
        return max(peak.allocated_bytes for peak in play.peaks())

    assert peak(Attention.FUSED) < peak(Attention.CLASSIC) < peak(Attention.MATH)


def test_a_float16_safe_decoder_is_required_and_never_chosen_without() -> None:
    asked = question("sdxl", 7 * GIB)
    asked = replace(asked, model=replace(asked.model, precision=Precision.FLOAT16))
    plan = make_plan(asked, DATA.part, everything=True)
    assert not any(forecast.strategy.decoder_in_half for forecast in plan.forecasts)
    safe = make_plan(replace(asked, packages=frozenset({SAFE_DECODER})), DATA.part, everything=True)
    assert all(forecast.requires != SAFE_DECODER for forecast in safe.forecasts)


def test_what_was_measured_here_scales_the_forecast() -> None:
    asked = question("sprite", 2 * GIB)
    plain, scaled = (make_plan(replace(asked, scale=scale), DATA.part).choice for scale in (1.0, 1.5))
    assert plain
    assert scaled
    assert scaled.minimum_bytes == int(plain.minimum_bytes * 1.5)
    assert scaled.peak_bytes == pytest.approx(plain.peak_bytes * 1.5, abs=1)
