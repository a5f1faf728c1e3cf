"""``audobon usage``: what was spent at providers."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput

if TYPE_CHECKING:
    from audobon_cli.providers.usage import UsageRow


class By(StrEnum):
    """What sums are made by."""

    PROVIDER = "provider"
    MODEL = "model"
    DAY = "day"


@command("usage", examples=["audobon usage", "audobon usage --by day --csv"])
def usage(
    session: Session,
    by: Annotated[By, typer.Option("--by", help="What to group by.")] = By.PROVIDER,
    month: Annotated[bool, typer.Option("--month", help="Only this calendar month (UTC).")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")] = False,
) -> None:
    """Show what providers were paid.

    Calls of unknown outcome (the connection broke after the request was sent) count as paid.
    """
    from audobon_cli.domain.units import format_usd
    from audobon_cli.providers.usage import COUNTS, Grouping, report_usage

    if as_csv and session.out.for_scripts:
        raise InvalidInput("--csv and --json both want stdout.", hint="leave one of them out")
    found = report_usage(session.workspace.providers, Grouping(by.value), month)
    rows, spent, limit = found.rows, found.spent_this_month, found.per_month
    data = found.to_dict(Grouping(by.value))

    def view() -> None:
        if as_csv:
            session.out.lines(_csv(by, rows))
            return
        cells = [(*_cells(row), format_usd(row.micro_usd), str(row.free)) for row in rows]
        columns = (Column(by.value), *(Column(name, Kind.NUMBER) for name in (*COUNTS, "spent", "free")))
        session.out.table(columns, cells)
        of = "" if limit is None else f" of {format_usd(limit)}"
        session.out.note(f"This month: {format_usd(spent)}{of}.")

    session.out.result(data, view)


def _cells(row: "UsageRow") -> tuple[str, ...]:
    from audobon_cli.providers.usage import COUNTS

    return (row.group, *(str(getattr(row, name)) for name in COUNTS))


def _csv(by: By, rows: "Sequence[UsageRow]") -> list[str]:
    import csv
    import io

    from audobon_cli.domain.units import usd
    from audobon_cli.providers.usage import COUNTS

    stream = io.StringIO()
    lines = [(*_cells(row), f"{usd(row.micro_usd):.6f}", str(row.free)) for row in rows]
    csv.writer(stream, lineterminator="\n").writerows([(by.value, *COUNTS, "usd", "free"), *lines])
    return stream.getvalue().splitlines()
