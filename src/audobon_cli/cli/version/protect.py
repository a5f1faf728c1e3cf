"""``audobon version protect`` and ``unprotect``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session

Branch = Annotated[str, typer.Argument(help="The branch.")]


@command("protect", examples=["audobon version protect main"])
def protect(session: Session, branch: Branch) -> None:
    """Keep a branch from being removed or moved back.

    Commits, merges and pulls go on moving it forward; `undo` of what moved it, `--remove` and `--rename` are refused,
    also with --force.
    """
    _set(session, branch, True)


@command("unprotect", examples=["audobon version unprotect main"])
def unprotect(session: Session, branch: Branch) -> None:
    """Let a protected branch be removed and moved back."""
    _set(session, branch, False)


def _set(session: Session, branch: str, protected: bool) -> None:
    from audobon_cli.history.branches import set_branch_protected

    changed = set_branch_protected(session.workspace.library, branch, protected)
    session.out.result({"branch": branch, "protected": protected, "changed": changed}, lambda: None)
    state = "protected" if protected else "no longer protected" if changed else "not protected"
    session.out.note(f"{branch} is {state}{'' if changed or not protected else ' already'}.")
