"""Cloud Scheduler and Cloud Tasks of our own over a real socket: what they are told to ask for, they really ask for.

Tasks are delivered at least once, by a thread, in any order.
"""

import re
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.doubles.cloud_run_server import PARENT, PROJECT, REGION, refusal
from tests.doubles.service import Asked, Reply, ServiceDouble, as_json
from tests.waiting import PATIENCE_SECONDS

PAGE = 2
"""So few at a time, so that everybody turns pages."""
ZONES = ("Etc/UTC", "Europe/Berlin")


@dataclass
class Delivery:
    """A request that one of the services sent, and what was answered; 0 for no answer."""

    name: str
    account: str
    status: int


@dataclass
class TaskQueue:
    """A queue of Cloud Tasks: its document, and tasks that are not done. ``seen`` are names that were ever taken."""

    document: dict[str, Any]
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    threads: list[threading.Thread] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


class StartersDouble(ServiceDouble):
    """One project and region. ``apis`` that are on, ``denied`` permissions. ``deliveries`` is how often a task is
    delivered; ``held`` keeps tasks waiting. ``most_queues`` is a quota.
    ``keeps_queues``: those that are made are there."""

    def __init__(self) -> None:
        super().__init__()
        self.schedules: dict[str, dict[str, Any]] = {}
        self.queues: dict[str, TaskQueue] = {}
        self.gone_queues: set[str] = set()
        self.apis, self.denied = {"cloudscheduler", "cloudtasks"}, set[str]()
        self.sent: list[Delivery] = []
        self.deliveries = 1
        self.held = False
        self.most_queues = 100
        self.keeps_queues = True
        self.threads: list[threading.Thread] = []

    def phase_of(self, asked: Asked) -> str:
        path = urlsplit(asked.path).path
        return "tasks" if "/queues" in path else "schedules"

    def refused(self, status: int, asked: Asked) -> Reply:
        return refusal(status, f"refused with {status}")

    def fire(self) -> list[Delivery]:
        """It is the hour of every schedule that is not paused."""
        due = [one for one in self.schedules.values() if one["state"] == "ENABLED"]
        return [self._send(one["name"], one["httpTarget"]["uri"], one["httpTarget"]) for one in due]

    def settle(self) -> None:
        """Wait until every task that is not held was delivered."""
        for thread in self.threads:
            thread.join(PATIENCE_SECONDS)
        self.threads.clear()

    def answer(self, asked: Asked) -> Reply:
        parts = urlsplit(asked.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        with self.lock:
            for pattern, (permission, answer) in ROUTES.items():
                match = re.fullmatch(pattern, f"{asked.method} {parts.path}")
                if match:
                    service = permission.partition(".")[0]
                    if service not in self.apis:
                        words = f"API has not been used in project {PROJECT} before or it is disabled."
                        return refusal(403, words, "SERVICE_DISABLED", service=f"{service}.googleapis.com")
                    if permission in self.denied:
                        words = f"Permission '{permission}' denied."
                        return refusal(403, words, "IAM_PERMISSION_DENIED", permission=permission)
                    return answer(self, asked, query, **match.groupdict())
        return refusal(404, f"no such path: {asked.method} {parts.path}")

    # Cloud Scheduler

    def create_schedule(self, asked: Asked, query: dict[str, str]) -> Reply:
        name = asked.json["name"]
        if name in self.schedules:
            return refusal(409, f"Job {name} already exists.")
        return self._take(name, {}, asked.json)

    def change_schedule(self, asked: Asked, query: dict[str, str], job: str) -> Reply:
        name = f"{PARENT}/jobs/{job}"
        if name not in self.schedules:
            return refusal(404, "Job not found.")
        assert set(query["updateMask"].split(",")) <= {*asked.json, "description"}
        return self._take(name, self.schedules[name], asked.json)

    def _take(self, name: str, old: dict[str, Any], new: dict[str, Any]) -> Reply:
        if new["timeZone"] not in ZONES:
            return refusal(400, f"Invalid time zone: {new['timeZone']}")
        assert new["httpTarget"]["oauthToken"]["scope"] == "https://www.googleapis.com/auth/cloud-platform"
        assert "labels" not in new  # it has none
        later = {"state": "ENABLED", "scheduleTime": "2030-01-01T03:00:00Z"}
        self.schedules[name] = {**later, **old, **new}
        return as_json(self.schedules[name])

    def list_schedules(self, asked: Asked, query: dict[str, str]) -> Reply:
        return _page("jobs", [self.schedules[name] for name in sorted(self.schedules)], query)

    def pause_schedule(self, asked: Asked, query: dict[str, str], job: str, verb: str) -> Reply:
        found = self.schedules.get(f"{PARENT}/jobs/{job}")
        if found is None:
            return refusal(404, "Job not found.")
        found["state"] = "PAUSED" if verb == "pause" else "ENABLED"
        return as_json(found)

    def delete_schedule(self, asked: Asked, query: dict[str, str], job: str) -> Reply:
        gone = self.schedules.pop(f"{PARENT}/jobs/{job}", None)
        return as_json({}) if gone is not None else refusal(404, "Job not found.")

    # Cloud Tasks

    def create_queue(self, asked: Asked, query: dict[str, str]) -> Reply:
        name = asked.json["name"]
        if name in self.queues:
            return refusal(409, "Queue already exists.")
        if name in self.gone_queues:
            return refusal(
                400, "The queue cannot be created because a queue with this name existed too recently."
            )
        if len(self.queues) >= self.most_queues:
            return refusal(429, "Quota exceeded for queues.", "QUOTA")
        made = TaskQueue({**asked.json, "state": "RUNNING"})
        if self.keeps_queues:
            self.queues[name] = made
        return as_json(made.document)

    def list_queues(self, asked: Asked, query: dict[str, str]) -> Reply:
        return _page("queues", [self.queues[name].document for name in sorted(self.queues)], query)

    def delete_queue(self, asked: Asked, query: dict[str, str], queue: str) -> Reply:
        name = f"{PARENT}/queues/{queue}"
        if self.queues.pop(name, None) is None:
            return refusal(404, "Queue does not exist.")
        self.gone_queues.add(name)
        return as_json({})

    def change_queue(self, asked: Asked, query: dict[str, str], queue: str, verb: str = "") -> Reply:
        found = self.queues.get(f"{PARENT}/queues/{queue}")
        if found is None:
            return refusal(404, "Queue does not exist.")
        if verb == "purge":
            found.tasks.clear()
        elif verb:
            found.document["state"] = "PAUSED" if verb == "pause" else "RUNNING"
            self._let_go(found)
        return as_json(found.document)

    def _let_go(self, queue: TaskQueue) -> None:
        """Begin to deliver what may be delivered."""
        if self.held or queue.document["state"] == "PAUSED":
            return
        for thread in queue.threads:
            self.threads.append(thread)
            thread.start()
        queue.threads.clear()

    def create_task(self, asked: Asked, query: dict[str, str], queue: str) -> Reply:
        found = self.queues.get(f"{PARENT}/queues/{queue}")
        if found is None:
            return refusal(404, "Queue does not exist.")
        task = asked.json["task"]
        if task["name"] in found.seen:
            return refusal(409, "Requested entity already exists")
        assert 15 <= float(task["dispatchDeadline"].removesuffix("s")) <= 1800
        found.seen.add(task["name"])
        found.tasks[task["name"]] = task
        found.threads.append(threading.Thread(target=self._deliver, args=(found, task), daemon=True))
        self._let_go(found)
        return as_json(task)

    def list_tasks(self, asked: Asked, query: dict[str, str], queue: str) -> Reply:
        found = self.queues.get(f"{PARENT}/queues/{queue}")
        if found is None:
            return refusal(404, "Queue does not exist.")
        return _page("tasks", [found.tasks[name] for name in sorted(found.tasks)], query)

    def _deliver(self, queue: TaskQueue, task: dict[str, Any]) -> None:
        most = int(queue.document["retryConfig"]["maxAttempts"])
        wanted = self.deliveries
        for _ in range(most):
            if task["name"] not in queue.tasks:
                return
            request = task["httpRequest"]
            if self._send(task["name"], request["url"], request).status == 200:
                wanted -= 1
                if wanted <= 0:
                    break
        with self.lock:
            queue.tasks.pop(task["name"], None)

    def _send(self, name: str, url: str, target: dict[str, Any]) -> Delivery:
        account = target["oauthToken"]["serviceAccountEmail"]
        asked = urllib.request.Request(
            url, method="POST", data=b"", headers={"Authorization": f"Bearer of-{account}"}
        )
        try:
            with urllib.request.urlopen(asked, timeout=PATIENCE_SECONDS) as answer:
                status = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
            error.close()
        except OSError:
            status = 0
        self.sent.append(Delivery(name, account, status))
        return self.sent[-1]


def _page(key: str, found: list[dict[str, Any]], query: dict[str, str]) -> Reply:
    start = int(query.get("pageToken", 0))
    more = {"nextPageToken": str(start + PAGE)} if start + PAGE < len(found) else {}
    return as_json({key: found[start : start + PAGE], **more})


_V1 = rf"/v1/projects/{PROJECT}/locations/{REGION}"
_JOB = rf"{_V1}/jobs/(?P<job>[^/:]+)"
_V2 = rf"/v2/projects/{PROJECT}/locations/{REGION}/queues"
_QUEUE = rf"{_V2}/(?P<queue>[^/:]+)"
ROUTES: dict[str, tuple[str, Callable[..., Reply]]] = {
    rf"POST {_V1}/jobs": ("cloudscheduler.jobs.create", StartersDouble.create_schedule),
    rf"GET {_V1}/jobs": ("cloudscheduler.jobs.list", StartersDouble.list_schedules),
    rf"PATCH {_JOB}": ("cloudscheduler.jobs.update", StartersDouble.change_schedule),
    rf"DELETE {_JOB}": ("cloudscheduler.jobs.delete", StartersDouble.delete_schedule),
    rf"POST {_JOB}:(?P<verb>pause|resume)": ("cloudscheduler.jobs.pause", StartersDouble.pause_schedule),
    rf"POST {_V2}": ("cloudtasks.queues.create", StartersDouble.create_queue),
    rf"GET {_V2}": ("cloudtasks.queues.list", StartersDouble.list_queues),
    rf"DELETE {_QUEUE}": ("cloudtasks.queues.delete", StartersDouble.delete_queue),
    rf"GET {_QUEUE}": ("cloudtasks.queues.get", StartersDouble.change_queue),
    rf"POST {_QUEUE}:(?P<verb>purge|pause|resume)": ("cloudtasks.queues.update", StartersDouble.change_queue),
    rf"POST {_QUEUE}/tasks": ("cloudtasks.tasks.create", StartersDouble.create_task),
    rf"GET {_QUEUE}/tasks": ("cloudtasks.tasks.list", StartersDouble.list_tasks),
}
