"""``audobon library encrypt``."""

from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import SecretOptions, tell_key_file
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes, plural


@command(
    "encrypt",
    examples=[
        "audobon library encrypt ~/art-encrypted --keyring",
        "audobon library encrypt ../encrypted --key-file ~/library.key",
    ],
)
def encrypt(
    session: Session,
    secret: SecretOptions,
    folder: Annotated[
        Path, typer.Argument(metavar="NEWFOLDER", help="A new folder, which becomes the library.")
    ],
) -> None:
    """Write an encrypted library beside this one.

    Everything is read back before it counts. This library stays as it is. Killed, the same command goes on.
    """
    from audobon_cli.cli.listening import listening
    from audobon_cli.library.encryption.encrypt import encrypt_library

    workspace = session.workspace
    chosen, keyring = secret.secret(session), workspace.library_access.unlock.keyring
    with listening(session.out) as listen:
        target, private = folder.expanduser().absolute(), workspace.settings.library_private
        done = encrypt_library(workspace.library, target, chosen, keyring, listen, private)
    data = {
        "path": str(done.path),
        "assets": done.assets,
        "files": done.files,
        "file_bytes": done.file_bytes,
        "old": str(workspace.library.root),
        "key_file": str(done.key_file) if done.key_file else None,
    }
    session.out.result(data, lambda: session.out.line(str(done.path)))
    tell_key_file(session, done.key_file)
    session.out.note(
        f"{plural(done.files, 'file')} ({format_bytes(done.file_bytes)}) written and read back. "
        f"Use it with --library {done.path}"
    )
    session.out.note(
        f"The old library is as it was, and readable by anyone: {workspace.library.root}. "
        "Delete it yourself once the new one serves; its backups and exports stay readable, too."
    )
