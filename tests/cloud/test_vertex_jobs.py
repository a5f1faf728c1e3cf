"""The contract with a service that runs jobs, kept by Vertex AI over a real socket, whose jobs are real processes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from audobon_cli.cloud.jobs import KIND_LABEL, CloudJobOrder, CloudJobState
from audobon_cli.cloud.prices import CloudMachine, price_in, read_cloud_prices
from audobon_cli.cloud.vertex.documents import attempts_of, job_document
from audobon_cli.cloud.vertex.machines import ACCELERATORS, TYPES
from audobon_cli.domain.errors import (
    AudobonError,
    CloudApiOff,
    CloudFailed,
    CloudImageMissing,
    CloudJobTimedOut,
    CloudMissing,
    CloudProjectMissing,
    CloudQuota,
    CloudRefused,
    CloudUnreachable,
    InvalidInput,
)
from audobon_cli.presets.catalog import shipped_presets
from tests.cloud.rigs import LONG, PROGRAM, ended, environment, order, vertex_at
from tests.doubles.service import Fault
from tests.doubles.vertex_jobs_server import VertexJobsDouble
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.loopback
SMALL = CloudMachine(4, 15)


@pytest.fixture
def server() -> Iterator[VertexJobsDouble]:
    with VertexJobsDouble(PROGRAM, environment()) as running:
        yield running
        running.end()


def one(run: str, **changes: object) -> CloudJobOrder:
    return order(run, **{"kind": "train", "tasks": 1, **changes})


def test_a_job_from_its_order_to_its_removal(server: VertexJobsDouble) -> None:
    jobs = vertex_at(server.address)
    begun = jobs.submit(one("run-00001", labels={"audobon-machine": "m"}))
    assert begun.state in (CloudJobState.RUNNING, CloudJobState.PENDING)
    assert jobs.submit(one("run-00001")).name == begun.name
    assert len(server.custom) == 1
    done = ended(jobs, "run-00001")
    assert (done.state, done.succeeded, done.error) == (CloudJobState.SUCCEEDED, 1, None)
    assert (done.machine, done.kind, done.labels["audobon-machine"]) == (SMALL, "train", "m")
    assert [line.text for line in jobs.logs(done)] == ["task 0 says hello there", "done"]
    assert len(jobs.attempts(done, done.ended)) == 1
    for number in range(2, 5):  # more than a page
        jobs.submit(one(f"run-0000{number}", kind="other" if number == 2 else "train"))
    assert len(jobs.labelled()) == 4
    assert [job.run for job in jobs.labelled({KIND_LABEL: "other"})] == ["run-00002"]
    for job in jobs.labelled():
        jobs.remove(job)
        jobs.remove(job)  # gone already
    assert jobs.labelled() == []


def test_what_a_job_is_sent_as() -> None:
    """Fields as the reference of CustomJob names them."""
    jobs = vertex_at("http://127.0.0.1:9")
    spot = one("run-00001", machine=CloudMachine(6, 16, "L4", spot=True), service_account="artist", retries=2)
    made = job_document(jobs.fitted(spot))
    assert made["labels"] == {"audobon": "train", "audobon-run": "run-00001"}
    pool = made["jobSpec"]["workerPoolSpecs"][0]
    assert pool["machineSpec"] == {
        "machineType": "g2-standard-8",
        "acceleratorType": "NVIDIA_L4",
        "acceleratorCount": 1,
    }
    assert pool["containerSpec"]["args"] == ["hello", "there"]
    assert made["jobSpec"]["scheduling"] == {
        "timeout": "60s",
        "strategy": "SPOT",
        "restartJobOnWorkerRestart": False,
        "disableRetries": False,
    }
    assert made["jobSpec"]["serviceAccount"] == "artist"


def test_each_machine_has_a_price() -> None:
    prices = read_cloud_prices(shipped_presets())
    for kind in TYPES:
        for card in kind.cards:
            machine = CloudMachine(kind.vcpus, kind.memory_gib, card)
            cheap, dear = (
                price_in(prices, "vertex-ai", where, machine) for where in ("us-central1", "mars1")
            )
            assert 0 < cheap.rate(machine) < dear.rate(machine)
            spot = CloudMachine(kind.vcpus, kind.memory_gib, card, spot=True)
            assert cheap.rate(spot) == pytest.approx(0.65 * cheap.rate(machine))
    small = price_in(prices, "vertex-ai", "us-central1", SMALL)
    assert small.rate(SMALL) * 3600 == pytest.approx(0.21849885, rel=1e-4)  # as Google lists n1-standard-4
    assert {card for kind in TYPES for card in kind.cards} == {"", *ACCELERATORS}


@pytest.mark.parametrize("kind", ["lose", "reset", "status"])
def test_lost_answers_and_passing_failures_begin_nothing_twice(server: VertexJobsDouble, kind: str) -> None:
    for phase in ("create", "list", "cancel", "delete"):
        server.faults.append(Fault(kind, phase, times=2, status=503))
    jobs = vertex_at(server.address)
    job = jobs.submit(one("run-00001", variables=LONG))
    assert len(server.custom) == 1
    jobs.cancel(job)
    assert ended(jobs, "run-00001").state is CloudJobState.CANCELLED
    jobs.remove(job)
    assert server.custom == {}


def test_a_job_that_was_made_twice_is_one(server: VertexJobsDouble) -> None:
    """A request that was given up arrives late: the second job is cancelled, and both are counted."""
    jobs = vertex_at(server.address)
    first = jobs.submit(one("run-00001", variables=LONG))
    path = f"{jobs.parent}/customJobs"
    late = job_document(jobs.fitted(one("run-00001", variables=LONG)))
    jobs.connection.call("aiplatform", "POST", path, late)
    assert jobs.submit(one("run-00001")).name == first.name
    assert len(server.custom) == 2
    second = server.custom[max(server.custom)]
    second.thread.join(PATIENCE_SECONDS)
    assert second.state == "JOB_STATE_CANCELLED"
    found = jobs.find("run-00001")
    assert (found.name, found.state) == (first.name, CloudJobState.RUNNING)
    assert len(jobs.attempts(found, datetime.now(UTC))) == 2
    jobs.remove(found)
    assert (server.custom, server.running()) == ({}, 0)


def test_its_machine_is_taken_away(server: VertexJobsDouble) -> None:
    """Twice, and it ends well; for ever, and it says so. With no retries it is not begun again."""
    jobs = vertex_at(server.address)
    server.takings = [1, 1]
    jobs.submit(one("run-00001"))
    assert ended(jobs, "run-00001").state is CloudJobState.SUCCEEDED
    server.takings = [1] * 20
    jobs.submit(one("run-00002"))
    gone = ended(jobs, "run-00002")
    assert (gone.state, type(gone.error)) == (CloudJobState.FAILED, CloudFailed)
    assert "insufficient" in gone.error.message
    server.takings = [1]
    jobs.submit(one("run-00003", retries=0))
    assert ended(jobs, "run-00003").state is CloudJobState.FAILED
    assert [run.attempts for run in server.custom.values()] == [3, 7, 1]


def test_how_jobs_end(server: VertexJobsDouble) -> None:
    jobs = vertex_at(server.address)
    jobs.submit(one("run-late", timeout_seconds=1, variables=LONG))
    late = ended(jobs, "run-late")
    assert (late.state, type(late.error)) == (CloudJobState.TIMED_OUT, CloudJobTimedOut)
    jobs.submit(one("run-failing", variables={"STATUS": "3"}))
    failed = ended(jobs, "run-failing")
    assert (failed.state, type(failed.error)) == (CloudJobState.FAILED, CloudFailed)
    jobs.submit(one("run-no-image", image="europe-docker.pkg.dev/p/audobon/gone@sha256:1"))
    gone = ended(jobs, "run-no-image")
    assert (gone.state, type(gone.error)) == (CloudJobState.FAILED, CloudImageMissing)
    assert jobs.attempts(gone, gone.ended) == ()  # nothing ran
    now = datetime.now(UTC)
    going = {"startTime": (now - timedelta(seconds=90)).isoformat(), "state": "JOB_STATE_RUNNING"}
    assert attempts_of([going, {}], now) == (90.0,)


def test_what_is_wrong_says_what_to_do(server: VertexJobsDouble) -> None:
    jobs = vertex_at(server.address)

    def refused(**changes: object) -> AudobonError:
        with pytest.raises(AudobonError) as caught:
            jobs.submit(one("run-wrong", **changes))
        assert not server.custom
        assert caught.value.hint
        return caught.value

    for wrong in (CloudMachine(4, 16, "H200"), CloudMachine(64, 16), CloudMachine(4, 16, "L4", gpus=2)):
        assert isinstance(refused(machine=wrong), InvalidInput)
    assert isinstance(refused(tasks=2), InvalidInput)
    assert isinstance(refused(timeout_seconds=8 * 24 * 3600), InvalidInput)
    far = refused(machine=CloudMachine(12, 85, "A100"))
    assert isinstance(far, CloudMissing)
    assert "--region" in far.hint
    server.no_quota = True
    asked = len(server.log)
    quota = refused(machine=CloudMachine(4, 16, "L4"))
    assert isinstance(quota, CloudQuota)
    assert "iam-admin/quotas" in quota.hint
    assert len(server.log) == asked + 2  # no pause fills it again
    server.denied = {"aiplatform.customJobs.create"}
    denied = refused()
    assert isinstance(denied, CloudRefused)
    assert denied.hint.endswith("--role roles/aiplatform.user")
    server.apis.discard("aiplatform")
    off = refused()
    assert isinstance(off, CloudApiOff)
    assert off.hint == "gcloud services enable aiplatform.googleapis.com --project p"
    jobs = vertex_at(server.address, project="another")
    assert isinstance(refused(), CloudProjectMissing)
    jobs = vertex_at(server.address, region="mars-north1")
    assert isinstance(refused(), CloudMissing)
    jobs = vertex_at("http://127.0.0.1:9")
    assert isinstance(refused(), CloudUnreachable)
