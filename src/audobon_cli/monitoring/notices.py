"""A notice at the end of runs that nobody watches: long ones, and those in the background."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.errors.exit_status import ExitStatus
from audobon_cli.domain.units import format_seconds, parse_seconds
from audobon_cli.engines.warm.long_loading import runs_unattended
from audobon_cli.monitoring.alerts import has_ways, send_alert
from audobon_cli.operations.log_file import timestamp
from audobon_cli.platforms import current
from audobon_cli.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A run of ``command``: how it ended and how long it took. ``is_detached``: nobody sees its end, however soon."""

    command: str
    run: str
    status: int
    code: str
    seconds: float
    is_detached: bool = False


@dataclass(frozen=True, slots=True)
class RunNotice:
    """That a run has ended, on the machine ``host``. Says no prompts, names or paths."""

    ended: EndedRun
    host: str
    time: str

    @property
    def words(self) -> str:
        """A line for people."""
        how = f"failed ({self.ended.code or self.ended.status})" if self.ended.status else "is done"
        return f"audobon {self.ended.command} {how} after {format_seconds(self.ended.seconds)}"

    @property
    def priority(self) -> str:
        """ntfy's: high or default."""
        return "high" if self.ended.status else "default"

    def to_json(self) -> str:
        """The object that webhooks and programs get."""
        facts = {key: value for key, value in asdict(self.ended).items() if key != "is_detached"}
        return json.dumps(
            {"event": "run_ended", **facts, "message": self.words, "host": self.host, "time": self.time}
        )


def tell_end(ended: EndedRun, settings: Settings, variables: Mapping[str, str]) -> tuple[str, ...]:
    """Tell that a run has ended if ``notify.after`` asks for it, by the ways of ``alert.``; what went wrong, a line
    each.

    Nothing in continuous integration (``variables``), and nothing of what the user has broken off.
    """
    if not settings.notify_after or ended.status == ExitStatus.INTERRUPTED or runs_unattended(variables):
        return ()
    try:
        least = parse_seconds(settings.notify_after, "notify_after")
    except InvalidInput as error:
        return (f"{error.message} {error.hint}",)
    if ended.seconds < least and not ended.is_detached:
        return ()
    if not has_ways(settings):
        return ("notify_after is set, but none of alert_webhook, alert_ntfy, alert_command, alert_desktop",)
    return send_alert(RunNotice(ended, current().host_name(), timestamp(time.time())), settings)
