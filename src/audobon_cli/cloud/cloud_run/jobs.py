"""Jobs on Cloud Run, by its REST interface v2 (cloud.google.com/run/docs/reference/rest/v2)."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audobon_cli.cloud.cloud_run.documents import (
    attempts_of,
    execution_view,
    handed_out_view,
    job_document,
    job_name,
    unsupported,
)
from audobon_cli.cloud.cloud_tasks.slice_queue import SliceQueue
from audobon_cli.cloud.connection import AnswerLost, CloudConnection, CloudRefusal, unreachable
from audobon_cli.cloud.jobs import KIND_LABEL, RUN_LABEL, SLICES_LABEL, CloudJob, CloudJobOrder, LogLine
from audobon_cli.cloud.log_entries import read_log
from audobon_cli.domain.errors import AudobonError, CloudFailed, CloudUnreachable

SERVICE = "run"
POLL_SECONDS = 1.0
MOST_POLLS = 120
LOOKS = 3
"""How often an execution is looked for after the answer to its beginning was lost."""
INVOKER = "roles/run.invoker"
OVER = ("FAILED_PRECONDITION", "ABORTED", "ALREADY_EXISTS")
_STATUS = {3: 400, 5: 404, 6: 409, 7: 403, 8: 429, 9: 400, 10: 409, 16: 401}
"""What google.rpc's codes are in HTTP, as far as operations end with them; others are the service's own failures."""


@dataclass
class CloudRunJobs:
    """Implements CloudJobs. ``region`` is where jobs run."""

    connection: CloudConnection
    region: str
    service: str = "cloud-run"

    @property
    def parent(self) -> str:
        """The path of everything in the region."""
        return f"/v2/projects/{self.connection.place.project}/locations/{self.region}"

    def fitted(self, order: CloudJobOrder) -> CloudJobOrder:
        """See CloudJobs.fitted."""
        unsupported(order)
        return order

    def submit(self, order: CloudJobOrder) -> CloudJob:
        """See CloudJobs.submit."""
        order = self.fitted(order)
        job = self._labelled(order.run) or self._create(order)
        if order.starter:
            self._hand_out(order, job)
            return self._view(job)
        executions = self._executions(job)
        if not executions:
            executions = self._run(job)
        return execution_view(job, executions, self.region)

    def find(self, run: str) -> CloudJob | None:
        """See CloudJobs.find."""
        job = self._labelled(run)
        return None if job is None else self._view(job)

    def labelled(self, labels: Mapping[str, str] | None = None) -> list[CloudJob]:
        """See CloudJobs.labelled."""
        wanted = dict(labels or {})
        found = [
            job
            for job in self._all_jobs()
            if KIND_LABEL in (own := job.get("labels") or {}) and wanted.items() <= own.items()
        ]
        return [self._view(job) for job in found]

    def attempts(
        self, job: CloudJob, now: datetime, is_meant: Callable[[datetime], bool] = lambda began: True
    ) -> tuple[float, ...]:
        """See CloudJobs.attempts; of executions that began when ``is_meant`` says."""
        found: list[float] = []
        for execution in self._executions({"name": job.name}):
            began = execution.get("startTime")
            if began and not is_meant(datetime.fromisoformat(str(began))):
                continue
            try:
                tasks = self._pages(f"/v2/{execution['name']}/tasks", "tasks")
            except CloudRefusal as refusal:
                if refusal.status != 404:
                    raise self.connection.explain(refusal) from refusal
                tasks = []
            found += attempts_of(execution, tasks, now)
        return tuple(found)

    def logs(self, job: CloudJob, since: datetime | None = None) -> Iterator[LogLine]:
        """See CloudJobs.logs; by Cloud Logging."""
        conditions = (
            'resource.type="cloud_run_job"',
            f'resource.labels.job_name="{job.name.rpartition("/")[2]}"',
            f'resource.labels.location="{job.region}"',
        )
        return read_log(self.connection, conditions, since, "run.googleapis.com/task_index")

    def cancel(self, job: CloudJob) -> None:
        """See CloudJobs.cancel."""
        if SLICES_LABEL in job.labels:
            self._queue(job.run).remove()
        for execution in self._executions({"name": job.name}):
            if execution.get("completionTime"):
                continue
            try:
                self.connection.ask(SERVICE, "POST", f"/v2/{execution['name']}:cancel", {})
            except CloudRefusal as refusal:
                if refusal.status != 404 and refusal.reason not in OVER:
                    raise self.connection.explain(refusal) from refusal

    def remove(self, job: CloudJob) -> None:
        """See CloudJobs.remove."""
        self.cancel(job)
        self.delete(job.name)

    def ending_command(self, job: CloudJob) -> str:
        """See CloudJobs.ending_command."""
        return f"gcloud run jobs delete {job.name.rpartition('/')[2]} --region {job.region}"

    def delete(self, name: str) -> None:
        """Delete the job called ``name``, if it is there."""
        try:
            self._wait(self.connection.ask(SERVICE, "DELETE", f"/v2/{name}"))
        except CloudRefusal as refusal:
            if refusal.status != 404:
                raise self.connection.explain(refusal) from refusal

    def define(self, name: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Make the job called ``name`` what ``document`` says, without running it: as it is then. Raises
        CloudImageMissing, too."""
        path = f"{self.parent}/jobs/{name}"
        try:
            try:
                done = self.connection.ask(
                    SERVICE, "POST", f"{self.parent}/jobs", document, query={"jobId": name}
                )
            except CloudRefusal as refusal:
                if refusal.status != 409:
                    raise
                done = self.connection.ask(SERVICE, "PATCH", path, document)
            self._wait(done)
            return self.connection.ask(SERVICE, "GET", path)
        except CloudRefusal as refusal:
            raise self.connection.explain(refusal) from refusal

    def defined(self, name: str) -> dict[str, Any] | None:
        """The job called ``name`` as the service has it; None if it has none."""
        try:
            return self.connection.ask(SERVICE, "GET", f"{self.parent}/jobs/{name}")
        except CloudRefusal as refusal:
            if refusal.status == 404:
                return None
            raise self.connection.explain(refusal) from refusal

    def let_run(self, name: str, account: str) -> bool:
        """Give a service account the role to run the job called ``name``, and no other; whether it has it now, as far
        as whoever asks may see and say."""
        path, member = f"{self.parent}/jobs/{name}", f"serviceAccount:{account}"
        try:
            policy = self.connection.ask(SERVICE, "GET", f"{path}:getIamPolicy")
            bindings = [one for one in policy.get("bindings") or () if isinstance(one, dict)]
            if any(one.get("role") == INVOKER and member in one.get("members", ()) for one in bindings):
                return True
            added = {**policy, "bindings": [*bindings, {"role": INVOKER, "members": [member]}]}
            self.connection.ask(SERVICE, "POST", f"{path}:setIamPolicy", {"policy": added})
        except CloudRefusal as refusal:
            if refusal.status not in (403, 404):
                raise self.connection.explain(refusal) from refusal
            return False
        return True

    def _hand_out(self, order: CloudJobOrder, job: Mapping[str, Any]) -> None:
        """Let Cloud Tasks begin the executions of ``job``. Where that is refused nothing of it is left."""
        queue = self._queue(order.run)
        try:
            self.let_run(job_name(order), order.starter)
            queue.hand_out(order, str(job["name"]))
        except CloudUnreachable:
            raise
        except AudobonError:
            with contextlib.suppress(AudobonError):  # whoever may not make a queue may not delete one, either
                queue.remove()
            self.delete(str(job["name"]))
            raise

    def _queue(self, run: str) -> SliceQueue:
        return SliceQueue(self.connection, self.region, run)

    def _view(self, job: Mapping[str, Any]) -> CloudJob:
        executions = self._executions(job)
        view = execution_view(job, executions, self.region)
        if SLICES_LABEL not in view.labels:
            return view
        waiting = self._queue(view.run).waiting()
        for _ in range(LOOKS):  # an execution that was begun just now may not be listed yet
            executions = self._executions(job)
            if waiting or len(executions) >= int(view.labels[SLICES_LABEL]):
                break
            self.connection.sleep(POLL_SECONDS)
        return handed_out_view(execution_view(job, executions, self.region), executions, waiting)

    def _labelled(self, run: str) -> dict[str, Any] | None:
        jobs = self._all_jobs()
        return next((job for job in jobs if (job.get("labels") or {}).get(RUN_LABEL) == run), None)

    def _all_jobs(self) -> list[dict[str, Any]]:
        try:
            return self._pages(f"{self.parent}/jobs", "jobs")
        except CloudRefusal as refusal:
            raise self.connection.explain(refusal) from refusal

    def _create(self, order: CloudJobOrder) -> dict[str, Any]:
        name = job_name(order)
        try:
            made = self.connection.ask(
                SERVICE, "POST", f"{self.parent}/jobs", job_document(order), query={"jobId": name}
            )
            self._wait(made)
        except CloudRefusal as refusal:
            if refusal.status != 409:
                raise self.connection.explain(refusal) from refusal
        job = self.defined(name)
        if job is None or (job.get("labels") or {}).get(RUN_LABEL) != order.run:
            raise CloudFailed(
                f"Cloud Run has another job called {name}.",
                hint="run the same command again: it takes another name",
            )
        return job

    def _run(self, job: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Begin the one execution of ``job``. After a lost answer it is looked for before it is asked for again; the
        job's etag, which moves with an execution, refuses a second one where the look came too early."""
        body = {"etag": job["etag"]} if job.get("etag") else {}
        for _ in range(LOOKS):
            operation: dict[str, Any] = {}
            try:
                operation = self.connection.ask(SERVICE, "POST", f"/v2/{job['name']}:run", body, once=True)
                self._failed(operation)
            except AnswerLost:
                self.connection.sleep(POLL_SECONDS)
            except CloudRefusal as refusal:
                if refusal.reason not in OVER:
                    raise self.connection.explain(refusal) from refusal
            found = self._executions(job)
            if found:
                return found
            begun = operation.get("metadata") or operation.get("response") or {}
            if str(begun.get("name", "")).startswith(str(job["name"])):
                return [begun]
        raise unreachable(SERVICE, f"nobody can say whether {job['name']} has begun")

    def _executions(self, job: Mapping[str, Any]) -> list[dict[str, Any]]:
        try:
            return self._pages(f"/v2/{job['name']}/executions", "executions")
        except CloudRefusal as refusal:
            if refusal.status == 404:
                return []
            raise self.connection.explain(refusal) from refusal

    def _pages(self, path: str, key: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        token = ""
        while True:
            query = {"pageSize": "100", **({"pageToken": token} if token else {})}
            answer = self.connection.ask(SERVICE, "GET", path, query=query)
            found += [one for one in answer.get(key) or () if isinstance(one, dict)]
            token = str(answer.get("nextPageToken") or "")
            if not token:
                return found

    def _wait(self, operation: Mapping[str, Any]) -> None:
        """Wait for an operation to end. Raises CloudRefusal for what it ended with, CloudUnreachable if it does not."""
        for _ in range(MOST_POLLS):
            self._failed(operation)
            if operation.get("done") or "/operations/" not in str(operation.get("name", "")):
                return
            self.connection.sleep(POLL_SECONDS)
            operation = self.connection.ask(SERVICE, "GET", f"/v2/{operation['name']}")
        raise unreachable(SERVICE, f"the operation {operation['name']} does not end")

    @staticmethod
    def _failed(operation: Mapping[str, Any]) -> None:
        error = operation.get("error")
        if isinstance(error, dict):
            raise CloudRefusal(SERVICE, _STATUS.get(int(error.get("code") or 0), 500), {"error": error})
