"""``audobon backup schedule``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.backup.schedules import Every, Schedule, Scheduler, parse_time, schedule_text
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import RepositoryOptions
from audobon_cli.cli.session import Session


@command(
    "schedule",
    examples=["audobon backup schedule", "audobon backup schedule --for cron --every hourly --dest usb"],
)
def schedule(
    session: Session,
    place: RepositoryOptions,
    scheduler: Annotated[
        Scheduler | None, typer.Option("--for", help="Whose entry; the system's own otherwise.")
    ] = None,
    every: Annotated[Every, typer.Option("--every", help="How often.")] = Every.DAILY,
    at: Annotated[str, typer.Option("--at", metavar="HH:MM", help="At what time of day.")] = "03:17",
) -> None:
    """Print an entry for the system's scheduler that runs `backup create`; nothing is installed."""
    own = {"darwin": Scheduler.LAUNCHD, "win32": Scheduler.WINDOWS}.get(sys.platform, Scheduler.SYSTEMD)
    options = [
        ("--dest", place.dest),
        ("--passphrase-file", place.passphrase_file),
        ("--key-file", place.key_file),
    ]
    words = [sys.executable, "-m", "audobon_cli", "backup", "create", "--quiet"]
    for option, value in options:
        if value:
            is_path = option != "--dest" or Path(value).expanduser().exists()
            words += [option, str(Path(value).expanduser().absolute()) if is_path else value]
    chosen = scheduler or own
    text = schedule_text(Schedule(tuple(words), str(Path.cwd()), every, *parse_time(at)), chosen)
    session.out.result({"for": chosen.value, "text": text}, lambda: session.out.line(text.rstrip()))
    session.out.note(
        "Nobody is there to type a passphrase: name a --passphrase-file or --key-file here or in the settings."
    )
