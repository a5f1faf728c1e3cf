"""A provider that fails, and the places that the picture is made at instead."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Audobon
from tests.doubles.comfyui_server import ComfyDouble
from tests.doubles.replicate_server import ReplicateDouble
from tests.doubles.service import Fault
from tests.fakes.fake_engine import FakeEngine

pytestmark = pytest.mark.loopback

Rows = Callable[[], list[tuple[Any, ...]]]
SMALL = ("--provider", "replicate", "--fallback", "comfyui:sd15", "--size", "512", "--yes", "--steps", "2")


@pytest.mark.parametrize(
    "death", ["reset", *(pytest.param(death, marks=pytest.mark.slow) for death in ("lose", "status"))]
)
def test_a_batch_of_40_ends_complete_when_the_provider_dies_in_the_middle(
    audobon: Audobon,
    replicate: ReplicateDouble,
    comfy: ComfyDouble,
    ledger_rows: Rows,
    death: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AUDOBON_PROVIDERS_BREAKER_PAUSE_SECONDS", "3600")  # the batch may take its time
    replicate.polls = 0
    comfy.step_seconds = 0.0
    replicate.dies_after, replicate.death = 15, death
    ran = audobon("generate", "castle", *SMALL, "--seed", "1", "--count", "40", "--events")
    assert ran.status == 0, ran.out
    assets = ran.data["assets"]
    assert len(assets) == 40
    assert sorted(asset["seed"] for asset in assets) == list(range(1, 41))
    engines = Counter(asset["path"].rpartition("/")[2].partition("_")[0] for asset in assets)
    assert engines == {"replicate": 15, "comfyui": 25}
    # No input was ever charged twice, and what the double charged is at most what the ledger counts.
    seeds = [replicate.predictions[ident].input["seed"] for ident in replicate.bills]
    assert len(set(seeds)) == len(seeds)
    assert len(comfy.bills) == 25
    counted = [row for row in ledger_rows() if row[0] == "replicate" and row[2] != "no"]
    assert len(counted) >= len(replicate.bills)
    failed_providers = [event for event in ran.events if event["event"] == "provider_hopped"]
    assert len(failed_providers) == 25
    assert {hop["next_provider"] for hop in failed_providers} == {"comfyui"}
    # After five failures in a row the breaker keeps the dead provider from costing time.
    assert failed_providers[-1]["code"] == "provider.unavailable"
    assert len(replicate.asked_in("submit")) <= 15 + 5


def test_the_reason_of_a_hop_is_in_the_recipe(
    audobon: Audobon, replicate: ReplicateDouble, fake_engine: FakeEngine
) -> None:
    replicate.faults.append(Fault("status", status=500))
    argv = ("generate", "dragon", "--provider", "replicate", "--fallback", "local", "--seed", "3")
    made = audobon(*argv, "--json").data["assets"][0]
    assert made["model"] == "sprite"
    assert (made["width"], made["height"]) == (1024, 1024)
    recipe = audobon("assets", "show", made["id"], "--json").data["asset"]["recipe"]
    assert recipe["receipt"] == {"after": [{"provider": "replicate", "error": "provider.failed"}]}
    assert recipe["engine"] == "fake"
    asked = len(replicate.log)
    again = audobon(*argv, "--json").data["assets"][0]
    assert again["existing"]
    assert again["id"] == made["id"]
    assert len(replicate.log) == asked, "what the fallback made was asked for again"


def test_expired_credentials_in_mid_batch_end_the_run_and_keep_what_is_finished(
    audobon: Audobon, replicate: ReplicateDouble, ledger_rows: Rows
) -> None:
    replicate.faults += [Fault("status", phase, status=401, after=2) for phase in ("submit",)]
    ran = audobon("generate", "castle", "--provider", "replicate", "--count", "5", "--json", "--size", "512")
    assert ran.status == 45
    assert ran.json["error"]["code"] == "provider.key_refused"
    assert len(ran.data["assets"]) == 2
    assert [row[2] for row in ledger_rows()] == ["yes", "yes", "no"]
    assert audobon("assets", "list", "--json").data["total"] == 2


def test_expired_credentials_in_mid_batch_with_a_fallback(
    audobon: Audobon, replicate: ReplicateDouble, comfy: ComfyDouble
) -> None:
    replicate.faults.append(Fault("status", "submit", status=401, after=2))
    ran = audobon("generate", "castle", *SMALL, "--count", "4", "--json")
    assert ran.status == 0
    assert (len(replicate.bills), len(comfy.bills)) == (2, 2)


def test_a_refusal_is_not_taken_elsewhere_and_the_rest_of_the_run_goes_on(
    audobon: Audobon, replicate: ReplicateDouble, comfy: ComfyDouble
) -> None:
    replicate.faults.append(
        Fault(
            "change", "poll", times=1, change=lambda reply: replicate.failed_reply("NSFW content detected.")
        )
    )
    ran = audobon("generate", "castle", *SMALL, "--count", "3", "--events")
    assert ran.status == 42
    assert ran.json["error"]["code"] == "provider.moderated"
    assert len(ran.data["assets"]) == 2
    assert comfy.bills == []
    assert [event["event"] for event in ran.events].count("image_failed") == 1
    assert len(replicate.asked_in("submit")) == 3


def test_out_of_memory_here_is_a_reason_too(
    audobon: Audobon, replicate: ReplicateDouble, fake_engine: FakeEngine
) -> None:
    fake_engine.memory_ends_at_step = 1
    ran = audobon(
        "generate",
        "dragon",
        "--strength",
        "1",
        "--fallback",
        "replicate",
        "--size",
        "1024",
        "--json",
        "--yes",
    )
    assert ran.status == 0
    assert ran.data["assets"][0]["model"] == "flux-schnell"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("--fallback", "nowhere"), "no provider called"),
        (("--fallback", ","), "names nothing"),
        (("--fallback", "local,local"), "twice"),
        (("--fallback", "comfyui", "--negative", "x"), "no effect on flux-schnell"),
        (("--fallback", "local", "--size", "100x37"), "cannot make"),
        (("--workflow", "x.json"), "--provider comfyui"),
        (("--strategy", "full"), "draws elsewhere"),
        (("--offline",), "--offline"),
    ],
)
def test_what_a_place_cannot_do_is_refused_before_anything_is_sent(
    audobon: Audobon, replicate: ReplicateDouble, argv: tuple[str, ...], words: str
) -> None:
    ran = audobon("generate", "castle", "--provider", "replicate", *argv)
    assert ran.status in (2, 14, 47)
    assert words in ran.err
    assert replicate.log == []
