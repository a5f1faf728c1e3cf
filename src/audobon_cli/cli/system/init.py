"""``audobon init``: make a project's library."""

from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import SecretOptions, tell_key_file
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput


@command(
    "init",
    examples=["audobon init", "audobon init ~/games/dungeon", "audobon init --encrypted --keyring"],
)
def init(
    session: Session,
    secret: SecretOptions,
    folder: Annotated[Path, typer.Argument(help="The project's folder.")] = Path("."),
    encrypted: Annotated[
        bool, typer.Option("--encrypted", help="Encrypt everything in it; see docs/encryption.md.")
    ] = False,
) -> None:
    """Create a library for the project in a folder.

    It lies in `.audobon`; commands that run in the folder, or below it, use it.
    """
    from audobon_cli.library.init import initialise, initialise_encrypted

    if secret.given and not encrypted:
        raise InvalidInput(
            "What opens an encrypted library was given without --encrypted.", hint="add --encrypted"
        )
    _ = session.workspace.writable_library_path
    project, private = folder.expanduser(), session.workspace.settings.library_private
    if encrypted:
        keyring = session.workspace.library_access.unlock.keyring
        made = initialise_encrypted(project, secret.secret(session), keyring, private)
    else:
        made = initialise(project, private)
    words = "Made the library" if made.created else "There was a library already:"
    session.out.result(
        {
            "path": str(made.path),
            "created": made.created,
            "encrypted": encrypted,
            "key_file": str(made.key_file) if made.key_file else None,
        },
        view=lambda: session.out.line(f"{words} {made.path}"),
    )
    tell_key_file(session, made.key_file)
