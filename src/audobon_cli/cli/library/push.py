"""``audobon library push``."""

from typing import TYPE_CHECKING, Annotated

import typer

from audobon_cli.cli.library.places import Models, takes_models
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import Place, Unlock, place_access
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes, plural

if TYPE_CHECKING:
    from audobon_cli.sync.models.push import ModelsPush
    from audobon_cli.sync.push import LibraryPush


@command(
    "push",
    examples=[
        "audobon library push /mnt/nas/art",
        'audobon library push gs://my-bucket/art -m "The cast in flat style"',
    ],
)
def push(
    session: Session,
    unlock: Unlock,
    place: Place,
    message: Annotated[
        str, typer.Option("--message", "-m", help="Commit what has changed first, with this message.")
    ] = "",
    full: Annotated[
        bool, typer.Option("--full", help="Look at every commit again; send what the place has lost.")
    ] = False,
    no_encryption: Annotated[
        bool, typer.Option("--no-encryption", help="The place is not encrypted: its readers read everything.")
    ] = False,
    models: Models = None,
) -> None:
    """Send commits to a place that other machines pull from.

    Branches, tags and all their files, but nothing twice. The first push makes the place, encrypted by a passphrase or
    key file.
    """
    from audobon_cli.cli.listening import listening
    from audobon_cli.sync.models.push import own_models, push_models
    from audobon_cli.sync.push import push as send
    from audobon_cli.sync.push import require_pushable, require_separate

    workspace = session.workspace
    library, destination = workspace.library, workspace.destinations.find(place)
    require_separate(library, destination.address)
    if message:
        from audobon_cli.history import commits

        commits.commit(library, message, workspace.author)
    require_pushable(library)
    with (
        place_access(session, unlock).opened_or_made(destination, not no_encryption) as opened,
        listening(session.out) as listen,
    ):
        done = send(library, opened, full, listen)
        sent = None
        if takes_models(session, models):
            own = own_models(workspace.models)
            sent = push_models(opened, own, full=full, listen=listen)
    _finish(session, done, sent)
    if no_encryption:
        session.out.warn(
            "NOT ENCRYPTED: whoever can read the place can read every picture, prompt and commit."
        )


def _finish(session: Session, done: "LibraryPush", models: "ModelsPush | None") -> None:
    data = {
        "address": done.address,
        "made": done.made,
        "moved": list(done.moved),
        "behind": list(done.behind),
        "diverged": list(done.diverged),
        "differing_tags": list(done.differing),
        "commits": done.commits,
        "files": done.files,
        "stored_bytes": done.stored_bytes,
        "models": None
        if models is None
        else {
            "sent": [one.name for one in models.sent],
            "there": list(models.there),
            "differing": list(models.differing),
            "stored_bytes": models.stored_bytes,
        },
    }
    session.finish(data, lambda: session.out.lines(done.moved), done.error())
    if done.made:
        session.out.note(f"Made a new place at {done.address}.")
    if done.moved or done.stored_bytes:
        session.out.note(
            f"{plural(done.commits, 'commit')} and {plural(done.files, 'file')} sent, "
            f"{format_bytes(done.stored_bytes)}."
        )
    else:
        session.out.note("Everything is there already.")
    for name in done.behind:
        session.out.note(f"{name} is further there: `audobon library pull {done.address}` brings it.")
    for name in done.differing:
        session.out.note(f"The tag {name} names another commit there; it stays as it is.")
    if models is not None and models.sent:
        session.out.note(f"{plural(len(models.sent), 'model')} sent, {format_bytes(models.stored_bytes)}.")
    for name in models.differing if models is not None else ():
        session.out.warn(
            f"The place has another model called {name}, which stays: `audobon models push {name} "
            f"{done.address} --replace` changes that."
        )
