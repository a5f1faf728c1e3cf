"""The queue's jobs in the cloud, from the command line to filed pictures: real tasks, every result once."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from audobon_cli.cloud.queue_runs.slices import encode_result
from audobon_cli.library.store.library import Library
from audobon_cli.queue.model import JobFilter, JobState
from audobon_cli.queue.store.jobs import JobStore
from tests.cloud.rigs import choose_cloud, environment
from tests.conftest import Audobon
from tests.doubles.cloud_run_server import IMAGE, CloudRunDouble
from tests.doubles.gcs_peer import EMULATOR, running_emulator
from tests.doubles.service import picture
from tests.fakes.fake_engine import FakeEngine
from tests.waiting import until

pytestmark = pytest.mark.loopback

PROGRAM = (sys.executable, "-m", "tests.fakes.program")
FAST = "0.0"
GATED = """
import os, sys, time
while not os.path.exists(sys.argv[1]):
    time.sleep(0.02)
os.execv(sys.argv[2], sys.argv[2:])
"""
"""A program that begins when a file is there."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[CloudRunDouble]:
    home = tmp_path / "container"
    home.mkdir()
    with CloudRunDouble((*PROGRAM, FAST), {**environment(), "HOME": str(home)}) as running:
        yield running
        running.end()


@pytest.fixture
def cloud(
    audobon: Audobon,
    fake_engine: FakeEngine,
    server: CloudRunDouble,
    place: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Audobon:
    """The command line, with everything deployed to ``place``."""
    choose_cloud(monkeypatch, server.address, place, 0.2)
    assert audobon("init").status == 0
    assert audobon("cloud", "deploy", "--image", IMAGE, "--timeout", "2m").status == 0
    return audobon


def queue(audobon: Audobon, count: int) -> JobStore:
    assert audobon("queue", "add", *(f"picture {n}" for n in range(count)), "--seed", "1").status == 0
    return JobStore(Library.open(Path(".audobon")).database)


def each_once(jobs: JobStore, count: int) -> None:
    """Every job is done with a picture of its own, and none is in the library twice."""
    found = jobs.matching(JobFilter())
    assert {job.state for job in found} == {JobState.DONE}
    assets = [asset for job in found for asset in job.assets]
    assert len(set(assets)) == len(assets) == count
    with jobs.database.read() as statements:
        assert statements.row("SELECT count(*), count(DISTINCT blob) FROM assets")[0] == count


def nothing_left(audobon: Audobon, server: CloudRunDouble, place: str) -> None:
    """Nothing of ours runs, is listed, is reserved or lies at the place."""
    server.end()
    assert [job for job in server.jobs if not job.endswith("/audobon-worker")] == []
    assert server.running() == 0
    data = audobon("cloud", "status", "--json").data
    assert (data["runs"], data["reserved_usd"]) == ([], 0)
    if not place.startswith("gs:"):
        assert [path for path in Path(place).rglob("*") if path.is_file() and "runs" in path.parts] == []


def test_jobs_over_tasks_with_all_that_goes_wrong_at_once(
    cloud: Audobon, server: CloudRunDouble, place: str
) -> None:
    """A task is taken away in the middle, and the run is begun twice."""
    jobs = queue(cloud, 8)
    server.preempt, server.duplicate = {0: 2}, True
    plan = cloud("cloud", "run", "--plan", "--tasks", "2", "--json").data
    assert (len(plan["jobs"]), plan["tasks"], plan["machine"]) == (8, 2, "2 vCPU, 4 GiB")
    assert plan["at_most_usd"] == pytest.approx(2 * 2 * 120 * 44e-6)
    ran = cloud("cloud", "run", "--tasks", "2", "--json")
    assert (ran.status, ran.data["runs"][0]["done"]) == (0, 8), ran.out + ran.err
    each_once(jobs, 8)
    assert len(server.removed) == 2  # both executions
    assert sum(task.attempts for task in server.removed[0].tasks) == 3
    nothing_left(cloud, server, place)
    assert 0 < ran.data["runs"][0]["cost_usd"] <= 2 * plan["at_most_usd"]
    assert cloud("usage", "--json").data["usage"][0]["provider"] == "cloud-run"


def test_what_is_wrong_leaves_nothing_behind(cloud: Audobon, server: CloudRunDouble, place: str) -> None:
    jobs = queue(cloud, 3)

    def refused(code: str, *words: str) -> None:
        ran = cloud("cloud", "run", "--json", *words)
        assert ran.json["error"]["code"] == code, ran.out
        assert ran.json["error"]["hint"]
        assert jobs.counts().of(JobState.QUEUED) == 3
        nothing_left(cloud, server, place)

    server.images.clear()
    refused("cloud.image_missing")
    server.images.add(IMAGE)
    server.most_tasks = 2
    refused("cloud.quota")
    server.most_tasks = 100
    server.denied = {"run.jobs.create"}
    refused("cloud.refused")
    server.denied = set()
    cloud("config", "set", "budget_per_month", "0.01")
    refused("budget.spent")
    assert cloud("cloud", "run", "--offline", "--json").json["error"]["code"] == "source.offline"
    assert cloud("cloud", "run", "--region", "mars1", "--json").json["error"]["code"] == "cloud.missing"
    assert cloud("cloud", "deploy", "--image", "audobon:latest").status == 2


def test_jobs_that_cannot_be_done_there_are_failed_here(cloud: Audobon, server: CloudRunDouble) -> None:
    """A task that ends without a result gives its jobs back."""
    jobs = queue(cloud, 2)
    server.program = (sys.executable, "-S", "-c", "import sys; sys.exit(3)")
    ran = cloud("cloud", "run", "--tasks", "1", "--json")
    assert ran.json["error"]["code"] == "cloud.failed"
    assert jobs.counts().of(JobState.QUEUED) == 2


def test_logs_doctor_and_down(cloud: Audobon, server: CloudRunDouble, place: str) -> None:
    found = {one["name"]: one for one in cloud("cloud", "doctor", "--json").data["checks"]}
    vertex = found.pop("API aiplatform.googleapis.com")
    assert (vertex["state"], "--on vertex" in vertex["message"]) == ("skipped", True)
    assert {one["state"] for name, one in found.items() if name != "budget"} == {"ok"}, found
    assert found["quota"]["message"] == "3 L4 at a time in europe-west1"
    server.cards = 0
    server.apis.discard("logging")
    server.denied = {"run.jobs.run"}
    ran = cloud("cloud", "doctor", "--json")
    assert ran.json["error"]["code"] == "cloud.not_ready"
    assert ran.json["error"]["hint"] == "gcloud services enable logging.googleapis.com --project p"
    assert "roles/run.developer" in cloud("cloud", "doctor").out
    server.apis.add("logging")
    server.denied = set()
    assert cloud("cloud", "down", "--deployment", "--json").data["ended"][0].endswith("/audobon-worker")
    assert cloud("cloud", "run", "--json").json["error"]["code"] == "cloud.missing"


def test_a_run_whose_process_died_is_brought_to_its_end(
    cloud: Audobon, server: CloudRunDouble, place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its tasks go on; the next command takes what they did, with pictures that jobs begin with and files to write."""
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    begun = tmp_path / "begun.png"
    begun.write_bytes(picture())
    words = (
        "--init-image",
        str(begun),
        "--strength",
        "0.5",
        "--seed",
        "1",
        "--out",
        str(tmp_path / "out.png"),
    )
    assert cloud("queue", "add", "a picture from a picture", *words).status == 0
    jobs = queue(cloud, 3)
    gate = tmp_path / "gate"
    server.program = (sys.executable, "-S", "-c", GATED, str(gate), *server.program)
    process = start("cloud", "run", "--tasks", "2")
    until(lambda: server.executions)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    gate.touch()
    server.end()
    assert jobs.counts().of(JobState.DONE) == 0
    ran = cloud("cloud", "run", "--collect", "--json")
    assert (ran.status, ran.data["runs"][0]["done"]) == (0, 4), ran.out
    assert {job.state for job in jobs.matching(JobFilter())} == {JobState.DONE}
    assert (tmp_path / "out.png").stat().st_size
    nothing_left(cloud, server, place)


def test_a_manifest_is_done_by_anybody(
    cloud: Audobon, server: CloudRunDouble, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command in any container; a slice that is done twice is there once."""
    jobs = queue(cloud, 4)
    made = cloud("cloud", "manifest", "--image", IMAGE, "--tasks", "2", "--json").data
    words = made["manifest"]["spec"]["template"]["spec"]["containers"][0]["args"]
    for index, done, there in ((0, 2, 0), (0, 0, 2), (1, 2, 0)):
        monkeypatch.setenv("JOB_COMPLETION_INDEX", str(index))
        ran = cloud(*words, "--json")
        assert (ran.data["done"], ran.data["there"]) == (done, there)
        if index == 0:
            assert cloud("cloud", "run", "--collect", "--json").data["runs"][0]["done"] == done
    assert cloud("cloud", "run", "--collect", "--json").data["runs"][0]["done"] == 2
    each_once(jobs, 4)
    assert server.executions == {}
    nothing_left(cloud, server, place)


def test_a_result_that_is_not_what_was_asked_for_is_not_filed(
    cloud: Audobon, server: CloudRunDouble, place: str
) -> None:
    jobs = queue(cloud, 2)

    def spoil() -> None:
        """Results that somebody else put there first: damaged, and another picture."""
        run = next(iter((Path(place) / "runs").iterdir()))
        (run / "results").mkdir()
        (run / "results" / f"{1:010}").write_bytes(b"no result")
        (run / "results" / f"{2:010}").write_bytes(encode_result([(picture(), 1.0)]))

    server.on_run = spoil
    ran = cloud("cloud", "run", "--json")
    assert ran.json["error"]["code"] == "cloud.incomplete"
    assert jobs.counts().of(JobState.QUEUED) == 2
    nothing_left(cloud, server, place)


def start(*words: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [*PROGRAM, FAST, *words],
        env={**environment(), **os.environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kills(
    cloud: Audobon,
    server: CloudRunDouble,
    place: str,
    monkeypatch: pytest.MonkeyPatch,
    moments: int,
    jobs: int,
) -> None:
    """Kill `cloud run` at random moments; `down` ends everything each time, and a last run does what is left."""
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    store = queue(cloud, jobs)
    rng = random.Random(7)
    for _ in range(moments):
        process = start("cloud", "run", "--tasks", "2")
        time.sleep(rng.uniform(0.5, 6.0))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        ran = cloud("cloud", "down", "--json")
        assert ran.status == 0, ran.out
        server.end()
        assert [job for job in server.jobs if not job.endswith("/audobon-worker")] == []
        assert server.running() == 0
        held = cloud("cloud", "status", "--json").data["reserved_usd"]
        assert held == 0 or ran.data["uncertain"], ran.data
    for _ in range(3):
        cloud("queue", "retry", "--all", "--json")
        cloud("cloud", "run", "--tasks", "2", "--json")
        if {job.state for job in store.matching(JobFilter())} == {JobState.DONE}:
            break
    each_once(store, jobs)


def test_down_after_a_kill(
    cloud: Audobon, server: CloudRunDouble, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kills(cloud, server, place, monkeypatch, 1, 6)


@pytest.mark.slow
def test_down_after_a_kill_at_ten_random_moments(
    cloud: Audobon, server: CloudRunDouble, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kills(cloud, server, place, monkeypatch, 10, 30)


@pytest.mark.slow
@pytest.mark.peer
@pytest.mark.skipif(EMULATOR is None, reason="gcp-storage-emulator is not installed")
def test_two_hundred_jobs_through_a_bucket_of_another_server(
    cloud: Audobon, server: CloudRunDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An image that is missing, then four tasks, two of them taken away in the middle, all of it begun twice."""
    with running_emulator() as endpoint:
        body = json.dumps({"name": "art"}).encode()
        asked = urllib.request.Request(
            f"{endpoint}/storage/v1/b?project=p", body, {"Content-Type": "application/json"}
        )
        urllib.request.urlopen(asked, timeout=60).close()
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", endpoint)
        monkeypatch.setenv("AUDOBON_CLOUD_PLACE", "gs://art/audobon")
        server.environment["STORAGE_EMULATOR_HOST"] = endpoint
        jobs = queue(cloud, 200)
        server.images.clear()
        assert cloud("cloud", "run", "--json").json["error"]["code"] == "cloud.image_missing"
        server.images.add(IMAGE)
        server.preempt, server.duplicate = {0: 20, 2: 7}, True
        ran = cloud("cloud", "run", "--tasks", "4", "--timeout", "10m", "--json")
        assert (ran.status, ran.data["runs"][0]["done"]) == (0, 200), ran.out + ran.err
        each_once(jobs, 200)
        nothing_left(cloud, server, "gs://art")
        left = urllib.request.urlopen(f"{endpoint}/storage/v1/b/art/o", timeout=60).read()
        assert not json.loads(left).get("items")
