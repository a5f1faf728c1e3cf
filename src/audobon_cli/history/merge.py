"""Merging another line of work into this one, and deciding what both changed."""

import json
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import MergeConflicts, VersionState
from audobon_cli.domain.ids import AssetId, new_asset_id
from audobon_cli.domain.units import plural
from audobon_cli.history.model.commits import CommitId, short
from audobon_cli.history.model.graph import is_ancestor, merge_base
from audobon_cli.history.model.merge import Conflict, Merged, Resolution, Side, Versions, merge_asset, resolve
from audobon_cli.history.model.records import ObjectHash, Record, relation_targets
from audobon_cli.history.model.tree import NOTHING, differences, find
from audobon_cli.history.revisions import find_commit
from audobon_cli.history.store.asset_records import sources_of
from audobon_cli.history.worktree import AssetChange, History, asset_change, operation, reading
from audobon_cli.library.store.library import Library


@dataclass(frozen=True, slots=True)
class PendingMerge:
    """A merge that waits for decisions. Nothing of it is in the library yet."""

    base: CommitId | None
    ours: CommitId
    theirs: CommitId
    label: str
    message: str
    conflicts: Mapping[AssetId, Merged]
    clean: Mapping[AssetId, Record | None] = field(repr=False)
    decided: Mapping[AssetId, Resolution]

    @property
    def open(self) -> tuple[Conflict, ...]:
        """The conflicts that nobody has decided yet."""
        return tuple(
            merged.conflict
            for asset, merged in self.conflicts.items()
            if asset not in self.decided and merged.conflict is not None
        )


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What came of a merge: the commit that the library is at now, or the conflicts that stop it."""

    commit: CommitId | None
    fast_forward: bool
    up_to_date: bool
    changed: int
    conflicts: tuple[Conflict, ...]

    def error(self) -> MergeConflicts | None:
        """What a command must end with, or None."""
        if not self.conflicts:
            return None
        return MergeConflicts(
            f"Both sides changed {plural(len(self.conflicts), 'asset')}.",
            hint="decide each with `audobon version resolve ID --ours|--theirs|--both|--field NAME=VALUE`, "
            "or give up with `audobon version merge --abort`",
            assets=[conflict.asset for conflict in self.conflicts],
        )


def merge(
    library: Library,
    revision: str,
    author: str,
    message: str = "",
    strategy: Side | None = None,
    now: datetime | None = None,
) -> MergeReport:
    """Merge a commit into this branch: three-way, asset by asset and field by field, in one transaction.

    With conflicts and no ``strategy`` the library stays as it is and the merge waits for `decide`. Raises
    UncommittedChanges, VersionState while another merge waits, VersionNotFound.
    """
    with operation(library, f"merge {revision}", now) as history:
        history.require_no_merge()
        history.require_clean("the merge")
        theirs, ours = find_commit(history, revision), history.head
        text = message or f"Merge {revision}" + (f" into {history.branch}" if history.branch else "")
        if ours is None or is_ancestor(history.rows.commit, ours, theirs):
            return _fast_forward(history, ours, theirs)
        if is_ancestor(history.rows.commit, theirs, ours):
            return MergeReport(ours, fast_forward=False, up_to_date=True, changed=0, conflicts=())
        base = merge_base(history.rows.commit, ours, theirs)
        pending = _prepare(history, base, ours, theirs, revision, text)
        if strategy is not None:
            pending = _decided(pending, {asset: Resolution(strategy) for asset in pending.conflicts})
        if pending.open:
            _remember(history, pending)
            return MergeReport(None, fast_forward=False, up_to_date=False, changed=0, conflicts=pending.open)
        return _finish(history, pending, author)


def revert(library: Library, revision: str, author: str, now: datetime | None = None) -> MergeReport:
    """Take back what a commit changed, keeping what came after, as a new commit.

    Where later commits changed the same, the later ones stay (a conflict is decided for ours). Raises
    UncommittedChanges, VersionNotFound, VersionState for a merge commit.
    """
    with operation(library, f"revert {revision}", now) as history:
        history.require_no_merge()
        history.require_clean("the revert")
        name = find_commit(history, revision)
        commit = history.rows.commit(name)
        if len(commit.parents) > 1:
            raise VersionState(
                f"{short(name)} is a merge: which of its sides is to be taken back cannot be known.",
                hint="revert the commits of one side, or `audobon version restore --from` an earlier commit",
            )
        ours = history.head
        assert ours is not None
        before = history.rows.commit(commit.parents[0]).tree if commit.parents else NOTHING
        merged = _merge_trees(history, commit.tree, history.tree, before)
        records = {
            asset: one.record if one.conflict is None else one.conflict.versions.ours
            for asset, one in merged.items()
        }
        message = f"Revert {commit.subject}\n\nTakes back {short(name)}."
        return _commit_records(history, records, [ours], author, message)


def pending_merge(history: History) -> PendingMerge | None:
    """The merge that waits, or None."""
    text = history.rows.state("merge")
    if text is None:
        return None
    kept: dict[str, Any] = json.loads(text)
    base = CommitId(kept["base"]) if kept["base"] else None
    pending = _prepare(
        history, base, CommitId(kept["ours"]), CommitId(kept["theirs"]), kept["label"], kept["message"]
    )
    decided = {
        AssetId(asset): Resolution(Side(choice["side"]), choice["fields"], choice["both"])
        for asset, choice in kept["decided"].items()
    }
    return _decided(pending, decided)


def conflicts(library: Library) -> tuple[Conflict, ...]:
    """The conflicts that wait for a decision. Raises VersionState when no merge waits."""
    with reading(library) as history:
        return _required(history).open


def as_change(conflict: Conflict) -> AssetChange:
    """A conflict as the change from our version to theirs."""
    return asset_change(conflict.asset, conflict.versions.ours, conflict.versions.theirs)


def decide(
    library: Library, decisions: Mapping[AssetId, Resolution], author: str, now: datetime | None = None
) -> MergeReport:
    """Decide conflicts of the merge that waits; the last decision completes it, in the same transaction.

    Raises VersionState when no merge waits or an asset is not in conflict, UncommittedChanges.
    """
    with operation(library, "resolve", now) as history:
        pending = _required(history)
        for asset in decisions:
            if asset not in pending.conflicts:
                raise VersionState(
                    f"The asset {asset} is not in conflict.",
                    hint="`audobon version conflicts` lists those that are",
                )
        pending = _decided(pending, {**pending.decided, **decisions})
        if pending.open:
            _remember(history, pending)
            return MergeReport(None, fast_forward=False, up_to_date=False, changed=0, conflicts=pending.open)
        history.require_clean("the end of the merge")
        return _finish(history, pending, author)


def abort(library: Library, now: datetime | None = None) -> CommitId:
    """Give up the merge that waits; the commit that was to be merged. The library was never touched."""
    with operation(library, "merge --abort", now) as history:
        pending = _required(history)
        history.rows.set_state("merge", None)
        return pending.theirs


def _required(history: History) -> PendingMerge:
    pending = pending_merge(history)
    if pending is None:
        raise VersionState("No merge is waiting.", hint="begin one with `audobon version merge BRANCH`")
    return pending


def _fast_forward(history: History, ours: CommitId | None, theirs: CommitId) -> MergeReport:
    before, after = history.tree, history.rows.commit(theirs).tree
    history.set_head(theirs)
    changed = history.move_library(before, after)
    return MergeReport(theirs, fast_forward=True, up_to_date=ours == theirs, changed=changed, conflicts=())


def _prepare(
    history: History, base: CommitId | None, ours: CommitId, theirs: CommitId, label: str, message: str
) -> PendingMerge:
    trees = [NOTHING if name is None else history.rows.commit(name).tree for name in (base, ours, theirs)]
    merged = _merge_trees(history, *trees)
    in_conflict = {asset: one for asset, one in merged.items() if one.conflict is not None}
    clean = {asset: one.record for asset, one in merged.items() if one.conflict is None}
    return PendingMerge(base, ours, theirs, label, message, in_conflict, clean, {})


def _merge_trees(
    history: History, base: ObjectHash, ours: ObjectHash, theirs: ObjectHash
) -> dict[AssetId, Merged]:
    """What becomes of every asset that theirs changed. What only ours changed stays as it is."""
    read, record = history.rows.content, history.rows.record
    merged: dict[AssetId, Merged] = {}
    for found in differences(read, base, theirs):
        own = find(read, ours, found.asset)
        if own != found.after:
            versions = Versions(record(found.before), record(own), record(found.after))
            merged[found.asset] = merge_asset(found.asset, versions)
    return merged


def _decided(pending: PendingMerge, decided: Mapping[AssetId, Resolution]) -> PendingMerge:
    return PendingMerge(
        pending.base, pending.ours, pending.theirs, pending.label, pending.message, pending.conflicts, pending.clean,
        decided,
    )  # fmt: skip


def _remember(history: History, pending: PendingMerge) -> None:
    kept = {
        "base": pending.base,
        "ours": pending.ours,
        "theirs": pending.theirs,
        "label": pending.label,
        "message": pending.message,
        "decided": {
            asset: {"side": choice.side.value, "fields": choice.fields, "both": choice.both}
            for asset, choice in pending.decided.items()
        },
    }
    history.rows.set_state("merge", json.dumps(kept, ensure_ascii=False))


def _finish(history: History, pending: PendingMerge, author: str) -> MergeReport:
    records = dict(pending.clean)
    for asset, merged in pending.conflicts.items():
        conflict, choice = merged.conflict, pending.decided[asset]
        assert conflict is not None
        records[asset] = resolve(conflict, merged.record, choice)
        if choice.both and conflict.versions.theirs is not None and conflict.versions.ours is not None:
            second = dict(conflict.versions.theirs)
            second["name"] = f"{second.get('name', asset)} ({pending.label})"
            records[new_asset_id()] = second
    history.rows.set_state("merge", None)
    return _commit_records(history, records, [pending.ours, pending.theirs], author, pending.message)


def _commit_records(
    history: History,
    records: dict[AssetId, Record | None],
    parents: list[CommitId],
    author: str,
    message: str,
) -> MergeReport:
    """Commit the library with ``records`` changed, and bring it there."""
    before = history.tree
    records |= _without_dead_relations(history, records)
    objects: dict[ObjectHash, bytes] = {}
    wanted = {asset: history.add_record(objects, record) for asset, record in records.items()}
    tree = history.store_tree(before, wanted, objects)
    name = history.add_commit(tree, parents, author, message)
    history.set_head(name)
    changed = history.move_library(before, tree)
    return MergeReport(name, fast_forward=False, up_to_date=False, changed=changed, conflicts=())


def _without_dead_relations(
    history: History, records: Mapping[AssetId, Record | None]
) -> dict[AssetId, Record | None]:
    """The records whose relations name assets that will be gone, without those relations."""
    gone = {asset for asset, record in records.items() if record is None}
    touched: dict[AssetId, Record] = {
        asset: record for asset, record in records.items() if record is not None
    }
    for source in sources_of(history.statements, gone):
        own = history.rows.record(find(history.rows.content, history.tree, source))
        if source not in records and own is not None:
            touched[source] = own
    mended: dict[AssetId, Record | None] = {}
    for asset, record in touched.items():
        dead = {target for target in relation_targets(record) if not _will_live(history, records, target)}
        if dead:
            left = [relation for relation in record["relations"] if relation[1] not in dead]
            mended[asset] = {**record, "relations": left}
    return mended


def _will_live(history: History, records: Mapping[AssetId, Record | None], asset: AssetId) -> bool:
    if asset in records:
        return records[asset] is not None
    return find(history.rows.content, history.tree, asset) is not None
