"""``audobon version export-git`` and ``import-git``: history as a git repository, and back."""

from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.foreign.text import visible
from audobon_cli.domain.units import plural


@command("export-git", examples=["audobon version export-git ../art-history"])
def export_git(
    session: Session,
    folder: Annotated[
        Path, typer.Argument(help="A new folder, or one of an earlier export, which is continued.")
    ],
    plain: Annotated[
        bool, typer.Option("--plain", help="Write pictures themselves, not git-lfs pointers.")
    ] = False,
) -> None:
    """Write the history as a git repository.

    With branches, tags, authors, dates, and a JSON file for each asset. A later export leaves the work tree on the
    branch that it stands on.
    """
    from audobon_cli.history.git_export import export_git as export

    done = export(session.workspace.library, folder, large_files=not plain)
    data = {
        "folder": str(done.folder), "commits": done.commits, "known": done.known, "files": done.files,
        "checked_out": done.checked_out,
    }  # fmt: skip
    session.out.result(data, lambda: session.out.line(str(done.folder)))
    session.out.note(
        f"{plural(done.commits, 'commit')} written, {done.known} already there; "
        f"{plural(done.files, 'picture')}."
    )
    if done.branch and done.checked_out != done.branch:
        where = done.checked_out or "a commit of no branch"
        session.out.note(f"Its work tree stays on {where}: `git -C {done.folder} switch {done.branch}`.")


@command("import-git", examples=["audobon version import-git ../art-history"])
def import_git(
    session: Session,
    folder: Annotated[Path, typer.Argument(help="A git repository that export-git made.")],
) -> None:
    """Import branches and tags of an exported repository.

    Their pictures come along.
    """
    from audobon_cli.history.git_import import import_git as take_in

    done = take_in(session.workspace.library, folder)
    data = {
        "commits": done.commits, "branches": list(done.branches), "tags": list(done.tags), "renamed": done.renamed,
        "left_out": list(done.left_out), "skipped": [{"path": path, "reason": why} for path, why in done.skipped],
    }  # fmt: skip
    session.out.result(data, lambda: session.out.lines(done.branches))
    session.out.note(
        f"{plural(done.commits, 'commit')} on {plural(len(done.branches), 'branch', 'branches')}."
    )
    for before, after in done.renamed.items():
        session.out.warn(f"{before} goes elsewhere here; it came in as {after}.")
    for tag in done.left_out:
        session.out.warn(f"the tag {tag} was left out: it is of no commit.")
    for path, why in done.skipped:
        session.out.warn(f"{visible(path)} was skipped: it {why}.")
