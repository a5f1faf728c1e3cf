"""All that can go wrong at a provider, how it is brought about, and what came of it: the rows of the table."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.doubles.service import Fault, Reply, bomb
from tests.providers.rigs import Rig

RunCommand = Callable[[tuple[str, ...], Mapping[str, str]], "Ended"]


@dataclass(frozen=True)
class Ended:
    """What a run of the command line gave."""

    status: int
    text: str

    @property
    def code(self) -> str:
        error = json.loads(self.text.splitlines()[-1]).get("error")
        return error["code"] if error else "made"


@dataclass(frozen=True)
class Outcome:
    """A cell row of the table: what happened, the exit status, how often the picture was asked for, how many the
    service billed, and what the ledger counts it as."""

    happened: str
    status: int
    attempts: int
    billed: int
    counted: str

    def row(self) -> tuple[str, ...]:
        return (f"`{self.happened}`", str(self.status), str(self.attempts), str(self.billed), self.counted)


@dataclass(frozen=True)
class Trial:
    """One thing that goes wrong. ``arrange`` sets the double up; ``arguments`` are added to the command line;
    ``environment`` may replace the rig's."""

    name: str
    arrange: Callable[[Rig], None]
    arguments: tuple[str, ...] = ()
    environment: Callable[[Rig], Mapping[str, str]] | None = None


def _status(
    status: int, headers: Mapping[str, str] | None = None, times: int = 1000
) -> Callable[[Rig], None]:
    def arrange(rig: Rig) -> None:
        rig.double.faults.append(
            Fault("status", rig.phases[0], times=times, status=status, headers=headers or {})
        )

    return arrange


def _fault(kind: str, last: bool = False, times: int = 1000) -> Callable[[Rig], None]:
    def arrange(rig: Rig) -> None:
        rig.double.faults.append(Fault(kind, rig.phases[-1 if last else 0], times=times))

    return arrange


def _file(change: Callable[[Rig, Reply], Reply]) -> Callable[[Rig], None]:
    """Change the answer that brings the picture."""

    def arrange(rig: Rig) -> None:
        rig.double.faults.append(Fault("change", rig.phases[-1], change=lambda reply: change(rig, reply)))

    return arrange


def _with_file(data: bytes, kind: str = "image/png") -> Callable[[Rig], None]:
    return _file(lambda rig, reply: rig.double.with_picture(reply, data, kind))


def _truncated(rig: Rig, reply: Reply) -> Reply:
    return replace(reply, body=reply.body[: len(reply.body) // 2], length=len(reply.body))


def _nowhere(rig: Rig) -> Mapping[str, str]:
    return rig.variables("http://no-such-host.invalid")


def _nothing(rig: Rig) -> None:
    pass


def _expire(rig: Rig) -> None:
    """Credentials that end in mid-batch: what was begun is still delivered."""
    rig.double.faults.append(Fault("status", rig.phases[0], after=1, status=401))


SHORT = ("--timeout", "2")

TRIALS = (
    Trial("nothing", _nothing),
    Trial("401 wrong key", _status(401)),
    Trial("403 no access", _status(403)),
    Trial("404 retired model", _status(404)),
    Trial("408 once", _status(408, times=1)),
    Trial("429 with Retry-After, once", _status(429, {"Retry-After": "1"}, times=1)),
    Trial("429 with Retry-After of an hour", _status(429, {"Retry-After": "3600"})),
    Trial("429 without Retry-After, always", _status(429)),
    Trial("500", _status(500)),
    Trial("503 once", _status(503, times=1)),
    Trial("503 always", _status(503)),
    Trial("reset before the request is read", _fault("reset")),
    Trial("reset before the answer", _fault("lose")),
    Trial("reset in the middle of the answer", _fault("cut")),
    Trial("slow trickle", _fault("trickle"), SHORT),
    Trial("truncated picture", _file(_truncated)),
    Trial("no picture", _with_file(b"<html>Sorry</html>")),
    Trial("decompression bomb", _with_file(bomb())),
    Trial("wrong content type", _with_file(b"<html>Sorry</html>", "text/html")),
    Trial("safety refusal", lambda rig: rig.refuse_content()),
    Trial("401 from the second of three pictures on", _expire, ("--count", "3")),
    Trial("unknown host", _nothing, environment=_nowhere),
)


def trials_of(rig: type[Rig] | Callable[[], Rig]) -> tuple[Trial, ...]:
    """The trials that make sense for a rig."""
    safe = getattr(rig, "has_safety", True)
    return tuple(trial for trial in TRIALS if safe or trial.name != "safety refusal")


def run_trial(rig: Rig, trial: Trial, run: RunCommand, counted: Callable[[], tuple[str, int]]) -> Outcome:
    """Bring the trial about and see what comes of it. ``counted`` looks into the user's ledger: the states of its
    rows, in order, and the attempts they name."""
    with rig.double:
        trial.arrange(rig)
        variables = (trial.environment or (lambda one: one.variables(one.double.address)))(rig)
        argv = ("generate", "a castle", "--provider", rig.name, "--yes", "--json")
        ended = run((*argv, *rig.seed, *rig.arguments, *trial.arguments), variables)
        state, attempts = counted()
        return Outcome(ended.code, ended.status, attempts, len(rig.double.bills), state)


def states_of(rows: Sequence[tuple[Any, ...]]) -> tuple[str, int]:
    """The states of rows (state, attempts) of the ledger, and the sum of the attempts."""
    return ", ".join(str(row[0]) for row in rows) or "none", sum(int(row[1]) for row in rows)
