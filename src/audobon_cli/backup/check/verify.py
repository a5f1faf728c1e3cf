"""Checking a repository: that everything that recovery points need is there, and is what was written."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from audobon_cli.backup.check.check_point import DAMAGE, DamagedPoint, PointCheck
from audobon_cli.backup.create.progress import ByteProgress
from audobon_cli.backup.repository.catalogue import Catalogue, StoredPack, in_parallel
from audobon_cli.backup.repository.crypto import ObjectId, RecordKind, sha256
from audobon_cli.backup.repository.inventory import read_roster
from audobon_cli.backup.repository.packs import pack_key, parse_pack
from audobon_cli.backup.repository.problems import Problem
from audobon_cli.backup.repository.repository import INTENTS, Repository
from audobon_cli.backup.repository.unlock_keys import read_valid_key_slots
from audobon_cli.domain.errors import (
    AudobonError,
    BackupDamaged,
)
from audobon_cli.domain.events import Listener, ignore
from audobon_cli.domain.units import plural

READERS = 2


@dataclass(frozen=True, slots=True)
class RepositoryVerifyReport:
    """What was checked and what was found. ``share`` of the packs' bytes were read, 0 to 1."""

    points: int
    packs: int
    objects: int
    share: float
    read_bytes: int
    problems: tuple[Problem, ...]
    damaged: tuple[DamagedPoint, ...]
    intents: int

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems and not self.damaged

    def error(self) -> AudobonError | None:
        """What is wrong, or None."""
        if self.clean:
            return None
        touched = (
            f"; {len(self.damaged)} of {self.points} recovery points lose something" if self.damaged else ""
        )
        first = self.problems[0] if self.problems else None
        what = f"The repository has {plural(len(self.problems), 'damaged or missing object')}"
        return BackupDamaged(
            f"{what}{touched}." + (f" The first: {first.key}: {first.why}" if first else ""),
            hint="`audobon backup repair` puts back what the library still has",
            objects=[problem.key for problem in self.problems],
            points=[each.point.point.id for each in self.damaged],
        )


@dataclass(slots=True)
class _Findings:
    problems: list[Problem] = field(default_factory=list)
    lost: set[ObjectId] = field(default_factory=set)
    """Objects whose records are damaged."""
    read_bytes: int = 0


def verify_repository(
    repository: Repository, share: float, working: Path, listen: Listener = ignore
) -> RepositoryVerifyReport:
    """Check all points, lists, index and keys; and read ``share`` of the packs, chosen at random, byte by byte.

    Without reading packs (share 0) it finds what is missing or cut short. Each record that is read is authenticated and
    its content hashed. ``working`` is a folder for a copy of a database, with which damage gets the names of
    assets. Changes nothing. Raises what the remote raises.
    """
    catalogue = repository.catalogue()
    findings = _Findings(problems=list(catalogue.problems))
    _, key_problems = read_valid_key_slots(repository.remote)
    findings.problems += key_problems
    points = []
    for found in repository.points():
        if isinstance(found, Problem):
            findings.problems.append(found)
        else:
            points.append(found)
    roster = read_roster(repository.remote, repository.keys)
    findings.problems += [Problem(key, "it is missing") for key in roster.missing]
    findings.problems += [
        Problem(key, "this list of what there should be is damaged") for key in roster.damaged
    ]
    _read_packs(repository, catalogue, share, findings, listen)
    reader = repository.reader(catalogue)
    checks = [PointCheck(reader, repository.keys, point, findings.lost) for point in points]
    damaged = [bad for check in checks if (bad := check.run(working)) is not None]
    missed = set().union(*(check.missed for check in checks))
    findings.problems += [
        Problem(pack_key(name), "it is missing")
        for name, contents in sorted(catalogue.absent.items())
        if any(entry.id in missed for entry in contents.entries())
    ]
    return RepositoryVerifyReport(
        points=len(points),
        packs=len(catalogue.packs),
        objects=sum(pack.contents.count for pack in catalogue.packs.values()),
        share=share,
        read_bytes=findings.read_bytes,
        problems=_once(findings.problems),
        damaged=tuple(damaged),
        intents=sum(1 for _ in repository.remote.list(INTENTS)),
    )


def _once(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple({problem.key: problem for problem in problems}.values())


def _read_packs(
    repository: Repository, catalogue: Catalogue, share: float, findings: _Findings, listen: Listener
) -> None:
    chosen = _sample(sorted(catalogue.packs.values(), key=lambda pack: pack.contents.name), share)
    progress = ByteProgress(listen, "verifying", sum(pack.contents.size_bytes for pack in chosen))

    def read(pack: StoredPack) -> tuple[StoredPack, Problem | None, set[ObjectId]]:
        problem, lost = check_pack(repository, pack)
        progress.add(pack.contents.size_bytes)
        return pack, problem, lost

    for pack, problem, lost in in_parallel(read, chosen, READERS):
        findings.read_bytes += pack.contents.size_bytes
        if problem is not None:
            findings.problems.append(problem)
            findings.lost |= lost
    progress.finish()


def check_pack(repository: Repository, pack: StoredPack) -> tuple[Problem | None, set[ObjectId]]:
    """Read a pack whole: what is wrong with it, and which of its objects are lost by that."""
    key = pack_key(pack.contents.name)
    try:
        content = repository.remote.get(key)
    except DAMAGE as error:
        return Problem(key, error.message), {entry.id for entry in pack.contents.entries()}
    problem = None
    try:
        if parse_pack(repository.keys, pack.contents.name, content).listed != pack.contents.listed:
            problem = Problem(key, "its own list of records is not that of the index")
    except BackupDamaged as error:
        problem = Problem(key, error.message)
    lost = set()
    view = memoryview(content)
    for entry in pack.contents.entries():
        try:
            plain = repository.keys.open(
                entry.kind, view[entry.offset : entry.offset + entry.length], entry.id
            )
        except BackupDamaged:
            lost.add(entry.id)
            continue
        if (
            entry.kind is not RecordKind.PIECES
            and repository.keys.object_id(entry.kind, sha256(plain)) != entry.id
        ):
            lost.add(entry.id)
    if lost and problem is None:
        problem = Problem(key, f"{len(lost)} of its records are not what they should be")
    return problem, lost


def _sample(packs: list[StoredPack], share: float) -> list[StoredPack]:
    if share >= 1:
        return packs
    count = min(len(packs), round(len(packs) * share + 0.5)) if share > 0 else 0
    return secrets.SystemRandom().sample(packs, count)
