"""Tasks of the Cloud Run double: each attempt is a process of this machine, which may be taken away in the middle."""

import contextlib
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.waiting import PATIENCE_SECONDS

PREEMPTED = "The container was terminated: its machine was taken away"
TIMED_OUT = "The configured timeout was reached"


def now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


@dataclass
class TaskRun:
    """One task: its attempts, and what the last one said."""

    index: int
    started: str = ""
    completed: str = ""
    attempts: int = 0
    message: str = ""
    succeeded: bool = False

    def document(self, execution: str) -> dict[str, Any]:
        return {
            "name": f"{execution}/tasks/task{self.index}",
            "index": self.index,
            "retried": max(0, self.attempts - 1),
            **({"startTime": self.started} if self.started else {}),
            **({"completionTime": self.completed} if self.completed else {}),
        }


@dataclass
class ExecutionRun:
    """One execution of a job: its tasks as processes, as many at a time as its parallelism says.

    ``preempt`` has for indices of tasks after how many lines of their first attempt they are killed. The time of an
    attempt is counted from the line ``counts_from`` on, or from its start. ``wrote`` is told every line.
    """

    name: str
    spec: dict[str, Any]
    program: Sequence[str]
    environment: dict[str, str]
    preempt: dict[int, int] = field(default_factory=dict)
    wrote: Callable[[int, str], None] = lambda index, line: None
    counts_from: str = ""
    created: str = field(default_factory=now)
    started: str = ""
    completed: str = ""
    cancelled: bool = False
    tasks: list[TaskRun] = field(default_factory=list)
    _processes: set["subprocess.Popen[str]"] = field(default_factory=set)
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        self.tasks = [TaskRun(index) for index in range(self.spec["taskCount"])]
        self.started = now()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def wait(self, seconds: float = PATIENCE_SECONDS) -> None:
        if self._thread is not None:
            self._thread.join(seconds)

    def cancel(self) -> None:
        self.cancelled = True
        for process in list(self._processes):
            with contextlib.suppress(ProcessLookupError):
                process.terminate()

    def document(self) -> dict[str, Any]:
        ended = [task for task in self.tasks if task.completed]
        failed = [task for task in ended if not task.succeeded]
        condition: dict[str, Any] = {"type": "Completed", "state": "CONDITION_RECONCILING"}
        if self.completed:
            condition["state"] = "CONDITION_FAILED" if failed else "CONDITION_SUCCEEDED"
            if failed:
                condition["message"] = f"Task task{failed[0].index} failed with message: {failed[0].message}"
                condition["executionReason"] = "CANCELLED" if self.cancelled else "NON_ZERO_EXIT_CODE"
        return {
            "name": self.name,
            "createTime": self.created,
            **({"startTime": self.started} if self.started else {}),
            **({"completionTime": self.completed} if self.completed else {}),
            "taskCount": self.spec["taskCount"],
            "runningCount": sum(bool(task.started and not task.completed) for task in self.tasks),
            "succeededCount": sum(task.succeeded for task in ended),
            "failedCount": 0 if self.cancelled else len(failed),
            "cancelledCount": len(failed) if self.cancelled else 0,
            "retriedCount": sum(max(0, task.attempts - 1) for task in self.tasks),
            "conditions": [condition],
            "logUri": f"https://console.example/{self.name}",
        }

    def _run(self) -> None:
        slots = threading.Semaphore(self.spec.get("parallelism") or self.spec["taskCount"])

        def work(task: TaskRun) -> None:
            with slots:
                self._task(task)

        threads = [threading.Thread(target=work, args=(task,), daemon=True) for task in self.tasks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.completed = now()

    def _task(self, task: TaskRun) -> None:
        task.started = now()
        template = self.spec["template"]
        for attempt in range(template["maxRetries"] + 1):
            if self.cancelled:
                task.message = "cancelled"
                break
            task.attempts += 1
            task.succeeded = self._attempt(task, attempt)
            if task.succeeded:
                break
        task.completed = now()

    def _attempt(self, task: TaskRun, attempt: int) -> bool:
        template = self.spec["template"]
        container = template["containers"][0]
        variables = {one["name"]: one["value"] for one in container.get("env", [])}
        own = {
            "CLOUD_RUN_TASK_INDEX": str(task.index),
            "CLOUD_RUN_TASK_COUNT": str(self.spec["taskCount"]),
            "CLOUD_RUN_TASK_ATTEMPT": str(attempt),
            "CLOUD_RUN_EXECUTION": self.name.rpartition("/")[2],
        }
        process = subprocess.Popen(
            [*self.program, *container.get("args", [])],
            env={**self.environment, **variables, **own},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        self._processes.add(process)
        if self.cancelled:  # meanwhile
            process.terminate()
        seconds = float(template["timeout"].removesuffix("s"))
        timer = threading.Timer(seconds, self._end_late, (process, task))
        timer.daemon = True
        if not self.counts_from:
            timer.start()
        limit = self.preempt.pop(task.index, None) if attempt == 0 else None
        assert process.stdout is not None
        taken = False
        for number, line in enumerate(process.stdout, 1):
            self.wrote(task.index, line.rstrip("\n"))
            if line.rstrip("\n") == self.counts_from and timer.ident is None:
                timer.start()
            if number == limit:
                process.kill()
                taken, task.message = True, PREEMPTED
        status = process.wait()
        process.stdout.close()
        timer.cancel()
        self._processes.discard(process)
        if status and not task.message:
            task.message = f"The container exited with an error: {status}"
        return status == 0 and not taken  # it may have ended just before

    def _end_late(self, process: "subprocess.Popen[str]", task: TaskRun) -> None:
        task.message = TIMED_OUT
        process.terminate()
        time.sleep(0.5)  # ten seconds there
        with contextlib.suppress(ProcessLookupError):
            process.kill()
