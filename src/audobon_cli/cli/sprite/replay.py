"""``audobon sprite replay``."""

from audobon_cli.cli.derivations.options import DryRun, Replayed
from audobon_cli.cli.derivations.replaying import run_replay
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session


@command("replay", examples=["audobon sprite replay dragon", "audobon sprite replay dragon --dry-run"])
def replay(session: Session, assets: Replayed, dry_run: DryRun = False) -> None:
    """Redo everything that was derived from assets.

    Where nothing changed the results are byte for byte the same.
    """
    run_replay(session, assets, dry_run)
