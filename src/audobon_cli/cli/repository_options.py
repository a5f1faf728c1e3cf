"""Options of `backup` commands: which destination, and what opens it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from audobon_cli.cli.screen.asking import ask_secret
from audobon_cli.cli.session import Session

if TYPE_CHECKING:
    from audobon_cli.backup.destinations import Destination
    from audobon_cli.backup.opener import Repository
    from audobon_cli.backup.retention import Retention
    from audobon_cli.encryption.secret_files import SecretFiles

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
PointArgument = Annotated[
    str, typer.Argument(metavar="POINT", help="A recovery point: its id, its first characters, or latest.")
]


@dataclass(frozen=True, slots=True)
class Unlock:
    """The options that open an encrypted repository."""

    PANEL: ClassVar[str] = "Repository"

    passphrase_file: Annotated[
        str,
        typer.Option(
            "--passphrase-file", metavar="FILE", help="Read the passphrase from the first line of FILE."
        ),
    ] = ""
    key_file: Annotated[
        str, typer.Option("--key-file", metavar="FILE", help="Open the repository with this key file.")
    ] = ""

    @property
    def files(self) -> "SecretFiles":
        """As services take them."""
        from audobon_cli.encryption.secret_files import SecretFiles

        return SecretFiles(self.passphrase_file, self.key_file)


@dataclass(frozen=True, slots=True)
class RepositoryOptions(Unlock):
    """The options that say which repository, and open it."""

    dest: Annotated[
        str | None,
        typer.Option(
            "--repo",
            "--dest",
            "-d",
            metavar="REPOSITORY",
            help="The repository: a name in the settings, a folder, or gs://BUCKET/FOLDER.",
        ),
    ] = None

    def destination(self, session: Session) -> "Destination":
        """The destination meant. Raises BackupNotFound."""
        return session.workspace.destinations.find(self.dest)


@dataclass(frozen=True, slots=True)
class Keep:
    """How many recovery points `prune` keeps; they add up."""

    PANEL: ClassVar[str] = "What to keep"

    keep_last: Annotated[int, typer.Option("--keep-last", min=0, metavar="N", help="Keep the newest N.")] = 0
    keep_hourly: Annotated[
        int, typer.Option("--keep-hourly", min=0, metavar="N", help="Keep one for each of N hours.")
    ] = 0
    keep_daily: Annotated[
        int, typer.Option("--keep-daily", min=0, metavar="N", help="Keep one for each of N days.")
    ] = 0
    keep_weekly: Annotated[
        int, typer.Option("--keep-weekly", min=0, metavar="N", help="Keep one for each of N weeks.")
    ] = 0
    keep_monthly: Annotated[
        int, typer.Option("--keep-monthly", min=0, metavar="N", help="Keep one for each of N months.")
    ] = 0
    keep_yearly: Annotated[
        int, typer.Option("--keep-yearly", min=0, metavar="N", help="Keep one for each of N years.")
    ] = 0

    @property
    def retention(self) -> "Retention | None":
        """As services take it; None where nothing was given."""
        from audobon_cli.backup.retention import Retention

        found = Retention(
            self.keep_last,
            self.keep_hourly,
            self.keep_daily,
            self.keep_weekly,
            self.keep_monthly,
            self.keep_yearly,
        )
        return None if found.keeps_nothing else found


@contextmanager
def opened(session: Session, place: RepositoryOptions) -> Iterator["Repository"]:
    """The repository meant, open for the block; a person is asked for the passphrase if there is one to ask."""
    repository = session.workspace.backup.open(place.destination(session), place.files, ask_passphrase)
    try:
        yield repository
    finally:
        repository.remote.close()


def ask_passphrase() -> str | None:
    """The passphrase typed by a person, or None where nobody is there."""
    return ask_secret("Passphrase")


def ask_new_passphrase() -> str | None:
    """A new passphrase typed twice by a person, or None where nobody is there."""
    return ask_secret("New passphrase", repeat=True)
