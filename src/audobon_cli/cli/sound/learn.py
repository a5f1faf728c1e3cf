"""``audobon sound learn``."""

from dataclasses import asdict
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session


@command(
    "learn",
    examples=[
        "audobon sound learn recordings/footsteps/ --name my-footsteps",
        "audobon sound learn tag:door --name my-door --base door-slam",
    ],
)
def learn(
    session: Session,
    source: Annotated[
        str,
        typer.Argument(
            metavar="FOLDER|QUERY", help="A folder with sounds, one file, or a search of the library."
        ),
    ],
    name: Annotated[str, typer.Option("--name", help="Name of the preset; a-z, 0-9 and -.")],
    base: Annotated[
        str | None,
        typer.Option(
            "--base",
            metavar="PRESET",
            help="Preset to begin with; the nearest that the name means, if left out.",
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Overwrite the preset of that name.")
    ] = False,
) -> None:
    """Learn a preset from sounds of your own.

    How long, bright, noisy and high they are, how fast they begin and fade, and by how much they differ: a preset is
    moved until its sounds are as near to that as it can come, and written to your presets. `audobon sound make NAME`
    plays it. No recording goes into it.
    """
    from audobon_cli.cli.listening import listening
    from audobon_cli.domain.units import plural
    from audobon_cli.generation.learn_sounds import LearnRequest, learn_sounds

    workspace = session.workspace
    ask = LearnRequest(source, name, workspace.locations.presets, base, overwrite)
    with listening(session.out) as listen:
        found = learn_sounds(ask, workspace.presets, lambda: workspace.library, listen)
    traits = {trait.name: [trait.mean, trait.spread] for trait in found.pattern.traits}
    data = {**asdict(found), "path": str(found.path), "pattern": traits}
    session.out.result({"preset": data}, view=lambda: session.out.line(str(found.path)))
    session.out.note(
        f"Learned {found.name} from {plural(found.sounds, 'sound')}, played as {found.base}: "
        f"{found.before:.1f} spreads from them before, {found.after:.1f} now."
    )
