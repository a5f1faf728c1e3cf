"""Training jobs on Vertex AI, by its REST interface v1."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from audobon_cli.cloud.connection import AnswerLost, CloudConnection, CloudRefusal, unreachable
from audobon_cli.cloud.jobs import KIND_LABEL, CloudJob, CloudJobOrder, LogLine
from audobon_cli.cloud.log_entries import read_log
from audobon_cli.cloud.vertex.documents import (
    MOST_SECONDS,
    SERVICE,
    attempts_of,
    ended,
    job_document,
    job_view,
    run_of,
)
from audobon_cli.cloud.vertex.machines import whole_machine
from audobon_cli.domain.errors import AudobonError, CloudMissing, InvalidInput

POLL_SECONDS = 1.0
MOST_POLLS = 120
LOOKS = 3
"""How often a job is looked for after the answer to its making was lost."""
OVER = ("FAILED_PRECONDITION", "ABORTED")
_NOT_HERE = re.compile(
    r"(machine ?type|accelerator|nvidia)\b.*\bnot (supported|available)", re.IGNORECASE | re.DOTALL
)
"""What Vertex AI says of machines that a region does not have."""


@dataclass
class VertexJobs:
    """Implements CloudJobs. ``region`` is where jobs run."""

    connection: CloudConnection
    region: str
    service: str = "vertex-ai"

    @property
    def parent(self) -> str:
        """The path of everything in the region."""
        return f"/v1/projects/{self.connection.place.project}/locations/{self.region}"

    def fitted(self, order: CloudJobOrder) -> CloudJobOrder:
        """See CloudJobs.fitted. The time-out is that of the whole job."""
        if order.tasks != 1:
            raise InvalidInput(
                "A job on Vertex AI is one task.", hint="`audobon cloud run` divides the queue"
            )
        if not 1 <= order.timeout_seconds <= MOST_SECONDS:
            raise InvalidInput(
                f"A job of {order.timeout_seconds} s is not to be had: Vertex AI takes up to seven days.",
                hint="give --timeout 168h at most",
            )
        return replace(order, machine=whole_machine(order.machine), timeout_whole=True)

    def submit(self, order: CloudJobOrder) -> CloudJob:
        """See CloudJobs.submit. Raises CloudMissing for a region that has no such machine, too."""
        order = self.fitted(order)
        jobs = self._of_run(order.run) or self._create(order)
        for superfluous in jobs[1:]:
            self._cancel(superfluous)
        return job_view(jobs, self.region, self.connection)

    def find(self, run: str) -> CloudJob | None:
        """See CloudJobs.find."""
        jobs = self._of_run(run)
        return job_view(jobs, self.region, self.connection) if jobs else None

    def labelled(self, labels: Mapping[str, str] | None = None) -> list[CloudJob]:
        """See CloudJobs.labelled."""
        wanted = dict(labels or {})
        runs: dict[str, list[dict[str, Any]]] = {}
        for job in self._all():
            if wanted.items() <= (job.get("labels") or {}).items():
                runs.setdefault(run_of(job), []).append(job)
        return [job_view(jobs, self.region, self.connection) for jobs in runs.values()]

    def attempts(self, job: CloudJob, now: datetime) -> tuple[float, ...]:
        """See CloudJobs.attempts."""
        return attempts_of(self._of_run(job.run), now)

    def logs(self, job: CloudJob, since: datetime | None = None) -> Iterator[LogLine]:
        """See CloudJobs.logs; by Cloud Logging."""
        ident = job.name.rpartition("/")[2]
        conditions = ('resource.type="ml_job"', f'resource.labels.job_id="{ident}"')
        return read_log(self.connection, conditions, since)

    def cancel(self, job: CloudJob) -> None:
        """See CloudJobs.cancel."""
        for one in self._of_run(job.run):
            if not ended(one):
                self._cancel(one)

    def remove(self, job: CloudJob) -> None:
        """See CloudJobs.remove. Raises CloudUnreachable for one that does not end."""
        self.cancel(job)
        for _ in range(MOST_POLLS):
            jobs = self._of_run(job.run)
            for one in jobs:
                if ended(one):
                    self._delete(one)
            if all(ended(one) for one in jobs):
                return
            self.connection.sleep(POLL_SECONDS)
        raise unreachable(SERVICE, f"{job.name} does not end")

    def ending_command(self, job: CloudJob) -> str:
        """See CloudJobs.ending_command."""
        return f"gcloud ai custom-jobs cancel {job.name.rpartition('/')[2]} --region {job.region}"

    def _of_run(self, run: str) -> list[dict[str, Any]]:
        """The jobs of a run, the oldest first."""
        found = [job for job in self._all() if run_of(job) == run]
        return sorted(found, key=lambda job: (str(job.get("createTime", "")), str(job["name"])))

    def _all(self) -> list[dict[str, Any]]:
        """All jobs of ours in the region."""
        found: list[dict[str, Any]] = []
        query = {"filter": f"labels.{KIND_LABEL}:*", "pageSize": "100"}
        while True:
            try:
                answer = self.connection.ask(SERVICE, "GET", f"{self.parent}/customJobs", query=query)
            except CloudRefusal as refusal:
                raise self.connection.explain(refusal) from refusal
            found += [
                one
                for one in answer.get("customJobs") or ()
                if isinstance(one, dict) and KIND_LABEL in (one.get("labels") or {})
            ]
            token = str(answer.get("nextPageToken") or "")
            if not token:
                return found
            query = {**query, "pageToken": token}

    def _create(self, order: CloudJobOrder) -> list[dict[str, Any]]:
        """Make the job of ``order``: all that there are of its run. After a lost answer it is looked for before it is
        asked for again."""
        for _ in range(LOOKS):
            try:
                made = self.connection.ask(
                    SERVICE, "POST", f"{self.parent}/customJobs", job_document(order), once=True
                )
                return self._of_run(order.run) or [made]
            except AnswerLost:
                self.connection.sleep(POLL_SECONDS)
            except CloudRefusal as refusal:
                raise self._explained(refusal, order) from refusal
            found = self._of_run(order.run)
            if found:
                return found
        raise unreachable(SERVICE, f"nobody can say whether the run {order.run} has begun")

    def _explained(self, refusal: CloudRefusal, order: CloudJobOrder) -> AudobonError:
        if refusal.status == 400 and _NOT_HERE.search(refusal.message):
            return CloudMissing(
                f"There is no {order.machine.gpu or order.machine.name} in {self.region}: {refusal.message}.",
                hint="give another --region, as us-central1 or europe-west4, or another --gpu",
                region=self.region,
            )
        return self.connection.explain(refusal)

    def _cancel(self, job: Mapping[str, Any]) -> None:
        self._asked("POST", f"/v1/{job['name']}:cancel", {})

    def _delete(self, job: Mapping[str, Any]) -> None:
        self._asked("DELETE", f"/v1/{job['name']}")

    def _asked(self, method: str, path: str, document: Mapping[str, Any] | None = None) -> None:
        """Ask for something that may have happened already."""
        try:
            self.connection.ask(SERVICE, method, path, document)
        except CloudRefusal as refusal:
            if refusal.status != 404 and refusal.reason not in OVER:
                raise self.connection.explain(refusal) from refusal
