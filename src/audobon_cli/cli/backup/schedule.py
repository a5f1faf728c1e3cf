"""``audobon backup schedule``."""

import sys
from dataclasses import fields
from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.backup.schedules import Every, Schedule, Scheduler, parse_time, schedule_text
from audobon_cli.cli.backup.options import read_share
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import Keep, RepositoryOptions
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import BackupNotFound


@command(
    "schedule",
    examples=[
        "audobon backup schedule --verify 5% --keep-daily 7 --keep-weekly 4",
        "audobon backup schedule --for cron --every hourly --dest usb",
    ],
)
def schedule(
    session: Session,
    place: RepositoryOptions,
    keep: Keep,
    scheduler: Annotated[
        Scheduler | None, typer.Option("--for", help="Scheduler to write for; without it, the system's own.")
    ] = None,
    every: Annotated[Every, typer.Option("--every", help="How often.")] = Every.DAILY,
    at: Annotated[str, typer.Option("--at", metavar="HH:MM", help="Time of day.")] = "03:17",
    verify: Annotated[
        str,
        typer.Option(
            "--verify", metavar="SHARE", help="Then run `backup verify`, reading SHARE (5%) of the data."
        ),
    ] = "",
) -> None:
    """Print a scheduler entry that runs `backup create`.

    Nothing is installed. With --verify the entry checks the repository after each backup, and with a --keep
    option it prunes then.
    """
    own = {"darwin": Scheduler.LAUNCHD, "win32": Scheduler.WINDOWS}.get(sys.platform, Scheduler.SYSTEMD)
    options = [
        ("--dest", place.dest),
        ("--passphrase-file", place.passphrase_file),
        ("--key-file", place.key_file),
    ]
    words = []
    for option, value in options:
        if value:
            is_path = option != "--dest" or Path(value).expanduser().exists()
            words += [option, str(Path(value).expanduser().absolute()) if is_path else value]
    chosen = scheduler or own
    commands = [[*start, "--quiet", *words] for start in _started(verify, keep)]
    run = tuple((sys.executable, "-m", "audobon_cli", "backup", *command) for command in commands)
    text = schedule_text(Schedule(run, str(Path.cwd()), every, *parse_time(at)), chosen)
    session.out.result({"for": chosen.value, "text": text}, lambda: session.out.line(text.rstrip()))
    if not _has_secret(session, place):
        session.out.note(
            "Nobody is there to type a passphrase: name a --passphrase-file or --key-file here or in the settings."
        )


def _started(verify: str, keep: Keep) -> list[list[str]]:
    """The commands to run, without those options that all of them have. Raises InvalidInput."""
    commands = [["create"]]
    if verify:
        read_share(verify)
        commands.append(["verify", f"--read-data={verify}"])
    kept = [(f.name, getattr(keep, f.name)) for f in fields(keep) if getattr(keep, f.name)]
    if kept:
        options = [word for name, count in kept for word in ("--" + name.replace("_", "-"), str(count))]
        commands.append(["prune", *options, "--yes"])
    return commands


def _has_secret(session: Session, place: RepositoryOptions) -> bool:
    """Whether a file with the secret is named, here or in the settings; what a destination has that is not there
    yet, nobody knows."""
    if place.passphrase_file or place.key_file:
        return True
    try:
        destination = place.destination(session)
    except BackupNotFound:
        return False
    return bool(destination.passphrase_file or destination.key_file)
