"""``audobon sprite replay``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sprite.options import DryRun
from audobon_cli.cli.sprite.views import replay_data, show_replay


@command("replay", examples=["audobon sprite replay dragon", "audobon sprite replay dragon --dry-run"])
def replay(
    session: Session,
    assets: Annotated[
        list[str],
        typer.Argument(metavar="ASSETS...", help="Assets that were replaced, or derived from such."),
    ],
    dry_run: DryRun = False,
) -> None:
    """Redo everything that was derived from assets.

    Where nothing changed the results are byte for byte the same.
    """
    from audobon_cli.cli.listening import listening
    from audobon_cli.library.select import select_assets
    from audobon_cli.sprites.replay import replay as replay_all

    library = session.workspace.library
    roots = select_assets(library, assets)
    with listening(session.out) as listen:
        report = replay_all(library, roots, listen, dry_run)
    data = {"assets": replay_data(report), "dry_run": dry_run}
    session.finish(data, lambda: show_replay(session, report), report.error())
    if not report.assets:
        session.out.note("Nothing was made out of this by an operation.")
    if dry_run:
        session.out.note("Nothing was changed: --dry-run.")
