"""``audobon resources``: what there is to draw with."""

from typing import TYPE_CHECKING, Any

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Both, Cell, Column, Kind
from audobon_cli.cli.session import Session

if TYPE_CHECKING:
    from audobon_cli.services.resources import Resource

COLUMNS = (
    Column("resource", Kind.NAME),
    Column("state"),
    Column("used", Kind.BYTES, drop=1),
    Column("of", Kind.BYTES, drop=2),
    Column("busy", Kind.NUMBER),
    Column("what", Kind.PROSE),
)
STYLES = {"ready": "green", "busy": "yellow", "unavailable": "dim"}


@command("resources", examples=["audobon resources", "audobon resources --json"])
def resources(session: Session) -> None:
    """Show processors, memory, cards, disk, models, workers.

    Which are ready, busy or unavailable, how much of them is taken, and how busy processor and cards are just now.
    `audobon services list` shows what runs, `audobon doctor` what is missing.
    """
    from audobon_cli.services.resources import list_resources

    found = list_resources(session.workspace)
    data = {"resources": [_data(one) for one in found]}
    session.out.listing(data, lambda: session.out.table(COLUMNS, [_cells(one) for one in found], STYLES))


def _data(one: "Resource") -> dict[str, Any]:
    return {
        "kind": one.kind.value,
        "name": one.name,
        "state": one.state.value,
        "detail": one.detail,
        "used_bytes": one.used_bytes,
        "total_bytes": one.total_bytes,
        "busy_percent": one.busy_percent,
        "last_used": one.last_used,
    }


def _cells(one: "Resource") -> tuple[Cell, ...]:
    percent = one.busy_percent
    busy: Cell = None if percent is None else Both(f"{percent:.0f} %", f"{percent:.1f}")
    return (one.name, one.state.value, one.used_bytes, one.total_bytes, busy, one.detail)
