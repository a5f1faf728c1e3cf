"""Mending a repository with what the library still has."""

from dataclasses import dataclass, replace
from pathlib import Path

from audobon_cli.backup.check.check_point import DAMAGE
from audobon_cli.backup.check.verify import RepositoryVerifyReport, check_pack, verify_repository
from audobon_cli.backup.create.snapshot import snapshot
from audobon_cli.backup.create.upload import Storing
from audobon_cli.backup.extras import Extras
from audobon_cli.backup.prune.collect import renew_index
from audobon_cli.backup.repository.catalogue import Catalogue, StoredPack
from audobon_cli.backup.repository.deletion_marks import drop_mark, put_mark, read_marks, unreadable_marks
from audobon_cli.backup.repository.disk_reserve import ReserveRemote
from audobon_cli.backup.repository.inventory import write_roster
from audobon_cli.backup.repository.lease import leased
from audobon_cli.backup.repository.pack_writer import PackWriter
from audobon_cli.backup.repository.packs import PREFIX as PACKS
from audobon_cli.backup.repository.packs import pack_key
from audobon_cli.backup.repository.problems import Problem
from audobon_cli.backup.repository.repository import INTENTS, POINTS, Repository
from audobon_cli.backup.repository.unlock_keys import read_valid_key_slots
from audobon_cli.domain.errors import AudobonError, BackupDamaged, BackupIncomplete
from audobon_cli.domain.events import Listener, ignore
from audobon_cli.library.store.library import Library


@dataclass(frozen=True, slots=True)
class RepairRequest:
    """``drop_damaged``: remove recovery points, keys and marks that cannot be read at all, and no longer miss what
    vanished."""

    extras: Extras
    drop_damaged: bool = False


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was damaged, what was done, and what is left of the damage."""

    before: RepositoryVerifyReport
    after: RepositoryVerifyReport
    replaced_packs: int
    stored_bytes: int
    dropped_points: tuple[str, ...]

    def error(self) -> AudobonError | None:
        """What could not be mended, or None."""
        if self.after.clean:
            return None
        return BackupIncomplete(
            f"Something is still lost: {self.after.error()}",
            hint="the library does not have it any more; another repository may (`audobon backup sync`), and "
            "--drop-damaged removes recovery points that cannot be read",
            points=[bad.point.point.id for bad in self.after.damaged],
        )


def repair(
    repository: Repository, library: Library, request: RepairRequest, working: Path, listen: Listener = ignore
) -> Repaired:
    """Read everything, write anew what is damaged or missing as far as the library or sound records have it.

    Damaged packs are removed once their sound records, and what the library has of the others, are in new ones.
    Recovery points stay, also those that lose something. Raises BackupBusy, and what the library and the remote raise.
    """
    repository = replace(repository, remote=ReserveRemote(repository.remote))
    with leased(repository.remote, "repair") as lease:
        if request.drop_damaged:
            _drop_marks(repository)
        before = verify_repository(repository, 1.0, working, listen)
        dropped = _drop(repository) if request.drop_damaged else ()
        if before.clean and not dropped:
            return Repaired(before, before, 0, 0, ())
        catalogue = repository.catalogue()
        bad = _bad_packs(before, catalogue)
        if bad:
            put_mark(repository.remote, repository.keys, {p.contents.name: p.stat.version for p in bad})
        catalogue.mark_lost([pack.contents.name for pack in bad])
        with repository.writer(catalogue) as writer, snapshot(library, request.extras) as moment:
            for pack in bad:
                lease.check()
                _salvage(repository, pack, writer)
            Storing(moment, repository, writer, lambda count: None).run()
            stored = writer.written.stored_bytes
        for pack in bad:
            lease.check()
            repository.remote.delete(pack_key(pack.contents.name), pack.stat.version)
        _delete_unreadable(repository, catalogue)
        renew_index(repository)
        write_roster(repository.remote, repository.keys, forgive=request.drop_damaged, mend=True)
        for mark in read_marks(repository.remote, repository.keys):
            if all(repository.remote.stat(pack_key(name)) is None for name in mark.packs):
                drop_mark(repository.remote, mark)
        after = verify_repository(repository, 0.0, working, listen)
    return Repaired(before, after, len(bad), stored, dropped)


def _bad_packs(report: RepositoryVerifyReport, catalogue: Catalogue) -> list[StoredPack]:
    """Packs of which something cannot be read, though it is known what they hold."""
    damaged = {problem.key for problem in report.problems}
    bad = {name: pack for name, pack in catalogue.packs.items() if pack_key(name) in damaged} | catalogue.cut
    return [pack for _, pack in sorted(bad.items())]


def _delete_unreadable(repository: Repository, before: Catalogue) -> None:
    """Delete packs of whose records nothing can be told: whatever they held was asked of the library.

    Looks once more: what was only misread, and is a pack after all, stays.
    """
    doubtful = {problem.key for problem in before.problems if problem.key.startswith(PACKS)}
    if not doubtful:
        return
    for problem in repository.catalogue().problems:
        if problem.key in doubtful:
            repository.remote.delete(problem.key)


def _salvage(repository: Repository, pack: StoredPack, writer: PackWriter) -> None:
    """Write the sound records of a damaged pack into new ones."""
    _, lost = check_pack(repository, pack)
    try:
        content = memoryview(repository.remote.get(pack_key(pack.contents.name)))
    except DAMAGE:
        return
    for entry in pack.contents.entries():
        if entry.id not in lost and not writer.has(entry.id):
            writer.add_sealed(
                entry.kind, entry.id, bytes(content[entry.offset : entry.offset + entry.length])
            )


def _drop_marks(repository: Repository) -> None:
    """Remove marks that cannot be read. Nobody deletes a pack by one, and the lease keeps prunes away meanwhile."""
    for key, version in unreadable_marks(repository.remote, repository.keys):
        repository.remote.delete(key, version)


def _drop(repository: Repository) -> tuple[str, ...]:
    """Remove recovery points, intents and keys that cannot be read; their names at the destination."""
    bad = [
        found.key
        for prefix in (POINTS, INTENTS)
        for found in repository.points(prefix)
        if isinstance(found, Problem)
    ]
    slots, unreadable = read_valid_key_slots(repository.remote)
    if slots:
        bad += [problem.key for problem in unreadable]
    if bad:
        write_roster(repository.remote, repository.keys, bad)
    for key in bad:
        repository.remote.delete(key)
    return tuple(bad)


def heal_library(
    repository: Repository, library: Library, listen: Listener = ignore
) -> tuple[int, tuple[str, ...]]:
    """Put stored pictures back that the library has lost or damaged: how many, and which no repository has.

    Reads the whole library. Raises what verifying the library and the remote raise.
    """
    from audobon_cli.backup.repository.crypto import RecordKind
    from audobon_cli.backup.repository.lists import decode_digests
    from audobon_cli.backup.repository.object_reader import ObjectReader
    from audobon_cli.domain.ids import BlobId
    from audobon_cli.library.verify import verify_library

    def fetch(reader: ObjectReader, digest: bytes) -> bytes:
        try:
            return reader.read(RecordKind.FILE, digest)
        except BackupDamaged:
            return b"".join(
                reader.read(RecordKind.FILE, one)
                for one in decode_digests(reader.read(RecordKind.PIECES, digest))
            )

    report = verify_library(library, listen)
    reader = repository.reader()
    healed, lost = 0, []
    with library.pinned():
        for damage in (*report.missing, *report.corrupted):
            try:
                content = fetch(reader, bytes.fromhex(damage.blob))
            except BackupDamaged:
                lost.append(str(damage.blob))
                continue
            library.blobs.put(content)
            healed += BlobId(damage.blob) in library.blobs
    return healed, tuple(lost)
