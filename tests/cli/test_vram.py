"""``audobon vram``: plans, cards, and what it says when nothing fits."""

import pytest

from audobon_cli.hardware.probe import Gpu
from audobon_cli.vram import device_budget
from tests.conftest import Audobon

GIB = 2**30


@pytest.mark.parametrize("model", ["sdxl", "flux-dev", "sd35-medium", "sd15", "flux-schnell"])
def test_a_six_gigabyte_card_gets_a_strategy_that_needs_less(audobon: Audobon, model: str) -> None:
    data = audobon("vram", "plan", model, "--gpu", "RTX 3050 6GB", "--json").data
    chosen = next(s for s in data["strategies"] if s["name"] == data["choice"])
    assert chosen["fits"]
    assert chosen["minimum_bytes"] + data["margin_bytes"] <= data["budget_bytes"] < 6 * GIB
    assert [stage["name"] for stage in chosen["stages"]] == ["text encoding", "denoising", "decoding"]
    assert all(s["reason"] for s in data["strategies"] if s is not chosen)


def test_the_plan_for_people_has_a_bar_a_stage(audobon: Audobon) -> None:
    ran = audobon("vram", "plan", "sdxl", "--gpu", "RTX 3050 6GB")
    assert ran.status == 0
    assert sum("█" in line for line in ran.out.splitlines()) == 3
    assert "about" in ran.out
    assert "`full` does not fit: " in ran.out


def test_all_strategies(audobon: Audobon) -> None:
    data = audobon("vram", "plan", "sd15", "--budget", "4GB", "--all", "--json").data
    names = {strategy["name"] for strategy in data["strategies"]}
    assert {"full", "model-offload", "group-leaf-stream", "sequential", "float8", "nf4"} <= names


def test_the_model_of_the_settings_is_planned(audobon: Audobon) -> None:
    data = audobon("vram", "plan", "--budget", "2GB", "--json").data
    assert (data["model"], data["size"]) == ("sprite", "64x64")
    scaled = audobon("vram", "plan", "sprite", "--size", "512", "--budget", "2GB", "--json").data
    assert scaled["size"] == "64x64"  # what the model draws; the rest is scaling


def test_the_card_that_is_present_is_planned_for_by_what_it_has_free(
    audobon: Audobon, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = Gpu("NVIDIA GeForce RTX 2060", total_bytes=6 * GIB, free_bytes=5 * GIB, driver="570.1")
    monkeypatch.setattr(device_budget, "graphics_cards", lambda: (card,))
    data = audobon("vram", "plan", "sd15", "--json").data
    assert (data["gpu"], data["precision"]) == ("NVIDIA GeForce RTX 2060", "float16")
    assert data["budget_bytes"] == 5 * GIB - GIB // 2


def test_without_a_card_the_plan_has_no_budget(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_budget, "graphics_cards", lambda: ())
    data = audobon("vram", "plan", "sd15", "--json").data
    assert (data["budget_bytes"], data["choice"]) == (None, "full")
    assert audobon("vram", "plan", "sd15").status == 0


def test_quality_sets_steps_and_time(audobon: Audobon) -> None:
    def plan(*options: str) -> dict[str, object]:
        return audobon("vram", "plan", "sd15", "--budget", "8GB", "--json", *options).data

    draft, ultra = plan("--quality", "draft"), plan("--quality", "ultra")
    assert draft["steps"] < ultra["steps"]  # type: ignore[operator]
    assert plan("--size", "768x512", "--batch", "4")["batch"] == 4


def test_older_cards_run_in_float16_and_decode_sdxl_in_float32(audobon: Audobon) -> None:
    def decoding(*options: str) -> int:
        data = audobon("vram", "plan", "sdxl", "--json", *options).data
        return int(data["strategies"][-1]["stages"][-1]["peak_bytes"])

    assert decoding("--precision", "float16") > decoding("--precision", "bfloat16")
    data = audobon("vram", "plan", "sdxl", "--gpu", "GTX 1080 Ti", "--json").data
    assert data["precision"] == "float16"


def test_what_cannot_fit_says_what_could(audobon: Audobon) -> None:
    ran = audobon("vram", "plan", "sdxl", "--budget", "600MB", "--size", "2048", "--json")
    assert ran.status == 30
    error = ran.json["error"]
    assert error["code"] == "memory.plan"
    assert error["details"]["needed_bytes"] > 600 * 2**20
    assert "possible with a budget of" in error["hint"]
    size = error["details"]["size"]
    assert size
    assert audobon("vram", "plan", "sdxl", "--budget", "600MB", "--size", size).status == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--gpu", "RTX 3050"), "RTX 3050 6GB"),
        (("--gpu", "RTX 3050 Laptop GPU"), "RTX 3050 Laptop 4GB"),
        (("--gpu", "RTX 3051 Super Duper"), "vram gpus"),
        (("--gpu", "L4", "--budget", "3GB"), "not both"),
        (("--budget", "much"), "5GB"),
        (("--budget", "3GB", "--batch", "0"), "--batch-size 1"),
        (("--precision", "float8"), "bfloat16"),
        (("--budget", "8GB", "--size", "123x770"), "--size 120x768"),
    ],
)
def test_wrong_options(audobon: Audobon, options: tuple[str, ...], words: str) -> None:
    ran = audobon("vram", "plan", "sdxl", *options)
    assert ran.status == 2
    assert words in ran.err


def test_an_unknown_model_is_named(audobon: Audobon) -> None:
    ran = audobon("vram", "plan", "sdxxl", "--json")
    assert ran.status == 13
    assert ran.json["error"]["details"]["nearest"][0] == "sdxl"


@pytest.mark.parametrize(
    ("name", "gigabytes"),
    [
        ("NVIDIA GeForce RTX 4090", 24),
        ("rtx 4060 laptop", 8),
        ("3060 12GB", 12),
        ("NVIDIA GeForce RTX 4070 Laptop GPU", 8),
        ("RTX 4050", 6),
        ("H200", 141),
    ],
)
def test_cards_are_found_by_the_names_people_write(audobon: Audobon, name: str, gigabytes: int) -> None:
    data = audobon("vram", "plan", "sd15", "--gpu", name, "--json").data
    assert data["budget_bytes"] == gigabytes * GIB - GIB // 2


def test_cards_are_listed(audobon: Audobon) -> None:
    cards = audobon("vram", "gpus", "--json").data["gpus"]
    assert len({card["name"] for card in cards}) == len(cards) > 70
    assert any(card["from_memory"] for card in cards)


def test_cards_are_narrowed_by_words(audobon: Audobon) -> None:
    cards = audobon("vram", "gpus", "3060", "laptop", "--json").data["gpus"]
    assert [card["name"] for card in cards] == ["RTX 3060 Laptop 6GB"]
    assert audobon("vram", "gpus", "voodoo", "--json").data["gpus"] == []
    everything = len(audobon("vram", "gpus", "--json").data["gpus"])
    assert len(audobon("vram", "gpus").out.splitlines()) == everything
