"""What tests of the cloud share: connections to the doubles, and what is ordered of them."""

import sys
import time
from dataclasses import replace
from typing import Any

import pytest

from audobon_cli.cloud.cloud_run.jobs import CloudRunJobs
from audobon_cli.cloud.connection import CloudConnection, CloudPlace
from audobon_cli.cloud.jobs import CloudJob, CloudJobOrder, CloudJobs
from audobon_cli.cloud.prices import CloudMachine
from audobon_cli.cloud.vertex.jobs import VertexJobs
from tests.doubles.cloud_run_server import IMAGE, PROJECT, REGION
from tests.fault_injection import child_environment
from tests.waiting import until

LONG = {"SECONDS": "600"}
"""What makes a task last until it is ended."""
SCRIPT = """
import os, sys, time
print("task", os.environ.get("CLOUD_RUN_TASK_INDEX", "0"), "says", *sys.argv[1:], flush=True)
time.sleep(float(os.environ.get("SECONDS", "0")))
print("done", flush=True)
sys.exit(int(os.environ.get("STATUS", "0")))
"""
WORKER = (sys.executable, "-m", "tests.fakes.program")
"""What containers run."""
STARTER = "starter@p.iam.gserviceaccount.com"
PROGRAM = (sys.executable, "-S", "-c", SCRIPT)
OPENED: list[Any] = []
"""What is closed when a test is over."""
SERVICES = (
    *("run", "logging", "serviceusage", "cloudresourcemanager", "aiplatform", "iam"),
    "cloudscheduler",
)


def endpoints(address: str) -> dict[str, str]:
    return dict.fromkeys(SERVICES, address)


def variables(address: str, storage: str = "") -> dict[str, str]:
    """What the environment of a command says of where Google Cloud is."""
    found = {f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{name.upper()}": address for name in SERVICES}
    return {**found, **({"STORAGE_EMULATOR_HOST": storage} if storage else {})}


def choose_cloud(patch: pytest.MonkeyPatch, address: str, place: str, look_seconds: float) -> None:
    """Commands find Google Cloud at ``address`` and ``place``, look every so often, and pay without being asked."""
    chosen = {"CLOUD_PROJECT": PROJECT, "CLOUD_REGION": REGION, "CLOUD_PLACE": place}
    chosen |= {"CLOUD_LOOK_SECONDS": str(look_seconds), "BUDGET_CONFIRM_ABOVE": "1000"}
    settings = {f"AUDOBON_{name}": value for name, value in chosen.items()}
    for name, value in {**variables(address), **settings}.items():
        patch.setenv(name, value)


def jobs_at(address: str, project: str = PROJECT, region: str = REGION) -> CloudRunJobs:
    place = CloudPlace(project, region, endpoints(address))
    connection = CloudConnection(place, sleep=lambda seconds: time.sleep(min(seconds, 0.02)))
    OPENED.append(connection)
    return CloudRunJobs(connection, region)


def vertex_at(address: str, project: str = PROJECT, region: str = REGION) -> VertexJobs:
    return VertexJobs(jobs_at(address, project, region).connection, region)


def order(run: str, **changes: object) -> CloudJobOrder:
    made = CloudJobOrder(
        run, "queue", IMAGE, ("hello", "there"), CloudMachine(1, 0.5), tasks=2, timeout_seconds=60
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def ended(jobs: CloudJobs, run: str) -> CloudJob:
    found: list[CloudJob | None] = []

    def over() -> bool:
        found.append(jobs.find(run))
        return found[-1] is not None and found[-1].state.ended

    until(over)
    assert found[-1] is not None
    return found[-1]


def environment() -> dict[str, str]:
    return child_environment()
