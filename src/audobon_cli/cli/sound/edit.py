"""``audobon sound edit``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.requests.files import FileOptions
from audobon_cli.cli.requests.sounds import SoundOptions
from audobon_cli.cli.session import Session
from audobon_cli.cli.sound.views import finish, make_sounds
from audobon_cli.domain.errors import InvalidInput


@command(
    "edit",
    examples=[
        "audobon sound edit door --set pitch=-3st --length 2",
        "audobon sound edit k3f9x2 --set 1.rate=20..30 --set reverb=0.4 --out door.wav",
    ],
)
def edit(
    session: Session,
    asset: Annotated[str, typer.Argument(metavar="ASSET", help="Id or name of a sound that was made here.")],
    *,
    sound: SoundOptions,
    seed: Annotated[int | None, typer.Option("--seed", help="Another seed; its own, if left out.")] = None,
    files: FileOptions,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would be played; make nothing.")] = False,
) -> None:
    """Change settings of a sound.

    The sound is played again with its own settings and seed but for those given, whatever its words mean by now. It
    stays as it is; what comes out is a new sound, a variant of it.
    """
    from audobon_cli.generation.sound_variants import edited_request, link_variants
    from audobon_cli.library.select import select_one

    choices = sound.parse()
    if not choices.settings and choices.length is None and seed is None:
        raise InvalidInput("There is nothing to change.", hint="give --set pitch=+2st, --length or --seed")
    library = session.workspace.library
    original = select_one(library, asset)
    report = make_sounds(session, [edited_request(original, choices, seed)], files, plan, unlike=True)
    if report is not None:
        link_variants(library, [made.asset for made in report.pictures], original)
        finish(session, report, files)
