"""``audobon queue command``."""

from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.queue.options import QueueOptions, queue_of
from audobon_cli.cli.queue.views import show_added
from audobon_cli.cli.session import Session


@command(
    "command",
    examples=[
        "audobon queue command -- sprite sheet job:1 job:2 --name hero",
        "audobon queue command --needs 7 -- assets export tag:hero --out build",
    ],
)
def command_(
    session: Session,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="-- COMMAND...", help="A command line, without `audobon`.")
    ] = None,
    *,
    queue: QueueOptions,
) -> None:
    """Add another command of this program to the queue.

    job:N stands for the assets of job N, and waits for it.
    """
    from audobon_cli.cli.queue.command_lines import check_command_line
    from audobon_cli.queue.add import add_command

    check_command_line(words or [])
    show_added(session, [add_command(queue_of(session), words or [], queue.parse(), Path.cwd())])
