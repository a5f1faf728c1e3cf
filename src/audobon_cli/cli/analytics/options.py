"""Options that the commands of this group share."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput

if TYPE_CHECKING:
    from audobon_cli.analytics.rows import AnalyticsSources, RowSlice

ALL = ("assets", "calls", "runs", "counts")


@dataclass(frozen=True, slots=True)
class SliceOptions:
    """The options that say which rows."""

    PANEL: ClassVar[str] = "Which rows"

    table: Annotated[
        list[str] | None,
        typer.Option(
            "--table", metavar="NAME", help="Only this table: assets, calls, runs or counts. Repeatable."
        ),
    ] = None
    since: Annotated[
        str,
        typer.Option(
            "--since",
            metavar="TIME",
            help="Only from then on: 2h, 7d, 2026-01-31, or a time that an export told.",
        ),
    ] = ""
    with_prompts: Annotated[
        bool,
        typer.Option("--with-prompts", help="With prompts, names and notes, which are left out otherwise."),
    ] = False

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables meant, in their order. Raises InvalidInput."""
        for name in self.table or ():
            if name not in ALL:
                raise InvalidInput(f"There is no table {name!r}.", hint=f"there are {', '.join(ALL)}")
        return tuple(name for name in ALL if not self.table or name in self.table)

    def slice(self) -> "RowSlice":
        """As services take it. Raises InvalidInput."""
        from audobon_cli.analytics.rows import EPOCH, RowSlice

        return RowSlice(_moment(self.since) if self.since else EPOCH, self.with_prompts)


def sources(session: Session) -> "AnalyticsSources":
    """What rows are read from."""
    from audobon_cli.analytics.rows import AnalyticsSources

    workspace = session.workspace
    return AnalyticsSources(workspace.library, workspace.providers.ledger, workspace.locations.metrics)


def _moment(text: str) -> datetime:
    from audobon_cli.domain.units import parse_seconds

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            return datetime.now(UTC) - timedelta(seconds=parse_seconds(text, "--since"))
        except OverflowError as error:
            raise InvalidInput(f"{text!r} is too long ago.", hint="leave out --since for all rows") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
