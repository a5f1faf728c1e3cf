"""Looking at repositories: which points there are, what they hold, how old the last backup is."""

from dataclasses import dataclass
from pathlib import Path

from audobon_cli.backup.point_contents import PointContents
from audobon_cli.backup.repository.lists import ListedFile
from audobon_cli.backup.repository.problems import Problem
from audobon_cli.backup.repository.recovery_point import RecoveryPoint as RecoveryPoint
from audobon_cli.backup.repository.repository import Repository
from audobon_cli.backup.repository.repository import StoredPoint as StoredPoint
from audobon_cli.domain.errors import AudobonError, BackupDamaged
from audobon_cli.domain.units import plural
from audobon_cli.storage.transaction import Transaction

_VALUES = (
    "SELECT id, name, blob, kind, category, note, rating, tags, metadata, recipe, trashed_at FROM assets"
    " WHERE trashed_at IS NULL ORDER BY id"
)


@dataclass(frozen=True, slots=True)
class PointList:
    """The recovery points, newest first, and those that cannot be read."""

    points: tuple[StoredPoint, ...]
    problems: tuple[Problem, ...]

    def error(self) -> AudobonError | None:
        """That some cannot be read, or None."""
        if not self.problems:
            return None
        return BackupDamaged(
            f"{plural(len(self.problems), 'recovery point')} cannot be read. The first: {self.problems[0].key}: "
            f"{self.problems[0].why}",
            hint="`audobon backup verify` shows what is touched; the others are whole",
            objects=[problem.key for problem in self.problems],
        )


def list_points(repository: Repository) -> PointList:
    """All recovery points."""
    points, problems = [], []
    for found in repository.points():
        if isinstance(found, Problem):
            problems.append(found)
        else:
            points.append(found)
    points.sort(key=lambda stored: stored.point.time, reverse=True)
    return PointList(tuple(points), tuple(problems))


def look_into(repository: Repository, stored: StoredPoint) -> list[ListedFile]:
    """The pictures of a point. Raises BackupDamaged."""
    return list(PointContents(repository.reader(), stored.point).blobs())


@dataclass(frozen=True, slots=True)
class AssetLine:
    """An asset in a comparison."""

    id: str
    name: str
    blob: str


@dataclass(frozen=True, slots=True)
class AssetDifferences:
    """Which living assets are in one database only, or differ."""

    added: tuple[AssetLine, ...]
    removed: tuple[AssetLine, ...]
    changed: tuple[AssetLine, ...]

    @property
    def count(self) -> int:
        """How many assets differ in any way."""
        return len(self.added) + len(self.removed) + len(self.changed)


@dataclass(frozen=True, slots=True)
class PointDiff:
    """Which assets are in one point only, or differ."""

    before: RecoveryPoint
    after: RecoveryPoint
    added: tuple[AssetLine, ...]
    removed: tuple[AssetLine, ...]
    changed: tuple[AssetLine, ...]


def compare_points(
    repository: Repository, before: StoredPoint, after: StoredPoint, working: Path
) -> PointDiff:
    """The living assets of two points compared. Fetches both databases. Raises BackupDamaged."""
    reader = repository.reader()
    with (
        PointContents(reader, before.point).reading_database(working) as old,
        PointContents(reader, after.point).reading_database(working) as new,
    ):
        found = compare_assets(old, new)
    return PointDiff(before.point, after.point, found.added, found.removed, found.changed)


def compare_assets(before: Transaction, after: Transaction) -> AssetDifferences:
    """The living assets of two databases of libraries compared."""
    was = {row[0]: row for row in before.iterate(_VALUES)}
    added, changed = [], []
    for row in after.iterate(_VALUES):
        earlier = was.pop(row[0], None)
        if earlier is None:
            added.append(AssetLine(*row[:3]))
        elif earlier != row:
            changed.append(AssetLine(*row[:3]))
    removed = tuple(AssetLine(*row[:3]) for row in was.values())
    return AssetDifferences(tuple(added), removed, tuple(changed))
