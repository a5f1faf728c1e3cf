"""``audobon backup schedule``."""

import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from audobon_cli.backup.schedules import Every, Schedule, Scheduler, parse_time, schedule_text
from audobon_cli.cli.backup.options import read_share
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import Keep, RepositoryOptions
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import BackupNotFound


@dataclass(frozen=True, slots=True)
class Then:
    """What the entry does after each backup."""

    PANEL: ClassVar[str] = "After the backup"

    verify: Annotated[
        str,
        typer.Option(
            "--verify", metavar="SHARE", help="Run `backup verify`, reading SHARE (5%) of the data."
        ),
    ] = ""
    drill: Annotated[bool, typer.Option("--drill", help="Run `backup drill`, which tries a restore.")] = False
    sync: Annotated[
        str, typer.Option("--sync", metavar="TO", help="Run `backup sync` to the repository TO.")
    ] = ""


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
    then: Then,
    scheduler: Annotated[
        Scheduler | None, typer.Option("--for", help="Scheduler to write for; without it, the system's own.")
    ] = None,
    every: Annotated[Every, typer.Option("--every", help="How often.")] = Every.DAILY,
    at: Annotated[str, typer.Option("--at", metavar="HH:MM", help="Time of day.")] = "03:17",
) -> None:
    """Print a scheduler entry that runs `backup create`.

    Nothing is installed. After each backup the entry also checks the repository (--verify), tries a restore (--drill),
    prunes (a --keep option) and copies to another repository (--sync), in this order; what fails ends it.
    """
    own = {"darwin": Scheduler.LAUNCHD, "win32": Scheduler.WINDOWS}.get(sys.platform, Scheduler.SYSTEMD)
    commands = [["create"], *_checks(then), *_prunes(keep)]
    secret = _words(("--passphrase-file", place.passphrase_file), ("--key-file", place.key_file))
    commands = [[*start, "--quiet", *_words(("--dest", place.dest)), *secret] for start in commands]
    if then.sync:
        commands.append(_sync(session, place, then.sync))
    run = tuple((sys.executable, "-m", "audobon_cli", "backup", *command) for command in commands)
    chosen = scheduler or own
    text = schedule_text(Schedule(run, str(Path.cwd()), every, *parse_time(at)), chosen)
    session.out.result({"for": chosen.value, "text": text}, lambda: session.out.line(text.rstrip()))
    if not _has_secret(session, place):
        session.out.note(
            "Nobody is there to type a passphrase: name a --passphrase-file or --key-file here or in the settings."
        )


def _words(*options: tuple[str, str | None]) -> list[str]:
    """Options that were given, as words; paths whole, since the entry may run elsewhere."""
    return [
        word for option, value in options if value for word in (option, _whole(value, option == "--dest"))
    ]


def _whole(value: str, may_be_name: bool) -> str:
    """A path from the root; a name in the settings or an address as it is."""
    path = Path(value).expanduser()
    return value if may_be_name and not path.exists() else str(path.absolute())


def _checks(then: Then) -> list[list[str]]:
    """The commands that look at the repository. Raises InvalidInput."""
    commands = []
    if then.verify:
        read_share(then.verify)
        commands.append(["verify", f"--read-data={then.verify}"])
    return [*commands, ["drill"]] if then.drill else commands


def _prunes(keep: Keep) -> list[list[str]]:
    kept = [(f.name, getattr(keep, f.name)) for f in fields(keep) if getattr(keep, f.name)]
    options = [word for name, count in kept for word in ("--" + name.replace("_", "-"), str(count))]
    return [["prune", *options, "--yes"]] if kept else []


def _sync(session: Session, place: RepositoryOptions, to: str) -> list[str]:
    """The command that copies. Raises BackupNotFound where no repository was named to copy from."""
    known = session.workspace.destinations
    start = place.dest or known.default or known.find(None).name
    given = (place.passphrase_file, place.key_file)
    target = known.named.get(to)
    words = _words(("--from-passphrase-file", given[0]), ("--from-key-file", given[1]))
    if target is None or not (target.passphrase_file or target.key_file):
        words += _words(("--passphrase-file", given[0]), ("--key-file", given[1]))
    return ["sync", _whole(start, True), _whole(to, True), "--quiet", *words]


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
