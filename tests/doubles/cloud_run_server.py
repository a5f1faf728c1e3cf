"""A Google Cloud of our own over a real socket: Cloud Run jobs whose tasks really run here, entries of Cloud Logging,
which APIs are on and what the account may do."""

import itertools
import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.doubles.cloud_run_tasks import ExecutionRun, now
from tests.doubles.service import Asked, Reply, ServiceDouble, as_json

PROJECT, REGION = "p", "europe-west1"
PARENT = f"projects/{PROJECT}/locations/{REGION}"
IMAGE = f"europe-docker.pkg.dev/p/audobon/cpu@sha256:{'0' * 64}"
APIS = (
    *("run", "logging", "storage", "serviceusage", "cloudresourcemanager", "iam"),
    *("cloudscheduler", "cloudtasks"),
)
CLOUD_RUN_CARD = "run.googleapis.com/nvidia_l4_gpu_allocation_no_zonal_redundancy"
_CODES = {400: 9, 401: 16, 403: 7, 404: 5, 409: 6, 429: 8, 503: 14}


def refusal(status: int, message: str, reason: str = "", **facts: str) -> Reply:
    """An error as google.rpc writes it."""
    details: list[dict[str, Any]] = []
    if reason == "QUOTA":
        details.append(
            {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"subject": "p"}]}
        )
    elif reason:
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        details.append({"@type": kind, "reason": reason, "domain": "googleapis.com", "metadata": facts})
    names = {400: "FAILED_PRECONDITION", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 409: "ALREADY_EXISTS"}
    error = {
        "code": status,
        "message": message,
        "status": names.get(status, "UNAVAILABLE"),
        "details": details,
    }
    return as_json({"error": error}, status)


class CloudRunDouble(ServiceDouble):
    """One project ``p`` with one region. ``program`` stands for the image: what its container's arguments are given to.

    ``preempt`` is taken by the next execution. ``duplicate`` makes every ``:run`` begin two executions. ``most_tasks``
    is the quota of tasks at a time. ``counts_from`` is the line that time-outs count from, "" the start. ``apis`` that
    are on, ``denied`` permissions, ``images`` that are there.
    """

    def __init__(self, program: Sequence[str], environment: dict[str, str]) -> None:
        super().__init__()
        self.routes = ROUTES
        self.program, self.environment = program, environment
        self.jobs: dict[str, dict[str, Any]] = {}
        self.executions: dict[str, ExecutionRun] = {}
        self.removed: list[ExecutionRun] = []
        self.lines: list[dict[str, Any]] = []
        self.apis, self.denied, self.images = set(APIS), set[str](), {IMAGE}
        self.preempt: dict[int, int] = {}
        self.duplicate = False
        self.counts_from = ""
        self.most_tasks = 100
        self.cards = 3
        self.accounts = {"starter@p.iam.gserviceaccount.com"}
        self.policies: dict[str, dict[str, Any]] = {}
        self.vertex_cards: dict[str, int] = {}
        self.late_image = False
        """Whether a missing image shows only when the execution begins."""
        self._count = itertools.count(1)
        self.on_run: Callable[[], None] = lambda: None

    def phase_of(self, asked: Asked) -> str:
        path = urlsplit(asked.path).path
        if path.endswith(":run"):
            return "run"
        if path.endswith(":cancel"):
            return "cancel"
        if path.endswith("/jobs"):
            return "create" if asked.method == "POST" else "list"
        return "delete" if asked.method == "DELETE" else "read"

    def refused(self, status: int, asked: Asked) -> Reply:
        return refusal(status, f"refused with {status}")

    def running(self) -> int:
        """Tasks that run now."""
        return sum(len(one._processes) for one in (*self.executions.values(), *self.removed))

    def end(self) -> None:
        """Wait for what was cancelled to be gone."""
        for one in (*self.executions.values(), *self.removed):
            one.wait()

    def answer(self, asked: Asked) -> Reply:
        parts = urlsplit(asked.path)
        path, query = parts.path, {key: values[0] for key, values in parse_qs(parts.query).items()}
        with self.lock:
            for pattern, answer in self.routes.items():
                match = re.fullmatch(pattern, f"{asked.method} {path}")
                if match:
                    refused = self._gate(match, path)
                    return refused or answer(self, asked, query, **match.groupdict())
        return refusal(404, f"no such path: {asked.method} {path}")

    def _gate(self, match: "re.Match[str]", path: str) -> Reply | None:
        groups = match.groupdict()
        if groups.get("project", PROJECT) != PROJECT:
            name = groups["project"]
            return refusal(403, f"Permission denied on resource project {name}.", "CONSUMER_INVALID")
        if groups.get("region", REGION) != REGION:
            return refusal(404, f"Location {groups['region']} is not found")
        if "/jobs" in path and path.startswith("/v2/") and "run" not in self.apis:
            return self._off("Cloud Run Admin API", "run")
        if path.startswith("/v1/") and "/locations/" in path and "aiplatform" not in self.apis:
            return self._off("Vertex AI API", "aiplatform")
        return None

    def _off(self, title: str, api: str) -> Reply:
        words = f"{title} has not been used in project {PROJECT} before or it is disabled."
        return refusal(403, words, "SERVICE_DISABLED", service=f"{api}.googleapis.com")

    def _may(self, permission: str) -> Reply | None:
        if permission not in self.denied:
            return None
        words = f"Permission '{permission}' denied on resource (or it may not exist)."
        return refusal(403, words, "IAM_PERMISSION_DENIED", permission=permission)

    def no_schedules(self, asked: Asked, query: dict[str, str], **_: str) -> Reply:
        """Cloud Scheduler is off; see StartersDouble for one that is on."""
        return self._off("Cloud Scheduler API", "cloudscheduler")

    def create(self, asked: Asked, query: dict[str, str], **_: str) -> Reply:
        if refused := self._may("run.jobs.create"):
            return refused
        name = f"{PARENT}/jobs/{query['jobId']}"
        if name in self.jobs:
            return refusal(409, f"Resource '{query['jobId']}' already exists.")
        return self._define(name, asked.json)

    def update(self, asked: Asked, query: dict[str, str], job: str, **_: str) -> Reply:
        name = f"{PARENT}/jobs/{job}"
        return self._define(name, asked.json) if name in self.jobs else self._no(name)

    def _define(self, name: str, spec: dict[str, Any]) -> Reply:
        image = spec["template"]["template"]["containers"][0]["image"]
        if image not in self.images and not self.late_image:
            return refusal(400, f"Image '{image}' not found.")
        self.jobs[name] = {**spec, "name": name, "createTime": now(), "etag": "0"}
        return as_json({"name": f"{PARENT}/operations/op{next(self._count)}", "done": True})

    def get(self, asked: Asked, query: dict[str, str], job: str, **_: str) -> Reply:
        name = f"{PARENT}/jobs/{job}"
        return as_json(self.jobs[name]) if name in self.jobs else self._no(name)

    def list_jobs(self, asked: Asked, query: dict[str, str], **_: str) -> Reply:
        if refused := self._may("run.jobs.list"):
            return refused
        names = sorted(self.jobs)
        start = int(query.get("pageToken", 0))
        size = min(3, int(query.get("pageSize", 100)))  # few, so that everybody turns pages
        more = {"nextPageToken": str(start + size)} if start + size < len(names) else {}
        return as_json({"jobs": [self.jobs[name] for name in names[start : start + size]], **more})

    def delete(self, asked: Asked, query: dict[str, str], job: str, **_: str) -> Reply:
        name = f"{PARENT}/jobs/{job}"
        if self.jobs.pop(name, None) is None:
            return self._no(name)
        for one in [one for one in self.executions if one.startswith(f"{name}/")]:
            run = self.executions.pop(one)
            run.cancel()
            self.removed.append(run)
        return as_json({"name": f"{PARENT}/operations/op{next(self._count)}", "done": True})

    def run(self, asked: Asked, query: dict[str, str], job: str, **_: str) -> Reply:
        if refused := self._may("run.jobs.run"):
            return refused
        name = f"{PARENT}/jobs/{job}"
        if name not in self.jobs:
            return self._no(name)
        spec = self.jobs[name]
        etag = asked.json.get("etag") if asked.body else None
        if etag is not None and etag != spec["etag"]:
            return refusal(409, "The etag does not match.")
        if spec["template"]["taskCount"] > self.most_tasks:
            return refusal(429, "Quota exceeded for running tasks.", "QUOTA")
        begun = [self._begin(name, spec) for _ in range(2 if self.duplicate else 1)]
        spec["etag"] = str(len(begun) + int(spec["etag"]))
        self.on_run()
        return as_json(
            {"name": f"{PARENT}/operations/op{next(self._count)}", "metadata": begun[0].document()}
        )

    def _begin(self, name: str, spec: dict[str, Any]) -> ExecutionRun:
        execution = f"{name}/executions/{name.rpartition('/')[2]}-{next(self._count)}"
        preempt, self.preempt = self.preempt, {}
        job = name.rpartition("/")[2]

        def wrote(index: int, line: str) -> None:
            entry = {"timestamp": now(), "severity": "INFO", "textPayload": line}
            labels = {"labels": {"run.googleapis.com/task_index": str(index)}}
            self.lines.append({"job": job, **entry, **labels})

        run = ExecutionRun(execution, spec["template"], self.program, self.environment, preempt, wrote)
        run.counts_from = self.counts_from
        self.executions[execution] = run
        image = spec["template"]["template"]["containers"][0]["image"]
        if image in self.images:
            run.begin()
        else:
            run.completed = now()
        return run

    def list_executions(self, asked: Asked, query: dict[str, str], job: str, **_: str) -> Reply:
        own = [run for name, run in self.executions.items() if name.startswith(f"{PARENT}/jobs/{job}/")]
        return as_json({"executions": [self._document(run) for run in own]})

    def _document(self, run: ExecutionRun) -> dict[str, Any]:
        found = run.document()
        image = run.spec["template"]["containers"][0]["image"]
        if image not in self.images:
            condition = {"type": "Completed", "state": "CONDITION_FAILED", "reason": "CONTAINER_MISSING"}
            found["conditions"] = [{**condition, "message": f"Image '{image}' not found."}]
        return found

    def cancel(self, asked: Asked, query: dict[str, str], job: str, execution: str, **_: str) -> Reply:
        run = self.executions.get(f"{PARENT}/jobs/{job}/executions/{execution}")
        if run is None:
            return self._no(execution)
        if run.completed:
            return refusal(400, "The execution has ended.")
        run.cancel()
        return as_json({"name": f"{PARENT}/operations/op{next(self._count)}"})

    def tasks(self, asked: Asked, query: dict[str, str], job: str, execution: str, **_: str) -> Reply:
        run = self.executions.get(f"{PARENT}/jobs/{job}/executions/{execution}")
        if run is None:
            return self._no(execution)
        return as_json({"tasks": [task.document(run.name) for task in run.tasks]})

    def operation(self, asked: Asked, query: dict[str, str], **_: str) -> Reply:
        return as_json({"name": asked.path, "done": True})

    def entries(self, asked: Asked, query: dict[str, str], **_: str) -> Reply:
        wanted = asked.json["filter"]
        job = re.search(r'job_(?:name|id)="([^"]+)"', wanted)[1]
        since = re.search(r'timestamp>"([^"]+)"', wanted)
        found = [line for line in self.lines if line["job"] == job]
        if since:
            found = [line for line in found if line["timestamp"].replace("Z", "+00:00") > since[1]]
        return as_json({"entries": [{k: v for k, v in line.items() if k != "job"} for line in found]})

    def permissions(self, asked: Asked, query: dict[str, str], **_: str) -> Reply:
        return as_json({"permissions": [one for one in asked.json["permissions"] if one not in self.denied]})

    def account_permissions(self, asked: Asked, query: dict[str, str], account: str, **_: str) -> Reply:
        if account not in self.accounts:
            return refusal(404, f"Unknown service account {account}")
        return self.permissions(asked, query)

    def services(self, asked: Asked, query: dict[str, str], **_: str) -> Reply:
        names = parse_qs(urlsplit(asked.path).query)["names"]
        found = [
            {"name": name, "state": "ENABLED" if _api(name) in self.apis else "DISABLED"} for name in names
        ]
        return as_json({"services": found})

    def quotas(self, asked: Asked, query: dict[str, str], **_: str) -> Reply:
        cards = self.vertex_cards if "/aiplatform." in asked.path else {CLOUD_RUN_CARD: self.cards}
        metrics = []
        for name, limit in cards.items():
            bucket = {"dimensions": {"region": REGION}, "effectiveLimit": str(limit)}
            metrics.append({"metric": name, "consumerQuotaLimits": [{"quotaBuckets": [bucket]}]})
        return as_json({"metrics": metrics})

    def service(self, asked: Asked, query: dict[str, str], name: str, **_: str) -> Reply:
        return as_json({"name": name, "state": "ENABLED" if _api(name) in self.apis else "DISABLED"})

    def project(self, asked: Asked, query: dict[str, str], **_: str) -> Reply:
        return as_json({"name": "projects/1", "projectId": PROJECT, "state": "ACTIVE"})

    def policy(self, asked: Asked, query: dict[str, str], job: str, **_: str) -> Reply:
        if refused := self._may("run.jobs.setIamPolicy"):
            return refused
        if asked.method == "POST":
            self.policies[job] = asked.json["policy"]
        return as_json(self.policies.get(job, {"etag": "0"}))

    def custom_jobs(self, asked: Asked, query: dict[str, str], **_: str) -> Reply:
        """Vertex AI, which has none of ours here."""
        return as_json({})

    @staticmethod
    def _no(name: str) -> Reply:
        return refusal(404, f"Resource '{name}' was not found")


def _api(name: str) -> str:
    return name.rpartition("/")[2].removesuffix(".googleapis.com")


_JOBS = r"/v2/projects/(?P<project>[^/]+)/locations/(?P<region>[^/]+)/jobs"
_JOB = rf"{_JOBS}/(?P<job>[^/:]+)"
_CUSTOM_JOBS = r"/v1/projects/(?P<project>[^/]+)/locations/(?P<region>[^/]+)/customJobs"
_EXECUTION = rf"{_JOB}/executions/(?P<execution>[^/:]+)"
ROUTES: dict[str, Callable[..., Reply]] = {
    r"GET /v1/projects/(?P<project>[^/]+)/locations/(?P<region>[^/]+)/jobs": CloudRunDouble.no_schedules,
    rf"POST {_JOBS}": CloudRunDouble.create,
    rf"GET {_JOBS}": CloudRunDouble.list_jobs,
    rf"GET {_JOB}": CloudRunDouble.get,
    rf"PATCH {_JOB}": CloudRunDouble.update,
    rf"DELETE {_JOB}": CloudRunDouble.delete,
    rf"POST {_JOB}:run": CloudRunDouble.run,
    rf"GET {_JOB}:getIamPolicy": CloudRunDouble.policy,
    rf"POST {_JOB}:setIamPolicy": CloudRunDouble.policy,
    rf"GET {_JOB}/executions": CloudRunDouble.list_executions,
    rf"POST {_EXECUTION}:cancel": CloudRunDouble.cancel,
    rf"GET {_EXECUTION}/tasks": CloudRunDouble.tasks,
    rf"GET {_CUSTOM_JOBS}": CloudRunDouble.custom_jobs,
    r"GET /v2/projects/.*/operations/.*": CloudRunDouble.operation,
    r"POST /v2/entries:list": CloudRunDouble.entries,
    r"POST /v3/projects/(?P<project>[^/:]+):testIamPermissions": CloudRunDouble.permissions,
    r"POST /v1/projects/-/serviceAccounts/(?P<account>[^/:]+):testIamPermissions": (
        CloudRunDouble.account_permissions
    ),
    r"GET /v3/projects/(?P<project>[^/:]+)": CloudRunDouble.project,
    r"GET /v1/projects/(?P<project>[^/:]+)/services:batchGet": CloudRunDouble.services,
    r"GET /v1/projects/(?P<project>[^/:]+)/services/(?P<name>[^/:]+)": CloudRunDouble.service,
    r"GET /v1beta1/projects/(?P<project>[^/:]+)/services/.+/consumerQuotaMetrics": CloudRunDouble.quotas,
}
