"""Telling somebody when something changes: a webhook, an ntfy topic, a program, a notice on the desktop.

Each way has a few seconds, and one that fails is named by who asked and stops nothing.
"""

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from audobon_cli.domain.errors import ProxyInvalid
from audobon_cli.monitoring.health import HealthFinding
from audobon_cli.settings.proxies import require_usable_proxies
from audobon_cli.settings.settings import Settings
from audobon_cli.storage.child_environment import child_environment

SECONDS = 30.0
"""What one way of telling may take: a program of the user's is begun on a machine that may be in trouble."""
TITLE = "Audobon"


class Announcement(Protocol):
    """What is told: an alert, or that a run has ended."""

    @property
    def host(self) -> str: ...
    @property
    def words(self) -> str:
        """A line for people."""
        ...

    @property
    def priority(self) -> str:
        """ntfy's: high, default or low."""
        ...

    def to_json(self) -> str:
        """The object that webhooks and programs get."""
        ...


@dataclass(frozen=True, slots=True)
class Alert:
    """A finding that is otherwise than before, on the machine ``host``; ``was`` is the status before."""

    finding: HealthFinding
    was: str
    host: str
    time: str

    def to_json(self) -> str:
        """The object that webhooks and programs get."""
        return json.dumps(
            {
                "event": "health_changed",
                **asdict(self.finding),
                "was": self.was,
                "host": self.host,
                "time": self.time,
            }
        )

    @property
    def words(self) -> str:
        """A line for people."""
        remedy = f" ({self.finding.remedy})" if self.finding.remedy else ""
        return f"{self.finding.subject} {self.finding.status}: {self.finding.message}{remedy}"

    @property
    def priority(self) -> str:
        """ntfy's: high, default or low."""
        return {"failed": "high", "warning": "default"}.get(self.finding.status.value, "low")


def has_ways(settings: Settings) -> bool:
    """Whether ``settings`` name any way to tell somebody."""
    named = (settings.alert_webhook, settings.alert_ntfy, settings.alert_command, settings.alert_desktop)
    return any(named)


def send_alert(alert: Announcement, settings: Settings) -> tuple[str, ...]:
    """Tell by every way that ``settings`` name; what went wrong, a line each. Opens no connection where they say so."""
    ways: Sequence[tuple[str, str, Callable[[Announcement, str], None], bool]] = (
        ("alert_webhook", settings.alert_webhook, _post_json, True),
        ("alert_ntfy", settings.alert_ntfy, _post_to_ntfy, True),
        ("alert_command", settings.alert_command, _run, False),
        ("alert_desktop", "yes" if settings.alert_desktop else "", _show, False),
    )
    problems = []
    for name, value, tell, over_network in ways:
        if not value:
            continue
        if over_network and settings.offline:
            problems.append(f"{name}: not told, as `offline` is set")
            continue
        try:
            tell(alert, value)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            problems.append(f"{name}: {type(error).__name__}")
        except ProxyInvalid as error:
            problems.append(f"{name}: {error.message}")
    return tuple(problems)


def _post_json(alert: Announcement, address: str) -> None:
    _post(address, alert.to_json().encode(), {"Content-Type": "application/json"})


def _post_to_ntfy(alert: Announcement, address: str) -> None:
    """https://docs.ntfy.sh/publish/ names the headers."""
    headers = {"Title": f"{TITLE} on {alert.host}", "Priority": alert.priority}
    _post(address, alert.words.encode(), headers)


def _post(address: str, body: bytes, headers: dict[str, str]) -> None:
    import requests

    require_usable_proxies(address)
    # A redirect would carry what is told to somebody else.
    answer = requests.post(address, data=body, headers=headers, timeout=SECONDS, allow_redirects=False)
    if not 200 <= answer.status_code < 300:
        raise OSError(f"status {answer.status_code}")


def _run(alert: Announcement, command: str) -> None:
    subprocess.run(
        shlex.split(command),
        input=alert.to_json().encode(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=SECONDS,
        check=True,
        env=child_environment(),
    )


def _show(alert: Announcement, _: str) -> None:
    if sys.platform == "darwin":
        script = f"display notification {json.dumps(alert.words)} with title {json.dumps(TITLE)}"
        command = ["osascript", "-e", script]
    else:
        command = ["notify-send", "--app-name", TITLE, "--", TITLE, alert.words]
    if shutil.which(command[0]) is None:
        raise FileNotFoundError(command[0])
    subprocess.run(command, timeout=SECONDS, check=True, capture_output=True, env=child_environment())
