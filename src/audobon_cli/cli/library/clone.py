"""``audobon library clone``."""

from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.library.places import Models, finish_pull, pulled_models, takes_models
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import Place, Unlock, place_access
from audobon_cli.cli.session import Session


@command(
    "clone",
    examples=[
        "audobon library clone /mnt/nas/art dungeon",
        "audobon library clone gs://my-bucket/art . --models",
    ],
)
def clone(
    session: Session,
    unlock: Unlock,
    place: Place,
    folder: Annotated[Path, typer.Argument(help="The project's folder, which is made.")] = Path("."),
    models: Models = None,
) -> None:
    """Make a library of what was pushed to a place.

    As `init` and then `library pull`. Killed, the same command goes on.
    """
    from audobon_cli.cli.listening import listening
    from audobon_cli.sync.pull import clone as make

    workspace = session.workspace
    _ = workspace.writable_library_path
    destination = workspace.destinations.find(place)
    with place_access(session, unlock).opened(destination) as opened, listening(session.out) as listen:
        private = workspace.settings.library_private
        done = make(opened, folder.expanduser(), workspace.author, listen, private)
        came = pulled_models(session, opened, listen) if takes_models(session, models) else None
    finish_pull(session, done, came)
