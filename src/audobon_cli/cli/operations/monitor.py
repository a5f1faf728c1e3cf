"""``audobon monitor``: watches over hours."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audobon_cli.cli.operations.views import FINDINGS, STYLES, finding_rows
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput, Unhealthy
from audobon_cli.monitoring.service_files import ServiceManager

if TYPE_CHECKING:
    from audobon_cli.domain.events import Listener
    from audobon_cli.monitoring.monitor import Monitor
    from audobon_cli.monitoring.state import MonitorPlace


@command(
    "monitor",
    examples=["audobon monitor", "audobon monitor --once --json", "audobon monitor --for systemd"],
)
def monitor(
    session: Session,
    once: Annotated[
        bool,
        typer.Option("--once", help="Look once, act and tell, and end with status 28 if something failed."),
    ] = False,
    service: Annotated[
        ServiceManager | None,
        typer.Option("--for", help="Print a service file that keeps it running, and do nothing else."),
    ] = None,
) -> None:
    """Watch library, disk, queue, backups and cards.

    Every half minute it looks, takes back jobs of workers that are gone, begins workers again (setting
    `monitor.workers`), pauses the queue while the disk is full, and tells of what has changed by the ways that the
    `alert.` settings name. `audobon status` shows what it found. Ctrl-C ends it. docs/operations.md.
    """
    if service is not None:
        _print_service(session, service)
        return
    from audobon_cli.services.place import HOLD_SECONDS
    from audobon_cli.storage.file_locks import exclusive_lock

    place = _place(session)
    place.folder.mkdir(parents=True, exist_ok=True)
    with exclusive_lock(place.lock, HOLD_SECONDS) as taken:
        if not taken:
            raise InvalidInput(
                "A monitor watches this library already.", hint="`audobon status` shows what it found"
            )
        if once:
            _look_once(session)
        else:
            _watch(session)


def _place(session: Session) -> "MonitorPlace":
    from audobon_cli.monitoring.state import MonitorPlace

    return MonitorPlace(session.workspace.locations.monitor, session.workspace.library_path)


def _monitor(session: Session, listen: "Listener") -> "Monitor":
    from audobon_cli.engines.background import start_in_background
    from audobon_cli.monitoring.alerts import send_alert
    from audobon_cli.monitoring.health import HealthChecks
    from audobon_cli.monitoring.monitor import Monitor
    from audobon_cli.monitoring.policy import MonitorPolicy
    from audobon_cli.monitoring.recovery import Recovery

    workspace = session.workspace
    policy = MonitorPolicy.of(workspace.settings)
    words = ["queue", "run", "--workers", "1", "--library", str(workspace.library_path)]
    words += ["--offline"] if workspace.settings.offline else []

    def start_worker() -> None:
        start_in_background(words, workspace.queue_log, variables=workspace.library_access.for_workers)

    return Monitor(
        HealthChecks(workspace, policy),
        Recovery(workspace, policy, start_worker),
        _place(session),
        policy,
        lambda alert: send_alert(alert, workspace.settings),
        listen,
    )


def _look_once(session: Session) -> None:
    watching = _monitor(session, session.log.hear)
    watching.measure()
    state = watching.look()
    failed = [finding for finding in state.findings if finding.status.value == "failed"]
    error = None
    if failed:
        more = f" {len(failed) - 1} more failed." if len(failed) > 1 else ""
        error = Unhealthy(f"{failed[0].subject}: {failed[0].message}.{more}", hint=failed[0].remedy)
    rows = finding_rows(state.findings)
    session.finish(state.to_dict(), lambda: session.out.table(FINDINGS, rows, STYLES), error)


def _watch(session: Session) -> None:
    from audobon_cli.cli.interruption import Interruption
    from audobon_cli.cli.listening import listening
    from audobon_cli.services.list import monitor_place

    session.out.note("Watching; Ctrl-C ends it.")
    with (
        monitor_place(session.workspace).hold() as hold,
        Interruption(session.out, "Ending.") as interruption,
        listening(session.out) as listen,
    ):
        watching = _monitor(session, listen)
        if hold is not None:
            hold.ready()
        watching.run(lambda: interruption.should_stop() or (hold is not None and hold.should_stop()))
    session.out.result({}, lambda: None)


def _print_service(session: Session, service: ServiceManager) -> None:
    from audobon_cli.monitoring.service_files import service_text

    given = session.options.library
    words = ["--library", str(Path(given).expanduser().absolute())] if given else []
    run = (sys.executable, "-m", "audobon_cli", "monitor", "--quiet", *words)
    text = service_text(run, str(Path.cwd()), service)
    session.out.result({"for": service.value, "text": text}, lambda: session.out.lines(text.splitlines()))
