"""The queue on a real Ray cluster of several nodes, of which one is killed in the middle."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from audobon_cli.domain.adapters import InputImage
from audobon_cli.domain.ids import blob_id
from audobon_cli.domain.inputs import ResolvedInputs
from audobon_cli.engines.hosting import Render
from audobon_cli.library.store.library import Library
from audobon_cli.queue.model import JobFilter, JobState
from audobon_cli.queue.ray_requests import localize_call
from audobon_cli.queue.store.jobs import JobStore
from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine
from tests.fault_injection import child_environment
from tests.tiny_models import opaque_model, resolved_request
from tests.waiting import PATIENCE_SECONDS, until

needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray is not installed")


@pytest.fixture
def cluster() -> "Iterator[subprocess.Popen[str]]":
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.ray_cluster", "2"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=child_environment(),
    )
    yield process
    process.communicate(timeout=PATIENCE_SECONDS)


@needs_ray
@pytest.mark.peer
def test_a_node_that_is_killed_costs_its_jobs_a_retry_and_nothing_else(
    audobon: Audobon, fake_engine: FakeEngine, cluster: "subprocess.Popen[str]"
) -> None:
    audobon("init")
    words = [f"picture {n}" for n in range(24)]
    audobon("queue", "add", *words, "--seed", "1", "--steps", "10", "--retries", "5")
    jobs = JobStore(Library.open(Path(".audobon")).database)
    assert cluster.stdout is not None
    assert cluster.stdin is not None
    address = cluster.stdout.readline().strip()
    driver = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.fakes.program", "0.05", "queue", "run", "--json"),
            *("--engine", "ray", "--address", address, "--workers", "2"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=child_environment(),
    )

    def some_are_done() -> bool:
        assert driver.poll() is None, driver.communicate()
        return jobs.counts().of(JobState.DONE) >= 6

    until(some_are_done)
    cluster.stdin.write("kill\n")
    cluster.stdin.flush()
    out, err = driver.communicate(timeout=PATIENCE_SECONDS)
    assert driver.returncode == 0, (out, err)
    data = json.loads(out.splitlines()[-1])["data"]
    assert data["done"] == 24
    found = jobs.matching(JobFilter())
    assert {job.state for job in found} == {JobState.DONE}
    assert [len(job.assets) for job in found] == [1] * 24
    assert audobon("assets", "list", "--json", "--limit", "100").data["total"] == 24
    assert sum(job.attempts for job in found) - 24 == 1
    assert sum(job.late for job in found) == 0


@needs_ray
@pytest.mark.peer
def test_a_cluster_that_is_not_there_is_said_at_once(audobon: Audobon) -> None:
    audobon("init")
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "audobon_cli", "queue", "run", "--json"),
            *("--engine", "ray", "--address", "127.0.0.1:1"),
        ],
        capture_output=True,
        text=True,
        env=child_environment(),
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert ran.returncode == 40
    assert json.loads(ran.stdout.splitlines()[-1])["error"]["code"] == "queue.cluster"


def test_ray_and_offline_exclude_each_other(audobon: Audobon) -> None:
    audobon("init")
    assert audobon("queue", "run", "--engine", "ray", "--offline").status == 2


@pytest.mark.skipif(importlib.util.find_spec("ray") is not None, reason="ray is installed")
def test_without_ray_the_extra_is_named(audobon: Audobon) -> None:
    audobon("init")
    ran = audobon("queue", "run", "--engine", "ray")
    assert ran.status == 2
    assert "audobon-cli[ray]" in ran.err


def test_a_request_is_made_fit_for_another_machine(tmp_path: Path) -> None:
    here, there = tmp_path / "here.png", tmp_path / "node"
    here.write_bytes(b"pixels")
    there.mkdir()
    gone, found = (
        opaque_model(folder, "StableDiffusionPipeline") for folder in (tmp_path / "not-there", tmp_path)
    )
    picture = InputImage(here, blob_id(b"pixels"))
    request = resolved_request(gone, inputs=ResolvedInputs(picture, 0.5))
    adapted = localize_call(Render(request, 1, 0), {picture.blob: b"pixels"}, lambda name: found, there)
    assert isinstance(adapted, Render)
    assert adapted.request.model == found
    assert adapted.request.inputs.init_image is not None
    assert adapted.request.inputs.init_image.path.read_bytes() == b"pixels"
    assert adapted.request.inputs.init_image.path.parent == there
    assert adapted.request.prompt == request.prompt
