"""Recovery points: the whole library at one moment, as a short record that names everything in it."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from audobon_cli.domain.errors import BackupDamaged, BackupNewer
from audobon_cli.domain.foreign.json_fields import (
    as_document,
    digests,
    flag,
    hexadecimal,
    objects,
    read_document,
    text,
    whole_number,
)
from audobon_cli.domain.serialization import canonical_json

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
    the library itself had lost. ``encrypted_library``: it was encrypted, and restoring must not lay it open."""

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
    encrypted_library: bool = False
    audit_head: str = field(default="", compare=False)
    """Number and code of the last record of the library's audit log, as ``12:c0ffee...``; "" without one."""

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
            **({"encrypted_library": True} if self.encrypted_library else {}),
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
        **({"encrypted_library": True} if point.encrypted_library else {}),
        **({"audit_head": point.audit_head} if point.audit_head else {}),
    }
    return canonical_json(data).encode()


def decode_point(content: bytes) -> RecoveryPoint:
    """The point in ``content``, which was authenticated. Raises BackupNewer, BackupDamaged."""
    try:
        data = read_document(content)
        if whole_number(data, "format") > FORMAT:
            raise BackupNewer(
                f"A recovery point has format {data['format']}; this version knows {FORMAT}.",
                hint="use a newer Audobon; nothing was changed",
            )
        database = as_document(data.get("database"))
        return RecoveryPoint(
            id=text(data, "id"),
            time=_time(text(data, "time")),
            host=text(data, "host"),
            library=text(data, "library"),
            program=text(data, "program"),
            pages=hexadecimal(data, "pages"),
            blob_count=whole_number(data, "blob_count"),
            blob_bytes=whole_number(data, "blob_bytes"),
            database=StoredDatabase(
                whole_number(database, "size_bytes"),
                whole_number(database, "extent_bytes", least=1),
                digests(database, "lists"),
            ),
            files=_files(data),
            models=tuple(
                StoredModel(_path(m, "name"), as_document(m.get("manifest")), _files(m))
                for m in objects(data, "models")
            ),
            missing=digests(data, "missing"),
            note=text(data, "note"),
            assets=whole_number(data, "assets"),
            added_bytes=whole_number(data, "added_bytes"),
            encrypted_library="encrypted_library" in data and flag(data, "encrypted_library"),
            audit_head=_head(text(data, "audit_head")) if "audit_head" in data else "",
        )
    except (ValueError, OverflowError) as error:
        raise BackupDamaged(
            f"A recovery point makes no sense: {error}.", hint="this is a bug of the program that wrote it"
        ) from error


def _files(data: dict[str, Any]) -> tuple[StoredFile, ...]:
    return tuple(
        StoredFile(_path(f, "path"), hexadecimal(f, "sha256"), whole_number(f, "size_bytes"))
        for f in objects(data, "files")
    )


def _head(written: str) -> str:
    number, _, mac = written.partition(":")
    if not number.isdecimal() or re.fullmatch("[0-9a-f]{64}", mac) is None:
        raise ValueError("audit_head is none")
    return written


def _path(data: dict[str, Any], name: str) -> str:
    found = text(data, name)
    if "\0" in found:
        raise ValueError(f"{name} has a zero byte")
    return found


def _time(found: str) -> datetime:
    time = datetime.fromisoformat(found)
    if time.tzinfo is None:
        raise ValueError("time has no zone")
    return time.astimezone(UTC)
