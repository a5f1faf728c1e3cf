"""``audobon sound replay`` and ``replace``."""

from audobon_cli.cli.derivations.options import DryRun, Replaced, Replacement, Replayed, ReplayToo
from audobon_cli.cli.derivations.replaying import run_replace, run_replay
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session


@command("replace", examples=["audobon sound replace door recorded.wav --replay"])
def replace(session: Session, asset: Replaced, file: Replacement, replay_too: ReplayToo = False) -> None:
    """Replace a sound by a file; the old one is trashed."""
    run_replace(session, asset, file, replay_too, "sound")


@command("replay", examples=["audobon sound replay door", "audobon sound replay door --dry-run"])
def replay(session: Session, assets: Replayed, dry_run: DryRun = False) -> None:
    """Redo everything that was derived from sounds.

    Where nothing changed the results are byte for byte the same.
    """
    run_replay(session, assets, dry_run)
