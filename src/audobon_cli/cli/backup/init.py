"""``audobon backup init``."""

from typing import Annotated

import typer

from audobon_cli.cli.backup.cloud_options import Cloud
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import Unlock, ask_new_passphrase
from audobon_cli.cli.session import Session


@command(
    "init",
    examples=[
        "audobon backup init /mnt/usb/audobon --name usb",
        "audobon backup init gs://my-bucket/art --passphrase-file secret.txt",
        "audobon backup init s3://my-bucket/art --endpoint https://s3.example.com",
        "audobon backup init ../backup --key-file backup.key",
    ],
)
def init(
    session: Session,
    unlock: Unlock,
    cloud: Cloud,
    dest: Annotated[
        str, typer.Argument(metavar="DEST", help="A folder, gs://BUCKET/FOLDER or s3://BUCKET/FOLDER.")
    ],
    name: Annotated[
        str,
        typer.Option("--name", help="Save it in the settings under this name; the first is called main."),
    ] = "",
    default: Annotated[
        bool, typer.Option("--default", help="With --name: make it the default repository.")
    ] = False,
    no_encryption: Annotated[
        bool,
        typer.Option("--no-encryption", help="Do not encrypt: whoever can read the folder reads everything."),
    ] = False,
) -> None:
    """Create a backup repository.

    Without its passphrase or key file nobody can ever read it: keep a copy of that elsewhere.
    """
    from audobon_cli.backup.init import InitFiles, InitRequest, init_repository

    workspace = session.workspace
    destination = cloud.destination(dest, name)
    request = InitRequest(destination, default, unlock.files, not no_encryption, cloud.lifecycle)
    files = InitFiles(workspace.locations.settings_file, workspace.library_path)
    made = init_repository(workspace.backup, workspace.destinations, request, files, ask_new_passphrase)
    data = {
        "address": made.address,
        "repository": made.repository,
        "encrypted": made.encrypted,
        "name": made.name or None,
        "settings_file": str(made.settings_file) if made.settings_file else None,
        "key_file": str(made.key_file) if made.key_file else None,
        "lifecycle_rules_added": made.lifecycle_rules,
    }
    session.out.result(data, lambda: session.out.line(made.address))
    if made.key_file:
        session.out.note(f"Made the key file {made.key_file}: keep a copy of it elsewhere than the backup.")
    if not made.encrypted:
        session.out.warn(
            "NOT ENCRYPTED: whoever can read the destination can read every picture, prompt and setting."
        )
    if made.notes:
        for note in made.notes:
            session.out.note(note)
    if made.settings_file:
        session.out.note(f"{made.name} is in {made.settings_file}.")
