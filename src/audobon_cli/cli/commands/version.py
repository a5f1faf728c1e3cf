"""``audobon version``: history of the library - commits, branches, merges, undo."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from audobon_cli.cli import version_views as views
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.history.commits import short

app = typer.Typer(no_args_is_help=True, help="Commit the library, branch it, merge it, and go back.")

Message = Annotated[str, typer.Option("--message", "-m", help="What changed, and why.")]
Revision = Annotated[
    str, typer.Argument(help="HEAD, a branch, a tag or a commit; ~1 after it goes one back.")
]


class Strategy(StrEnum):
    """How a merge decides conflicts by itself."""

    OURS = "ours"
    THEIRS = "theirs"


@command(app, "status", examples=["audobon version status", "audobon version status --json"])
def status(session: Session) -> None:
    """Show the branch, and what has changed since the last commit."""
    from audobon_cli.services.history import commits

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
            f"A merge of {short(found.merging)} waits: {found.conflicts} conflicts. `audobon version merge` lists them."
        )


@command(app, "commit", examples=['audobon version commit -m "The cast in flat style"'])
def commit(session: Session, message: Message) -> None:
    """Record the whole library as it is now. Takes milliseconds; files are not copied."""
    from audobon_cli.services.history import commits

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
    from audobon_cli.services.history import commits
    from audobon_cli.services.history.references import find_asset

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
    from audobon_cli.services.history import commits

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


@command(app, "diff", examples=["audobon version diff", "audobon version diff main flat --json"])
def diff(
    session: Session,
    before: Annotated[str | None, typer.Argument(help="A commit; without any: HEAD.")] = None,
    after: Annotated[str | None, typer.Argument(help="Another one; without: the library as it is.")] = None,
) -> None:
    """Show which assets differ between two commits, or since one, field by field."""
    from audobon_cli.services.history import commits

    found = commits.diff(session.workspace.library, before, after)
    data = {"changes": [views.change_data(change) for change in found]}
    session.out.result(data, lambda: views.show_changes(session.out, found))
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
    from audobon_cli.services.history import branches

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


@command(app, "tag", examples=["audobon version tag", "audobon version tag v1.0"])
def tag(
    session: Session,
    name: Annotated[str | None, typer.Argument(help="The tag; without one all are listed.")] = None,
    at: Annotated[str, typer.Option("--at", metavar="REVISION", help="The commit to name.")] = "HEAD",
    delete: Annotated[bool, typer.Option("--delete", help="Remove it.")] = False,
) -> None:
    """List tags, or name a commit for good."""
    from audobon_cli.services.history import branches

    library = session.workspace.library
    if name is None:
        found = branches.tags(library)
        session.out.result(
            {"tags": [views.ref_data(ref) for ref in found]}, lambda: views.show_refs(session.out, found)
        )
        return
    commit = branches.delete_tag(library, name) if delete else branches.create_tag(library, name, at)
    session.out.result({"tag": name, "commit": commit}, lambda: None)
    session.out.note(f"{'Removed' if delete else 'Made'} the tag {name} at {short(commit)}.")


@command(app, "switch", examples=["audobon version switch flat", "audobon version switch -c flat"])
def switch(
    session: Session,
    target: Annotated[str, typer.Argument(help="A branch, or a commit to look at.")],
    create: Annotated[
        bool, typer.Option("--create", "-c", help="Make the branch here and go to it.")
    ] = False,
    stash: Annotated[bool, typer.Option("--stash", help="Put uncommitted changes aside first.")] = False,
) -> None:
    """Bring the library to a branch or commit. Refuses to lose uncommitted changes."""
    from audobon_cli.services.history import branches

    moved = branches.switch(session.workspace.library, target, session.workspace.author, create, stash)
    session.out.result(views.moved_data(moved), lambda: None)
    if moved.stash is not None:
        session.out.note(f"Put aside as stash {moved.stash}; `audobon version unstash` brings it back.")
    where = f"On {moved.branch}" if moved.branch else "On no branch"
    session.out.note(f"{where} at {short(moved.commit)}; {moved.changed} assets changed.")


@command(app, "merge", examples=["audobon version merge flat", "audobon version merge --abort"])
def merge(
    session: Session,
    revision: Annotated[
        str | None, typer.Argument(help="What to merge; without it the waiting conflicts are listed.")
    ] = None,
    message: Message = "",
    strategy: Annotated[
        Strategy | None, typer.Option("--strategy", help="Decide every conflict for this side.")
    ] = None,
    abort: Annotated[bool, typer.Option("--abort", help="Give up the merge that waits.")] = False,
) -> None:
    """Merge a branch into this one, asset by asset and field by field.

    With conflicts nothing is changed until each is resolved; exit status 56.
    """
    from audobon_cli.domain.history.merge import Side
    from audobon_cli.services.history import merging

    library = session.workspace.library
    if abort:
        theirs = merging.abort(library)
        session.out.result({"aborted": theirs}, lambda: None)
        session.out.note(f"Gave up merging {short(theirs)}; the library is as it was.")
        return
    if revision is None:
        waiting = merging.conflicts(library)
        data = {"conflicts": [views.conflict_data(conflict) for conflict in waiting]}
        session.out.result(data, lambda: views.show_conflicts(session.out, waiting))
        return
    side = None if strategy is None else Side(strategy.value)
    report = merging.merge(library, revision, session.workspace.author, message, side)
    _finish_merge(session, report)


@command(
    app,
    "resolve",
    examples=[
        "audobon version resolve k3f9x2ab --theirs",
        "audobon version resolve k3f9x2ab --field note=final",
    ],
)
def resolve(
    session: Session,
    assets: Annotated[list[str], typer.Argument(help="Assets in conflict, by id or name.")],
    ours: Annotated[bool, typer.Option("--ours", help="Take this branch's version.")] = False,
    theirs: Annotated[bool, typer.Option("--theirs", help="Take the merged branch's version.")] = False,
    both: Annotated[bool, typer.Option("--both", help="Keep both, theirs as an asset of its own.")] = False,
    field: Annotated[
        list[str] | None,
        typer.Option(
            "--field", metavar="NAME=VALUE", help="Set a field: name, category, note, rating, tags=a,b."
        ),
    ] = None,
) -> None:
    """Decide conflicts of the merge that waits; the last one completes the merge."""
    from audobon_cli.domain.history.merge import Resolution, Side
    from audobon_cli.services.history import merging
    from audobon_cli.services.history.references import find_conflict, parse_fields

    if ours + theirs + both > 1 or not (ours or theirs or both or field):
        raise InvalidInput(
            "Say how to resolve it.", hint="give one of --ours, --theirs, --both, or --field NAME=VALUE"
        )
    library = session.workspace.library
    waiting = merging.conflicts(library)
    choice = Resolution(Side.THEIRS if theirs else Side.OURS, parse_fields(field or []), both)
    decisions = {find_conflict(waiting, reference): choice for reference in assets}
    _finish_merge(session, merging.decide(library, decisions, session.workspace.author))


@command(
    app, "restore", examples=["audobon version restore k3f9x2ab", "audobon version restore --all --from v1"]
)
def restore(
    session: Session,
    assets: Annotated[list[str] | None, typer.Argument(help="Assets, by id or name.")] = None,
    start: Annotated[
        str, typer.Option("--from", metavar="REVISION", help="The commit to take them from.")
    ] = "HEAD",
    everything: Annotated[bool, typer.Option("--all", help="The whole library.")] = False,
) -> None:
    """Make assets what they were in a commit, without committing. `undo` takes it back."""
    from audobon_cli.services.history import branches
    from audobon_cli.services.history.references import find_asset

    if bool(assets) == everything:
        raise InvalidInput("Say what to restore.", hint="name assets, or give --all")
    library = session.workspace.library
    wanted = None if everything else [find_asset(library, reference, start) for reference in assets or []]
    changed = branches.restore(library, wanted, start)
    session.out.result({"changed": changed}, lambda: None)
    session.out.note(f"{changed} assets are as in {start}.")


@command(app, "revert", examples=["audobon version revert HEAD"])
def revert(session: Session, revision: Revision) -> None:
    """Take back what one commit changed, keeping what came after, as a new commit."""
    from audobon_cli.services.history import merging

    _finish_merge(session, merging.revert(session.workspace.library, revision, session.workspace.author))


@command(app, "stash", examples=["audobon version stash", "audobon version stash --list"])
def stash(
    session: Session,
    message: Message = "",
    list_all: Annotated[bool, typer.Option("--list", help="Show what has been put aside.")] = False,
) -> None:
    """Put uncommitted changes aside and bring the library back to its commit."""
    from audobon_cli.services.history import branches

    library = session.workspace.library
    if list_all:
        found = branches.stashes(library)
        session.out.result(
            {"stashes": [views.ref_data(ref) for ref in found]}, lambda: views.show_refs(session.out, found)
        )
        return
    name = branches.stash(library, session.workspace.author, message)
    session.out.result({"stash": name}, lambda: None)
    session.out.note("Nothing to put aside." if name is None else f"Put aside as stash {name}.")


@command(app, "unstash", examples=["audobon version unstash", "audobon version unstash 2"])
def unstash(
    session: Session,
    name: Annotated[str | None, typer.Argument(help="Number of the stash; without: the last.")] = None,
) -> None:
    """Bring back what was put aside."""
    from audobon_cli.services.history import branches

    changed = branches.unstash(session.workspace.library, name)
    session.out.result({"changed": changed}, lambda: None)
    session.out.note(f"{changed} assets changed.")


@command(app, "undo", examples=["audobon version undo", "audobon version undo --list"])
def undo(
    session: Session,
    list_all: Annotated[bool, typer.Option("--list", help="Show the log of operations instead.")] = False,
) -> None:
    """Take back the last `version` operation; again, the one before. Nothing is lost by it."""
    from audobon_cli.services.history import undoing

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
    from audobon_cli.services.history import upkeep

    report = upkeep.gc(session.workspace.library, keep_days, dry_run)
    data = {
        "commits": report.commits, "objects": report.objects, "blobs_released": report.blobs_released,
        "dry_run": report.dry_run,
    }  # fmt: skip
    session.out.result(data, lambda: None)
    would = "Would remove" if dry_run else "Removed"
    session.out.note(
        f"{would} {report.commits} commits and {report.objects} objects; {report.blobs_released} files are no longer named."
    )


@command(app, "verify", examples=["audobon version verify"])
def verify(session: Session) -> None:
    """Read the whole history and check that it holds together."""
    from audobon_cli.services.history import upkeep

    report = upkeep.verify(session.workspace.library)
    data = {"commits": report.commits, "objects": report.objects, "problems": list(report.problems)}
    session.finish(
        data, lambda: [session.out.line(problem) for problem in report.problems] and None, report.error()
    )
    session.out.note(f"{report.commits} commits and {report.objects} objects are whole.")


def _finish_merge(session: Session, report: Any) -> None:
    """Say what came of a merge, and end with its error."""
    session.finish(
        views.merge_data(report), lambda: views.show_conflicts(session.out, report.conflicts), report.error()
    )
    session.out.note(views.merge_words(report))


def _operation(entry: Any) -> dict[str, Any]:
    return {
        "number": entry.number,
        "time": entry.time.isoformat(),
        "command": entry.command,
        "undone": entry.undone,
    }
