"""Commands of this program, run for an assistant: each in a process of its own, one that changes something at a time.

What a tool returns is what the command prints with ``--json`` (docs/schemas), so that it is a contract already.
"""

import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread

from audobon_cli.domain.foreign.documents import MOST_ANSWER_BYTES, parse_json
from audobon_cli.domain.units import usd
from audobon_cli.platforms import current
from audobon_cli.storage.child_environment import child_environment

POLITE_SECONDS = 10.0
BUDGET = "AUDOBON_BUDGET_PER_RUN"

Report = Callable[[float, str], Awaitable[None]]
"""Takes how far a command is, in percent, and what it does."""
Allowance = Callable[[], int]
"""What may still be spent at providers, in micro-dollars; 0: nothing. Whole numbers: a rest of a sum of dollars that
rounds to a budget of 0 would be none at all, and no limit."""


class CommandFailed(Exception):
    """A command ended with ``error``: ``code``, ``message``, ``hint``, ``details``."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(str(error.get("message", "")))
        self.error = dict(error)


class Program:
    """Runs commands on the library in ``library``, in the folder ``folder``.

    While ``allowance`` says 0, none of them opens a connection; else a run spends no more than that. ``read_only``
    holds them to reading.
    """

    def __init__(
        self,
        library: Path,
        folder: Path,
        allowance: Allowance,
        program: Sequence[str] = (sys.executable, "-m", "audobon_cli"),
        read_only: bool = False,
    ) -> None:
        self.folder = folder
        self._library = library
        self._held = ("--read-only",) if read_only else ()
        self._allowance = allowance
        self._program = tuple(program)
        self._changing = anyio.Lock()

    async def run(
        self,
        command: str,
        words: Sequence[str] = (),
        options: Mapping[str, object] | None = None,
        report: Report | None = None,
        changes: bool = True,
    ) -> dict[str, Any]:
        """The ``data`` of ``command`` (such as "assets list") with ``words`` and ``options``.

        Options are names without dashes; those of value None or False are left out, lists are repeated. Raises
        CommandFailed. Cancelled, the command is asked to end, and ends as after Ctrl-C: nothing half-written.
        """
        if not changes:
            return await self._run(command, words, options or {}, report)
        async with self._changing:  # two at once would count the same money twice
            return await self._run(command, words, options or {}, report)

    async def _run(
        self, command: str, words: Sequence[str], options: Mapping[str, object], report: Report | None
    ) -> dict[str, Any]:
        allowed = self._allowance()
        line = [
            *self._program,
            *command.split(),
            "--events",
            "--library",
            str(self._library),
            *(() if allowed > 0 else ("--offline",)),
            *self._held,
            *_spelled(options),
            "--",
            *words,
        ]
        environment = child_environment({BUDGET: f"{usd(allowed):.6f}"} if allowed > 0 else {})
        child = subprocess.Popen(
            line,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,  # what is said there is the assistant's
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
            **current().inheriting([]),
        )
        said: dict[str, Any] | None = None
        try:
            said = await _read(child, report)
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(_end, child, said is None)
        if said.get("ok") is not True:
            raise CommandFailed(said.get("error") or _ended(child.returncode))
        data = said.get("data")
        return data if isinstance(data, dict) else {}


async def _read(child: "subprocess.Popen[str]", report: Report | None) -> dict[str, Any]:
    """The last object of what ``child`` prints; what it says before it goes to ``report``."""
    assert child.stdout is not None
    last: dict[str, Any] = {}
    while line := await anyio.to_thread.run_sync(child.stdout.readline, abandon_on_cancel=True):
        try:
            said = parse_json(line, MOST_ANSWER_BYTES, lenient=True)
        except ValueError:
            continue
        if not isinstance(said, dict):
            continue
        last = said
        percent = said.get("percent")
        if report is not None and isinstance(percent, int | float):
            await report(float(percent), str(said.get("event", "")))
    return last


def _end(child: "subprocess.Popen[str]", early: bool) -> None:
    """See ``child`` out; ``early``: nobody listens any more, and it is asked to end."""
    assert child.stdout is not None
    if early:
        current().ask_to_stop(child)
    try:
        child.wait(POLITE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    child.stdout.close()


def _ended(status: int) -> dict[str, Any]:
    return {
        "code": "internal.bug",
        "message": f"The command ended with status {status}.",
        "hint": "",
        "details": {},
    }


def _spelled(options: Mapping[str, object]) -> list[str]:
    """``options`` as words: `--name=value`, so that a value which begins with a dash is a value."""
    words: list[str] = []
    for name, value in options.items():
        if value is None or value is False:
            continue
        values = value if isinstance(value, list | tuple) else [value]
        words += [f"--{name}" if one is True else f"--{name}={one}" for one in values]
    return words
