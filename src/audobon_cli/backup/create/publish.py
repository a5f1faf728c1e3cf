"""Making a recovery point visible: the one order of steps that is safe beside a prune, however long a step takes.

First the point is put under intents/, where it keeps everything alive that it names but is not yet a recovery point.
Then marks and packs are listed, in this order. A pack that is there and not marked by then stays, because whoever
marks it later looks at intents before it deletes. A pack that is marked or gone is replaced, and the look repeated.
Only then is the point put under points/. docs/backup-format.md has the proof.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from audobon_cli.backup.repository.cleanup import discard
from audobon_cli.backup.repository.deletion_marks import read_marks
from audobon_cli.backup.repository.pack_writer import PackWriter
from audobon_cli.backup.repository.packs import PREFIX
from audobon_cli.backup.repository.recovery_point import RecoveryPoint
from audobon_cli.backup.repository.repository import INTENTS, POINTS, Repository
from audobon_cli.backup.repository.whole_objects import put_whole
from audobon_cli.domain.errors import BackupBusy


@dataclass(frozen=True, slots=True)
class Draft:
    """A recovery point ready to be published, and the packs that it needs."""

    point: RecoveryPoint
    packs: frozenset[str]


def publish(repository: Repository, writer: PackWriter, draft: Draft, again: Callable[[], Draft]) -> str:
    """Make the point of ``draft`` a recovery point; its name. ``again`` stores anew what the writer no longer has."""
    remote = repository.remote
    intents: list[str] = []
    while True:
        name, sealed = repository.seal_point(draft.point)
        put_whole(remote, INTENTS + name, sealed)
        intents.append(name)
        lost = lost_packs(repository, draft.packs, writer.catalogue.sizes)
        if not lost:
            break
        writer.catalogue.mark_lost(lost)
        draft = again()
    put_whole(remote, POINTS + name, sealed)
    if remote.stat(INTENTS + name) is None and lost_packs(repository, draft.packs, writer.catalogue.sizes):
        # This process stood still for so long that a prune took it for dead, and collected what it had finished.
        remote.delete(POINTS + name)
        raise BackupBusy(
            "The backup stood still for too long, and a prune has removed it meanwhile.",
            hint="run the same command again",
        )
    for intent in intents:
        discard(remote, INTENTS + intent)
    return name


def lost_packs(repository: Repository, needed: frozenset[str], sizes: Mapping[str, int]) -> frozenset[str]:
    """Those of ``needed`` that are marked, not there, or not of the size in bytes that ``sizes`` says.

    Marks are read before packs are listed.
    """
    marked = {pack for mark in read_marks(repository.remote, repository.keys) for pack in mark.packs}
    listed = {stat.key.rpartition("/")[2]: stat.size_bytes for stat in repository.remote.list(PREFIX)}
    return frozenset(name for name in needed if name in marked or listed.get(name) != sizes.get(name))
