"""Which recovery points hold files that were erased in the library."""

from collections.abc import Collection

from audobon_cli.backup.point_contents import PointContents
from audobon_cli.backup.repository.problems import Problem
from audobon_cli.backup.repository.recovery_point import RecoveryPoint as RecoveryPoint
from audobon_cli.backup.repository.repository import Repository


def points_holding(repository: Repository, blobs: Collection[str]) -> tuple[RecoveryPoint, ...]:
    """The recovery points that list one of ``blobs``, oldest first. Reads the lists of all points, once each.

    Raises BackupDamaged where a list cannot be read.
    """
    wanted = {bytes.fromhex(blob) for blob in blobs}
    reader, known = repository.reader(), {}
    found = []
    for stored in repository.points():
        if isinstance(stored, Problem):
            continue
        point = stored.point
        if point.pages not in known:
            known[point.pages] = any(file.digest in wanted for file in PointContents(reader, point).blobs())
        if known[point.pages]:
            found.append(point)
    return tuple(sorted(found, key=lambda point: point.time))
