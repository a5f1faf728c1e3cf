"""``audobon status``: how everything stands."""

import time
from typing import Any

from audobon_cli.cli.operations.views import FINDINGS, STYLES, finding_rows
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes, format_seconds, plural

ACTIONS_SHOWN = 3


@command("status", examples=["audobon status", "audobon status --json"])
def status(session: Session) -> None:
    """Show how library, queue, backups and cards stand.

    What a running `audobon monitor` found last; without one, what a look finds now.
    """
    from audobon_cli.monitoring.health import HealthChecks
    from audobon_cli.monitoring.policy import MonitorPolicy
    from audobon_cli.monitoring.state import MonitorPlace

    workspace = session.workspace
    place = MonitorPlace(workspace.locations.monitor, workspace.library_path)
    state = place.read() if place.is_watched else None
    findings = (
        state.findings if state else HealthChecks(workspace, MonitorPolicy.of(workspace.settings)).run()
    )
    data: dict[str, Any] = {
        "library": str(workspace.library_path),
        "monitored": state is not None,
        "findings": [
            {"subject": one.subject, "status": one.status.value, "message": one.message, "remedy": one.remedy}
            for one in findings
        ],
        "monitor": state.to_dict() if state else None,
    }

    def view() -> None:
        session.out.line(f"Library: {workspace.library_path}")
        session.out.table(FINDINGS, finding_rows(findings), STYLES)
        if state is None:
            session.out.line("Monitor: none runs. `audobon monitor` watches from now on.")
            return
        running = format_seconds(max(0.0, time.time() - state.started))
        looked = format_seconds(max(0.0, time.time() - state.looked))
        session.out.line(f"Monitor: process {state.pid}, for {running}; looked {looked} ago")
        if state.samples:
            least = min(sample.available_bytes for sample in state.samples)
            minutes = plural(len(state.samples), "minute")
            session.out.line(f"Memory: at least {format_bytes(least)} free in the last {minutes}")
        for action in state.actions[-ACTIONS_SHOWN:]:
            session.out.line(f"  {action}")

    session.out.result(data, view)
