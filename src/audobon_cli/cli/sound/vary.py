"""``audobon sound vary``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.requests.files import FileOptions
from audobon_cli.cli.requests.sounds import SoundOptions
from audobon_cli.cli.session import Session
from audobon_cli.cli.sound.views import finish, make_sounds


@command(
    "vary",
    examples=[
        "audobon sound vary footsteps_on_gravel --count 5 --out steps/",
        "audobon sound vary k3f9x2 --count 3 --set rough=0.3",
    ],
)
def vary(
    session: Session,
    asset: Annotated[str, typer.Argument(metavar="ASSET", help="Id or name of a sound that was made here.")],
    count: Annotated[int, typer.Option("--count", "-n", help="How many more.")] = 5,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Seed of the first; the one after its own, if left out.")
    ] = None,
    *,
    sound: SoundOptions,
    files: FileOptions,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would be played; make nothing.")] = False,
) -> None:
    """Make more sounds like one.

    Each is played with the same settings from another seed: footsteps of which no two are alike. They are variants of
    the sound.
    """
    from audobon_cli.generation.sound_variants import link_variants, varied_request
    from audobon_cli.library.select import select_one

    library = session.workspace.library
    original = select_one(library, asset)
    report = make_sounds(
        session, [varied_request(original, sound.parse(), count, seed)], files, plan, unlike=True
    )
    if report is not None:
        link_variants(library, [made.asset for made in report.pictures], original)
        finish(session, report, files)
