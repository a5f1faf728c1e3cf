"""What only ComfyUI has: several servers, workflows, a websocket, and a memory that a restart empties."""

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.providers.services.comfyui_socket import LISTEN_SECONDS
from audobon_cli.providers.services.comfyui_workflows import check_graph, fill_graph
from tests.conftest import Audobon
from tests.doubles.comfyui_server import ComfyDouble, Workflow
from tests.doubles.service import Fault
from tests.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.loopback

ASK = ("generate", "castle", "--provider", "comfyui", "--model", "sd15", "--size", "64", "--steps", "4")


def sent(comfy: ComfyDouble) -> dict[str, Any]:
    graph: dict[str, Any] = comfy.asked_in("submit")[-1].json["prompt"]
    return graph


@pytest.mark.parametrize(
    ("model", "size", "expected"),
    [
        ("sd15", "64", ("v1-5-pruned-emaonly-fp16.safetensors", 7.5, "EmptyLatentImage")),
        ("sdxl", "64", ("sd_xl_base_1.0.safetensors", 7.5, "EmptyLatentImage")),
        ("flux-dev", "256", ("flux1-dev-fp8.safetensors", 1.0, "EmptySD3LatentImage")),
        ("flux-schnell", "256", ("flux1-schnell-fp8.safetensors", 1.0, "EmptySD3LatentImage")),
    ],
)
def test_the_workflow_is_that_of_the_family(
    audobon: Audobon, comfy: ComfyDouble, model: str, size: str, expected: tuple[str, float, str]
) -> None:
    argv = (
        "generate",
        "(castle:1.2)",
        "--provider",
        "comfyui",
        "--model",
        model,
        "--size",
        size,
        "--seed",
        "7",
    )
    ran = audobon(*argv, "--steps", "3", "--json")
    assert ran.status == 0, ran.out
    graph = sent(comfy)
    sampler = graph["sampler"]["inputs"]
    file, cfg, empty = expected
    assert graph["checkpoint"]["inputs"]["ckpt_name"] == file
    assert (sampler["seed"], sampler["steps"], sampler["denoise"]) == (7, 3, 1.0)
    assert sampler["cfg"] == (cfg if model.startswith("flux") else pytest.approx(sampler["cfg"]))
    assert graph["start"]["class_type"] == empty
    assert graph["start"]["inputs"]["width"] == int(size)
    assert (
        graph[sampler["positive"][0] if model != "flux-dev" else "prompt"]["inputs"]["text"] == "(castle:1.2)"
    )
    assert ("guidance" in graph) == (model == "flux-dev")
    assert ran.data["assets"][0]["model"] == model


def test_another_checkpoint_of_the_family_can_be_named(audobon: Audobon, comfy: ComfyDouble) -> None:
    comfy.checkpoints += ("mine.safetensors",)
    assert audobon(*ASK, "--model", "sd15:mine.safetensors").status == 0
    assert sent(comfy)["checkpoint"]["inputs"]["ckpt_name"] == "mine.safetensors"
    missing = audobon(*ASK, "--model", "sd15:other.safetensors", "--json")
    assert missing.status == 43
    assert "other.safetensors" in missing.json["error"]["message"]


def test_progress_comes_over_the_websocket(audobon: Audobon, comfy: ComfyDouble) -> None:
    comfy.step_seconds = 0.05
    began = time.monotonic()
    events = [event for event in audobon(*ASK, "--events").events if event["event"] == "step"]
    silent = time.monotonic() - began
    assert [event["step"] for event in events][-1] == 4
    assert {event["steps"] for event in events} == {4}
    assert len(events) >= 2
    most = 3 + silent / LISTEN_SECONDS  # once for each such silence, be it that the machine is busy
    assert len(comfy.asked_in("poll")) <= most, "history was polled though the websocket tells"


def test_without_a_websocket_history_is_polled(audobon: Audobon, comfy: ComfyDouble) -> None:
    comfy.silent, comfy.holds = True, lambda: len(comfy.asked_in("poll")) < 2
    assert audobon(*ASK).status == 0


def test_the_server_that_is_least_busy_draws(
    audobon: Audobon, comfy: ComfyDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ComfyDouble() as other:
        comfy.pending = [Workflow(f"w{n}", {}, "x") for n in range(3)]
        comfy.running = Workflow("w", {}, "x")
        monkeypatch.setenv("AUDOBON_COMFYUI_SERVERS", f"{comfy.address}, {other.address}/")
        assert audobon(*ASK, "--count", "3").status == 0
        assert (len(comfy.asked_in("submit")), len(other.asked_in("submit"))) == (0, 3)


def test_several_servers_draw_side_by_side(
    audobon: Audobon, comfy: ComfyDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ComfyDouble() as other:
        met: list[bool] = []

        def alone() -> bool:
            """No picture is finished before both servers have drawn at the same time."""
            if comfy.running and other.running:
                met.append(True)
            return not met

        comfy.holds = other.holds = alone
        monkeypatch.setenv("AUDOBON_COMFYUI_SERVERS", f"{comfy.address},{other.address}")
        ran = audobon(*ASK, "--seed", "1", "--count", "6", "--timeout", "600", "--events")
        assert ran.status == 0, ran.out
        assert [asset["seed"] for asset in ran.data["assets"]] == [1, 2, 3, 4, 5, 6]
        assert len(comfy.bills) + len(other.bills) == 6
        assert min(len(comfy.bills), len(other.bills)) > 0
        delivered = [event["index"] for event in ran.events if event["event"] == "picture_delivered"]
        assert delivered == [0, 1, 2, 3, 4, 5]


def test_of_servers_side_by_side_one_may_die(
    audobon: Audobon, comfy: ComfyDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ComfyDouble() as other:
        other.dies_after, other.step_seconds = 1, 0.02
        monkeypatch.setenv("AUDOBON_COMFYUI_SERVERS", f"{comfy.address},{other.address}")
        ran = audobon(*ASK, "--seed", "1", "--count", "6", "--json")
        assert ran.status == 0, ran.out
        assert len(ran.data["assets"]) == 6
        assert len(comfy.bills) + len(other.bills) == 6


def test_a_server_that_is_down_is_passed_over(
    audobon: Audobon, comfy: ComfyDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDOBON_COMFYUI_SERVERS", f"http://127.0.0.1:9,{comfy.address}")
    assert audobon(*ASK, "--count", "2").status == 0
    assert len(comfy.bills) == 2
    monkeypatch.setenv("AUDOBON_COMFYUI_SERVERS", "http://127.0.0.1:9,http://127.0.0.1:10")
    assert audobon(*ASK, "--seed", "99").status == 40
    monkeypatch.setenv("AUDOBON_COMFYUI_SERVERS", "nonsense")
    assert audobon(*ASK).status == 2


def test_what_a_restarted_server_forgot_is_queued_again(audobon: Audobon, comfy: ComfyDouble) -> None:
    comfy.holds = lambda: True

    def restart() -> None:
        until(lambda: comfy.running is not None)
        comfy.restart()
        comfy.holds = None

    thread = threading.Thread(target=restart)
    thread.start()
    ran = audobon(*ASK, "--events")
    thread.join()
    assert ran.status == 0, ran.out
    first, second = comfy.asked_in("submit")
    assert first.json["prompt_id"] == second.json["prompt_id"]
    retried = [event for event in ran.events if event["event"] == "provider_retried"]
    assert any("knows nothing of the workflow" in event["message"] for event in retried)
    assert len(comfy.bills) == 1


def test_a_lost_answer_is_not_queued_twice(audobon: Audobon, comfy: ComfyDouble) -> None:
    comfy.faults.append(Fault("lose", times=1))
    assert audobon(*ASK).status == 0
    assert len(comfy.asked_in("submit")) == 1
    assert len(comfy.bills) == 1


def test_the_very_same_graph_gives_the_file_that_is_there(audobon: Audobon, comfy: ComfyDouble) -> None:
    first = audobon(*ASK, "--seed", "3", "--json").data["assets"][0]
    again = audobon(*ASK, "--seed", "3", "--fresh", "--json").data["assets"][0]
    assert len(comfy.files) == 1
    assert (first["seed"], again["seed"]) == (3, 3)


def test_an_input_picture_is_uploaded_and_scaled_there(audobon: Audobon, comfy: ComfyDouble) -> None:
    Image.new("RGB", (32, 16), "red").save("start.png")
    ran = audobon(*ASK, "--init-image", "start.png", "--strength", "0.5")
    assert ran.status == 0, ran.err
    (name,) = comfy.uploads
    graph = sent(comfy)
    assert graph["picture"]["inputs"]["image"] == name
    assert graph["sampler"]["inputs"]["denoise"] == 0.5
    assert comfy.uploads[name].startswith(b"\x89PNG")


def test_ctrl_c_interrupts_the_servers(comfy: ComfyDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    comfy.holds = lambda: True
    run = subprocess.Popen(
        [sys.executable, "-m", "audobon_cli", *ASK, "--steps", "100"], stderr=subprocess.PIPE
    )
    until(lambda: comfy.asked_in("poll"))  # once a second it looks, though the websocket is silent
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=PATIENCE_SECONDS)
    assert run.returncode == 130
    assert [asked.path for asked in comfy.asked_in("cancel")] == ["/queue", "/interrupt"]


@pytest.mark.parametrize(
    ("arrange", "code", "words"),
    [
        (lambda comfy: setattr(comfy, "fails", True), "provider.failed", "out of memory"),
        (lambda comfy: setattr(comfy, "checkpoints", ()), "provider.model_gone", "no such file"),
    ],
)
def test_what_the_server_says_is_passed_on(
    audobon: Audobon, comfy: ComfyDouble, arrange: Any, code: str, words: str
) -> None:
    arrange(comfy)
    error = audobon(*ASK, "--json").json["error"]
    assert error["code"] == code
    assert words in error["message"]


def test_check_shows_memory_and_queue(audobon: Audobon, comfy: ComfyDouble) -> None:
    (found,) = audobon("providers", "check", "comfyui", "--json").data["providers"]
    (probe,) = found["probes"]
    assert probe["reachable"]
    assert probe["facts"]["cuda:0 NVIDIA Double"] == "20.0 of 24.0 GiB free"
    assert (probe["facts"]["running"], probe["facts"]["waiting"]) == (0, 0)


OWN = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd_xl_base_1.0.safetensors"}},
    "2": {
        "class_type": "CLIPTextEncode",
        "inputs": {"text": "x", "clip": ["1", 1]},
        "_meta": {"title": "Prompt"},
    },
    "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "no {negative}", "clip": ["1", 1]}},
    "4": {
        "class_type": "EmptyLatentImage",
        "inputs": {"width": 8, "height": 8, "batch_size": 1},
        "_meta": {"title": "size"},
    },
    "5": {"class_type": "KSampler", "inputs": {"seed": 0, "steps": 2, "cfg": 5.0}},
    "6": {"class_type": "SaveImage", "inputs": {"images": ["5", 0]}},
}


def test_a_workflow_of_ones_own_is_filled_in(audobon: Audobon, comfy: ComfyDouble) -> None:
    Path("own.json").write_text(json.dumps(OWN), encoding="utf-8")
    argv = ("generate", "castle", "--provider", "comfyui", "--size", "64", "--seed", "11")
    ran = audobon(*argv, "--negative", "rain", "--workflow", "own.json", "--json")
    assert ran.status == 0, ran.out
    graph = sent(comfy)
    assert graph["2"]["inputs"]["text"] == "castle"
    assert graph["3"]["inputs"]["text"] == "no rain"
    assert (graph["4"]["inputs"]["width"], graph["4"]["inputs"]["height"]) == (64, 64)
    assert (graph["5"]["inputs"]["seed"], graph["5"]["inputs"]["steps"]) == (11, 2)
    refused = audobon(*argv, "--steps", "5", "--workflow", "own.json")
    assert refused.status == 2
    assert "--steps" in refused.err
    other = json.loads(json.dumps(OWN))
    other["5"]["inputs"]["cfg"] = 6.0
    Path("own.json").write_text(json.dumps(other), encoding="utf-8")
    again = audobon(*argv, "--negative", "rain", "--workflow", "own.json", "--json")
    assert not again.data["assets"][0]["existing"], "another workflow was taken for the same picture"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "cannot be read"),
        ("[]", "API format"),
        ('{"nodes": [], "links": []}', "API format"),
        ('{"1": {"class_type": "KSampler", "inputs": {}}}', "no place for the prompt"),
    ],
)
def test_a_workflow_that_cannot_work_is_refused(
    audobon: Audobon, comfy: ComfyDouble, text: str, words: str
) -> None:
    Path("own.json").write_text(text, encoding="utf-8")
    ran = audobon(*ASK, "--workflow", "own.json")
    assert ran.status == 2
    assert words in ran.err
    assert audobon(*ASK, "--workflow", "missing.json").status == 2
    assert comfy.log == []


def test_a_lone_name_in_braces_becomes_the_value_itself() -> None:
    own = {"1": {"class_type": "X", "inputs": {"seed": "{seed}", "text": "{prompt}, in oil", "of": ["2", 0]}}}
    filled = fill_graph(check_graph(own, "x"), {"seed": 5, "prompt": "a {fox}", "strength": None})
    assert filled["1"]["inputs"] == {"seed": 5, "text": "a {fox}, in oil", "of": ["2", 0]}
    assert own["1"]["inputs"]["seed"] == "{seed}"
    with pytest.raises(InvalidInput):
        check_graph({"1": {"inputs": {}}}, "x")
