"""The contract with a service that runs jobs, kept by Cloud Run over a real socket, whose tasks are real processes."""

from collections.abc import Iterator

import pytest

from audobon_cli.cloud.connection import CloudConnection, CloudPlace
from audobon_cli.cloud.jobs import KIND_LABEL, CloudJobState
from audobon_cli.cloud.prices import CloudMachine
from audobon_cli.domain.errors import (
    AudobonError,
    CloudApiOff,
    CloudFailed,
    CloudImageMissing,
    CloudJobTimedOut,
    CloudLoginRefused,
    CloudMissing,
    CloudProjectMissing,
    CloudQuota,
    CloudRefused,
    CloudUnreachable,
    InvalidInput,
    SourceOffline,
)
from tests.cloud.rigs import LONG, OPENED, PROGRAM, ended, environment, jobs_at, order
from tests.doubles.cloud_run_server import CloudRunDouble
from tests.doubles.service import Fault

pytestmark = pytest.mark.loopback


@pytest.fixture
def server() -> Iterator[CloudRunDouble]:
    with CloudRunDouble(PROGRAM, environment()) as running:
        yield running
        running.end()


def test_a_job_from_its_order_to_its_removal(server: CloudRunDouble) -> None:
    jobs = jobs_at(server.address)
    begun = jobs.submit(order("run-00001", labels={"audobon-machine": "m"}))
    assert begun.state in (CloudJobState.RUNNING, CloudJobState.PENDING)
    again = jobs.submit(order("run-00001"))
    assert again.name == begun.name
    assert len(server.executions) == 1
    done = ended(jobs, "run-00001")
    assert (done.state, done.tasks, done.succeeded, done.error) == (CloudJobState.SUCCEEDED, 2, 2, None)
    assert (done.machine, done.kind, done.labels["audobon-machine"]) == (CloudMachine(1, 0.5), "queue", "m")
    lines = sorted(line.text for line in jobs.logs(done))
    assert lines == ["done", "done", "task 0 says hello there", "task 1 says hello there"]
    assert len(jobs.attempts(done, done.ended)) == 2
    for number in range(2, 6):  # more than a page
        jobs.submit(order(f"run-0000{number}", kind="train" if number == 2 else "queue"))
    assert len(jobs.labelled()) == 5
    assert [job.run for job in jobs.labelled({KIND_LABEL: "train"})] == ["run-00002"]
    for job in jobs.labelled():
        jobs.remove(job)
        jobs.remove(job)  # gone already
    assert jobs.labelled() == []
    assert server.jobs == {}


@pytest.mark.parametrize("kind", ["lose", "reset", "status"])
def test_lost_answers_and_passing_failures_begin_nothing_twice(server: CloudRunDouble, kind: str) -> None:
    for phase in ("create", "run", "list", "read", "cancel", "delete"):
        server.faults.append(Fault(kind, phase, times=2, status=503))
    jobs = jobs_at(server.address)
    job = jobs.submit(order("run-00001", tasks=1, variables=LONG))
    assert len(server.executions) == 1
    jobs.cancel(job)
    assert ended(jobs, "run-00001").state is CloudJobState.CANCELLED
    jobs.remove(job)
    assert server.jobs == {}


def test_attempts_are_counted_and_ended(server: CloudRunDouble) -> None:
    jobs = jobs_at(server.address)
    server.preempt = {0: 1}
    jobs.submit(order("run-preempted", variables={"SECONDS": "0.2"}))
    done = ended(jobs, "run-preempted")
    assert (done.state, done.retried) == (CloudJobState.SUCCEEDED, 1)
    assert len(jobs.attempts(done, done.ended)) == 3
    jobs.submit(order("run-too-long", tasks=1, retries=0, timeout_seconds=1, variables=LONG))
    late = ended(jobs, "run-too-long")
    assert (late.state, type(late.error)) == (CloudJobState.TIMED_OUT, CloudJobTimedOut)
    jobs.submit(order("run-failing", tasks=1, retries=1, variables={"STATUS": "3"}))
    failed = ended(jobs, "run-failing")
    assert (failed.state, type(failed.error), failed.retried) == (CloudJobState.FAILED, CloudFailed, 1)


def test_what_is_wrong_says_what_to_do(server: CloudRunDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = jobs_at(server.address)

    def refused(**changes: object) -> AudobonError:
        with pytest.raises(AudobonError) as caught:
            jobs.submit(order("run-wrong", **changes))
        assert not server.executions
        return caught.value

    gone = refused(image="europe-docker.pkg.dev/p/audobon/gone@sha256:1")
    assert isinstance(gone, CloudImageMissing)
    assert "audobon cloud deploy" in gone.hint
    for machine in (CloudMachine(spot=True), CloudMachine(4, 16, "H200"), CloudMachine(2, 4, "L4")):
        assert isinstance(refused(machine=machine), InvalidInput)
    assert isinstance(refused(machine=CloudMachine(4, 16, "L4"), timeout_seconds=7200), InvalidInput)
    assert isinstance(refused(tasks=101), CloudQuota)
    server.denied = {"run.jobs.run"}
    denied = refused()
    assert isinstance(denied, CloudRefused)
    assert denied.hint.endswith("--role roles/run.developer")
    server.apis.discard("run")
    off = refused()
    assert isinstance(off, CloudApiOff)
    assert off.hint == "gcloud services enable run.googleapis.com --project p"
    jobs = jobs_at(server.address, project="another")
    assert isinstance(refused(), CloudProjectMissing)
    jobs = jobs_at(server.address, region="mars-north1")
    assert isinstance(refused(), CloudMissing)
    jobs = jobs_at("http://127.0.0.1:9")
    assert isinstance(refused(), CloudUnreachable)
    jobs.connection.place = CloudPlace("p", offline=True)
    assert isinstance(refused(), SourceOffline)
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    jobs.connection.place = CloudPlace("p")  # Google itself, without an account
    assert isinstance(refused(), CloudLoginRefused)


def test_an_image_that_is_gone_when_it_is_run(server: CloudRunDouble) -> None:
    server.late_image = True
    jobs = jobs_at(server.address)
    jobs.submit(order("run-no-image", image="europe-docker.pkg.dev/p/audobon/gone@sha256:1"))
    done = ended(jobs, "run-no-image")
    assert (done.state, type(done.error)) == (CloudJobState.FAILED, CloudImageMissing)
    assert jobs.attempts(done, done.ended) == ()


def test_credentials_go_over_tls_alone() -> None:
    connection = CloudConnection(CloudPlace("p", "europe-west1", {"run": "http://10.0.0.1"}))
    OPENED.append(connection)
    assert type(connection.session("http://10.0.0.1").credentials).__name__ == "AnonymousCredentials"
    assert connection.place.endpoint("aiplatform") == "https://europe-west1-aiplatform.googleapis.com"
