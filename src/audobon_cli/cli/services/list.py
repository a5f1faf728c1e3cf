"""``audobon services list``."""

from typing import TYPE_CHECKING, Any

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Cell, Column, Kind
from audobon_cli.cli.session import Session

if TYPE_CHECKING:
    from audobon_cli.services.list import ServiceStatus

COLUMNS = (
    Column("service", Kind.NAME),
    Column("state"),
    Column("pid", Kind.NUMBER, drop=2),
    Column("since", Kind.TIME, drop=3),
    Column("memory", Kind.BYTES, drop=1),
    Column("what", Kind.PROSE),
)
STYLES = {"ready": "green", "busy": "green", "left-alone": "yellow", "unavailable": "dim", "stopped": "dim"}


@command("list", examples=["audobon services list", "audobon services list --json"])
def list_(session: Session) -> None:
    """List what runs in the background, and providers.

    The warm process that keeps models in memory, workers of the queue, the monitor, studios, and the providers whose
    keys are here: state, process, since when, memory, and what they did. Asks nobody over the network.
    """
    from audobon_cli.services.list import list_services

    found = list_services(session.workspace)
    data = {"services": [service_data(one) for one in found]}
    session.out.listing(data, lambda: session.out.table(COLUMNS, [_cells(one) for one in found], STYLES))


def service_data(one: "ServiceStatus") -> dict[str, Any]:
    """``data.services[]``."""
    return {
        "kind": one.kind.value,
        "name": one.name,
        "state": one.state.value,
        "detail": one.detail,
        "pid": one.pid,
        "since": one.since,
        "memory_bytes": one.memory_bytes,
        "address": one.address,
        "metrics": one.metrics,
    }


def _cells(one: "ServiceStatus") -> tuple[Cell, ...]:
    from datetime import datetime

    since = datetime.fromisoformat(one.since).astimezone() if one.since else None
    return (one.name, one.state.value, one.pid, since, one.memory_bytes, one.detail)
