"""``audobon version branch``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.version import views
from audobon_cli.history.model.commits import short


@command(
    "branch",
    examples=[
        "audobon version branch",
        "audobon version branch flat",
        "audobon version branch --list",
        "audobon version branch flat --remove",
    ],
)
def branch(
    session: Session,
    name: Annotated[str | None, typer.Argument(help="The branch; without one, all are listed.")] = None,
    show: Annotated[bool, typer.Option("--list", help="List all branches.")] = False,
    at: Annotated[
        str, typer.Option("--from", metavar="REVISION", help="Start the branch at this revision.")
    ] = "HEAD",
    delete: Annotated[bool, typer.Option("--remove", help="Remove it.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Remove it even if its commits are on no other branch.")
    ] = False,
    rename: Annotated[str | None, typer.Option("--rename", metavar="NEW", help="Rename it.")] = None,
) -> None:
    """List, create, rename or remove branches."""
    from audobon_cli.history import branches

    library = session.workspace.library
    if name is None or show:
        found = branches.branches(library)
        session.out.result(
            {"branches": [views.ref_data(ref) for ref in found]}, lambda: views.show_refs(session.out, found)
        )
        return
    if delete:
        commit, said = branches.delete_branch(library, name, force), f"Removed {name}"
    elif rename is not None:
        commit, said = branches.rename_branch(library, name, rename), f"{name} is now {rename}"
    else:
        commit, said = branches.create_branch(library, name, at), f"{name} begins"
    session.out.result({"branch": rename or name, "commit": commit}, lambda: None)
    session.out.note(f"{said} at {short(commit)}.")
