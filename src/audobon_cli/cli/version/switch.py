"""``audobon version switch``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.version import views
from audobon_cli.domain.units import plural
from audobon_cli.history.model.commits import short


@command("switch", examples=["audobon version switch flat", "audobon version switch -c flat"])
def switch(
    session: Session,
    target: Annotated[str, typer.Argument(help="A branch, or a commit to look at.")],
    create: Annotated[
        bool, typer.Option("--create", "-c", help="Create the branch here and switch to it.")
    ] = False,
    stash: Annotated[bool, typer.Option("--stash", help="Set uncommitted changes aside first.")] = False,
) -> None:
    """Bring the library to a branch or commit.

    Refuses to lose uncommitted changes.
    """
    from audobon_cli.history import branches

    moved = branches.switch(session.workspace.library, target, session.workspace.author, create, stash)
    session.out.result(views.moved_data(moved), lambda: None)
    if moved.stash is not None:
        session.out.note(f"Set aside as stash {moved.stash}; `audobon version unstash` brings it back.")
    where = f"On {moved.branch}" if moved.branch else "On no branch"
    session.out.note(f"{where} at {short(moved.commit)}; {plural(moved.changed, 'asset')} changed.")
