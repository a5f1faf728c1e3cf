"""Cloud Scheduler, by its REST interface v1 (cloud.google.com/scheduler/docs/reference/rest)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audobon_cli.cloud.connection import SCOPE, CloudConnection, CloudRefusal
from audobon_cli.domain.errors import InvalidInput

SERVICE = "cloudscheduler"
API = f"{SERVICE}.googleapis.com"
PERMISSIONS = tuple(f"{SERVICE}.jobs.{verb}" for verb in ("create", "list", "update", "delete", "pause"))
RETRIES = 2
"""How often a request that was refused is sent again: each that arrives is an execution that counts itself."""
DEADLINE_SECONDS = 180
_OURS = re.compile(r"Audobon schedule; machine ([0-9a-f]{16})")
"""The description: jobs of Cloud Scheduler have no labels."""
_CRON = re.compile(r"[\w*/,-]+( [\w*/,-]+){4}")
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")


@dataclass(frozen=True, slots=True)
class SchedulerJob:
    """A job of Cloud Scheduler of ours. ``run_job`` is the job of Cloud Run that it has run, ``starter`` the service
    account that asks for it; ``problem`` says what came of the last request if that was refused."""

    run_job: str
    cron: str
    time_zone: str
    starter: str
    machine: str
    paused: bool = False
    next_time: datetime | None = None
    problem: str = ""


def check_times(cron: str, time_zone: str) -> None:
    """Raise InvalidInput for what surely is no time table; Cloud Scheduler knows the rest."""
    if _CRON.fullmatch(cron) is None:
        raise InvalidInput(
            f"{cron!r} is no time table: minute, hour, day, month and weekday are wanted.",
            hint='write it as cron does: "0 3 * * *" is each day at three',
        )
    if _ZONE.fullmatch(time_zone) is None:
        raise InvalidInput(f"{time_zone!r} is no time zone.", hint="write it as Europe/Berlin")


@dataclass
class CloudScheduler:
    """The jobs of ours in a region. Methods raise what a CloudConnection raises."""

    connection: CloudConnection
    region: str

    @property
    def parent(self) -> str:
        """The path of everything in the region."""
        return f"/v1/projects/{self.connection.place.project}/locations/{self.region}"

    def define(self, job: SchedulerJob) -> SchedulerJob:
        """Make the job, or make one of its name what ``job`` says."""
        document = self._document(job)
        path = f"{self.parent}/jobs/{job.run_job}"
        try:
            try:
                made = self.connection.ask(SERVICE, "POST", f"{self.parent}/jobs", document)
            except CloudRefusal as refusal:
                if refusal.status != 409:
                    raise
                mask = {"updateMask": "description,schedule,timeZone,attemptDeadline,retryConfig,httpTarget"}
                made = self.connection.ask(SERVICE, "PATCH", path, document, query=mask)
                if made.get("state") == "PAUSED":
                    made = self.connection.ask(SERVICE, "POST", f"{path}:resume", {})
        except CloudRefusal as refusal:
            raise self._explained(refusal) from refusal
        return _read(made) or job

    def all(self, machine: str | None = None) -> list[SchedulerJob]:
        """Those of ours, or of one machine."""
        found: list[SchedulerJob] = []
        token = ""
        while True:
            query = {"pageSize": "100", **({"pageToken": token} if token else {})}
            try:
                answer = self.connection.ask(SERVICE, "GET", f"{self.parent}/jobs", query=query)
            except CloudRefusal as refusal:
                raise self.connection.explain(refusal) from refusal
            found += [job for one in answer.get("jobs") or () if (job := _read(one)) is not None]
            token = str(answer.get("nextPageToken") or "")
            if not token:
                return [one for one in found if machine in (None, one.machine)]

    def pause(self, run_job: str) -> None:
        """Begin nothing by it any more, until it is defined again. One that is gone stays gone."""
        self._change("POST", f"/{run_job}:pause", {})

    def remove(self, run_job: str) -> None:
        """Take it off. One that is gone stays gone."""
        self._change("DELETE", f"/{run_job}", None)

    def _change(self, method: str, path: str, document: dict[str, Any] | None) -> None:
        try:
            self.connection.ask(SERVICE, method, f"{self.parent}/jobs{path}", document)
        except CloudRefusal as refusal:
            if refusal.status != 404:
                raise self.connection.explain(refusal) from refusal

    def _document(self, job: SchedulerJob) -> dict[str, Any]:
        place = self.connection.place
        target = f"/v2/projects/{place.project}/locations/{self.region}/jobs/{job.run_job}:run"
        return {
            "name": f"{self.parent}/jobs/{job.run_job}".removeprefix("/v1/"),
            "description": f"Audobon schedule; machine {job.machine}",
            "schedule": job.cron,
            "timeZone": job.time_zone,
            "attemptDeadline": f"{DEADLINE_SECONDS}s",
            "retryConfig": {"retryCount": RETRIES},
            "httpTarget": {
                "uri": f"{place.endpoint('run')}{target}",
                "httpMethod": "POST",
                "oauthToken": {"serviceAccountEmail": job.starter, "scope": SCOPE},
            },
        }

    def _explained(self, refusal: CloudRefusal) -> Exception:
        if refusal.status == 400:
            return InvalidInput(
                f"Cloud Scheduler does not take it: {refusal.message}.",
                hint='write times as cron does, "0 3 * * *", and the zone as Europe/Berlin',
            )
        return self.connection.explain(refusal)


def _read(document: Mapping[str, Any]) -> SchedulerJob | None:
    """A job as the service tells of it; None for one that is not ours."""
    ours = _OURS.fullmatch(str(document.get("description", "")))
    if ours is None:
        return None
    target = document.get("httpTarget") or {}
    status = document.get("status") or {}
    next_time = str(document.get("scheduleTime") or "")
    return SchedulerJob(
        run_job=str(document.get("name", "")).rpartition("/")[2],
        cron=str(document.get("schedule", "")),
        time_zone=str(document.get("timeZone", "")),
        starter=str((target.get("oauthToken") or {}).get("serviceAccountEmail", "")),
        machine=ours[1],
        paused=document.get("state") == "PAUSED",
        next_time=datetime.fromisoformat(next_time) if next_time else None,
        problem=str(status.get("message") or f"code {status['code']}") if status.get("code") else "",
    )
