"""``audobon sprite replace``."""

from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sprite.views import replay_data, show_replay
from audobon_cli.domain.units import plural


@command("replace", examples=["audobon sprite replace dragon painted.png --replay"])
def replace(
    session: Session,
    asset: Annotated[str, typer.Argument(help="An id, its first characters, or a name.")],
    file: Annotated[Path, typer.Argument(help="The picture to put in its place.")],
    replay_too: Annotated[
        bool, typer.Option("--replay", help="Redo at once everything that was derived from it.")
    ] = False,
) -> None:
    """Replace an asset's picture; the old one is trashed."""
    from audobon_cli.cli.listening import listening
    from audobon_cli.library.select import select_one
    from audobon_cli.sprites.replay import in_order, replace_picture
    from audobon_cli.sprites.replay import replay as replay_all
    from audobon_cli.sprites.sources import read_file

    library = session.workspace.library
    found = replace_picture(library, select_one(library, asset), read_file(file.expanduser()), str(file))
    if not replay_too:
        waiting = len(in_order(library, [found]))
        data = {"asset": found.summary(), "assets": [], "waiting": waiting}
        session.out.result(data, lambda: session.out.line(found.id))
        if waiting:
            session.out.note(
                f"{plural(waiting, 'asset')} were made out of it: `audobon sprite replay {found.id}` makes them again."
            )
        return
    with listening(session.out) as listen:
        report = replay_all(library, [found], listen)
    data = {"asset": found.summary(), "assets": replay_data(report), "waiting": 0}
    session.finish(data, lambda: show_replay(session, report), report.error())
