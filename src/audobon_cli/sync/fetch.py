"""Fetching: whatever this library lacks of a place's commits, filed in one transaction."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from audobon_cli.backup.create.progress import ByteProgress
from audobon_cli.backup.repository.crypto import RecordKind
from audobon_cli.backup.repository.lists import decode_digests
from audobon_cli.backup.repository.object_reader import ObjectReader, Wanted
from audobon_cli.domain.errors import SyncDamaged
from audobon_cli.domain.events import Listener, ignore
from audobon_cli.domain.ids import ASSET_ID_LENGTH, AssetId, BlobId
from audobon_cli.history.imported_records import imported_record
from audobon_cli.history.model.commits import Commit, CommitId, commit_from
from audobon_cli.history.model.records import ObjectHash
from audobon_cli.history.model.tree import NOTHING, children
from audobon_cli.history.store.objects import REMOTE, TAG, HistoryRows
from audobon_cli.library.store.library import Library
from audobon_cli.storage.transaction import Transaction
from audobon_cli.sync.files import fetch_files, file_of
from audobon_cli.sync.last_seen import remember
from audobon_cli.sync.place import SharedPlace, place_errors
from audobon_cli.sync.refs import SharedRefs

NO_ASSET = AssetId("0" * ASSET_ID_LENGTH)
"""A record does not say whose it is."""


@dataclass(frozen=True, slots=True)
class FetchReport:
    """What came. ``tags`` are new here; ``differing`` tags name another commit here, and stay."""

    refs: SharedRefs
    commits: int = 0
    files: int = 0
    file_bytes: int = 0
    tags: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()


def fetch(library: Library, place: SharedPlace, listen: Listener = ignore) -> FetchReport:
    """Bring commits that the place's branches and tags reach, and all that they name; no asset changes by that.

    Where the place's branches are is kept under ``remote/BRANCH``. Kill it at any moment: files that have come
    stay, and the same call goes on. Raises SyncDamaged, and what the library and the remote raise.
    """
    with library.pinned(), place_errors(place.address):
        refs = place.read_refs()
        try:
            return _fetch(library, place, refs, ByteProgress(listen, "pulling"))
        except (ValueError, RecursionError, OverflowError) as error:
            raise SyncDamaged(
                f"The shared library at {place.address} makes no sense: {error}.",
                hint="whoever can write there is not to be trusted; nothing was taken from it",
                address=place.address,
            ) from error


def _fetch(library: Library, place: SharedPlace, refs: SharedRefs, progress: ByteProgress) -> FetchReport:
    with library.database.read() as statements:
        missing = [tip for tip in refs.tips if not _has_commit(statements, tip)]
    commits: dict[CommitId, Commit] = {}
    objects: dict[ObjectHash, bytes] = {}
    blobs: set[BlobId] = set()
    count = size = 0
    if missing:
        reader = place.repository.reader()
        with library.database.read() as statements:
            commits = _fetch_commits(reader, statements, refs)
            roots = {commit.tree for commit in commits.values()}
            records = _fetch_trees(reader, statements, roots, objects)
        files = {file_of(imported_record(NO_ASSET, objects[name])) for name in records}
        blobs = {BlobId(file.digest.hex()) for file in files}
        count, size = fetch_files(library, reader, sorted(files), progress)
    with library.database.transaction() as statements:
        rows = HistoryRows(statements)
        rows.add(objects)
        rows.add_blobs(blobs)
        for name, commit in commits.items():
            if rows.add_commit(commit) != name:
                raise ValueError(f"the commit {name[:12]} is not written as commits are")
        tags, differing = _take_refs(rows, refs)
        remember(rows, place.id, refs.branches)
    progress.finish()
    return FetchReport(refs, len(commits), count, size, tags, differing)


def _take_refs(rows: HistoryRows, refs: SharedRefs) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Note where the place's branches are, and take its tags: those that are new, and those that differ."""
    own = rows.refs()
    for name, commit in refs.branches.items():
        if own.get(REMOTE + name) != commit:
            rows.set_ref(REMOTE + name, commit)
    new = tuple(name for name in refs.tags if TAG + name not in own)
    for name in new:
        rows.set_ref(TAG + name, refs.tags[name])
    differing = tuple(name for name, commit in refs.tags.items() if own.get(TAG + name, commit) != commit)
    return new, differing


def _fetch_commits(reader: ObjectReader, statements: Transaction, refs: SharedRefs) -> dict[CommitId, Commit]:
    """The commits that are not here, of those that the place's refs reach."""
    lists = _read(reader, RecordKind.LIST, (bytes.fromhex(digest) for digest in refs.log))
    known = {CommitId(one.hex()) for content in lists.values() for one in decode_digests(content)}
    absent = [one for one in known if not _has_commit(statements, one)]
    contents = _read(reader, RecordKind.COMMIT, map(bytes.fromhex, absent))
    found: dict[CommitId, Commit] = {}
    todo = list(refs.tips)
    while todo:
        name = todo.pop()
        if name in found or _has_commit(statements, name):
            continue
        content = contents.get(bytes.fromhex(name))
        if content is None:
            raise ValueError(f"the commit {name[:12]} is named and not there")
        found[name] = commit_from(content)
        todo += found[name].parents
    return found


def _fetch_trees(
    reader: ObjectReader, statements: Transaction, roots: set[ObjectHash], objects: dict[ObjectHash, bytes]
) -> list[ObjectHash]:
    """Put the trees' nodes and records that are not here into ``objects``; the names of the records.

    Level by level. A node that is here has all its parts here: both come and go in one transaction.
    """
    wanted = roots - {NOTHING}
    for level in range(4):
        new = [name for name in wanted if name not in objects and not _has_object(statements, name)]
        contents = _read(reader, RecordKind.HISTORY, new)
        objects.update({ObjectHash(name): content for name, content in contents.items()})
        if level == 3:
            return new
        wanted = {child for content in contents.values() for child in children(content, level == 2)}
    raise AssertionError("a tree has four levels")


def _read(reader: ObjectReader, kind: RecordKind, digests: Iterable[bytes]) -> dict[bytes, bytes]:
    """All of these objects by digest. Raises BackupDamaged if one cannot be read."""
    found: dict[bytes, bytes] = {}
    take: Callable[[Wanted, bytes], None] = lambda one, content: found.__setitem__(one.digest, content)  # noqa: E731
    for done in reader.visit((Wanted(kind, digest) for digest in digests), take):
        if not isinstance(done, int):
            raise done.error
    return found


def _has_commit(statements: Transaction, commit: CommitId) -> bool:
    return statements.row("SELECT 1 FROM history_commits WHERE id = ?", commit) is not None


def _has_object(statements: Transaction, name: ObjectHash) -> bool:
    return statements.row("SELECT 1 FROM history_objects WHERE hash = ?", name) is not None
