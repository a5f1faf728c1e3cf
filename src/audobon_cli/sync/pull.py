"""Pulling and cloning: fetch, then bring the branches here to what the place's are at."""

from dataclasses import dataclass
from pathlib import Path

from audobon_cli.domain.errors import BackupExists, UncommittedChanges
from audobon_cli.domain.events import Listener, ignore
from audobon_cli.domain.units import plural
from audobon_cli.history.merge import MergeReport, merge
from audobon_cli.history.model.commits import CommitId
from audobon_cli.history.model.graph import is_ancestor
from audobon_cli.history.model.merge import Side
from audobon_cli.history.store.objects import BRANCH, REMOTE
from audobon_cli.history.worktree import History, operation, reading
from audobon_cli.library.init import initialise
from audobon_cli.library.store.blobs import PRIVATE_MODE
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.tag_rules.rule import TagRule
from audobon_cli.library.tag_rules.kept import take_rules
from audobon_cli.sync.fetch import FetchReport, fetch
from audobon_cli.sync.place import SharedPlace
from audobon_cli.sync.refs import SharedRefs


@dataclass(frozen=True, slots=True)
class LibraryPull:
    """What a pull did. ``merge`` is that of the branch that the library is on, None where the place has it not.

    Of the other branches ``moved`` are new here or further than they were; ``diverged`` have commits of their own on
    both sides, and wait until the library is switched to them and pulls again.
    """

    address: str
    branch: str | None
    fetched: FetchReport
    moved: tuple[str, ...]
    diverged: tuple[str, ...]
    merge: MergeReport | None
    rules: tuple[TagRule, ...] = ()
    """Rules that tag, new from there."""
    refused_rules: tuple[TagRule, ...] = ()
    """Those that this version cannot read, or that would go round in a circle with some of this library."""


def pull(
    library: Library, place: SharedPlace, author: str, strategy: Side | None = None, listen: Listener = ignore
) -> LibraryPull:
    """Fetch what is new at the place and merge it, as `history.merge.merge` does. The same call goes on after a kill.

    Raises UncommittedChanges, VersionState while a merge waits or the place is empty, SyncDamaged, and what the
    library and the remote raise.
    """
    with reading(library) as history:
        history.require_no_merge()
        changes = history.changes()
        if changes:
            raise UncommittedChanges(
                f"A pull needs everything committed, and {plural(len(changes), 'asset')} changed since.",
                hint="`audobon version commit -m TEXT`, or `audobon version stash`; then pull again",
                assets=[change.asset for change in changes[:20]],
            )
    fetched = fetch(library, place, listen)
    with operation(library, "library pull") as history:
        _choose_branch(history, fetched.refs)
        _take_protections(history, fetched.refs)
        rules = take_rules(history.statements, fetched.refs.rules)
        branch = history.branch
        moved, diverged = _move_others(history, fetched.refs)
    merged = None
    if branch is not None and branch in fetched.refs.branches:
        merged = merge(library, REMOTE + branch, author, strategy=strategy)
    return LibraryPull(place.address, branch, fetched, moved, diverged, merged, *rules)


def clone(
    place: SharedPlace, folder: Path, author: str, listen: Listener = ignore, private: bool = False
) -> LibraryPull:
    """Make a library in the project's ``folder`` with everything of the place; goes on with one that was begun.

    ``private``: no other account reads it. Raises BackupExists where a library is that has something else in it, and
    what `pull` raises.
    """
    refs = place.read_refs()
    library = Library.open(initialise(folder, private).path)
    if private:
        library.blobs.mode = PRIVATE_MODE
    try:
        _refuse_another(library, refs, place.address)
        return pull(library, place, author, listen=listen)
    finally:
        library.close()


def _refuse_another(library: Library, refs: SharedRefs, address: str) -> None:
    with reading(library) as history:
        own = {commit for ref, commit in history.rows.refs(BRANCH).items() if commit not in refs.tips}
        if own or history.changes():
            raise BackupExists(
                f"There is a library already in {library.root}, which holds something else.",
                hint=f"name another folder; or in that one: audobon library pull {address}",
                path=str(library.root),
            )


def _choose_branch(history: History, refs: SharedRefs) -> None:
    """A library without commits goes to the branch that the place begins on, unless the place has its own, too."""
    if history.head is None and history.branch not in refs.branches and refs.head in refs.branches:
        history.rows.set_state("branch", refs.head)
        history.forget_changes()


def _take_protections(history: History, refs: SharedRefs) -> None:
    """Protect what is protected at the place, where nothing was said of it here."""
    said = history.rows.protections()
    for name in refs.protected:
        if name not in said:
            history.rows.set_protection(name, True)


def _move_others(history: History, refs: SharedRefs) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Bring the branches that the library is not on forward; those that moved, and those that cannot."""
    own, read = history.rows.refs(BRANCH), history.rows.commit
    moved: list[str] = []
    diverged: list[str] = []
    for name, theirs in refs.branches.items():
        ours: CommitId | None = own.get(BRANCH + name)
        if name == history.branch or ours == theirs:
            continue
        if ours is None or is_ancestor(read, ours, theirs):
            history.rows.set_ref(BRANCH + name, theirs)
            moved.append(name)
        elif not is_ancestor(read, theirs, ours):
            diverged.append(name)
    return tuple(moved), tuple(diverged)
