"""What others wrote: drongo's Cloud Run over a real socket, and Kubernetes' own schemas of what we print."""

import contextlib
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest

from audobon_cli.cloud.jobs import CloudJobState
from audobon_cli.cloud.manifest import kubernetes_job
from audobon_cli.cloud.prices import CloudMachine
from tests.cloud.rigs import jobs_at, order
from tests.ports import free_port, wait_for

pytestmark = [pytest.mark.loopback, pytest.mark.peer]
DRONGO = os.environ.get("DRONGO_PATH") or shutil.which("drongo")


@contextlib.contextmanager
def running_drongo() -> Iterator[str]:
    port = free_port()
    command = [str(DRONGO), "server", "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/drongo/health", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


@pytest.mark.skipif(DRONGO is None, reason="drongo is not installed")
def test_drongo_takes_what_cloud_run_is_sent() -> None:
    """It runs no container, and knows neither cancelling nor tasks: the rest of a job's life is there."""
    with running_drongo() as address:
        jobs = jobs_at(address)
        begun = jobs.submit(order("run-00001"))
        assert (begun.state, begun.run, begun.machine) == (
            CloudJobState.SUCCEEDED,
            "run-00001",
            CloudMachine(1, 0.5),
        )
        assert jobs.submit(order("run-00001")).name == begun.name
        assert len(jobs._executions({"name": begun.name})) == 1
        jobs.submit(order("run-00002", kind="train"))
        assert [job.run for job in jobs.labelled({"audobon": "train"})] == ["run-00002"]
        assert jobs.attempts(begun, begun.ended) == ()  # it says of no execution when it began
        assert jobs.defined("audobon-worker") is None
        for job in jobs.labelled():
            jobs.remove(job)
        assert jobs.labelled() == []


@pytest.mark.skipif(
    importlib.util.find_spec("kubernetes_validate") is None, reason="kubernetes-validate is not installed"
)
@pytest.mark.parametrize("machine", [CloudMachine(), CloudMachine(4, 16, "L4", spot=True)])
def test_kubernetes_takes_the_manifest(machine: CloudMachine) -> None:
    import kubernetes_validate

    made = kubernetes_job(replace(order("run-00001"), machine=machine, tasks=8, parallelism=3), "artist")
    kubernetes_validate.validate(made, "1.30", strict=True)
    assert made["spec"]["activeDeadlineSeconds"] == 60 * 2 * 3
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(
            {**made, "spec": {**made["spec"], "hardTimeout": 1}}, "1.30", strict=True
        )
