"""``audobon version revert``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.version.options import Revision
from audobon_cli.cli.version.views import finish_merge


@command("revert", examples=["audobon version revert HEAD"])
def revert(session: Session, revision: Revision) -> None:
    """Undo one commit by a new commit.

    What came after it stays.
    """
    from audobon_cli.history import merge as merging

    finish_merge(
        session, merging.revert(session.workspace.library, revision, session.workspace.author), "Reverted"
    )
