"""``audobon library modes``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import plural


@command("modes", examples=["audobon library modes", "audobon library modes --dry-run"])
def modes(
    session: Session,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would happen; change nothing.")
    ] = False,
) -> None:
    """Let no other account read the library's files.

    Folders get the mode 0700, files 0600. With the setting `library.private`, libraries are made so from the start, by
    whichever command. On Windows access is inherited from the folder, and nothing is changed.
    """
    from audobon_cli.library.modes.private import keep_from_others

    workspace = session.workspace
    root = workspace.existing_library_path if dry_run else workspace.writable_library_path
    done = keep_from_others(workspace.library.root if root.exists() else root, dry_run)
    data = {
        "path": str(root),
        "folders": done.folders,
        "files": done.files,
        "inherited": done.inherited,
        "dry_run": dry_run,
    }
    session.out.result(data, lambda: session.out.line(str(root)))
    if done.inherited:
        session.out.note("On this system who may read a file follows from its folder: nothing is changed.")
        return
    would = "would be closed" if dry_run else "closed"
    what = f"{plural(done.folders, 'folder')} and {plural(done.files, 'file')}"
    session.out.note(f"{what} {would} to other accounts.")
