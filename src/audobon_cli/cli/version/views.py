"""What `audobon version` says: its JSON, and the same for people."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from audobon_cli.cli.screen.columns import Both, Column, Kind
from audobon_cli.domain.units import plural
from audobon_cli.history.model.commits import Commit, CommitId, short

if TYPE_CHECKING:
    from audobon_cli.cli.output import Output
    from audobon_cli.cli.session import Session
    from audobon_cli.history.branches import Ref, SwitchResult
    from audobon_cli.history.commits import LoggedCommit
    from audobon_cli.history.merge import MergeReport
    from audobon_cli.history.model.merge import Conflict
    from audobon_cli.history.worktree import AssetChange

STYLES = {"added": "green", "removed": "red", "changed": "yellow", "moved": "cyan"}

SHOWN_ID = 10
"""Characters of an asset's id where the library is not asked for the shortest: a clash of 50 bits is unlikely."""
CHANGES = (Column("change"), Column("id"), Column("name", Kind.NAME), Column("what", Kind.PROSE))
LOG = (
    Column("commit"),
    Column("made", Kind.TIME),
    Column("author", Kind.NAME, drop=1, unlike=True),
    Column("refs", Kind.NAME),
    Column("message", Kind.NAME),
)
REFS = (Column(""), Column("name"), Column("commit"), Column("message", Kind.NAME), Column("state"))
CONFLICTS = (
    Column("id"),
    Column("name", Kind.NAME),
    Column("conflict"),
    Column("ours", Kind.PROSE),
    Column("theirs", Kind.PROSE),
)


def change_data(change: "AssetChange") -> dict[str, Any]:
    """A changed asset, with its records, for scripts."""
    return {
        "id": change.asset,
        "name": change.name,
        "change": change.change.value,
        "fields": list(change.fields),
        "before": change.before,
        "after": change.after,
    }


def commit_data(name: CommitId, commit: Commit, refs: Iterable[str] = ()) -> dict[str, Any]:
    """A commit for scripts."""
    return {
        "id": name,
        "tree": commit.tree.hex(),
        "parents": list(commit.parents),
        "author": commit.author,
        "time": commit.time.isoformat(),
        "message": commit.message,
        "refs": list(refs),
    }


def conflict_data(conflict: "Conflict") -> dict[str, Any]:
    """A conflict with the three records for scripts."""
    versions = conflict.versions
    return {
        "id": conflict.asset,
        "kind": conflict.kind.value,
        "fields": list(conflict.fields),
        "base": versions.base,
        "ours": versions.ours,
        "theirs": versions.theirs,
    }


def merge_data(report: "MergeReport") -> dict[str, Any]:
    """What came of a merge, for scripts."""
    return {
        "commit": report.commit,
        "fast_forward": report.fast_forward,
        "up_to_date": report.up_to_date,
        "changed": report.changed,
        "conflicts": [conflict_data(conflict) for conflict in report.conflicts],
    }


def ref_data(ref: "Ref") -> dict[str, Any]:
    """A branch, tag or stash for scripts."""
    return {
        "name": ref.name,
        "commit": ref.commit,
        "subject": ref.subject,
        "current": ref.current,
        "protected": ref.protected,
    }


def moved_data(moved: "SwitchResult") -> dict[str, Any]:
    """Where the library is now, for scripts."""
    return {"branch": moved.branch, "commit": moved.commit, "changed": moved.changed, "stash": moved.stash}


def show_changes(out: "Output", changes: Iterable["AssetChange"]) -> None:
    """A line for each changed asset."""
    rows = [
        (change.change.value, Both(change.asset[:SHOWN_ID], change.asset), change.name, _details(change))
        for change in sorted(changes, key=lambda change: (change.change.value, change.name, change.asset))
    ]
    out.table(CHANGES, rows, STYLES)


def show_log(out: "Output", logged: Iterable["LoggedCommit"]) -> None:
    """A line for each commit."""
    rows = [
        (
            Both(short(entry.id), entry.id),
            entry.commit.time,
            entry.commit.author,
            _labels(entry),
            entry.commit.subject,
        )
        for entry in logged
    ]
    out.table(LOG, rows, order=("commit", "made", "author", "refs", "message"))


def show_refs(out: "Output", refs: Iterable["Ref"]) -> None:
    """A line for each branch, tag or stash; `*` marks the one that the library is on."""
    rows = [
        (
            "*" if ref.current else "",
            ref.name,
            Both(short(ref.commit), ref.commit),
            ref.subject,
            "protected" if ref.protected else "",
        )
        for ref in refs
    ]
    out.table(REFS, rows, {"*": "green"})


def show_conflicts(out: "Output", conflicts: Iterable["Conflict"]) -> None:
    """A line for each conflict, with both sides."""
    rows = []
    for conflict in conflicts:
        versions = conflict.versions
        record = versions.ours or versions.theirs or versions.base or {}
        sides = [_side(conflict, side) for side in (versions.ours, versions.theirs)]
        rows.append(
            (
                Both(conflict.asset[:SHOWN_ID], conflict.asset),
                str(record.get("name", "")),
                conflict.kind.value,
                *sides,
            )
        )
    out.table(CONFLICTS, rows)


def merge_words(report: "MergeReport", done: str = "Merged") -> str:
    """What came of a merge, in words; ``done`` is what the command calls it."""
    if report.up_to_date:
        return "Nothing to merge: this branch has it all."
    how = "Went forward to" if report.fast_forward else f"{done} as"
    assert report.commit is not None
    return f"{how} {short(report.commit)}; {plural(report.changed, 'asset')} changed."


def _details(change: "AssetChange") -> str:
    if change.before is None or change.after is None:
        return ""
    parts = []
    for field in change.fields:
        old, new = change.before.get(field), change.after.get(field)
        if field in ("tags", "relations"):
            parts.append(_set_change(field, old or [], new or []))
        elif field.startswith("content.") or field == "blob":
            parts.append("picture" if field == "blob" else "")
        else:
            parts.append(f"{field} {_shown(old)} → {_shown(new)}")
    return ", ".join(part for part in parts if part) or ", ".join(change.fields)


def _set_change(field: str, old: list[Any], new: list[Any]) -> str:
    texts = [
        {member if isinstance(member, str) else " ".join(member) for member in side} for side in (old, new)
    ]
    marks = [f"+{member}" for member in sorted(texts[1] - texts[0])] + [
        f"-{member}" for member in sorted(texts[0] - texts[1])
    ]
    return f"{field} {' '.join(marks)}"


def _side(conflict: "Conflict", record: Any) -> str:
    if record is None:
        return "deleted"
    if not conflict.fields:
        return "changed"
    shown = [
        f"{field} {_shown(record.get(field))}"
        for field in conflict.fields
        if field not in ("blob", "content")
    ]
    if "blob" in conflict.fields:
        shown.insert(0, f"picture {str(record.get('blob'))[:8]}")
    return ", ".join(shown)


def _shown(value: object) -> str:
    return "none" if value in (None, "") else str(value)


def _labels(entry: "LoggedCommit") -> str:
    return " ".join(ref.removeprefix("branch/") for ref in entry.refs)


def finish_merge(session: "Session", report: "MergeReport", done: str = "Merged") -> None:
    """Say what came of a merge, or of what is ``done`` by one, and end with its error."""
    session.finish(merge_data(report), lambda: show_conflicts(session.out, report.conflicts), report.error())
    session.out.note(merge_words(report, done))
