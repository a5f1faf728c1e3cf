"""``audobon queue show``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.queue.options import queue_of
from audobon_cli.cli.queue.views import job_rows
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.queue.model import job_data, parse_job_numbers


@command("show", examples=["audobon queue show 7", "audobon queue show 7 --json"])
def show(
    session: Session, job: Annotated[str, typer.Argument(metavar="JOB", help="Number of the job.")]
) -> None:
    """Show one job in full."""
    numbers = parse_job_numbers([job])
    if len(numbers) != 1:
        raise InvalidInput(f"{job!r} is not one job.", hint="`audobon queue list` shows several")
    found = queue_of(session).get(numbers[0])
    data = {**job_data(found), "request": found.request, "result": found.result}

    def view() -> None:
        session.out.table((Column(""), Column("", Kind.PROSE)), job_rows(data))

    session.out.result({"job": data}, view)
