"""``audobon version``: commit the library, look at its history, undo."""

from pathlib import Path
from typing import Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.version import views as views
from audobon_cli.history.model.commits import short

app = typer.Typer(no_args_is_help=True, help="Commit the library, branch it, merge it, and go back.")

Message = Annotated[str, typer.Option("--message", "-m", help="What changed, and why.")]
Report = Annotated[
    Path | None, typer.Option("--report", metavar="FILE", help="Write an HTML page with the pictures.")
]
Preview = Annotated[
    bool, typer.Option("--preview", help="Show changed pictures in the terminal: before, after, difference.")
]
Revision = Annotated[
    str, typer.Argument(help="HEAD, a branch, a tag or a commit; ~1 after it goes one back.")
]


@command(app, "status", examples=["audobon version status", "audobon version status --json"])
def status(session: Session) -> None:
    """Show the branch, and what has changed since the last commit."""
    from audobon_cli.history import commits

    found = commits.status(session.workspace.library)
    data = {
        "branch": found.branch,
        "head": found.head,
        "changes": [views.change_data(change) for change in found.changes],
        "merging": found.merging,
        "conflicts": found.conflicts,
    }
    session.out.result(data, lambda: views.show_changes(session.out, found.changes))
    at = "before the first commit" if found.head is None else f"at {short(found.head)}"
    session.out.note(f"On {found.branch or 'no branch'}, {at}; {len(found.changes)} assets changed since.")
    if found.merging is not None:
        session.out.note(
            f"A merge of {short(found.merging)} waits: {found.conflicts} conflicts;"
            " `audobon version conflicts` lists them."
        )


@command(app, "commit", examples=['audobon version commit -m "The cast in flat style"'])
def commit(session: Session, message: Message) -> None:
    """Record the whole library as it is now. Takes milliseconds; files are not copied."""
    from audobon_cli.history import commits

    made = commits.commit(session.workspace.library, message, session.workspace.author)
    data = {
        "commit": made.id,
        "branch": made.branch,
        "changes": [{"id": change.asset, "change": change.change.value} for change in made.changes],
    }
    session.out.result(data, lambda: session.out.line(made.id) if made.id else None)
    if made.id is None:
        session.out.note("Nothing has changed since the last commit.")
    else:
        session.out.note(f"{len(made.changes)} assets on {made.branch or 'no branch'}.")


@command(app, "log", examples=["audobon version log", "audobon version log flat --limit 5 --json"])
def log(
    session: Session,
    revision: Revision = "HEAD",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many at most.")] = 20,
    asset: Annotated[
        str | None, typer.Option("--asset", help="Only commits that changed this asset.")
    ] = None,
) -> None:
    """List commits, newest first."""
    from audobon_cli.history import commits
    from audobon_cli.history.arguments import find_asset

    library = session.workspace.library
    wanted = None if asset is None else find_asset(library, asset)
    found = commits.log(library, revision, limit, wanted)
    data = {"commits": [views.commit_data(entry.id, entry.commit, entry.refs) for entry in found]}
    session.out.result(data, lambda: views.show_log(session.out, found))
    if not found:
        session.out.note("No commit yet. `audobon version commit -m TEXT` makes one.")


@command(app, "show", examples=["audobon version show HEAD", "audobon version show v1 --json"])
def show(session: Session, revision: Revision = "HEAD") -> None:
    """Show a commit and what it changed."""
    from audobon_cli.history import commits

    found = commits.show(session.workspace.library, revision)
    logged = found.logged
    data = {
        "commit": views.commit_data(logged.id, logged.commit, logged.refs),
        "assets": found.assets,
        "changes": [views.change_data(change) for change in found.changes],
    }

    def view() -> None:
        session.out.line(f"commit {logged.id}")
        session.out.line(f"by {logged.commit.author}, {logged.commit.time:%Y-%m-%d %H:%M:%S} UTC")
        session.out.line(f"assets {found.assets}, changed {len(found.changes)}")
        session.out.line(logged.commit.message)
        views.show_changes(session.out, found.changes)

    session.out.result(data, view)


@command(
    app,
    "diff",
    examples=[
        "audobon version diff",
        "audobon version diff main flat --json",
        "audobon version diff main flat --report diff.html",
    ],
)
def diff(
    session: Session,
    before: Annotated[str | None, typer.Argument(help="A commit; without any: HEAD.")] = None,
    after: Annotated[str | None, typer.Argument(help="Another one; without: the library as it is.")] = None,
    report: Report = None,
    preview: Preview = False,
) -> None:
    """Show which assets differ between two commits, or since one, field by field."""
    from audobon_cli.cli.version.image_views import pictures_data, show_pictures, write_report
    from audobon_cli.history import commits

    library = session.workspace.library
    found = commits.diff(library, before, after)
    shown = [{**views.change_data(change), **pictures_data(library, change)} for change in found]
    data: dict[str, Any] = {"changes": shown}

    def view() -> None:
        views.show_changes(session.out, found)
        if preview:
            show_pictures(session.out, library, found)

    if report is not None:
        title = f"{before or 'HEAD'} to {after or 'the library'}"
        data["report"] = str(write_report(library, found, title, report))
    session.out.result(data, view)
    session.out.note(f"{len(found)} assets differ.")


@command(
    app,
    "branch",
    examples=[
        "audobon version branch",
        "audobon version branch flat",
        "audobon version branch flat --delete",
    ],
)
def branch(
    session: Session,
    name: Annotated[str | None, typer.Argument(help="The branch; without one all are listed.")] = None,
    at: Annotated[str, typer.Option("--at", metavar="REVISION", help="Where it begins.")] = "HEAD",
    delete: Annotated[bool, typer.Option("--delete", help="Remove it.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Remove it though nothing else has its commits.")
    ] = False,
    rename: Annotated[
        str | None, typer.Option("--rename", metavar="NEW", help="Give it another name.")
    ] = None,
) -> None:
    """List branches, or make, rename or remove one."""
    from audobon_cli.history import branches

    library = session.workspace.library
    if name is None:
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


@command(app, "undo", examples=["audobon version undo", "audobon version undo --list"])
def undo(
    session: Session,
    list_all: Annotated[bool, typer.Option("--list", help="Show the log of operations instead.")] = False,
) -> None:
    """Take back the last `version` operation; again, the one before. Nothing is lost by it."""
    from audobon_cli.history import undo as undoing

    library = session.workspace.library
    if list_all:
        found = undoing.operations(library)
        data = {"operations": [_operation(entry) for entry in found]}
        rows = [
            (
                str(entry.number),
                f"{entry.time:%Y-%m-%d %H:%M:%S}",
                entry.command,
                "undone" if entry.undone else "",
            )
            for entry in found
        ]
        session.out.result(data, lambda: session.out.table(("number", "time", "operation", ""), rows))
        return
    taken_back = undoing.undo(library)
    session.out.result({"operation": _operation(taken_back)}, lambda: None)
    session.out.note(f"Took back: {taken_back.command}.")


@command(app, "gc", examples=["audobon version gc --dry-run", "audobon version gc"])
def gc(
    session: Session,
    keep_days: Annotated[
        int, typer.Option("--keep-days", min=0, help="How long the operation log keeps things.")
    ] = 90,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
) -> None:
    """Remove commits and records that nothing refers to any more."""
    from audobon_cli.history import maintenance as upkeep

    report = upkeep.gc(session.workspace.library, keep_days, dry_run)
    data = {
        "commits": report.commits, "objects": report.objects, "blobs_released": report.blobs_released,
        "dry_run": report.dry_run,
    }  # fmt: skip
    session.out.result(data, lambda: None)
    would = "Would remove" if dry_run else "Removed"
    session.out.note(
        f"{would} {report.commits} commits and {report.objects} objects; "
        f"{report.blobs_released} files are no longer named."
    )


@command(app, "verify", examples=["audobon version verify"])
def verify(session: Session) -> None:
    """Read the whole history and check that it holds together."""
    from audobon_cli.history import maintenance as upkeep

    report = upkeep.verify(session.workspace.library)
    data = {"commits": report.commits, "objects": report.objects, "problems": list(report.problems)}
    session.finish(data, lambda: session.out.lines(report.problems), report.error())
    session.out.note(f"{report.commits} commits and {report.objects} objects are whole.")


def _operation(entry: Any) -> dict[str, Any]:
    return {
        "number": entry.number,
        "time": entry.time.isoformat(),
        "command": entry.command,
        "undone": entry.undone,
    }
