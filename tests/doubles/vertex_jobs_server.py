"""Vertex AI's training jobs beside the Google Cloud of our own: each is a process of this machine, taken away and begun
again as Vertex AI does it."""

import contextlib
import re
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.doubles.cloud_run_server import ROUTES, CloudRunDouble, refusal
from tests.doubles.cloud_run_tasks import now
from tests.doubles.service import Asked, Reply, as_json
from tests.waiting import PATIENCE_SECONDS

NUMBER = "123456789"
"""The project's number, by which Vertex AI names what is in it."""
MOST_RESTARTS = 6
"""How often a spot machine is looked for again."""
ENDED = ("JOB_STATE_SUCCEEDED", "JOB_STATE_FAILED", "JOB_STATE_CANCELLED")


@dataclass
class CustomJobRun:
    """One CustomJob. ``preempt`` says after how many lines each attempt is taken away, as long as it lasts. Its time is
    counted from the first line ``counts_from`` on, or from its start."""

    name: str
    document: dict[str, Any]
    program: Sequence[str]
    environment: dict[str, str]
    preempt: list[int]
    wrote: Callable[[str], None]
    counts_from: str = ""
    state: str = "JOB_STATE_QUEUED"
    created: str = field(default_factory=now)
    started: str = ""
    ended: str = ""
    error: dict[str, Any] | None = None
    attempts: int = 0
    asked_to_end: bool = False
    too_long: bool = False
    process: "subprocess.Popen[str] | None" = None
    thread: threading.Thread | None = None

    def answer(self) -> dict[str, Any]:
        return {
            **self.document,
            "name": self.name,
            "state": self.state,
            "createTime": self.created,
            **({"startTime": self.started} if self.started else {}),
            **({"endTime": self.ended} if self.ended else {}),
            **({"error": self.error} if self.error else {}),
        }

    def begin(self) -> None:
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def fail(self, code: int, message: str) -> None:
        self.error = {"code": code, "message": message}
        self.ended, self.state = now(), "JOB_STATE_FAILED"

    def cancel(self) -> None:
        self.asked_to_end = True
        if self.state not in ENDED:
            self.state = "JOB_STATE_CANCELLING"
        self._terminate()

    def _terminate(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()

    def _late(self) -> None:
        self.too_long = True
        self._terminate()

    def _run(self) -> None:
        self.started = now()
        if not self.asked_to_end:
            self.state = "JOB_STATE_RUNNING"
        scheduling = self.document["jobSpec"]["scheduling"]
        timer = threading.Timer(float(scheduling["timeout"].removesuffix("s")), self._late)
        timer.daemon = True
        if not self.counts_from:
            timer.start()
        again = 0 if scheduling.get("disableRetries") else MOST_RESTARTS
        status, taken = 1, True
        while self.attempts <= again and not (self.asked_to_end or self.too_long):
            status, taken = self._attempt(timer)
            if not taken:
                break
        timer.cancel()
        self._end(status, taken)

    def _end(self, status: int, taken: bool) -> None:
        self.ended = now()
        if self.asked_to_end or self.too_long:
            self.state = "JOB_STATE_CANCELLED"
            self.error = {"code": 1, "message": "CANCELED"}
        elif not status and not taken:
            self.state = "JOB_STATE_SUCCEEDED"
        elif taken:
            self.fail(8, "Resources are insufficient in the region: STOCKOUT. Please try a different region.")
        else:
            self.fail(3, f"The replica workerpool0-0 exited with a non-zero status of {status}.")

    def _attempt(self, timer: threading.Timer) -> tuple[int, bool]:
        self.attempts += 1
        container = self.document["jobSpec"]["workerPoolSpecs"][0]["containerSpec"]
        variables = {one["name"]: one["value"] for one in container.get("env", [])}
        own = {"CLOUD_ML_JOB_ID": self.name.rpartition("/")[2]}
        limit, taken = (self.preempt.pop(0) if self.preempt else None), False
        process = subprocess.Popen(
            [*self.program, *container.get("args", [])],
            env={**self.environment, **variables, **own},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        self.process = process
        if self.asked_to_end:  # meanwhile
            process.terminate()
        assert process.stdout is not None
        for number, line in enumerate(process.stdout, 1):
            self.wrote(line.rstrip("\n"))
            if line.rstrip("\n") == self.counts_from and timer.ident is None:
                timer.start()
            if number == limit:
                process.kill()
                taken = True
        status = process.wait()
        process.stdout.close()
        self.process = None
        return status, taken


class VertexJobsDouble(CloudRunDouble):
    """One project with both services. ``takings`` are taken by the next job: see CustomJobRun.preempt. ``no_quota``
    refuses every machine with a card, ``cards_here`` are what the region has."""

    def __init__(self, program: Sequence[str], environment: dict[str, str]) -> None:
        super().__init__(program, environment)
        self.apis.add("aiplatform")
        self.routes = {**ROUTES, **VERTEX_ROUTES}
        self.custom: dict[str, CustomJobRun] = {}
        self.deleted: list[CustomJobRun] = []
        self.takings: list[int] = []
        self.no_quota = False
        self.cards_here = {"NVIDIA_L4", "NVIDIA_TESLA_T4"}

    def phase_of(self, asked: Asked) -> str:
        path = urlsplit(asked.path).path
        if path.endswith("/customJobs"):
            return "create" if asked.method == "POST" else "list"
        return super().phase_of(asked)

    def running(self) -> int:
        own = [*self.custom.values(), *self.deleted]
        return super().running() + sum(one.process is not None for one in own)

    def end(self) -> None:
        super().end()
        for one in (*self.custom.values(), *self.deleted):
            if one.thread is not None:
                one.thread.join(PATIENCE_SECONDS)

    def create_job(self, asked: Asked, query: dict[str, str], **_: str) -> Reply:
        if refused := self._may("aiplatform.customJobs.create"):
            return refused
        document = asked.json
        pool = document["jobSpec"]["workerPoolSpecs"][0]
        card = pool["machineSpec"].get("acceleratorType")
        if card and card not in self.cards_here:
            return refusal(400, f"Accelerator type {card} is not supported in region europe-west1.")
        if self.no_quota:
            metric = "aiplatform.googleapis.com/custom_model_training_nvidia_l4_gpus"
            words = f"The following quota metrics exceed quota limits: {metric}"
            error = {"code": 429, "message": words, "status": "RESOURCE_EXHAUSTED"}
            return as_json({"error": error}, 429)
        ident = str(8_000_000_000 + next(self._count))
        name = f"projects/{NUMBER}/locations/europe-west1/customJobs/{ident}"

        def wrote(line: str) -> None:
            entry = {"timestamp": now(), "severity": "INFO", "jsonPayload": {"message": line}}
            self.lines.append({"job": ident, **entry})

        takings, self.takings = self.takings, []
        run = CustomJobRun(name, document, self.program, self.environment, takings, wrote, self.counts_from)
        self.custom[name] = run
        image = pool["containerSpec"]["imageUri"]
        if image in self.images:
            run.begin()
        else:
            run.fail(5, f"Failed to pull the image {image}: not found.")
        self.on_run()
        return as_json(run.answer())

    def custom_jobs(self, asked: Asked, query: dict[str, str], **_: str) -> Reply:
        if refused := self._may("aiplatform.customJobs.list"):
            return refused
        assert query["filter"] == "labels.audobon:*"
        runs = [one for one in self.custom.values() if "audobon" in one.document["labels"]]
        start = int(query.get("pageToken", 0))
        more = {"nextPageToken": str(start + 2)} if start + 2 < len(runs) else {}
        return as_json({"customJobs": [one.answer() for one in runs[start : start + 2]], **more})

    def cancel_job(self, asked: Asked, query: dict[str, str], name: str) -> Reply:
        run = self.custom.get(name)
        if run is None:
            return self._no(name)
        if run.state in ENDED:
            return refusal(400, "The job has ended.")
        run.cancel()
        return as_json({})

    def delete_job(self, asked: Asked, query: dict[str, str], name: str) -> Reply:
        run = self.custom.get(name)
        if run is None:
            return self._no(name)
        if run.state not in ENDED:
            return refusal(400, "The job has not ended.")
        self.deleted.append(self.custom.pop(name))
        return as_json({"name": f"{name}/operations/1", "done": True})


_JOBS = r"/v1/projects/(?P<project>[^/]+)/locations/(?P<region>[^/]+)/customJobs"
_NAME = rf"/v1/(?P<name>projects/{re.escape(NUMBER)}/locations/[^/]+/customJobs/[^/:]+)"
VERTEX_ROUTES: dict[str, Callable[..., Reply]] = {
    rf"POST {_JOBS}": VertexJobsDouble.create_job,
    rf"GET {_JOBS}": VertexJobsDouble.custom_jobs,
    rf"POST {_NAME}:cancel": VertexJobsDouble.cancel_job,
    rf"DELETE {_NAME}": VertexJobsDouble.delete_job,
}
