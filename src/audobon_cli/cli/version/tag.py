"""``audobon version tag``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.version import views
from audobon_cli.history.model.commits import short


@command("tag", examples=["audobon version tag", "audobon version tag v1.0"])
def tag(
    session: Session,
    name: Annotated[str | None, typer.Argument(help="The tag; without one, all are listed.")] = None,
    show: Annotated[bool, typer.Option("--list", help="List all tags.")] = False,
    at: Annotated[str, typer.Option("--from", metavar="REVISION", help="The revision to name.")] = "HEAD",
    delete: Annotated[bool, typer.Option("--remove", help="Remove it.")] = False,
) -> None:
    """List tags, or name a commit permanently."""
    from audobon_cli.history import branches

    library = session.workspace.library
    if name is None or show:
        found = branches.tags(library)
        session.out.result(
            {"tags": [views.ref_data(ref) for ref in found]}, lambda: views.show_refs(session.out, found)
        )
        return
    commit = branches.delete_tag(library, name) if delete else branches.create_tag(library, name, at)
    session.out.result({"tag": name, "commit": commit}, lambda: None)
    session.out.note(f"{'Removed' if delete else 'Made'} the tag {name} at {short(commit)}.")
