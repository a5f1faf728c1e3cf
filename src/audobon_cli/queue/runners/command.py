"""Jobs that are command lines of this program: each runs in a process of its own."""

import re
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

from audobon_cli.domain.errors import Interrupted, JobFailed
from audobon_cli.domain.events import Listener, Progress
from audobon_cli.domain.foreign.documents import MOST_ANSWER_BYTES, parse_json
from audobon_cli.domain.ids import AssetId
from audobon_cli.domain.units import count_of
from audobon_cli.platforms import current
from audobon_cli.queue.model import UNBILLED, Job, JobNumber, JobState
from audobon_cli.queue.runners.base import JobContext, JobResult
from audobon_cli.queue.store.jobs import JobStore
from audobon_cli.storage.child_environment import child_environment

REFERENCE = re.compile(r"job:(\d+)")
POLITE_SECONDS = 10.0
POLL_SECONDS = 0.05
KEPT_RESULT_BYTES = 64 * 2**10


def jobs_named(words: Sequence[str]) -> tuple[JobNumber, ...]:
    """The jobs whose assets a command line takes: it has to wait for them."""
    found = (REFERENCE.fullmatch(word) for word in words)
    return tuple(dict.fromkeys(JobNumber(count_of(match[1])) for match in found if match))


class CommandRunner:
    """Runs ``python -m audobon_cli WORDS --events`` in the job's folder, on the library of ``jobs``; passes on what it
    says of its progress. Its result is its last line.

    A word ``job:N`` becomes the assets of job N. ``program`` is what stands before the words.
    """

    def __init__(
        self,
        jobs: JobStore,
        program: Sequence[str] = (sys.executable, "-m", "audobon_cli"),
        offline: bool = False,
    ) -> None:
        self._jobs = jobs
        self._offline = offline
        self._program = tuple(program)

    def run(self, job: Job, context: JobContext) -> JobResult:
        """See Runner.run. Raises JobFailed with the command's own error and status."""
        stated, folder = _stated(job)
        words = [one for word in stated for one in self._spelled(word)]
        common = [
            "--events",
            "--library",
            str(self._jobs.database.root),
            *(["--offline"] if self._offline else []),
        ]
        cut = words.index("--") if "--" in words else len(words)
        child = subprocess.Popen(
            [*self._program, *words[:cut], *common, *words[cut:]],
            cwd=folder,
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
            **current().inheriting([context.lease] if context.lease >= 0 else []),
        )
        output = _wait(child, context)
        envelope = _envelope(output)
        if child.returncode:
            error = envelope.get("error", {})
            raise JobFailed(
                str(error.get("message") or f"The command ended with status {child.returncode}."),
                hint=str(error.get("hint", "")),
                status=child.returncode,
                billed=(error.get("details") or {}).get("billed", UNBILLED),
                error=error,
            )
        data = envelope.get("data")
        small = data if len(output) <= KEPT_RESULT_BYTES else None
        return JobResult(result=small, assets=assets_in(data))

    def _spelled(self, word: str) -> list[str]:
        match = REFERENCE.fullmatch(word)
        if match is None:
            return [word]
        needed = self._jobs.get(JobNumber(count_of(match[1])))
        if needed.state is not JobState.DONE or not needed.assets:
            raise JobFailed(
                f"Job {needed.number} has made no assets that {word} could stand for.",
                hint=f"`audobon queue show {needed.number}`",
                status=2,
            )
        return list(needed.assets)


def assets_in(data: Any) -> list[AssetId]:
    """The ids of the assets that a command's result lists, each once."""
    found: dict[AssetId, None] = {}
    lists = data.values() if isinstance(data, dict) else ()
    for items in lists:
        for item in items if isinstance(items, list) else ():
            if not isinstance(item, dict):
                continue
            held = item.get("asset") if isinstance(item.get("asset"), dict) else item
            identity = held.get("id") if isinstance(held, dict) else None
            if isinstance(identity, str):
                found[AssetId(identity)] = None
    return list(found)


def _stated(job: Job) -> tuple[list[str], str]:
    """The words of the job's command line, and its folder."""
    words, folder = job.request.get("words"), job.request.get("folder")
    if isinstance(words, list) and isinstance(folder, str):
        texts = [word for word in (*words, folder) if isinstance(word, str) and "\0" not in word]
        if len(texts) == len(words) + 1:
            return texts[:-1], folder
    raise JobFailed(
        "The job's command line cannot be read.", hint="add it again, and cancel this one", status=2
    )


def _wait(child: "subprocess.Popen[str]", context: JobContext) -> str:
    """The last line that ``child`` wrote. Raises Interrupted when it was stopped."""
    heard = _Heard(context.listen)
    assert child.stdout is not None
    reading = threading.Thread(target=heard.read, args=(child.stdout,), daemon=True)
    reading.start()
    stopped = False
    while True:
        try:
            child.wait(POLL_SECONDS)
            break
        except subprocess.TimeoutExpired:
            if not context.should_stop():
                continue
        stopped = True
        current().ask_to_stop(child)
        try:
            child.wait(POLITE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        break
    reading.join()
    if stopped:
        raise Interrupted("The command was stopped.", hint="its job goes back to the queue")
    return heard.last


@dataclass(slots=True)
class _Heard:
    """Reads what a command writes, a JSON object a line: progress is passed on, the last line kept."""

    listen: Listener
    last: str = ""

    def read(self, lines: IO[str]) -> None:
        with lines:
            for line in lines:
                self.last = line
                if line.startswith('{"event": "progress"'):
                    self._tell(line)

    def _tell(self, line: str) -> None:
        try:
            said = parse_json(line.encode())
            event = Progress(str(said["task"]), int(said["done"]), said["total"], str(said["unit"]))
        except (ValueError, KeyError, TypeError):
            return
        self.listen(event)


def _envelope(output: str) -> dict[str, Any]:
    lines = output.splitlines()
    try:
        found = parse_json(lines[-1], MOST_ANSWER_BYTES, lenient=True) if lines else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
