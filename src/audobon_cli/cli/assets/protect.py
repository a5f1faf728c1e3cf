"""``audobon assets protect`` and ``unprotect``."""

from audobon_cli.cli.assets.options import Assets
from audobon_cli.cli.assets.views import changed_result
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session


@command("protect", examples=["audobon assets protect red_dragon", "audobon assets protect tag:final"])
def protect(session: Session, assets: Assets) -> None:
    """Keep assets from being trashed or changed.

    `trash`, `clean`, replacing, replaying, tags, names, notes, ratings and categories are refused until `unprotect`;
    `protected:yes` finds them. Commits keep the protection, and pushes and backups carry it.
    """
    from audobon_cli.library.organize import set_protected
    from audobon_cli.library.select import select_assets

    library = session.workspace.library
    changed_result(session, set_protected(library, select_assets(library, assets), True), "protected")


@command("unprotect", examples=["audobon assets unprotect red_dragon", "audobon assets unprotect tag:wip"])
def unprotect(session: Session, assets: Assets) -> None:
    """Let protected assets be trashed and changed."""
    from audobon_cli.library.organize import set_protected
    from audobon_cli.library.select import select_assets

    library = session.workspace.library
    changed_result(session, set_protected(library, select_assets(library, assets), False), "unprotected")
