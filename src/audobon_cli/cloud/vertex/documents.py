"""What Vertex AI is sent and answers of training jobs, and what that means here.

Fields are those of CustomJob (cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.customJobs).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from audobon_cli.cloud.connection import CloudConnection, CloudRefusal, image_missing, is_of_image
from audobon_cli.cloud.jobs import KIND_LABEL, RUN_LABEL, CloudJob, CloudJobOrder, CloudJobState
from audobon_cli.cloud.log_entries import moment_of
from audobon_cli.cloud.prices import CloudMachine
from audobon_cli.cloud.vertex.machines import ACCELERATORS, machine_named, type_for
from audobon_cli.domain.errors import AudobonError, CloudFailed, CloudJobTimedOut

SERVICE = "aiplatform"
MOST_SECONDS = 7 * 24 * 3600
"""Longest time of a job, which is also what it takes if none is said."""
SPOT, STANDARD = "SPOT", "STANDARD"
STATES = {
    "JOB_STATE_QUEUED": CloudJobState.PENDING,
    "JOB_STATE_PENDING": CloudJobState.PENDING,
    "JOB_STATE_PAUSED": CloudJobState.PENDING,
    "JOB_STATE_RUNNING": CloudJobState.RUNNING,
    "JOB_STATE_UPDATING": CloudJobState.RUNNING,
    "JOB_STATE_CANCELLING": CloudJobState.RUNNING,
    "JOB_STATE_SUCCEEDED": CloudJobState.SUCCEEDED,
    "JOB_STATE_PARTIALLY_SUCCEEDED": CloudJobState.SUCCEEDED,
    "JOB_STATE_FAILED": CloudJobState.FAILED,
    "JOB_STATE_CANCELLED": CloudJobState.CANCELLED,
    "JOB_STATE_EXPIRED": CloudJobState.TIMED_OUT,
}
"""States as Vertex AI calls them; one that is not here has not ended."""
_TIMEOUT = re.compile(r"\btime[- ]?out\b|timed out|maximum (job )?running time", re.IGNORECASE)
_RESOURCE_EXHAUSTED = 8


def job_document(order: CloudJobOrder) -> dict[str, Any]:
    """The job as `customJobs.create` takes it."""
    machine = order.machine
    spec: dict[str, Any] = {"machineType": type_for(machine).name}
    if machine.gpu:
        spec |= {"acceleratorType": ACCELERATORS[machine.gpu], "acceleratorCount": machine.gpus}
    container = {
        "imageUri": order.image,
        "args": list(order.command),
        "env": [{"name": name, "value": value} for name, value in sorted(order.variables.items())],
    }
    scheduling = {
        "timeout": f"{order.timeout_seconds}s",
        "strategy": SPOT if machine.spot else STANDARD,
        "restartJobOnWorkerRestart": False,
        "disableRetries": not order.retries,
    }
    job_spec: dict[str, Any] = {
        "workerPoolSpecs": [{"machineSpec": spec, "replicaCount": "1", "containerSpec": container}],
        "scheduling": scheduling,
    }
    if order.service_account:
        job_spec["serviceAccount"] = order.service_account
    name = f"audobon-{order.kind}-{order.run}"
    return {"displayName": name, "labels": order.all_labels, "jobSpec": job_spec}


def run_of(job: Mapping[str, Any]) -> str:
    """The run that a job's document belongs to."""
    return str((job.get("labels") or {}).get(RUN_LABEL, ""))


def ended(job: Mapping[str, Any]) -> bool:
    """Whether nothing of the job of this document runs any more."""
    return _state(job).ended


def job_view(jobs: Sequence[Mapping[str, Any]], region: str, connection: CloudConnection) -> CloudJob:
    """A run by its jobs, the oldest first; there should be but one."""
    job = next((one for one in jobs if not ended(one)), jobs[0])
    labels = {str(name): str(value) for name, value in (job.get("labels") or {}).items()}
    state = _state(job)
    starts = [at for one in jobs if (at := moment_of(one.get("startTime")))]
    ends = [at for one in jobs if (at := moment_of(one.get("endTime")))]
    container = _pool(job).get("containerSpec") or {}
    ident = str(job["name"]).rpartition("/")[2]
    return CloudJob(
        name=str(job["name"]),
        run=labels.get(RUN_LABEL, ""),
        kind=labels.get(KIND_LABEL, ""),
        region=region,
        state=state,
        image=str(container.get("imageUri", "")),
        machine=_machine(job),
        labels=labels,
        created=moment_of(job.get("createTime")),
        started=min(starts, default=None),
        ended=max(ends, default=None) if state.ended else None,
        tasks=1,
        running=int(state is CloudJobState.RUNNING),
        succeeded=int(state is CloudJobState.SUCCEEDED),
        failed=int(state in (CloudJobState.FAILED, CloudJobState.TIMED_OUT)),
        error=_error(job, connection),
        log_url=f"https://console.cloud.google.com/vertex-ai/locations/{region}/training/{ident}"
        f"?project={connection.place.project}",
    )


def attempts_of(jobs: Sequence[Mapping[str, Any]], now: datetime) -> tuple[float, ...]:
    """Seconds of each job that ran, from its first start to its end: time in which its machine was taken away is in
    it, as Vertex AI tells nothing of that."""
    found = []
    for job in jobs:
        start = moment_of(job.get("startTime"))
        if start is not None:
            end = moment_of(job.get("endTime")) or now
            found.append(max(0.0, (end - start).total_seconds()))
    return tuple(found)


def _state(job: Mapping[str, Any]) -> CloudJobState:
    state = STATES.get(str(job.get("state", "")), CloudJobState.PENDING)
    if state in (CloudJobState.FAILED, CloudJobState.CANCELLED) and _was_too_long(job):
        return CloudJobState.TIMED_OUT
    return state


def _was_too_long(job: Mapping[str, Any]) -> bool:
    """Whether a job ended at its time-out: by what is said of it, else by its times."""
    if _TIMEOUT.search(str((job.get("error") or {}).get("message", ""))):
        return True
    start, end = moment_of(job.get("startTime")), moment_of(job.get("endTime"))
    limit = _seconds((_spec(job).get("scheduling") or {}).get("timeout", ""))
    return bool(start and end and limit and (end - start).total_seconds() >= limit)


def _error(job: Mapping[str, Any], connection: CloudConnection) -> AudobonError | None:
    state, said = _state(job), job.get("error") or {}
    words = str(said.get("message") or "no reason was given").rstrip(".")
    if state is CloudJobState.TIMED_OUT:
        return CloudJobTimedOut(
            f"The job in the cloud was ended at its time-out: {words}.", hint="give a longer --timeout"
        )
    if state is not CloudJobState.FAILED:
        return None
    if is_of_image(words):
        return image_missing(words)
    if said.get("code") == _RESOURCE_EXHAUSTED and "quota" in words.lower():
        return connection.explain(CloudRefusal(SERVICE, 429, {"error": said}))
    return CloudFailed(
        f"The job in the cloud failed: {words}.", hint="`audobon cloud logs` shows what it wrote"
    )


def _machine(job: Mapping[str, Any]) -> CloudMachine:
    machine = _pool(job).get("machineSpec") or {}
    strategy = (_spec(job).get("scheduling") or {}).get("strategy")
    return machine_named(
        str(machine.get("machineType", "")), str(machine.get("acceleratorType") or ""), strategy == SPOT
    )


def _spec(job: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = job.get("jobSpec") or {}
    return found


def _pool(job: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (_spec(job).get("workerPoolSpecs") or [{}])[0]
    return found


def _seconds(text: object) -> float:
    digits = str(text).removesuffix("s")
    return float(digits) if digits.replace(".", "", 1).isdecimal() else 0.0
