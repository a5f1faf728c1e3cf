"""ComfyUI servers of one's own: what they have, what fits them, what own workflows honour, and one that dies."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Audobon
from tests.doubles.comfyui_server import ComfyDouble, Workflow
from tests.doubles.service import Fault
from tests.providers.test_comfyui import ASK, OWN, sent
from tests.waiting import until

pytestmark = pytest.mark.loopback


def test_a_server_that_dies_while_it_draws_hands_its_picture_on(
    audobon: Audobon, comfy: ComfyDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ComfyDouble()
    dead = threading.Event()
    with other:
        other.holds, comfy.holds = lambda: True, lambda: not dead.is_set()
        monkeypatch.setenv("AUDOBON_COMFYUI_SERVERS", f"{other.address},{comfy.address}")

        def kill() -> None:
            until(lambda: other.running is not None)
            other.faults += [
                Fault("reset", one, times=999) for one in ("submit", "poll", "fetch", "queue", "cancel")
            ]
            other.restart()
            dead.set()

        killer = threading.Thread(target=kill)
        killer.start()
        ran = audobon(*ASK, "--seed", "1", "--count", "4", "--json")
        killer.join()
    assert ran.status == 0, ran.out
    assert len(ran.data["assets"]) == 4
    assert (len(other.bills), len(comfy.bills)) == (0, 4)


@pytest.mark.parametrize(
    ("words", "title"),
    [
        (("--steps", "9"), "steps"),
        (("--guidance", "3"), "guidance"),
        (("--negative", "fog"), "negative"),
        (("--size", "128"), "size"),
        (("--lora", "x.safetensors"), ""),
    ],
)
def test_an_option_without_a_place_names_the_title_it_needs(
    audobon: Audobon, comfy: ComfyDouble, words: tuple[str, ...], title: str
) -> None:
    own = {key: {**node, "_meta": {}} for key, node in json.loads(json.dumps(OWN)).items()}
    own["2"]["_meta"] = {"title": "prompt"}
    own["3"]["inputs"]["text"] = "no rain"
    Path("own.json").write_text(json.dumps(own), encoding="utf-8")
    argv = ("generate", "castle", "--provider", "comfyui", "--workflow", "own.json")
    ran = audobon(*argv, *words, "--json")
    assert ran.status == 2
    error = ran.json["error"]
    assert "the workflow has no place for it" in error["message"]
    assert (f"`{title}`" if title else "into the workflow itself") in error["hint"]
    assert "--model" not in error["hint"]


def test_the_recipe_of_a_workflow_says_what_drew(audobon: Audobon, comfy: ComfyDouble) -> None:
    own = json.loads(json.dumps(OWN))
    own["1"]["inputs"]["ckpt_name"] = "v1-5-pruned-emaonly-fp16.safetensors"
    Path("own.json").write_text(json.dumps(own), encoding="utf-8")
    argv = ("generate", "castle", "--provider", "comfyui", "--size", "64", "--seed", "11", "--out", "c.png")
    assert audobon(*argv, "--workflow", "own.json").status == 0
    recipe = audobon("recipe", "show", "c.png", "--json").data["recipe"]
    assert recipe["model"] == recipe["receipt"]["model"] == "v1-5-pruned-emaonly-fp16.safetensors"
    assert recipe["model_family"] == "sd15", "that of the file, and not of the usual model"
    assert (recipe["steps"], recipe["guidance"]) == (2, 5.0)
    assert json.loads(recipe["receipt"]["workflow"]) == own
    assert len(recipe["receipt"]["workflow_sha256"]) == 64
    own["1"]["inputs"]["ckpt_name"] = "of_my_own.safetensors"
    comfy.checkpoints = (*comfy.checkpoints, "of_my_own.safetensors")
    Path("own.json").write_text(json.dumps(own), encoding="utf-8")
    for words, family in (((), "unknown"), (("--model", "sd15"), "sd15")):
        assert audobon(*argv, "--workflow", "own.json", "--overwrite", *words).status == 0
        assert audobon("recipe", "show", "c.png", "--json").data["recipe"]["model_family"] == family


def test_recipes_of_provider_pictures_are_read_back(audobon: Audobon, comfy: ComfyDouble) -> None:
    Path("own.json").write_text(json.dumps(OWN), encoding="utf-8")
    for number, more in enumerate([(), ("--workflow", "own.json")]):
        argv = ("generate", "castle", "--provider", "comfyui", "--size", "64", "--seed", "11")
        assert audobon(*argv, *more, "--out", f"{number}.png").status == 0
        assert audobon("recipe", "export", f"{number}.png", "--to", f"{number}.toml").status == 0
        shown = audobon("recipe", "show", f"{number}.toml", "--json").data
        assert shown["recipe"] == audobon("recipe", "show", f"{number}.png", "--json").data["recipe"]
        ran = audobon("recipe", "run", f"{number}.toml", "--json")
        assert ran.status == 2
        assert "promises no picture twice" in ran.json["error"]["message"]


def test_the_models_of_the_server_are_listed(
    audobon: Audobon, comfy: ComfyDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDOBON_COMFYUI_SERVERS", f"{comfy.address},http://127.0.0.1:9")
    servers = audobon("providers", "models", "comfyui", "--json").data["servers"]
    assert servers[0] == {"server": comfy.address, "checkpoints": list(comfy.checkpoints), "problem": None}
    assert servers[1]["problem"]
    shown = audobon("providers", "models", "comfyui")
    assert all(name in shown.out for name in comfy.checkpoints)
    asked = len(comfy.log)
    assert audobon("providers", "models", "comfyui", "--offline", "--json").data["servers"] == []
    assert audobon("providers", "models", "--json").data["servers"] == []
    assert len(comfy.log) == asked


def test_check_names_what_runs_and_fails_where_nothing_is_usable(
    audobon: Audobon, comfy: ComfyDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    comfy.pending = [Workflow("waits", {}, "x")]
    comfy.running = Workflow("runs", {}, "x")
    ran = audobon("providers", "check", "comfyui", "--json")
    facts = ran.data["providers"][0]["probes"][0]["facts"]
    assert (facts["running_ids"], facts["waiting_ids"]) == (["runs"], ["waits"])
    device = {
        "name": "cuda:0 NVIDIA Double",
        "type": "cuda",
        "total_bytes": 24 * 2**30,
        "free_bytes": 20 * 2**30,
    }
    assert facts["devices"] == [device]
    monkeypatch.setenv("AUDOBON_COMFYUI_SERVERS", f"{comfy.address},http://127.0.0.1:9")
    assert audobon("providers", "check", "comfyui").status == 0
    one_of_two = audobon("providers", "check", "comfyui", "replicate", "--json")
    assert (one_of_two.status, one_of_two.json["error"]["code"]) == (45, "provider.key_missing")
    assert one_of_two.json["error"]["message"].startswith("1 of 2 providers cannot be used (replicate)")
    monkeypatch.setenv("AUDOBON_COMFYUI_SERVERS", "http://127.0.0.1:9")
    failed = audobon("providers", "check", "comfyui", "--json")
    assert (failed.status, failed.json["error"]["code"]) == (40, "provider.unreachable")
    assert failed.data["providers"][0]["probes"][0]["reachable"] is False
    keyless = audobon("providers", "check", "replicate", "--json")
    assert (keyless.status, keyless.json["error"]["code"]) == (45, "provider.key_missing")


def test_one_small_picture_is_drawn_to_try_a_server(audobon: Audobon, comfy: ComfyDouble) -> None:
    ran = audobon("providers", "test", "comfyui", "--model", "sd15", "--timeout", "300", "--json")
    assert ran.status == 0, ran.out
    assert ran.data["size"] == "64x64"
    assert audobon("providers", "test", "comfyui", "--model", "flux-dev", "--json").data["size"] == "256x256"
    comfy.step_seconds = 5.0
    late = audobon("providers", "test", "comfyui", "--timeout", "1", "--prompt", "a cat", "--json")
    assert late.status == 40
    assert "--timeout" in late.json["error"]["hint"]


def _draw(audobon: Audobon, model: str, size: str, *more: str) -> Any:
    return audobon(
        "generate", "castle", "--provider", "comfyui", "--model", model, "--size", size, *more, "--json"
    )


def test_a_picture_that_does_not_fit_the_servers_card_is_not_sent(
    audobon: Audobon, comfy: ComfyDouble
) -> None:
    comfy.card_bytes = 2 * 2**30
    ran = _draw(audobon, "sdxl", "4096x4096")
    assert (ran.status, ran.json["error"]["code"]) == (30, "memory.plan")
    assert "nothing was sent" in ran.json["error"]["message"]
    assert comfy.asked_in("submit") == []


def test_a_limit_of_the_settings_lowers_or_refuses(
    audobon: Audobon, comfy: ComfyDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _draw(audobon, "sd15", "1024").status == 0
    assert sent(comfy)["decoded"]["class_type"] == "VAEDecode"
    monkeypatch.setenv("AUDOBON_RESOURCES_MAX_CARD_MEMORY", "2.5GB")
    lowered = _draw(audobon, "sd15", "1024", "--fresh")
    assert lowered.status == 0, lowered.out
    assert sent(comfy)["decoded"]["class_type"] == "VAEDecodeTiled"
    count = len(comfy.asked_in("submit"))
    monkeypatch.setenv("AUDOBON_RESOURCES_MAX_CARD_MEMORY", "400MB")
    refused = _draw(audobon, "sd15", "2048x2048")
    assert refused.status == 30
    assert "resources.max_card_memory" in refused.json["error"]["message"]
    assert len(comfy.asked_in("submit")) == count
    monkeypatch.setenv("AUDOBON_RESOURCES_MAX_CARD_MEMORY", "much")
    assert _draw(audobon, "sd15", "64").status == 2


def test_of_servers_with_unlike_cards_the_one_with_room_draws(
    audobon: Audobon, comfy: ComfyDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ComfyDouble() as small:
        small.card_bytes = 2**30 // 2
        monkeypatch.setenv("AUDOBON_COMFYUI_SERVERS", f"{small.address},{comfy.address}")
        assert _draw(audobon, "sd15", "512", "--count", "2").status == 0
        assert (len(small.bills), len(comfy.bills)) == (0, 2)


def test_a_plan_says_what_each_server_needs_and_how_long(
    audobon: Audobon, comfy: ComfyDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    comfy.device = "cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync"
    monkeypatch.setenv("AUDOBON_COMFYUI_SERVERS", f"{comfy.address},http://127.0.0.1:9")
    first, second = _draw(audobon, "sdxl", "1024", "--plan").data["plan"]["servers"]
    assert 4 * 2**30 < first["needed_bytes"] <= first["room_bytes"] == 24 * 2**30 * 11 // 12
    assert 0 < first["seconds"] < 60
    assert first["problem"] is None
    assert second["problem"]
    comfy.pending = [Workflow(f"w{number}", {}, "x") for number in range(3)]
    comfy.running = Workflow("w", {}, "x")
    busy = _draw(audobon, "sdxl", "1024", "--plan").data["plan"]["servers"][0]
    assert busy["seconds"] > 4 * first["seconds"]
    shown = audobon(
        "generate", "x", "--provider", "comfyui", "--model", "sdxl", "--size", "4096x4096", "--plan"
    )
    assert shown.status == 0
    assert "needs" in shown.out
    assert "Measuring this machine" not in shown.err, "it draws none of it"
    assert comfy.asked_in("submit") == []
