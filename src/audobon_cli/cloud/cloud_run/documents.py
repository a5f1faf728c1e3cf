"""What Cloud Run is sent and answers, and what that means here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from audobon_cli.__about__ import __version__
from audobon_cli.cloud.connection import image_missing
from audobon_cli.cloud.jobs import (
    KIND_LABEL,
    RUN_LABEL,
    SLICES_LABEL,
    CloudJob,
    CloudJobOrder,
    CloudJobState,
)
from audobon_cli.cloud.log_entries import moment_of
from audobon_cli.cloud.prices import CloudMachine
from audobon_cli.domain.errors import AudobonError, CloudFailed, CloudJobTimedOut, InvalidInput

ACCELERATORS = {"L4": "nvidia-l4"}
GPU_LEAST_VCPUS, GPU_LEAST_GIB = 4, 16
"""What an L4 comes with at least (cloud.google.com/run/docs/configuring/jobs/gpu)."""
MOST_SECONDS, MOST_GPU_SECONDS = 168 * 3600, 3600
"""Longest time of an attempt (cloud.google.com/run/docs/configuring/task-timeout); more with a card is a preview."""
MOST_TASKS, MOST_RETRIES = 10_000, 10
IMAGE_REASONS = ("CONTAINER_MISSING", "CONTAINER_PERMISSION_DENIED", "CONTAINER_IMAGE_UNAUTHORIZED")
_SECOND_GENERATION = "EXECUTION_ENVIRONMENT_GEN2"


def job_name(order: CloudJobOrder) -> str:
    """What the job is called: at most 63 characters."""
    return f"audobon-{order.kind}-{order.run}"[:63]


def unsupported(order: CloudJobOrder) -> None:
    """Raise InvalidInput for what Cloud Run does not have."""
    machine = order.machine
    if machine.spot:
        raise InvalidInput("Cloud Run has no spot machines.", hint="leave out --spot")
    if machine.gpu and machine.gpu not in ACCELERATORS:
        raise InvalidInput(f"Cloud Run has no {machine.gpu}.", hint=f"choose from {', '.join(ACCELERATORS)}")
    if machine.gpu and (machine.vcpus < GPU_LEAST_VCPUS or machine.memory_gib < GPU_LEAST_GIB):
        raise InvalidInput(
            f"A machine with a card has at least {GPU_LEAST_VCPUS} vCPUs and {GPU_LEAST_GIB} GiB on Cloud Run.",
            hint=f"give --cpus {GPU_LEAST_VCPUS} --memory {GPU_LEAST_GIB}GiB",
        )
    longest = MOST_GPU_SECONDS if machine.gpu else MOST_SECONDS
    if not 1 <= order.timeout_seconds <= longest:
        raise InvalidInput(
            f"A task of {order.timeout_seconds} s is not to be had: Cloud Run ends it after {longest} s.",
            hint="take more --tasks, so that each has less to do",
        )
    if not 1 <= order.tasks <= MOST_TASKS or not 0 <= order.retries <= MOST_RETRIES:
        raise InvalidInput(
            "Cloud Run takes 1 to 10,000 tasks and 0 to 10 retries.", hint="give other --tasks or --retries"
        )


def job_document(order: CloudJobOrder) -> dict[str, Any]:
    """The job as `jobs.create` takes it."""
    labels = order.all_labels
    machine = order.machine
    limits = {"cpu": f"{machine.vcpus:g}", "memory": f"{round(machine.memory_gib * 1024)}Mi"}
    if machine.gpu:
        limits["nvidia.com/gpu"] = str(machine.gpus)
    container = {
        "image": order.image,
        "args": list(order.command),
        "env": [{"name": name, "value": value} for name, value in sorted(order.variables.items())],
        "resources": {"limits": limits},
    }
    task: dict[str, Any] = {
        "containers": [container],
        "maxRetries": order.retries,
        "timeout": f"{order.timeout_seconds}s",
        "executionEnvironment": _SECOND_GENERATION,
    }
    if order.service_account:
        task["serviceAccount"] = order.service_account
    if machine.gpu:
        task["nodeSelector"] = {"accelerator": ACCELERATORS[machine.gpu]}
        task["gpuZonalRedundancyDisabled"] = (
            True  # a zone that fails costs a retry, and not half as much again
        )
    template = {"labels": labels, "taskCount": 1 if order.starter else order.tasks, "template": task}
    if order.parallelism:
        template["parallelism"] = order.parallelism
    return {"labels": labels, "client": "audobon", "clientVersion": __version__, "template": template}


def machine_of(job: Mapping[str, Any]) -> CloudMachine:
    """The machine that a job's document asks for."""
    limits = (_container(job).get("resources") or {}).get("limits") or {}
    accelerator = (_task(job).get("nodeSelector") or {}).get("accelerator", "")
    card = next((name for name, known in ACCELERATORS.items() if known == accelerator), accelerator)
    return CloudMachine(
        _vcpus(str(limits.get("cpu", "1"))),
        _gibibytes(str(limits.get("memory", "512Mi"))),
        card,
        int(limits.get("nvidia.com/gpu", 1)),
    )


def image_of(job: Mapping[str, Any]) -> str:
    """The image of a job's document."""
    return str(_container(job).get("image", ""))


def execution_view(job: Mapping[str, Any], executions: Iterable[Mapping[str, Any]], region: str) -> CloudJob:
    """A job with its executions; all of one run, though there should be but one."""
    runs = list(executions)
    labels = {str(name): str(value) for name, value in (job.get("labels") or {}).items()}
    states = [_state(one) for one in runs]
    going = [state for state in states if not state.ended]
    state = going[0] if going else states[-1] if states else CloudJobState.PENDING
    error = next((found for one in runs if (found := _error(one))), None)
    if not runs and (found := _image_error(job.get("terminalCondition") or {})):
        state, error = CloudJobState.FAILED, found

    def count(key: str) -> int:
        return sum(int(one.get(key) or 0) for one in runs)

    ends = [moment_of(one.get("completionTime")) for one in runs]
    return CloudJob(
        name=str(job["name"]),
        run=labels.get(RUN_LABEL, ""),
        kind=labels.get(KIND_LABEL, ""),
        region=region,
        state=state,
        image=image_of(job),
        machine=machine_of(job),
        labels=labels,
        created=moment_of(job.get("createTime")),
        started=min((at for one in runs if (at := moment_of(one.get("startTime")))), default=None),
        ended=max((at for at in ends if at), default=None) if state.ended else None,
        tasks=count("taskCount") or int((job.get("template") or {}).get("taskCount") or 1),
        running=count("runningCount"),
        succeeded=count("succeededCount"),
        failed=count("failedCount"),
        retried=count("retriedCount"),
        error=error,
        log_url=next((str(one["logUri"]) for one in runs if one.get("logUri")), ""),
        submitted=bool(runs),
    )


def handed_out_view(view: CloudJob, executions: Sequence[Mapping[str, Any]], waiting: int) -> CloudJob:
    """``view`` of a job that Cloud Tasks has run, which is over when nothing waits and every execution has ended."""
    wanted = int(view.labels[SLICES_LABEL])
    view = replace(view, tasks=wanted, submitted=view.submitted or waiting > 0)
    states = [_state(one) for one in executions]
    if waiting and (CloudJobState.CANCELLED not in states):
        return replace(view, state=CloudJobState.RUNNING if states else CloudJobState.PENDING, ended=None)
    if any(not state.ended for state in states):
        return view
    bad = next((state for state in states if state is not CloudJobState.SUCCEEDED), None)
    if bad is not None:
        return replace(view, state=bad)
    if len(states) < wanted:
        short = wanted - len(states)
        error = CloudFailed(
            f"{short} of {wanted} slices never began: Cloud Tasks was refused, or whoever handed them out killed.",
            hint=f"gcloud run jobs add-iam-policy-binding {view.name.rpartition('/')[2]} --region {view.region} "
            "--member serviceAccount:STARTER --role roles/run.invoker",
        )
        return replace(view, state=CloudJobState.FAILED, error=view.error or error)
    return view


def attempts_of(
    execution: Mapping[str, Any], tasks: Iterable[Mapping[str, Any]], now: datetime
) -> list[float]:
    """Seconds of each attempt of an execution's tasks. Cloud Run tells when a task began and ended, and how often it
    was tried; where it tells nothing of tasks, each is taken to be as long as the execution."""
    found: list[float] = []
    known = list(tasks)
    for task in known:
        start = moment_of(task.get("startTime"))
        if start is None:  # it never began
            continue
        tries = int(task.get("retried") or 0) + 1
        seconds = ((moment_of(task.get("completionTime")) or now) - start).total_seconds()
        found += [max(0.0, seconds) / tries] * tries
    start = moment_of(execution.get("startTime"))
    if known or start is None:
        return found
    seconds = ((moment_of(execution.get("completionTime")) or now) - start).total_seconds()
    return [max(0.0, seconds)] * int(execution.get("taskCount") or 1)


def _state(execution: Mapping[str, Any]) -> CloudJobState:
    condition = _completed(execution)
    succeeded = condition.get("state") == "CONDITION_SUCCEEDED"
    if not execution.get("completionTime") and condition.get("state") not in (
        "CONDITION_SUCCEEDED",
        "CONDITION_FAILED",
    ):
        return CloudJobState.RUNNING if execution.get("startTime") else CloudJobState.PENDING
    if succeeded and not execution.get("failedCount"):
        return CloudJobState.SUCCEEDED
    if execution.get("cancelledCount") or condition.get("executionReason") == "CANCELLED":
        return CloudJobState.CANCELLED
    return CloudJobState.TIMED_OUT if "timeout" in str(condition.get("message", "")) else CloudJobState.FAILED


def _error(execution: Mapping[str, Any]) -> AudobonError | None:
    condition, state = _completed(execution), _state(execution)
    words = str(condition.get("message") or "no reason was given").rstrip(".")
    if state is CloudJobState.FAILED:
        return _image_error(condition) or CloudFailed(
            f"The job in the cloud failed: {words}.", hint="`audobon cloud logs` shows what it wrote"
        )
    if state is CloudJobState.TIMED_OUT:
        return CloudJobTimedOut(
            f"The job in the cloud was ended: {words}.",
            hint="give a longer --timeout, or more --tasks with less to do for each",
        )
    return None


def _image_error(condition: Mapping[str, Any]) -> AudobonError | None:
    if condition.get("reason") in IMAGE_REASONS:
        return image_missing(str(condition.get("message") or condition["reason"]))
    return None


def _completed(execution: Mapping[str, Any]) -> Mapping[str, Any]:
    conditions = [one for one in execution.get("conditions") or () if isinstance(one, dict)]
    return next((one for one in conditions if one.get("type") == "Completed"), {})


def _task(job: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (job.get("template") or {}).get("template") or {}
    return found


def _container(job: Mapping[str, Any]) -> Mapping[str, Any]:
    containers = _task(job).get("containers") or [{}]
    found: Mapping[str, Any] = containers[0]
    return found


def _vcpus(text: str) -> float:
    return float(text[:-1]) / 1000 if text.endswith("m") else float(text)


_UNITS = {"Gi": 1.0, "Mi": 1 / 1024, "G": 1e9 / 2**30, "M": 1e6 / 2**30}


def _gibibytes(text: str) -> float:
    unit = next((unit for unit in _UNITS if text.endswith(unit)), "")
    return float(text.removesuffix(unit)) * _UNITS[unit] if unit else float(text) / 2**30
