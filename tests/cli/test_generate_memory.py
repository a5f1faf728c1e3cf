"""``audobon generate`` and memory: plans, strategies, stepping down, time limits."""

import json
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from audobon_cli.domain.events import Event, Listener
from audobon_cli.engines.base import Rendered, ShouldStop
from audobon_cli.generation import run
from audobon_cli.generation.timeout import TimeLimit
from audobon_cli.hardware.gpu import Gpu
from audobon_cli.vram import device_budget
from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine

GIB, MIB = 2**30, 2**20
STAGES = ("load", "text encoding", "denoising", "decoding")


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Puts a card with that many bytes free into the machine, as far as plans can see."""

    def put(free: int) -> None:
        gpu = Gpu("NVIDIA GeForce RTX 3060", total_bytes=12 * GIB, free_bytes=free, driver="570.1")
        monkeypatch.setattr(device_budget, "graphics_cards", lambda: (gpu,))
        monkeypatch.setattr(device_budget, "_torch_for_processors", lambda: False)

    return put


def test_a_plan_says_all_and_makes_nothing(audobon: Audobon, fake_engine: FakeEngine) -> None:
    plan = audobon("generate", "cat", "red apple", "--strength", "1", "-n", "3", "--plan", "--json").data[
        "plan"
    ]
    assert (plan["device"], plan["pictures"]) == ("cpu", 6)
    assert [one["prompt"] for one in plan["requests"]] == ["cat", "red apple"]
    first = plan["requests"][0]
    assert (first["model"], first["strategy"], first["pictures"]) == ("sprite", "full", 3)
    assert [stage["name"] for stage in first["stages"]] == ["text encoding", "denoising", "decoding"]
    assert 0 < first["peak_bytes"] <= first["minimum_bytes"] < GIB
    assert first["timeout_seconds"] == 300
    assert plan["seconds"] > 0
    assert plan["disk_bytes"] == 6 * 64 * 64 * 4 * 2
    assert not fake_engine.calls
    assert audobon("assets", "list", "--json").data["total"] == 0


def test_a_plan_for_people_has_a_bar_a_stage(audobon: Audobon) -> None:
    ran = audobon("generate", "cat", "--strength", "1", "--plan")
    assert ran.status == 0
    assert sum("█" in line or "░" in line for line in ran.out.splitlines()) == 3
    assert "Nothing was made" in ran.out


def test_the_card_of_this_machine_is_planned_for(
    audobon: Audobon, card: Callable[[int], None], fake_engine: FakeEngine
) -> None:
    card(GIB)
    plan = audobon("generate", "cat", "--strength", "1", "--plan", "--json").data["plan"]
    assert (plan["device"], plan["budget_bytes"]) == ("cuda", GIB // 2)
    assert plan["requests"][0]["strategy"] == "full"
    events = audobon("generate", "cat", "--strength", "1", "--events").events
    (chosen,) = [event for event in events if event["event"] == "strategy_chosen"]
    assert chosen["strategy"] == "full"
    assert 0 < chosen["needed_bytes"] < chosen["budget_bytes"]


def test_what_cannot_fit_is_refused_before_anything_is_loaded(
    audobon: Audobon, card: Callable[[int], None], fake_engine: FakeEngine
) -> None:
    card(GIB // 2 + 10 * MIB)
    ran = audobon("generate", "cat", "--strength", "1", "--json")
    assert ran.status == 30
    assert ran.json["error"]["code"] == "memory.plan"
    assert "possible with" in ran.json["error"]["hint"]
    assert not fake_engine.calls


def strategy_fallbacks(audobon: Audobon, card: Callable[[int], None]) -> list[str]:
    """The strategies that a run goes through when none of them is enough."""
    card(2 * GIB)
    engine_sees = audobon("generate", "cat", "--strength", "1", "--seed", "1", "--events")
    names = [event["next_strategy"] for event in engine_sees.events if event["event"] == "stepped_down"]
    return ["full", *names]


class Everything(dict[str, str]):
    """Memory runs out with every strategy."""

    def __missing__(self, key: str) -> str:
        return "decoding"

    def get(self, key: str, default: object = None) -> str:  # type: ignore[override]
        return "decoding"


def test_memory_that_ends_anywhere_ends_with_a_picture_of_a_lower_rung(
    audobon: Audobon, card: Callable[[int], None], fake_engine: FakeEngine
) -> None:
    fake_engine.memory_ends = Everything()
    rungs = strategy_fallbacks(audobon, card)
    assert len(rungs) >= 3
    for number, (stage, rung) in enumerate(product(STAGES, rungs[:-1])):
        fake_engine.memory_ends = {rung: stage}
        ran = audobon(
            "generate", "cat", "--strength", "1", "--seed", str(number), "--strategy", rung, "--events"
        )
        assert ran.status == 0, (stage, rung)
        (stepped,) = [event for event in ran.events if event["event"] == "stepped_down"]
        assert (stepped["strategy"], stepped["stage"]) == (rung, stage)
        asset = ran.data["assets"][0]["id"]
        recipe = audobon("assets", "show", asset, "--json").data["asset"]["recipe"]
        assert recipe["strategy"] == stepped["next_strategy"]


def test_when_nothing_is_enough_the_picture_fails_and_the_others_are_made(
    audobon: Audobon, card: Callable[[int], None], fake_engine: FakeEngine
) -> None:
    card(2 * GIB)
    fake_engine.memory_ends = Everything()
    ran = audobon("generate", "cat", "--strength", "1", "--count", "2", "--seed", "5", "--events")
    assert ran.status == 30
    assert ran.json["error"]["code"] == "memory.exhausted"
    failed = [event for event in ran.events if event["event"] == "image_failed"]
    assert [event["seed"] for event in failed] == [5, 6]


def test_plain_pictures_keep_their_recipes(audobon: Audobon, fake_engine: FakeEngine) -> None:
    asset = audobon("generate", "cat", "--strength", "1", "--json").data["assets"][0]["id"]
    assert "strategy" not in audobon("assets", "show", asset, "--json").data["asset"]["recipe"]


def test_a_strategy_can_be_asked_for(audobon: Audobon, fake_engine: FakeEngine) -> None:
    assert audobon("generate", "cat", "--strength", "1", "--strategy", "sequential").status == 0
    assert fake_engine.strategies == ["sequential"]
    ran = audobon("generate", "cat", "--strength", "1", "--strategy", "fast")
    assert ran.status == 2
    assert "model-offload" in ran.err


def test_a_picture_that_takes_too_long_ends_the_run_and_keeps_the_others(
    audobon: Audobon, fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    render = fake_engine.render
    slow, moment = iter((0.0, 0.2)), 0.0

    def rendered(request: Any, seed: int, index: int, listen: Listener, should_stop: ShouldStop) -> Rendered:
        seconds_per_step = next(slow)

        def listening(event: Event) -> None:
            nonlocal moment
            moment += seconds_per_step
            listen(event)

        return render(request, seed, index, listening, should_stop)

    monkeypatch.setattr(run, "TimeLimit", partial(TimeLimit, clock=lambda: moment))

    monkeypatch.setattr(fake_engine, "render", rendered)
    ran = audobon(
        "generate",
        "cat",
        "--strength",
        "1",
        "-n",
        "2",
        "--seed",
        "3",
        "--timeout",
        "1.5",
        "--steps",
        "50",
        "--json",
    )
    assert ran.status == 33
    assert ran.json["error"]["code"] == "generation.timed_out"
    assert ran.json["error"]["details"]["timeout_seconds"] == 1.5
    assert [asset["seed"] for asset in ran.data["assets"]] == [3]
    assert audobon("assets", "list", "--json").data["total"] == 1
    assert audobon("assets", "verify").status == 0


def test_a_real_picture_is_stopped_at_a_step(audobon: Audobon) -> None:
    ran = audobon("generate", "cat", "--strength", "1", "--steps", "200", "--timeout", "0.001", "--json")
    assert ran.status == 33
    assert ran.data["assets"] == []
    assert not list(Path.cwd().glob("*.png"))
    assert audobon("assets", "list", "--json").data["total"] == 0


def test_no_limit_is_a_limit_of_zero(audobon: Audobon, fake_engine: FakeEngine) -> None:
    assert audobon("generate", "cat", "--strength", "1", "--timeout", "0").status == 0
    plan = audobon("generate", "cat", "--strength", "1", "--timeout", "0", "--plan", "--json").data["plan"]
    assert plan["requests"][0]["timeout_seconds"] is None


def test_each_quality_has_its_limit(audobon: Audobon) -> None:
    def limit(quality: str) -> float:
        plan = audobon("generate", "cat", "--strength", "1", "--quality", quality, "--plan", "--json").data[
            "plan"
        ]
        return float(plan["requests"][0]["timeout_seconds"])

    limits = [limit(quality) for quality in ("draft", "optimized", "high", "ultra")]
    assert limits == sorted(limits)
    assert limits[-1] == 20 * 60


@pytest.mark.parametrize("limit", ["-1", "soon"])
def test_limits_that_make_no_sense(audobon: Audobon, limit: str) -> None:
    assert audobon("generate", "cat", "--strength", "1", "--timeout", limit).status == 2


def test_a_quality_of_ones_own_with_a_wrong_limit_is_named(audobon: Audobon) -> None:
    folder = Path.home() / ".config" / "audobon" / "presets" / "quality"
    folder.mkdir(parents=True)
    text = 'description = "x"\ntimeout_seconds = -5\n[families.default]\nsteps = 3\nguidance = 1\n'
    (folder / "mine.toml").write_text(text)
    ran = audobon("generate", "cat", "--strength", "1", "--quality", "mine", "--plan")
    assert ran.status == 2
    assert "mine.toml" in ran.err


def test_the_plan_is_valid_json_on_one_line(audobon: Audobon) -> None:
    ran = audobon("generate", "cat", "--strength", "1", "--plan", "--json")
    assert len(ran.out.splitlines()) == 1
    assert json.loads(ran.out)["ok"] is True


def test_cards_are_looked_for_where_a_network_runs_alone(
    audobon: Audobon, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    def look() -> tuple[Gpu, ...]:
        looks.append(True)
        return ()

    monkeypatch.setattr(device_budget, "graphics_cards", look)
    Path("both.toml").write_text('[[job]]\nprompt = "red potion"\n[[job]]\nprompt = "coin"\nkind = "sound"\n')
    for argv in (
        ("sound", "make", "coin", "--plan"),
        ("generate", "red potion", "--plan"),
        ("generate", "--batch", "both.toml", "--plan"),
    ):
        plan = audobon(*argv, "--json").data["plan"]
        assert (plan["device"], plan["calibrated"]) == ("cpu", False)
        assert "processor" in plan["gpu"]
    events = audobon("generate", "red potion", "--seed", "1", "--events").events
    (chosen,) = [event for event in events if event["event"] == "strategy_chosen"]
    assert chosen["budget_bytes"] > 0
    assert audobon("sound", "make", "coin", "--seed", "1", "--out", "coin.wav").status == 0
    assert audobon("recipe", "run", "coin.wav", "--library-only").status == 0
    assert not looks
    audobon("generate", "red potion", "--strength", "1", "--plan")
    assert looks
