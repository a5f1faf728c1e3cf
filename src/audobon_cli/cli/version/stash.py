"""``audobon version stash`` and ``unstash``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.version import views
from audobon_cli.cli.version.options import Message
from audobon_cli.domain.units import plural


@command("stash", examples=["audobon version stash", "audobon version stash --list"])
def stash(
    session: Session,
    message: Message = "",
    list_all: Annotated[bool, typer.Option("--list", help="List what was set aside.")] = False,
) -> None:
    """Set uncommitted changes aside.

    The library goes back to its last commit; `version unstash` brings the changes back.
    """
    from audobon_cli.history import branches

    library = session.workspace.library
    if list_all:
        found = branches.stashes(library)
        session.out.result(
            {"stashes": [views.ref_data(ref) for ref in found]}, lambda: views.show_refs(session.out, found)
        )
        return
    name = branches.stash(library, session.workspace.author, message)
    session.out.result({"stash": name}, lambda: None)
    session.out.note("No changes to set aside." if name is None else f"Set aside as stash {name}.")


@command("unstash", examples=["audobon version unstash", "audobon version unstash 2"])
def unstash(
    session: Session,
    name: Annotated[str | None, typer.Argument(help="Number of the stash; without it, the last.")] = None,
) -> None:
    """Bring back changes that were set aside."""
    from audobon_cli.history import branches

    changed = branches.stash_pop(session.workspace.library, name)
    session.out.result({"changed": changed}, lambda: None)
    session.out.note(f"{plural(changed, 'asset')} changed.")
