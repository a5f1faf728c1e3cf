"""What the commands of this folder show alike."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from audobon_cli.cli.screen.columns import Cell, Column, Kind

if TYPE_CHECKING:
    from audobon_cli.monitoring.health import HealthFinding

FINDINGS = (Column("what"), Column("status"), Column("finding", Kind.PROSE))
STYLES = {"ok": "green", "warning": "yellow", "failed": "red"}


def finding_rows(findings: "Iterable[HealthFinding]") -> list[tuple[Cell, ...]]:
    """A row for each finding, with the command that mends it."""
    return [
        (one.subject, one.status.value, f"{one.message} → {one.remedy}" if one.remedy else one.message)
        for one in findings
    ]
