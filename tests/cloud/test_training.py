"""Training runs in the cloud, from the command line to the filed LoRA: real processes, taken away in the middle."""

import hashlib
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from audobon_cli.cloud.training_runs.exchange import checkpoints, encode_trained, failure_key, put_order
from audobon_cli.cloud.training_runs.mirror import RunMirror
from audobon_cli.domain.events import Event
from audobon_cli.library.store.library import Library
from audobon_cli.remotes.directory.remote import DirectoryRemote
from audobon_cli.training.run import RunFolder, run_from
from tests.cloud.rigs import choose_cloud, environment
from tests.cloud.test_runs import nothing_left
from tests.conftest import Audobon, Engines
from tests.doubles.cloud_run_server import IMAGE, CloudRunDouble
from tests.training.test_runs import COMMON, draw_set, kill_behind, tensors
from tests.waiting import until

pytestmark = [pytest.mark.loopback, pytest.mark.posix]

STEPS = 3
SETTINGS = ("--set", f"steps={STEPS}", "--set", "measure_every=2", "--set", "sample_every=0")
SETTINGS += ("--set", "checkpoint_seconds=0", "--caption", "{trigger}, box")
ON = ("--on", "cloudrun", "--image", IMAGE, "--timeout", "5m", "--retries", "1")
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
print("copied", flush=True)
if os.environ["CLOUD_RUN_TASK_ATTEMPT"] == "0" or not (prepared / "result").exists():
    time.sleep(600)
(there / "result").write_bytes((prepared / "result").read_bytes())
"""
"""A machine that has trained the run before: its first attempt stands still until it is taken away."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[CloudRunDouble]:
    home = tmp_path / "container"
    home.mkdir()
    program = (sys.executable, "-S", "-c", CONTAINER, str(tmp_path / "prepared"))
    with CloudRunDouble(program, {**environment(), "HOME": str(home)}) as running:
        yield running
        for one in running.executions.values():
            one.cancel()
        running.end()


@pytest.fixture
def cloud(audobon: Audobon, server: CloudRunDouble, place: str, monkeypatch: pytest.MonkeyPatch) -> Audobon:
    choose_cloud(monkeypatch, server.address, place, 0.1)
    return audobon


def lora(name: str, art: Path) -> tuple[str, ...]:
    return ("train", "lora", str(art), "--name", name, *COMMON, *SETTINGS)


def lora_file() -> bytes:
    """A LoRA for one cross-attention of a UNet, without effect."""
    name = "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"
    down, up = np.zeros((4, 768), dtype=np.float32), np.zeros((640, 4), dtype=np.float32)
    return save({f"{name}.lora_A.weight": down, f"{name}.lora_B.weight": up})


def shown(audobon: Audobon, name: str) -> dict[str, Any]:
    found: dict[str, Any] = audobon("train", "show", name, "--json").data["run"]
    return found


def equal(one: Path, other: Path) -> bool:
    left, right = tensors(one), tensors(other)
    return all(np.array_equal(left[name], right[name]) for name in {*left, *right})


def order_by_hand(audobon: Audobon, of: str, name: str, place: Path, **changes: str) -> None:
    """The run ``of`` under the ``name``, ordered by it at ``place``."""
    found = shown(audobon, of)
    run = run_from({**found["request"], "name": name, **changes})
    library = Library.open(Path(found["folder"]).parent.parent)
    put_order(DirectoryRemote(place, create=True), name, run, RunFolder(place / "none"), library.blobs.read)
    library.close()


@pytest.mark.slow
def test_a_worker_that_is_killed_goes_on(audobon: Audobon, tmp_path: Path, engines: Engines) -> None:
    """From its last checkpoint at the place, of which two stay."""
    assert audobon(*lora("here", draw_set(tmp_path / "art")), "--queue", "--json").status == 0
    place = tmp_path / "place"
    order_by_hand(audobon, "here", "there", place)
    words = ["train", "worker", str(place), "--run", "there"]
    remote = DirectoryRemote(place)
    for step in (1, STEPS):
        assert kill_behind(words, ("checkpoint_written", step), engines) == signal.SIGKILL
        found = [one.rpartition("/")[2][:8] for one in checkpoints(remote, "there")]
        assert found[-1] == f"{step:08}"
    assert [one.key[-8:] for one in remote.list("runs/there/losses/")] == [
        "00000000",
        "00000002",
        f"{STEPS:08}",
    ]
    assert len(found) == 2


def test_a_measurement_that_is_still_being_written_is_read_again(audobon: Audobon, tmp_path: Path) -> None:
    assert audobon(*lora("here", draw_set(tmp_path / "art")), "--queue", "--json").status == 0
    remote, heard = DirectoryRemote(tmp_path / "place", create=True), list[Event]()
    folder, losses = RunFolder(tmp_path / "followed"), tmp_path / "place" / "runs" / "there" / "losses"
    folder.path.mkdir()
    losses.mkdir(parents=True)
    mirror = RunMirror(remote, "there", run_from(shown(audobon, "here")["request"]), folder, heard.append)
    entry = {"step": 0, "learnt": 1.0, "held_out": 1.0, "untrained": 1.0, "best_step": 0, "words": ""}
    whole = json.dumps(entry).encode()
    for content in (b"", whole[:9], b"{}", whole, whole):
        (losses / "00000000").write_bytes(content)
        mirror.pull()
    assert [one.to_dict()["step"] for one in heard] == [0]
    assert folder.read_losses() == [entry]


def test_a_worker_says_what_no_other_attempt_could_do_better(
    audobon: Audobon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once: the next attempt has nothing to do, nor has another execution of the same run."""
    assert audobon(*lora("here", draw_set(tmp_path / "art")), "--queue", "--json").status == 0
    place = tmp_path / "place"
    order_by_hand(audobon, "here", "there", place, model="absent")
    words = ("train", "worker", str(place), "--run", "there", "--json")
    monkeypatch.setenv("CLOUD_RUN_EXECUTION", "first")
    outcome = {"run": "there", "there": False, "failed": "model.not_found", "superfluous": False}
    assert audobon(*words).data == outcome
    assert json.loads((place / failure_key("there")).read_bytes())["code"] == "model.not_found"
    assert audobon(*words).data == {**outcome, "there": True, "failed": ""}
    monkeypatch.setenv("CLOUD_RUN_EXECUTION", "second")
    assert audobon(*words).data["superfluous"]
    missing = audobon("train", "worker", str(place), "--run", "nothing", "--json").json["error"]
    assert missing["code"] == "cloud.failed"


def test_taken_away_it_is_filed_once(
    cloud: Audobon, server: CloudRunDouble, place: str, tmp_path: Path
) -> None:
    """Its machine is taken away in the middle; the next one has the result."""
    art = draw_set(tmp_path / "art")
    prepared = tmp_path / "prepared"
    (prepared / "losses").mkdir(parents=True)
    for step in (0, 2, STEPS):
        entry = {
            "step": step,
            "learnt": 0.5,
            "held_out": 0.4,
            "untrained": 0.6,
            "best_step": step,
            "words": "",
        }
        (prepared / "losses" / f"{step:08}").write_text(json.dumps(entry))
    weights = lora_file()
    facts = {
        "steps": STEPS,
        "best_step": STEPS,
        "verdict": "Learning.",
        "memorising": "",
        "levels": {},
        "libraries": {},
    }
    (prepared / "result").write_bytes(encode_trained(facts, {"diffusers": weights, "kohya": weights}))
    plan = cloud(*lora("there", art), *ON, "--plan", "--json").data
    assert (plan["steps"], plan["at_most_usd"]) == (STEPS, pytest.approx(2 * 300 * 44e-6))
    assert server.executions == {}
    server.preempt = {0: 3}
    ran = cloud(*lora("there", art), *ON, "--events", "--json")
    assert ran.status == 0, ran.out + ran.err
    events = {json.loads(line).get("event") for line in ran.out.splitlines()}
    assert {"training_step", "training_measured"} <= events
    found = shown(cloud, "there")
    assert (found["state"], found["on"], found["step"]) == ("done", "here", STEPS)
    assert [one["step"] for one in found["losses"]] == [0, 2, STEPS]
    assert (Path(found["folder"]) / "diffusers.safetensors").read_bytes() == weights
    assert [task.attempts for one in server.removed for task in one.tasks] == [2]
    named = [one["name"] for one in cloud("assets", "list", "--json").data["assets"]]
    assert (named.count("there"), named.count("there_style")) == (1, 1)
    assert cloud("usage", "--json").data["usage"][0]["provider"] == "cloud-run"
    nothing_left(cloud, server, place)


def test_the_time_out_of_its_last_attempt_leaves_a_checkpoint(
    cloud: Audobon, server: CloudRunDouble, place: str, tmp_path: Path
) -> None:
    """The first attempt that ends at its time-out is followed by another; then the run can go on anywhere."""
    kept = tmp_path / "prepared" / "checkpoints"
    kept.mkdir(parents=True)
    (kept / f"00000002-{hashlib.sha256(b'stands').hexdigest()}").write_bytes(b"stands")
    (kept / f"00000003-{hashlib.sha256(b'other').hexdigest()}").write_bytes(b"damaged")
    server.counts_from = "copied"
    ran = cloud(*lora("late", draw_set(tmp_path / "art")), *ON, "--timeout", "2s", "--json")
    error = ran.json["error"]
    assert error["code"] == "cloud.timed_out", ran.out
    assert "audobon train resume late --on cloudrun" in error["hint"]
    assert [task.attempts for one in server.removed for task in one.tasks] == [2]
    found = shown(cloud, "late")
    assert (found["state"], found["on"]) == ("dead", "here")
    assert (Path(found["folder"]) / "checkpoint.safetensors").read_bytes() == b"stands"
    nothing_left(cloud, server, place)


def test_whoever_followed_it_died(
    cloud: Audobon, server: CloudRunDouble, place: str, tmp_path: Path, engines: Engines
) -> None:
    """The run goes on; nobody trains it here meanwhile, and it is ended by its name."""
    words = [*lora("lost", draw_set(tmp_path / "art")), *ON]
    assert kill_behind(words, ("training_step", 2), engines) == signal.SIGKILL
    found = shown(cloud, "lost")
    assert (found["on"], server.running()) == ("cloudrun", 1)
    cloud("queue", "retry", "--all", "--json")
    cloud("queue", "run", "--json")
    assert "elsewhere" in shown(cloud, "lost")["error"]["message"]
    assert cloud("train", "cancel", "lost", "--json").status == 0
    assert shown(cloud, "lost")["on"] == "here"
    nothing_left(cloud, server, place)


def test_what_is_wrong_leaves_nothing_behind(
    cloud: Audobon, server: CloudRunDouble, place: str, tmp_path: Path
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
    server.denied = {"run.jobs.create"}
    refused("cloud.refused")
    server.denied = set()
    cloud("config", "set", "budget_per_month", "0.01")
    refused("budget.spent")
    assert shown(cloud, "wrong")["state"] == "dead"
    assert cloud("config", "set", "budget_per_month", "10").status == 0
    refused("cloud.missing", "--on", "cloudrun")
    refused("usage.invalid", *ON, "--queue")
    refused("usage.invalid", "--on", "moon")
    refused("usage.invalid", "--gpu", "L4")
    refused("usage.invalid", *ON, "--gpu", "H100")
    refused("source.offline", *ON, "--offline")
    server.program = (sys.executable, "-S", "-c", "import sys; sys.exit(3)")
    refused("cloud.failed")


def test_ended_by_ctrl_c_it_is_paused(
    cloud: Audobon, server: CloudRunDouble, place: str, tmp_path: Path, engines: Engines
) -> None:
    words = [*lora("stopped", draw_set(tmp_path / "art")), *ON]
    assert kill_behind(words, ("training_step", 2), engines, number=signal.SIGINT) >> 8 == 130
    assert shown(cloud, "stopped")["state"] == "paused"
    nothing_left(cloud, server, place)
    until(lambda: server.running() == 0)


@pytest.mark.slow
def test_a_machine_that_really_trains(
    cloud: Audobon, server: CloudRunDouble, place: str, tmp_path: Path, engines: Engines
) -> None:
    """Taken away in the middle, while whoever followed it was killed and follows it again, it learns the same, bit for
    bit."""
    art = draw_set(tmp_path / "art")
    whole = cloud(*lora("here", art), "--json").data
    server.program = (sys.executable, "-m", "audobon_cli")
    server.preempt = {0: 6}
    words = [*lora("there", art), *ON]
    assert kill_behind(words, ("training_step", 1), engines) == signal.SIGKILL
    ran = cloud("train", "resume", "there", "--json")
    assert ran.status == 0, ran.out + ran.err
    assert equal(*(Path(one["folder"]) / "diffusers.safetensors" for one in (whole, ran.data)))
    assert [task.attempts for one in server.removed for task in one.tasks] == [2]
    nothing_left(cloud, server, place)
