"""The queue of one run, by the REST interface v2 (cloud.google.com/tasks/docs/reference/rest)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audobon_cli.cloud.connection import SCOPE, CloudConnection, CloudRefusal
from audobon_cli.cloud.jobs import CloudJobOrder

SERVICE = "cloudtasks"
DEADLINE_SECONDS = 180
"""So long may the answer to "run it" take; the execution itself is not waited for."""
MOST_DISPATCHES = 10
RETRIES = {"maxAttempts": 8, "minBackoff": "10s", "maxBackoff": "300s", "maxDoublings": 5}
"""Some ten minutes: a role that was given just now takes one or two until it holds."""
LOOKS = 5
"""How often a queue that was just made is asked to take a task."""
PAUSE_SECONDS = 1.0


@dataclass
class SliceQueue:
    """The queue of the run ``run``. Methods raise what a CloudConnection raises."""

    connection: CloudConnection
    region: str
    run: str

    @property
    def name(self) -> str:
        """As the service names it."""
        return f"projects/{self.connection.place.project}/locations/{self.region}/queues/audobon-{self.run}"

    def hand_out(self, order: CloudJobOrder, job: str) -> None:
        """Make the queue, and a task for each slice of ``order``, that asks for ``job`` to be run. What was handed out
        before is not handed out again: tasks are called by their slices. Nothing is begun before all of them are there.
        """
        rates = {"maxDispatchesPerSecond": order.per_second, "maxConcurrentDispatches": MOST_DISPATCHES}
        document = {"name": self.name, "rateLimits": rates, "retryConfig": RETRIES}
        parent = self.name.rpartition("/")[0]
        self._make(parent, document)
        self._change("pause")
        target = {
            "url": f"{self.connection.place.endpoint('run')}/v2/{job}:run",
            "httpMethod": "POST",
            "oauthToken": {"serviceAccountEmail": order.starter, "scope": SCOPE},
        }
        for number in range(order.tasks):
            task = {
                "name": f"{self.name}/tasks/slice-{number:05}",
                "dispatchDeadline": f"{DEADLINE_SECONDS}s",
                "httpRequest": target,
            }
            self._make(f"{self.name}/tasks", {"task": task})
        self._change("resume")

    def waiting(self) -> int:
        """How many tasks will yet be delivered; 0 where there is no queue, and where whoever filled it was killed
        before it was let go."""
        try:
            if self.connection.ask(SERVICE, "GET", f"/v2/{self.name}").get("state") == "PAUSED":
                return 0
            count, token = 0, ""
            while True:
                query = {"pageSize": "1000", **({"pageToken": token} if token else {})}
                answer = self.connection.ask(SERVICE, "GET", f"/v2/{self.name}/tasks", query=query)
                count += len(answer.get("tasks") or ())
                token = str(answer.get("nextPageToken") or "")
                if not token:
                    return count
        except CloudRefusal as refusal:
            if refusal.status == 404:
                return 0
            raise self.connection.explain(refusal) from refusal

    def remove(self) -> None:
        """Drop what was not delivered, and the queue. One that is gone stays gone."""
        self._change("purge")
        try:
            self.connection.ask(SERVICE, "DELETE", f"/v2/{self.name}")
        except CloudRefusal as refusal:
            if refusal.status != 404:
                raise self.connection.explain(refusal) from refusal

    def _change(self, verb: str) -> None:
        """Pause, resume or purge the queue; one that is gone stays gone."""
        try:
            self.connection.ask(SERVICE, "POST", f"/v2/{self.name}:{verb}", {})
        except CloudRefusal as refusal:
            if refusal.status != 404:
                raise self.connection.explain(refusal) from refusal

    def _make(self, path: str, document: Mapping[str, Any]) -> None:
        """Make a queue or task, unless it is or was there."""
        for look in range(LOOKS):
            try:
                self.connection.ask(SERVICE, "POST", f"/v2/{path}", document)
            except CloudRefusal as refusal:
                if refusal.status == 409:
                    return
                if refusal.status != 404 or look + 1 == LOOKS:
                    raise self.connection.explain(refusal) from refusal
                self.connection.sleep(
                    PAUSE_SECONDS
                )  # a queue that was just made is not known everywhere at once
            else:
                return
