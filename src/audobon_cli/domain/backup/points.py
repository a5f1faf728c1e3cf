"""Recovery points: the whole library at one moment, as a short record that names everything in it."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from audobon_cli.domain.errors import BackupDamaged, BackupNewer

FORMAT = 1
SHORT = 10


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file apart from the library's pictures, such as the settings: ``path`` is relative, with slashes."""

    path: str
    sha256: str
    size_bytes: int

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"path": self.path, "sha256": self.sha256, "size_bytes": self.size_bytes}


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model: its manifest, and its files unless they can be pulled again from where they came."""

    name: str
    manifest: dict[str, Any]
    files: tuple[StoredFile, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredDatabase:
    """The database: ``size_bytes`` in extents of ``extent_bytes``, whose digests ``lists`` hold in order."""

    size_bytes: int
    extent_bytes: int
    lists: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecoveryPoint:
    """``id`` stays the same in every repository that the point is copied to; ``time`` is by the clock of the machine
    that made it. ``pages`` is the digest of the list of pages that list the pictures; ``missing`` are pictures that
    the library itself had lost."""

    id: str
    time: datetime
    host: str
    library: str
    program: str
    pages: str
    blob_count: int
    blob_bytes: int
    database: StoredDatabase
    files: tuple[StoredFile, ...] = ()
    models: tuple[StoredModel, ...] = ()
    missing: tuple[str, ...] = ()
    note: str = ""
    assets: int = 0
    added_bytes: int = field(default=0, compare=False)

    @property
    def short(self) -> str:
        """The id as people write it."""
        return self.id[:SHORT]

    @property
    def size_bytes(self) -> int:
        """What restoring all of it writes."""
        models = sum(file.size_bytes for model in self.models for file in model.files)
        return (
            self.blob_bytes + self.database.size_bytes + sum(file.size_bytes for file in self.files) + models
        )

    def same_content(self, other: "RecoveryPoint") -> bool:
        """Whether both hold the same, whenever and wherever they were made."""
        mine, theirs = (
            (p.pages, p.database, p.files, p.models, p.missing, p.library, p.host) for p in (self, other)
        )
        return mine == theirs

    def summary(self) -> dict[str, Any]:
        """The fields that scripts lean on (``data.points[]``), JSON-ready."""
        return {
            "id": self.id,
            "time": self.time.isoformat(),
            "host": self.host,
            "library": self.library,
            "assets": self.assets,
            "files": self.blob_count,
            "size_bytes": self.size_bytes,
            "added_bytes": self.added_bytes,
            "models": [model.name for model in self.models],
            "missing": len(self.missing),
            "note": self.note,
        }


def encode_point(point: RecoveryPoint) -> bytes:
    """The point as the format has it: canonical JSON."""
    database = point.database
    data = {
        "format": FORMAT,
        "id": point.id,
        "time": point.time.astimezone(UTC).isoformat(timespec="microseconds"),
        "host": point.host,
        "library": point.library,
        "program": point.program,
        "pages": point.pages,
        "blob_count": point.blob_count,
        "blob_bytes": point.blob_bytes,
        "database": {
            "size_bytes": database.size_bytes,
            "extent_bytes": database.extent_bytes,
            "lists": list(database.lists),
        },
        "files": [file.to_dict() for file in point.files],
        "models": [
            {"name": m.name, "manifest": m.manifest, "files": [file.to_dict() for file in m.files]}
            for m in point.models
        ],
        "missing": list(point.missing),
        "note": point.note,
        "assets": point.assets,
        "added_bytes": point.added_bytes,
    }
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def decode_point(content: bytes) -> RecoveryPoint:
    """The point in ``content``, which was authenticated. Raises BackupNewer, BackupDamaged."""
    try:
        data = json.loads(content)
        if data["format"] > FORMAT:
            raise BackupNewer(
                f"A recovery point has format {data['format']}; this version knows {FORMAT}.",
                hint="use a newer Audobon; nothing was changed",
            )
        database = data["database"]
        return RecoveryPoint(
            id=str(data["id"]),
            time=datetime.fromisoformat(data["time"]),
            host=str(data["host"]),
            library=str(data["library"]),
            program=str(data["program"]),
            pages=str(data["pages"]),
            blob_count=int(data["blob_count"]),
            blob_bytes=int(data["blob_bytes"]),
            database=StoredDatabase(
                int(database["size_bytes"]), int(database["extent_bytes"]), tuple(map(str, database["lists"]))
            ),
            files=_files(data["files"]),
            models=tuple(StoredModel(m["name"], m["manifest"], _files(m["files"])) for m in data["models"]),
            missing=tuple(map(str, data["missing"])),
            note=str(data["note"]),
            assets=int(data["assets"]),
            added_bytes=int(data["added_bytes"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise BackupDamaged(
            f"A recovery point makes no sense: {error}.", hint="this is a bug of the program that wrote it"
        ) from error


def _files(data: list[dict[str, Any]]) -> tuple[StoredFile, ...]:
    return tuple(StoredFile(str(f["path"]), str(f["sha256"]), int(f["size_bytes"])) for f in data)
