"""Pushing: whatever a place lacks of this library's commits, and then its refs."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from audobon_cli.backup.create.point import refuse_nesting
from audobon_cli.backup.create.progress import ByteProgress
from audobon_cli.backup.repository.crypto import RecordKind
from audobon_cli.backup.repository.lists import DIGEST_BYTES, decode_digests
from audobon_cli.backup.repository.object_reader import GONE, Wanted
from audobon_cli.backup.repository.pack_writer import PackWriter
from audobon_cli.domain.errors import (
    BackupBusy,
    BackupDamaged,
    InvalidInput,
    SyncDamaged,
    SyncDiverged,
    UncommittedChanges,
    VersionState,
)
from audobon_cli.domain.events import Listener, Warned, ignore
from audobon_cli.domain.units import plural
from audobon_cli.history.model.commits import CommitId
from audobon_cli.history.model.graph import ancestors, is_ancestor
from audobon_cli.history.model.records import ObjectHash
from audobon_cli.history.model.tree import NOTHING, new_parts
from audobon_cli.history.store.objects import BRANCH, TAG, HistoryRows
from audobon_cli.history.worktree import History, reading
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.tag_rules.rows import said_rules
from audobon_cli.library.store.tag_rules.rule import TagRule
from audobon_cli.remotes.addresses import CLOUD
from audobon_cli.sync.files import FileUpload
from audobon_cli.sync.last_seen import last_seen, remember
from audobon_cli.sync.merge_packs import is_due, merge_packs
from audobon_cli.sync.place import SharedPlace, place_errors
from audobon_cli.sync.refs import SharedRefs

COMMITS_PER_LIST = 512
RECORDS_AT_ONCE = 4096
"""So many records are in memory at once."""
MOST_OUTRUN = 2
MOST_TRIES = 50
"""Others may move the refs between two looks, but not for ever."""


@dataclass(frozen=True, slots=True)
class LibraryPush:
    """What a push did. ``moved`` are branches and tags that are new or further at the place; ``behind`` are branches
    that the place has newer commits of, ``diverged`` those of which both have; ``differing`` are tags that name another
    commit there, and stay."""

    address: str
    made: bool
    moved: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    diverged: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
    commits: int = 0
    files: int = 0
    stored_bytes: int = 0

    def error(self) -> SyncDiverged | None:
        """What a command must end with, or None."""
        if not self.diverged:
            return None
        return SyncDiverged(
            f"{self.address} has other commits of {', '.join(self.diverged)} than this library.",
            hint=f"`audobon library pull {self.address}` merges them; then push again",
            branches=list(self.diverged),
        )


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be done, given the refs of the place; ``commits`` are new there, parents first."""

    wanted: SharedRefs
    moved: tuple[str, ...]
    behind: tuple[str, ...]
    diverged: tuple[str, ...]
    differing: tuple[str, ...]
    commits: tuple[CommitId, ...]
    settles: bool
    """Whether other branches are protected there from now on, or other rules kept."""


def push(library: Library, place: SharedPlace, full: bool = False, listen: Listener = ignore) -> LibraryPush:
    """Bring every branch and tag of the library to the place, with all that their commits name.

    Branches only move forward; what has diverged stays, and `LibraryPush.error` says so. Kill it at any moment, and
    the same call goes on. ``full`` looks at every commit again, and sends what the place has lost.
    Raises VersionState before the first commit, UncommittedChanges, BlobMissing, BlobCorrupt, SyncDamaged, and what
    the library and the remote raise.
    """
    files = stored = 0
    with library.pinned(), reading(library) as history, place_errors(place.address):
        _require_committed(history)
        if library.keys is not None and not place.repository.config.encrypted:
            raise InvalidInput(
                f"The library is encrypted, and {place.address} is not: whoever can read that would read everything.",
                hint="push to another place, without --no-encryption",
            )
        plan = _plan(history, _refs(place, full), last_seen(history.rows, place.id))
        if plan.moved or plan.settles or full:
            plan, files, stored = _send(library, history, place, full, listen)
    if plan.moved:
        with library.database.transaction() as statements:
            remember(HistoryRows(statements), place.id, plan.wanted.branches)
    return LibraryPush(
        place.address,
        place.made,
        plan.moved,
        plan.behind,
        plan.diverged,
        plan.differing,
        len(plan.commits),
        files,
        stored,
    )


def require_pushable(library: Library) -> None:
    """Raise UncommittedChanges, VersionState or LibraryReadOnly where no push could begin, before a place is made."""
    library.require_writable()
    with reading(library) as history:
        _require_committed(history)


def require_separate(library: Library, address: str) -> None:
    """Raise InvalidInput when a folder and the library lie in each other."""
    if not address.startswith(CLOUD):
        refuse_nesting(Path(address).expanduser(), library.root)


def _send(
    library: Library, history: History, place: SharedPlace, full: bool, listen: Listener
) -> tuple[_Plan, int, int]:
    """Send objects, then move the refs; again, with what is new by then, while others move them first."""
    progress = ByteProgress(listen, "pushing")
    files = stored = outrun = 0
    for _ in range(MOST_TRIES):
        version = place.refs_version()
        refs = _refs(place, full)
        plan = _plan(history, refs, last_seen(history.rows, place.id))
        catalogue = place.repository.catalogue()
        for problem in catalogue.problems:
            listen(Warned(f"{problem.key}: {problem.why} `library push --full` sends again what is lost."))
        try:
            with place.repository.writer(catalogue) as writer:
                upload = FileUpload(library, place.repository, writer, progress)
                commits = _reachable(history, plan.wanted) if full else plan.commits
                _send_commits(history, writer, upload, commits)
                log = _send_log(place, writer, refs, commits, full)
                writer.flush()
        except BackupDamaged as error:
            outrun += 1
            if GONE not in error.details or outrun > MOST_OUTRUN:
                raise
            continue  # another push has merged the pack into a greater one: it is found in a new catalogue
        files, stored = files + upload.files, stored + writer.written.stored_bytes
        wanted = replace(plan.wanted, log=log)
        if wanted == refs or place.move_refs(wanted, version):
            progress.finish()
            if is_due(catalogue):
                merge_packs(place.repository)
            return plan, files, stored
    raise BackupBusy(
        f"Others pushed to {place.address} each time that this library was about to.",
        hint="run the same command again; what was sent is kept",
    )


def _refs(place: SharedPlace, full: bool) -> SharedRefs:
    """The place's refs. In a ``full`` push damaged ones are made anew, of what this library has."""
    try:
        return place.read_refs()
    except SyncDamaged:
        if not full:
            raise
        return SharedRefs()


def _require_committed(history: History) -> None:
    changes = history.changes()
    if changes:
        raise UncommittedChanges(
            f"Only commits are pushed, and {plural(len(changes), 'asset')} changed since the last one.",
            hint="give `-m TEXT` to commit them now, or `audobon version stash` puts them aside",
            assets=[change.asset for change in changes[:20]],
        )
    if not history.rows.refs(BRANCH):
        raise VersionState(
            "Nothing has been committed yet, so that there is nothing to push.",
            hint="`audobon library push PLACE -m TEXT` commits the library as it is",
        )


def _plan(history: History, refs: SharedRefs, seen: Mapping[str, CommitId]) -> _Plan:
    """``seen`` is where the place's branches were before: what was there still is, if further back."""
    own = history.rows.refs()
    branches, tags = dict(refs.branches), dict(refs.tags)
    moved: list[str] = []
    behind: list[str] = []
    diverged: list[str] = []
    differing: list[str] = []
    for ref, commit in own.items():
        name = ref.partition("/")[2]
        if ref.startswith(BRANCH) and branches.get(name) != commit:
            there = branches.get(name)
            if there is None or _reaches(history, commit, there):
                branches[name] = commit
                moved.append(name)
            else:
                newer = there if _is_here(history, there) else seen.get(name)
                has_it = newer is not None and _reaches(history, newer, commit)
                (behind if has_it else diverged).append(name)
        elif ref.startswith(TAG) and tags.get(name) != commit:
            if name in tags:
                differing.append(name)
            else:
                tags[name] = commit
                moved.append(name)
    head = refs.head or (history.branch if history.branch in branches else "") or min(branches, default="")
    wanted = SharedRefs(
        branches, tags, head, refs.log, _protected(history, refs, branches), _rules(history, refs)
    )
    new = _new_commits(history, refs, wanted)
    settles = (wanted.protected, wanted.rules) != (refs.protected, tuple(sorted(refs.rules)))
    return _Plan(wanted, tuple(moved), tuple(behind), tuple(diverged), tuple(differing), new, settles)


def _protected(history: History, refs: SharedRefs, branches: Mapping[str, CommitId]) -> tuple[str, ...]:
    """The branches that are protected there from now on: of those that this library says nothing of, as before."""
    said = history.rows.protections()
    return tuple(sorted(name for name in branches if said.get(name, name in refs.protected)))


def _rules(history: History, refs: SharedRefs) -> tuple[TagRule, ...]:
    """The rules that are there from now on: of those of which this library never said anything, as before."""
    said = said_rules(history.statements)
    kept = {rule for rule, is_kept in said.items() if is_kept}
    return tuple(sorted(kept | (set(refs.rules) - set(said))))


def _reaches(history: History, newer: CommitId, older: CommitId) -> bool:
    """Whether ``older`` is an ancestor of ``newer``; of a commit that is not here nothing is known."""
    if not _is_here(history, newer) or not _is_here(history, older):
        return False
    return is_ancestor(history.rows.commit, older, newer)


def _is_here(history: History, commit: CommitId) -> bool:
    return history.statements.row("SELECT 1 FROM history_commits WHERE id = ?", commit) is not None


def _new_commits(history: History, refs: SharedRefs, wanted: SharedRefs) -> tuple[CommitId, ...]:
    if wanted.tips == refs.tips:
        return ()
    there: set[CommitId] = set()
    for tip in refs.tips:
        if tip not in there and _is_here(history, tip):
            there.update(name for name, _ in ancestors(history.rows.commit, tip))
    return _reachable(history, wanted, there, refs.tips)


def _reachable(
    history: History,
    wanted: SharedRefs,
    known: set[CommitId] | None = None,
    skipped: frozenset[CommitId] = frozenset(),
) -> tuple[CommitId, ...]:
    """The commits that are here of ``wanted`` and not ``known``, parents before children."""
    seen = set(known or ())
    found: list[CommitId] = []
    for tip in sorted(wanted.tips - skipped):
        if tip not in seen and _is_here(history, tip):
            line = [name for name, _ in ancestors(history.rows.commit, tip) if name not in seen]
            found += reversed(line)
            seen.update(line)
    return tuple(found)


def _send_commits(
    history: History, writer: PackWriter, upload: FileUpload, commits: Sequence[CommitId]
) -> None:
    """Everything that ``commits`` name and the place lacks: files, records, trees, commits."""
    for records in _chunks(_send_trees(history, writer, commits)):
        rows = HistoryRows(history.statements)  # which remembers all that it has read
        contents = {name: rows.content(name) for name in records}
        upload.send(contents.values())
        for name, content in contents.items():
            writer.add(RecordKind.HISTORY, name, content)
    for commit in commits:
        writer.add(RecordKind.COMMIT, bytes.fromhex(commit), history.rows.commit(commit).to_bytes())


def _send_trees(history: History, writer: PackWriter, commits: Iterable[CommitId]) -> Iterator[ObjectHash]:
    """Write the trees' nodes; the records in them that are new, once each."""
    rows, seen = history.rows, set()
    for name in commits:
        commit = rows.commit(name)
        before = rows.commit(commit.parents[0]).tree if commit.parents else NOTHING
        for part, is_record in new_parts(rows.content, before, commit.tree):
            if part in seen:
                continue
            seen.add(part)
            if is_record:
                yield part
            else:
                writer.add(RecordKind.HISTORY, part, rows.content(part))


def _chunks(names: Iterator[ObjectHash]) -> Iterator[list[ObjectHash]]:
    held: list[ObjectHash] = []
    for name in names:
        held.append(name)
        if len(held) == RECORDS_AT_ONCE:
            yield held
            held = []
    if held:
        yield held


def _send_log(
    place: SharedPlace, writer: PackWriter, refs: SharedRefs, commits: Sequence[CommitId], full: bool
) -> tuple[str, ...]:
    """The place's log with ``commits`` at its end; made anew of what can be read of it if ``full``."""
    reader = place.repository.reader(writer.catalogue)
    kept, ids = refs.log, b""
    if full:
        readable = reader.read_all(Wanted(RecordKind.LIST, bytes.fromhex(one)) for one in refs.log)
        kept, ids = (), b"".join(readable.values())
        known = frozenset(decode_digests(ids))
        commits = [one for one in commits if bytes.fromhex(one) not in known]
    elif commits and kept:
        last = reader.read(RecordKind.LIST, bytes.fromhex(kept[-1]))
        if len(last) < COMMITS_PER_LIST * DIGEST_BYTES:
            kept, ids = kept[:-1], last
    ids += b"".join(map(bytes.fromhex, commits))
    log = list(kept)
    for start in range(0, len(ids), COMMITS_PER_LIST * DIGEST_BYTES):
        content = ids[start : start + COMMITS_PER_LIST * DIGEST_BYTES]
        digest = hashlib.sha256(content).digest()
        writer.add(RecordKind.LIST, digest, content)
        log.append(digest.hex())
    return tuple(log)
