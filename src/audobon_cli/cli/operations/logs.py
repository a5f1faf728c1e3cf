"""``audobon logs``: what runs left in the log."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput

COLUMNS = (
    Column("time", Kind.TIME),
    Column("level"),
    Column("run", drop=2),
    Column("command", drop=1),
    Column("what", Kind.PROSE),
)
STYLES = {"WARNING": "yellow", "ERROR": "red"}


class Level(StrEnum):
    """How grave a record is, at least."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@command(
    "logs",
    examples=[
        "audobon logs",
        "audobon logs --since 2h --level error",
        "audobon logs --command generate --follow",
    ],
)
def logs(
    session: Session,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="TIME",
            help="Only from then on: 30m, 2h, 7d, or 2026-01-31 or 2026-01-31T08:15 (UTC).",
        ),
    ] = None,
    level: Annotated[
        Level, typer.Option("--level", help="Only records as grave as this, or graver.")
    ] = Level.INFO,
    run: Annotated[
        str, typer.Option("--run", metavar="ID", help="Only the run of this id, or its first letters.")
    ] = "",
    of_command: Annotated[
        str,
        typer.Option("--command", metavar="NAME", help="Only this command, as `generate` or `assets list`."),
    ] = "",
    limit: Annotated[
        int,
        typer.Option("--limit", "-n", min=0, metavar="N", help="Show at most N, the last ones; 0 shows all."),
    ] = 100,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on showing records as they come, until Ctrl-C.")
    ] = False,
) -> None:
    """Show the log: what commands did and how they ended.

    Prompts, names and paths are not in it, unless `log.prompts` is set. `--json` gives whole records; with
    --follow, one a line.
    """
    from collections import deque

    from audobon_cli.operations.log_records import LogFilter, read_log

    file = session.workspace.locations.log_file
    wanted = LogFilter(None if since is None else _moment(since), level.value.upper(), run, of_command)
    if follow:
        _follow(session, wanted)
        return
    records = list(deque(read_log(file, wanted), maxlen=limit or None))
    session.out.listing({"file": str(file), "records": records}, lambda: _show(session, records))
    if not records:
        session.out.note("The log has no such record." if file.exists() else "Nothing was logged yet.")


def _follow(session: Session, wanted: Any) -> None:
    from audobon_cli.operations.log_records import as_text, follow_log

    for record in follow_log(session.workspace.locations.log_file, wanted, lambda: False):
        if session.out.for_scripts:
            session.out.record_line(record)
        else:
            session.out.line_now(f"{_time(record):%H:%M:%S} {record['level']} {as_text(record)}")


def _show(session: Session, records: list[dict[str, Any]]) -> None:
    session.out.table(COLUMNS, [_cells(record) for record in records], STYLES)


def _cells(record: Mapping[str, Any]) -> tuple[Any, ...]:
    from audobon_cli.operations.log_records import as_text

    command_name = str(record.get("command", ""))
    text = as_text(record).removeprefix(f"{command_name}: ")
    return (_time(record), str(record.get("level", "")), str(record.get("run", ""))[:8], command_name, text)


def _time(record: Mapping[str, Any]) -> datetime:
    try:
        return datetime.fromisoformat(str(record.get("time"))).astimezone()
    except ValueError:
        return datetime.fromtimestamp(0, UTC)


def _moment(text: str) -> datetime:
    """What --since means. Raises InvalidInput."""
    from audobon_cli.domain.units import parse_seconds

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            return datetime.now(UTC) - timedelta(seconds=parse_seconds(text, "--since"))
        except OverflowError as error:
            raise InvalidInput(
                f"--since {text} is before the calendar begins.", hint="as --since 7d"
            ) from error
    return moment.replace(tzinfo=moment.tzinfo or UTC)
