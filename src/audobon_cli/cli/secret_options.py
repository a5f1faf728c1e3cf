"""Options that say what is to open an encrypted library from now on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

if TYPE_CHECKING:
    from pathlib import Path

    from audobon_cli.cli.session import Session
    from audobon_cli.library.encryption.keys import NewSecret


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

    def secret(self, session: "Session", from_environment: bool = True) -> "NewSecret":
        """As services take it. Raises InvalidInput where more than one was given."""
        from audobon_cli.cli.repository_options import ask_new_passphrase
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


def tell_key_file(session: "Session", key_file: "Path | None") -> None:
    """Say where a key file was made."""
    if key_file is not None:
        session.out.note(f"Made the key file {key_file}: keep a copy of it elsewhere than the library.")
