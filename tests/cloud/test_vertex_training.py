"""Training runs on Vertex AI, from the command line to the filed LoRA: real processes, taken away in the middle."""

import hashlib
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from audobon_cli.cloud.training_runs.exchange import encode_trained
from tests.cloud import test_runs
from tests.cloud.rigs import choose_cloud, environment
from tests.cloud.test_training import STEPS, equal, lora, lora_file, shown
from tests.conftest import Audobon, Engines
from tests.doubles.cloud_run_server import IMAGE
from tests.doubles.service import Fault
from tests.doubles.vertex_jobs_server import VertexJobsDouble
from tests.training.test_runs import draw_set, kill_behind
from tests.waiting import until

pytestmark = [pytest.mark.loopback, pytest.mark.posix]

ON = ("--on", "vertex", "--image", IMAGE, "--timeout", "5m")
CONTAINER = """
import json, os, pathlib, shutil, sys, time
prepared, words = pathlib.Path(sys.argv[1]), sys.argv[2:]
there = pathlib.Path(words[2]) / "runs" / words[4]
for step in (1, 2):
    told = {"event": "training_step", "step": step, "steps": 3, "loss": 0.5, "seconds": 1.0}
    print(json.dumps(told), flush=True)
for name in ("losses", "samples", "checkpoints"):
    if (prepared / name).exists():
        shutil.copytree(prepared / name, there / name, dirs_exist_ok=True)
with open(there / "attempts", "ab") as attempts:
    attempts.write(b".")
print("copied", flush=True)
if (there / "attempts").stat().st_size < 3 or not (prepared / "result").exists():
    time.sleep(600)
(there / "result").write_bytes((prepared / "result").read_bytes())
"""
"""A machine that has trained the run before: its first two attempts stand still until they are taken away."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[VertexJobsDouble]:
    home = tmp_path / "container"
    home.mkdir()
    program = (sys.executable, "-S", "-c", CONTAINER, str(tmp_path / "prepared"))
    with VertexJobsDouble(program, {**environment(), "HOME": str(home)}) as running:
        yield running
        for one in running.custom.values():
            one.cancel()
        running.end()


@pytest.fixture
def cloud(audobon: Audobon, server: VertexJobsDouble, place: str, monkeypatch: pytest.MonkeyPatch) -> Audobon:
    choose_cloud(monkeypatch, server.address, place, 0.1)
    return audobon


def nothing_left(audobon: Audobon, server: VertexJobsDouble, place: str) -> None:
    """Nothing of ours runs, is listed, is reserved or lies at the place."""
    test_runs.nothing_left(audobon, server, place)
    assert server.custom == {}


def test_taken_away_twice_it_is_filed_once(
    cloud: Audobon, server: VertexJobsDouble, place: str, tmp_path: Path
) -> None:
    art = draw_set(tmp_path / "art")
    prepared = tmp_path / "prepared"
    (prepared / "losses").mkdir(parents=True)
    for step in (0, 2, STEPS):
        entry = {"step": step, "learnt": 0.5, "held_out": 0.4, "untrained": 0.6, "best_step": step}
        (prepared / "losses" / f"{step:08}").write_text(json.dumps({**entry, "words": ""}))
    weights = lora_file()
    facts = {"steps": STEPS, "best_step": STEPS, "verdict": "Learning.", "memorising": ""}
    facts |= {"levels": {}, "libraries": {}}
    (prepared / "result").write_bytes(encode_trained(facts, {"diffusers": weights, "kohya": weights}))
    plan = cloud(*lora("there", art), *ON, "--spot", "--plan", "--json").data
    assert (plan["on"], plan["machine"]) == ("vertex", "4 vCPU, 15 GiB, spot")
    each = 4 * 16.1568e-6 + 15 * 2.16559e-6
    assert plan["at_most_usd"] == pytest.approx(300 * 0.65 * each, abs=1e-6)
    assert (server.custom, server.jobs) == ({}, {})
    server.takings = [3, 3]
    server.faults.append(Fault("reset", "list", times=1, after=4))
    ran = cloud(*lora("there", art), *ON, "--spot", "--events", "--json")
    assert ran.status == 0, ran.out + ran.err
    events = {json.loads(line).get("event") for line in ran.out.splitlines()}
    assert {"training_step", "training_measured"} <= events
    found = shown(cloud, "there")
    assert (found["state"], found["on"], found["step"]) == ("done", "here", STEPS)
    assert [one["step"] for one in found["losses"]] == [0, 2, STEPS]
    assert (Path(found["folder"]) / "diffusers.safetensors").read_bytes() == weights
    assert [one.attempts for one in server.deleted] == [3]
    named = [one["name"] for one in cloud("assets", "list", "--json").data["assets"]]
    assert (named.count("there"), named.count("there_style")) == (1, 1)
    assert cloud("usage", "--json").data["usage"][0]["provider"] == "vertex-ai"
    nothing_left(cloud, server, place)


def test_its_time_out_leaves_a_checkpoint(
    cloud: Audobon, server: VertexJobsDouble, place: str, tmp_path: Path
) -> None:
    """The time-out is that of all attempts; then the run can go on anywhere."""
    kept = tmp_path / "prepared" / "checkpoints"
    kept.mkdir(parents=True)
    (kept / f"00000002-{hashlib.sha256(b'stands').hexdigest()}").write_bytes(b"stands")
    server.counts_from = "copied"
    ran = cloud(*lora("late", draw_set(tmp_path / "art")), *ON, "--timeout", "2s", "--json")
    error = ran.json["error"]
    assert error["code"] == "cloud.timed_out", ran.out
    assert "audobon train resume late --on vertex" in error["hint"]
    found = shown(cloud, "late")
    assert (found["state"], found["on"]) == ("dead", "here")
    assert (Path(found["folder"]) / "checkpoint.safetensors").read_bytes() == b"stands"
    nothing_left(cloud, server, place)


@pytest.mark.slow
def test_whoever_followed_it_died(
    cloud: Audobon, server: VertexJobsDouble, place: str, tmp_path: Path, engines: Engines
) -> None:
    """The run goes on and is seen; it is ended by its name, and by `cloud down`."""
    art = draw_set(tmp_path / "art")
    assert kill_behind([*lora("lost", art), *ON], ("training_step", 2), engines) == signal.SIGKILL
    assert (shown(cloud, "lost")["on"], server.running()) == ("vertex", 1)
    listed = cloud("cloud", "status", "--json").data
    assert [(one["service"], one["kind"]) for one in listed["runs"]] == [("vertex-ai", "train")]
    assert listed["reserved_usd"] > 0
    lines = [one["text"] for one in cloud("cloud", "logs", "--json").data["lines"]]
    assert "copied" in lines
    assert cloud("train", "cancel", "lost", "--json").status == 0
    assert shown(cloud, "lost")["on"] == "here"
    nothing_left(cloud, server, place)
    assert kill_behind([*lora("again", art), *ON], ("training_step", 2), engines) == signal.SIGKILL
    down = cloud("cloud", "down", "--json").data
    assert (len(down["ended"]), server.custom) == (1, {})
    assert cloud("train", "cancel", "again", "--json").status == 0
    nothing_left(cloud, server, place)
    until(lambda: server.running() == 0)


def test_what_is_wrong_leaves_nothing_behind(
    cloud: Audobon, server: VertexJobsDouble, place: str, tmp_path: Path
) -> None:
    art = draw_set(tmp_path / "art")

    def refused(code: str, *words: str) -> None:
        ran = cloud(*lora("wrong", art), *(words or ON), "--json")
        assert ran.json["error"]["code"] == code, ran.out
        assert ran.json["error"]["hint"]
        nothing_left(cloud, server, place)

    server.images.clear()
    refused("cloud.image_missing")
    server.images.add(IMAGE)
    for permission in ("aiplatform.customJobs.create", "aiplatform.customJobs.list"):
        server.denied = {permission}
        refused("cloud.refused")
    server.denied = set()
    server.no_quota = True
    refused("cloud.quota", *ON, "--gpu", "L4")
    server.no_quota = False
    refused("cloud.missing", *ON, "--gpu", "A100")
    server.apis.discard("aiplatform")
    refused("cloud.api_off")
    server.apis.add("aiplatform")
    cloud("config", "set", "budget_per_month", "0.001")
    refused("budget.spent")
    assert cloud("config", "set", "budget_per_month", "10").status == 0
    refused("cloud.missing", "--on", "vertex")  # nothing is deployed, no image named
    refused("usage.invalid", *ON, "--gpu", "H100")
    refused("usage.invalid", "--spot")
    refused("usage.invalid", "--on", "cloudrun", "--image", IMAGE, "--spot")
    refused("source.offline", *ON, "--offline")
    server.program = (sys.executable, "-S", "-c", "import sys; sys.exit(3)")
    refused("cloud.failed")
    server.faults.append(Fault("reset", "create"))
    lost = cloud(*lora("unsure", art), *ON, "--json")
    assert lost.json["error"]["code"] == "cloud.unreachable"
    assert server.custom == {}
    assert cloud("cloud", "status", "--json").data["reserved_usd"] > 0  # it may arrive, and counts


def test_the_doctor_looks_at_cards_and_roles(cloud: Audobon, server: VertexJobsDouble) -> None:
    def found() -> dict[str, dict[str, str]]:
        return {one["name"]: one for one in cloud("cloud", "doctor", "--json").json["data"]["checks"]}

    metric = "aiplatform.googleapis.com/custom_model_training_{}_gpus"
    server.vertex_cards = {metric.format("nvidia_l4"): 2, metric.format("preemptible_nvidia_a100_80gb"): 1}
    server.vertex_cards[metric.format("nvidia_t4")] = 0
    checks = found()
    assert checks["API aiplatform.googleapis.com"]["state"] == "ok"
    assert checks["permissions of Vertex AI"]["state"] == "ok"
    told = checks["quota of Vertex AI"]
    assert told["message"] == "1 A100-80GB (spot), 2 L4 at a time in europe-west1"
    server.vertex_cards = {metric.format("nvidia_l4"): 0}
    server.denied = {"aiplatform.customJobs.cancel"}
    checks = found()
    assert checks["quota of Vertex AI"]["state"] == "warning"
    missing = checks["permission aiplatform.customJobs.cancel"]
    assert missing["remedy"].endswith("--role roles/aiplatform.user")


@pytest.mark.slow
def test_a_machine_that_really_trains(
    cloud: Audobon, server: VertexJobsDouble, place: str, tmp_path: Path, engines: Engines
) -> None:
    """Taken away twice in the middle, while whoever followed it was killed and follows it again, it learns the same,
    bit for bit."""
    art = draw_set(tmp_path / "art")
    whole = cloud(*lora("here", art), "--json").data
    server.program = (sys.executable, "-m", "audobon_cli")
    server.takings = [4, 6]
    words = [*lora("there", art), *ON]
    assert kill_behind(words, ("training_step", 1), engines) == signal.SIGKILL
    ran = cloud("train", "resume", "there", "--json")
    assert ran.status == 0, ran.out + ran.err
    assert equal(*(Path(one["folder"]) / "diffusers.safetensors" for one in (whole, ran.data)))
    assert [one.attempts for one in server.deleted] == [3]
    nothing_left(cloud, server, place)
