"""The monitor: looks, measures, acts, tells, until it is stopped. What it remembers is bounded."""

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import ClassVar

from audobon_cli.domain.errors import AudobonError
from audobon_cli.domain.events import Event, Listener
from audobon_cli.monitoring.alerts import Alert
from audobon_cli.monitoring.health import HealthChecks, HealthFinding, HealthStatus
from audobon_cli.monitoring.policy import MonitorPolicy
from audobon_cli.monitoring.recovery import Recovery
from audobon_cli.monitoring.samples import sample_at, with_sample
from audobon_cli.monitoring.state import KEPT_ACTIONS, MonitorPlace, MonitorState, replaced
from audobon_cli.operations.log_file import timestamp
from audobon_cli.platforms import current

LONGEST_SLEEP_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class HealthChanged(Event):
    """``subject`` is ``status`` (ok, warning, failed) now and was ``was`` before ("": it is the first look)."""

    event: ClassVar[str] = "health_changed"
    subject: str
    status: str
    was: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class RecoveryTried(Event):
    """The monitor did something about what it found."""

    event: ClassVar[str] = "recovery_tried"
    message: str


@dataclass(slots=True)
class Monitor:
    """A monitor of one library. ``tell`` sends an alert and says what went wrong with that, a line each.

    ``clock`` gives seconds since 1970 and ``sleep`` waits.
    """

    checks: HealthChecks
    recovery: Recovery
    place: MonitorPlace
    policy: MonitorPolicy
    tell: Callable[[Alert], tuple[str, ...]]
    listen: Listener
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    _state: MonitorState = field(init=False)

    def __post_init__(self) -> None:
        now = self.clock()
        self._state = MonitorState(os.getpid(), now, now)
        before = self.place.read()
        if before is not None:
            # What was found and told before is no news, also where cron begins one look after the other.
            self._state = replace(
                self._state, findings=before.findings, actions=before.actions, samples=before.samples
            )
            self.recovery.paused_queue = before.paused_queue

    def look(self) -> MonitorState:
        """One round: look, act, tell of what has changed, write the state down."""
        before = {finding.subject: finding for finding in self._state.findings}
        for action in self._act():
            self._note(action)
        findings = self.checks.run()
        paused = self.recovery.paused_queue
        self._state = replace(self._state, looked=self.clock(), findings=findings, paused_queue=paused)
        for finding in findings:
            known = before.get(finding.subject)
            if (known.status if known else HealthStatus.OK) is not finding.status:
                self._changed(finding, known.status.value if known else "")
        self._write()
        return self._state

    def run(self, should_stop: Callable[[], bool]) -> None:
        """Rounds and measures at their intervals, until ``should_stop`` says so."""
        next_look = next_measure = self.clock()
        while not should_stop():
            now = self.clock()
            # A clock that was set back must not make it wait for hours.
            next_look = min(next_look, now + self.policy.health_seconds)
            next_measure = min(next_measure, now + self.policy.performance_seconds)
            if now >= next_measure:
                self.measure()
                next_measure = now + self.policy.performance_seconds
            if now >= next_look:
                self.look()
                next_look = now + self.policy.health_seconds
            pause = min(next_look, next_measure) - self.clock()
            if pause > 0:
                self.sleep(min(pause, LONGEST_SLEEP_SECONDS))

    def measure(self) -> None:
        """Measure memory and cards, into the sample of this minute."""
        samples = with_sample(self._state.samples, sample_at(self.clock()))
        self._state = replace(self._state, samples=samples)

    def _act(self) -> tuple[str, ...]:
        try:
            return self.recovery.act()
        except (AudobonError, OSError):
            return ()  # the checks say what is the matter

    def _changed(self, finding: HealthFinding, was: str) -> None:
        self.listen(
            HealthChanged(finding.subject, finding.status.value, was, finding.message, finding.remedy)
        )
        alert = Alert(finding, was, current().host_name(), timestamp(self.clock()))
        for problem in self.tell(alert):
            self._note(f"could not tell by {problem}")

    def _note(self, action: str) -> None:
        self.listen(RecoveryTried(action))
        line = f"{timestamp(self.clock())} {action}"
        self._state = replace(self._state, actions=replaced(self._state.actions, line, KEPT_ACTIONS))

    def _write(self) -> None:
        with contextlib.suppress(OSError):  # a full disk is among the findings
            self.place.write(self._state)
