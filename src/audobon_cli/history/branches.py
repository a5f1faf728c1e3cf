"""Branches, tags and stashes, and moving the library between commits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from audobon_cli.domain.errors import VersionExists, VersionNotFound, VersionState
from audobon_cli.domain.ids import AssetId
from audobon_cli.domain.units import plural
from audobon_cli.history.model.commits import CommitId, short
from audobon_cli.history.model.graph import is_ancestor
from audobon_cli.history.model.records import Record, record_bytes
from audobon_cli.history.model.tree import differences, find
from audobon_cli.history.revisions import check_name, find_commit
from audobon_cli.history.store.asset_records import apply_records, read_records, record_asset
from audobon_cli.history.store.objects import BRANCH, STASH, TAG
from audobon_cli.history.worktree import History, operation, reading
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.writer import protected_error


@dataclass(frozen=True, slots=True)
class Ref:
    """A branch, tag or stash, and whether it is the branch that the library is on."""

    name: str
    commit: CommitId
    subject: str
    current: bool = False
    protected: bool = False


@dataclass(frozen=True, slots=True)
class SwitchResult:
    """Where the library is now; ``changed`` assets differ from before; ``stash`` holds what was put aside."""

    branch: str | None
    commit: CommitId
    changed: int
    stash: str | None = None


def branches(library: Library) -> list[Ref]:
    """The branches, in alphabetical order. One without commits is not among them."""
    return _refs(library, BRANCH)


def tags(library: Library) -> list[Ref]:
    """The tags, in alphabetical order."""
    return _refs(library, TAG)


def stashes(library: Library) -> list[Ref]:
    """What was put aside, the oldest first."""
    return _refs(library, STASH)


def create_branch(library: Library, name: str, start: str = "HEAD") -> CommitId:
    """Make a branch at a commit; the library stays where it is. Raises VersionExists, VersionNotFound."""
    return _create(library, BRANCH, check_name(name, "branch"), start)


def create_tag(library: Library, name: str, start: str = "HEAD") -> CommitId:
    """Name a commit for good. Raises VersionExists, VersionNotFound."""
    return _create(library, TAG, check_name(name, "tag"), start)


def delete_branch(library: Library, name: str, force: bool = False) -> CommitId:
    """Remove a branch; the commit that it was at.

    Raises VersionState for the branch that the library is on, and, unless ``force``, for one whose commits no
    other branch or tag has: they stay for as long as the operation log does.
    """
    with operation(library, f"branch --delete {name}") as history:
        commit = _ref(history, BRANCH, name)
        if history.branch == name:
            raise VersionState(f"The library is on {name}.", hint="switch to another branch first")
        others = [target for ref, target in history.rows.refs().items() if ref != BRANCH + name]
        kept = any(is_ancestor(history.rows.commit, commit, other) for other in others)
        if not kept and not force:
            raise VersionState(
                f"No other branch or tag has the commits of {name}.",
                hint=f"merge it first, or `audobon version branch {name} --remove --force`",
            )
        history.rows.set_ref(BRANCH + name, None)
        history.rows.set_protection(name, None)
        return commit


def set_branch_protected(library: Library, name: str, protected: bool) -> bool:
    """Protect a branch from being removed, renamed and moved back, or no longer; whether that is new.

    Commits, merges and pulls go on moving it forward. Raises VersionNotFound.
    """
    with operation(library, f"{'protect' if protected else 'unprotect'} {name}") as history:
        _ref(history, BRANCH, name)
        before = history.rows.protections().get(name, False)
        history.rows.set_protection(name, protected)
        return before != protected


def delete_tag(library: Library, name: str) -> CommitId:
    """Remove a tag; the commit that it named. Raises VersionNotFound."""
    with operation(library, f"tag --delete {name}") as history:
        commit = _ref(history, TAG, name)
        history.rows.set_ref(TAG + name, None)
        return commit


def rename_branch(library: Library, old: str, new: str) -> CommitId:
    """Give a branch another name. Raises VersionNotFound, VersionExists."""
    check_name(new, "branch")
    with operation(library, f"branch --rename {old} {new}") as history:
        commit = _ref(history, BRANCH, old)
        _require_free(history, BRANCH, new)
        history.rows.set_ref(BRANCH + old, None)
        history.rows.set_protection(old, None)
        history.rows.set_ref(BRANCH + new, commit)
        if history.branch == old:
            history.rows.set_state("branch", new)
        return commit


def switch(
    library: Library,
    target: str,
    author: str,
    create: bool = False,
    stash: bool = False,
    now: datetime | None = None,
) -> SwitchResult:
    """Bring the library to a branch or commit, in one transaction and without copying a file.

    Args:
        create: Make the branch ``target`` here and go to it; what is not committed comes along.
        stash: Put uncommitted changes aside first.

    Raises UncommittedChanges, VersionNotFound, VersionExists, VersionState while a merge waits.
    """
    with operation(library, f"switch {target}", now) as history:
        history.require_no_merge()
        if create:
            return _switch_to_new(history, check_name(target, "branch"))
        aside = save_changes(history, author, f"before switching to {target}") if stash else None
        history.require_clean("switching")
        commit, before = find_commit(history, target), history.tree
        on_branch = BRANCH + target in history.rows.refs()
        history.rows.set_state("branch", target if on_branch else None)
        history.rows.set_state("detached", None if on_branch else commit)
        history.forget_changes()
        changed = history.move_library(before, history.rows.commit(commit).tree)
        return SwitchResult(history.branch, commit, changed, aside)


def restore(
    library: Library, assets: list[AssetId] | None, start: str = "HEAD", now: datetime | None = None
) -> int:
    """Make assets (None: all) what they were in a commit, without committing; how many changed.

    What is overwritten can be had back with `undo`. Raises VersionNotFound, also for an asset that the commit
    does not have and the library neither; AssetProtected for one that would change.
    """
    with operation(library, f"restore from {start}", now) as history:
        tree = history.rows.commit(find_commit(history, start)).tree
        if assets is None:
            own = history.store(history.changes())
            differing = {one.asset: one.after for one in differences(history.rows.content, own, tree)}
            _require_unprotected(
                history, {asset: history.rows.record(name) for asset, name in differing.items()}
            )
            return history.move_library(own, tree)
        wanted = {asset: history.rows.record(find(history.rows.content, tree, asset)) for asset in assets}
        _require_unprotected(history, wanted)
        apply_records(history.statements, wanted)
        history.recheck(wanted)
        return len(wanted)


def _require_unprotected(history: History, wanted: Mapping[AssetId, Record | None]) -> None:
    """Raise AssetProtected where a protected asset would become something else."""
    now = read_records(history.statements, wanted)
    held = [
        record_asset(asset, record)
        for asset, record in now.items()
        if record is not None and record.get("protected") and not _is_same(record, wanted[asset])
    ]
    if held:
        raise protected_error(held)


def _is_same(record: Record, other: Record | None) -> bool:
    return other is not None and record_bytes(record) == record_bytes(other)


def stash(library: Library, author: str, message: str = "", now: datetime | None = None) -> str | None:
    """Put uncommitted changes aside and bring the library back to its commit; the stash's name, None for none."""
    with operation(library, "stash", now) as history:
        history.require_no_merge()
        return save_changes(history, author, message)


def stash_pop(library: Library, name: str | None = None, now: datetime | None = None) -> int:
    """Bring back what was put aside (None: last) and drop the stash; how many assets changed.

    Raises UncommittedChanges when the same assets have changed since, VersionNotFound.
    """
    with operation(library, "unstash", now) as history:
        names = [ref.removeprefix(STASH) for ref in history.rows.refs(STASH)]
        if not names:
            raise VersionNotFound("No changes were set aside.", hint="`audobon version stash` does it")
        chosen = name or max(names, key=int)
        commit = history.rows.commit(_ref(history, STASH, chosen))
        base = history.rows.commit(commit.parents[0]).tree
        content, own = history.rows.content, {change.asset for change in history.changes()}
        wanted = {found.asset: found for found in differences(content, base, commit.tree)}
        moved = {
            asset
            for asset, found in wanted.items()
            if asset in own or find(content, history.tree, asset) not in (found.before, found.after)
        }
        if moved:
            history.require_clean("bringing them back")
            raise VersionState(
                f"Later commits change {plural(len(moved), 'asset')} of the stash in another way.",
                hint=f"look with `audobon version diff HEAD stash/{chosen}`; "
                f"`audobon version switch` to the commit it was made on first",
            )
        apply_records(
            history.statements, {asset: history.rows.record(found.after) for asset, found in wanted.items()}
        )
        history.recheck(wanted)
        history.rows.set_ref(STASH + chosen, None)
        return len(wanted)


def save_changes(history: History, author: str, message: str) -> str | None:
    """Stash within an operation that is under way. Raises VersionState before the first commit."""
    changes = history.changes()
    if not changes:
        return None
    head = history.head
    if head is None:
        raise VersionState("Nothing has been committed yet.", hint="`audobon version commit -m TEXT` first")
    tree, before = history.store(changes), history.tree
    commit = history.add_commit(
        tree, [head], author, message or f"Put aside on {history.branch or short(head)}"
    )
    name = str(1 + max((int(ref.removeprefix(STASH)) for ref in history.rows.refs(STASH)), default=0))
    history.rows.set_ref(STASH + name, commit)
    history.move_library(tree, before)
    return name


def _switch_to_new(history: History, name: str) -> SwitchResult:
    _require_free(history, BRANCH, name)
    head = history.head
    if head is None:
        raise VersionState("Nothing has been committed yet.", hint="`audobon version commit -m TEXT` first")
    history.rows.set_ref(BRANCH + name, head)
    history.rows.set_state("branch", name)
    history.rows.set_state("detached", None)
    return SwitchResult(name, head, 0)


def _create(library: Library, beginning: str, name: str, start: str) -> CommitId:
    with operation(library, f"{beginning.rstrip('/')} {name}") as history:
        _require_free(history, beginning, name)
        commit = find_commit(history, start)
        history.rows.set_ref(beginning + name, commit)
        return commit


def _require_free(history: History, beginning: str, name: str) -> None:
    if beginning + name in history.rows.refs():
        raise VersionExists(
            f"There is a {beginning.rstrip('/')} {name} already.",
            hint="choose another name, or delete that one first",
        )


def _ref(history: History, beginning: str, name: str) -> CommitId:
    found = history.rows.refs().get(beginning + name)
    if found is None:
        raise VersionNotFound(
            f"There is no {beginning.rstrip('/')} {name!r}.",
            hint=f"`audobon version {beginning.rstrip('/')}` lists them",
        )
    return found


def _refs(library: Library, beginning: str) -> list[Ref]:
    with reading(library) as history:
        current = history.branch if beginning == BRANCH else None
        protected = history.rows.protections() if beginning == BRANCH else {}
        return [
            Ref(
                name.removeprefix(beginning),
                commit,
                history.rows.commit(commit).subject,
                name == BRANCH + str(current),
                protected.get(name.removeprefix(beginning), False),
            )
            for name, commit in history.rows.refs(beginning).items()
        ]
