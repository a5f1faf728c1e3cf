"""``audobon sound import-jsfxr``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.requests.files import FileOptions
from audobon_cli.cli.session import Session
from audobon_cli.cli.sound.views import finish, make_sounds


@command(
    "import-jsfxr",
    examples=[
        "audobon sound import-jsfxr laser.sfs",
        "audobon sound import-jsfxr coin.json --name coin --out coin.wav",
    ],
)
def import_jsfxr(
    session: Session,
    source: Annotated[
        str,
        typer.Argument(
            metavar="STRING|FILE", help="A string of jsfxr, or a file: its JSON, or .sfs of sfxr."
        ),
    ],
    name: Annotated[
        str, typer.Option("--name", help="What the sound is called; that of the file, if left out.")
    ] = "",
    *,
    files: FileOptions,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would be played; make nothing.")] = False,
) -> None:
    """Make a sound from settings of jsfxr or sfxr.

    Its numbers become settings of one layer, which `sound edit` and `sound vary` change as those of any sound. What the
    synthesiser has no setting for is named, and left out.
    """
    from audobon_cli.generation.sfxr_exchange import import_request

    request, left_out = import_request(source, name)
    if left_out:
        session.out.note(f"Left out of the original: {', '.join(left_out)}.")
    report = make_sounds(session, [request], files, plan)
    if report is not None:
        finish(session, report, files)
