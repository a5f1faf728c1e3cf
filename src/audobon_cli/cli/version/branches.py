"""``audobon version``: branches, merges, and moving the library between commits."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.version import views as views
from audobon_cli.cli.version.version import Message, Preview, Report, Revision
from audobon_cli.cli.version.version import app as app
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.history.model.commits import short

if TYPE_CHECKING:
    from audobon_cli.history.merge import MergeReport


class MergeStrategy(StrEnum):
    """How a merge decides conflicts by itself."""

    OURS = "ours"
    THEIRS = "theirs"


@command(app, "tag", examples=["audobon version tag", "audobon version tag v1.0"])
def tag(
    session: Session,
    name: Annotated[str | None, typer.Argument(help="The tag; without one all are listed.")] = None,
    at: Annotated[str, typer.Option("--at", metavar="REVISION", help="The commit to name.")] = "HEAD",
    delete: Annotated[bool, typer.Option("--delete", help="Remove it.")] = False,
) -> None:
    """List tags, or name a commit for good."""
    from audobon_cli.history import branches

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
    from audobon_cli.history import branches

    moved = branches.switch(session.workspace.library, target, session.workspace.author, create, stash)
    session.out.result(views.moved_data(moved), lambda: None)
    if moved.stash is not None:
        session.out.note(f"Put aside as stash {moved.stash}; `audobon version unstash` brings it back.")
    where = f"On {moved.branch}" if moved.branch else "On no branch"
    session.out.note(f"{where} at {short(moved.commit)}; {moved.changed} assets changed.")


@command(app, "merge", examples=["audobon version merge flat", "audobon version merge --abort"])
def merge(
    session: Session,
    revision: Annotated[str | None, typer.Argument(help="A branch, a tag or a commit.")] = None,
    message: Message = "",
    strategy: Annotated[
        MergeStrategy | None, typer.Option("--strategy", help="Decide every conflict for this side.")
    ] = None,
    abort: Annotated[bool, typer.Option("--abort", help="Give up the merge that waits.")] = False,
) -> None:
    """Merge a branch into this one, asset by asset and field by field.

    With conflicts nothing is changed until each is resolved; exit status 56.
    """
    from audobon_cli.history import merge as merging
    from audobon_cli.history.model.merge import Side

    library = session.workspace.library
    if abort:
        theirs = merging.abort(library)
        session.out.result({"aborted": theirs}, lambda: None)
        session.out.note(f"Gave up merging {short(theirs)}; the library is as it was.")
        return
    if revision is None:
        raise InvalidInput("Say what to merge.", hint="name a branch; `audobon version branch` lists them")
    side = None if strategy is None else Side(strategy.value)
    report = merging.merge(library, revision, session.workspace.author, message, side)
    _finish_merge(session, report)


@command(app, "conflicts", examples=["audobon version conflicts --preview"])
def conflicts(session: Session, report: Report = None, preview: Preview = False) -> None:
    """List what the merge that waits needs decided, with both sides' pictures."""
    from audobon_cli.cli.version.image_views import show_pictures, write_report
    from audobon_cli.history import merge as merging

    library = session.workspace.library
    waiting = merging.conflicts(library)
    sides = [merging.as_change(conflict) for conflict in waiting]
    data: dict[str, Any] = {"conflicts": [views.conflict_data(conflict) for conflict in waiting]}

    def view() -> None:
        views.show_conflicts(session.out, waiting)
        if preview:
            show_pictures(session.out, library, sides)

    if report is not None:
        data["report"] = str(write_report(library, sides, "Conflicts, ours to theirs", report))
    session.out.result(data, view)


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
    from audobon_cli.history import merge as merging
    from audobon_cli.history.arguments import find_conflict, parse_fields
    from audobon_cli.history.model.merge import Resolution, Side

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
    from audobon_cli.history import branches
    from audobon_cli.history.arguments import find_asset

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
    from audobon_cli.history import merge as merging

    _finish_merge(session, merging.revert(session.workspace.library, revision, session.workspace.author))


@command(app, "stash", examples=["audobon version stash", "audobon version stash --list"])
def stash(
    session: Session,
    message: Message = "",
    list_all: Annotated[bool, typer.Option("--list", help="Show what has been put aside.")] = False,
) -> None:
    """Put uncommitted changes aside and bring the library back to its commit."""
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
    session.out.note("Nothing to put aside." if name is None else f"Put aside as stash {name}.")


@command(app, "unstash", examples=["audobon version unstash", "audobon version unstash 2"])
def unstash(
    session: Session,
    name: Annotated[str | None, typer.Argument(help="Number of the stash; without: the last.")] = None,
) -> None:
    """Bring back what was put aside."""
    from audobon_cli.history import branches

    changed = branches.stash_pop(session.workspace.library, name)
    session.out.result({"changed": changed}, lambda: None)
    session.out.note(f"{changed} assets changed.")


def _finish_merge(session: Session, report: "MergeReport") -> None:
    """Say what came of a merge, and end with its error."""
    session.finish(
        views.merge_data(report), lambda: views.show_conflicts(session.out, report.conflicts), report.error()
    )
    session.out.note(views.merge_words(report))
