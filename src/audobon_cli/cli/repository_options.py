"""Options of `backup` commands (which destination, and what opens it), and what is to open an encrypted library."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from audobon_cli.cli.screen.asking import ask_secret
from audobon_cli.cli.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from audobon_cli.backup.destinations import Destination
    from audobon_cli.backup.opener import Repository
    from audobon_cli.backup.retention import Retention
    from audobon_cli.encryption.secret_files import SecretFiles
    from audobon_cli.library.encryption.keys import NewSecret
    from audobon_cli.sync.place import PlaceAccess

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
Place = Annotated[
    str,
    typer.Argument(
        metavar="PLACE", help="A folder, gs:// or s3://BUCKET/FOLDER, or a repository of the settings."
    ),
]
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
            help="The repository: a name in the settings, a folder, gs:// or s3://BUCKET/FOLDER.",
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


def place_access(session: Session, unlock: Unlock) -> "PlaceAccess":
    """How places of `library push` and `models push` are opened in this session."""
    from audobon_cli.sync.place import PlaceAccess

    return PlaceAccess(session.workspace.backup, unlock.files, ask_passphrase, ask_new_passphrase)


def ask_passphrase() -> str | None:
    """The passphrase typed by a person, or None where nobody is there."""
    return ask_secret("Passphrase")


def ask_new_passphrase() -> str | None:
    """A new passphrase typed twice by a person, or None where nobody is there."""
    return ask_secret("New passphrase", repeat=True)


@dataclass(frozen=True, slots=True)
class SecretOptions:
    """What opens it: one of these, else AUDOBON_LIBRARY_PASSPHRASE, else what is typed."""

    PANEL: ClassVar[str] = "What opens it"

    keyring: Annotated[
        bool, typer.Option("--keyring", help="A random key that this system's keyring keeps.")
    ] = False
    new_passphrase_file: Annotated[
        str,
        typer.Option("--passphrase-file", metavar="FILE", help="The passphrase in the first line of FILE."),
    ] = ""
    new_key_file: Annotated[
        str,
        typer.Option("--key-file", metavar="FILE", help="A key file; made if FILE does not exist."),
    ] = ""

    @property
    def given(self) -> bool:
        """Whether any of them was given."""
        return self.keyring or bool(self.new_passphrase_file or self.new_key_file)

    def secret(self, session: Session, from_environment: bool = True) -> "NewSecret":
        """As services take it. Raises InvalidInput where more than one was given."""
        from audobon_cli.domain.errors import InvalidInput
        from audobon_cli.encryption.secret_files import SecretFiles
        from audobon_cli.library.encryption.keys import NewSecret

        if sum((self.keyring, bool(self.new_passphrase_file), bool(self.new_key_file))) > 1:
            raise InvalidInput(
                "More than one of --keyring, --passphrase-file and --key-file was given.",
                hint="give one; `audobon library key add` adds others",
            )
        unlock = session.workspace.library_access.unlock
        return NewSecret(
            SecretFiles(self.new_passphrase_file, self.new_key_file),
            unlock.passphrase if from_environment else None,
            self.keyring,
            ask_new_passphrase,
        )


def tell_key_file(session: Session, key_file: "Path | None") -> None:
    """Say where a key file was made."""
    if key_file is not None:
        session.out.note(f"Made the key file {key_file}: keep a copy of it elsewhere than the library.")
