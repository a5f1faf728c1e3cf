"""``audobon sprite replace``."""

from audobon_cli.cli.derivations.options import Replaced, Replacement, ReplayToo
from audobon_cli.cli.derivations.replaying import run_replace
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session


@command("replace", examples=["audobon sprite replace dragon painted.png --replay"])
def replace(session: Session, asset: Replaced, file: Replacement, replay_too: ReplayToo = False) -> None:
    """Replace an asset's picture; the old one is trashed."""
    run_replace(session, asset, file, replay_too, "sprite")
