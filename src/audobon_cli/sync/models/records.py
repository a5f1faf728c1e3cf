"""What a place says of its models: the object ``models``, and a record for each."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from audobon_cli.backup.repository.crypto import RecordKind
from audobon_cli.domain.errors import BackupNewer, InvalidInput, RemoteObjectMissing
from audobon_cli.domain.foreign.json_fields import (
    as_document,
    hexadecimal,
    objects,
    read_document,
    text,
    whole_number,
)
from audobon_cli.domain.serialization import canonical_json
from audobon_cli.models.files.folder import READ_SUFFIXES
from audobon_cli.models.files.weight_header import SUFFIXES
from audobon_cli.models.source import Manifest, ManifestFile, SourceKind, check_name, public_address
from audobon_cli.storage.file_names import safe_file_name, same_file_key
from audobon_cli.sync.place import SharedPlace, damaged, place_errors

KEY = "models"
FORMAT = 1
MOST_FILES = 10_000


@dataclass(frozen=True, slots=True)
class PlacedModel:
    """A model at a place: the SHA-256 of its record and of the list of its files, and the bytes of these."""

    record: str
    content: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class PlacedModels:
    """The models of a place by their names. ``version`` is the object's, None where there is none yet."""

    models: Mapping[str, PlacedModel] = field(default_factory=dict)
    version: str | None = None


def read_models(place: SharedPlace) -> PlacedModels:
    """The models of a place. Raises SyncDamaged, BackupNewer, and what a Remote raises."""
    remote = place.repository.remote
    stat = remote.stat(KEY)  # before the content: what is read is that version, or a newer one that then wins
    if stat is None:
        return PlacedModels()
    with place_errors(place.address):
        try:
            sealed = remote.get(KEY)
        except RemoteObjectMissing:
            return PlacedModels()
        try:
            data = read_document(place.repository.keys.open(RecordKind.MODELS, sealed))
            _refuse_newer(data)
            found = as_document(data.get("models"))
            models = {_checked(name): _placed(as_document(one)) for name, one in found.items()}
        except ValueError as error:
            raise damaged(place.address, f"its list of models makes no sense: {error}") from error
    return PlacedModels(models, stat.version)


def move_models(place: SharedPlace, models: Mapping[str, PlacedModel], version: str | None) -> bool:
    """Make these the place's models, unless they have changed since ``version``; whether it was done."""
    plain = {
        name: {"record": one.record, "content": one.content, "size_bytes": one.size_bytes}
        for name, one in models.items()
    }
    content = canonical_json({"format": FORMAT, "models": plain}).encode()
    sealed = place.repository.keys.seal(RecordKind.MODELS, content)
    return place.repository.remote.compare_and_swap(KEY, sealed, version) is not None


def placed(manifest: Manifest) -> PlacedModel:
    """How a place will name ``manifest``."""
    record = hashlib.sha256(encode_record(manifest)).hexdigest()
    return PlacedModel(record, content_digest(manifest), manifest.size_bytes)


def content_digest(manifest: Manifest) -> str:
    """SHA-256 over the names and digests of a model's files: equal for models that are the same."""
    lines = sorted(f"{file.path}\0{file.sha256}\n" for file in manifest.files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def encode_record(manifest: Manifest) -> bytes:
    """A model's record: canonical JSON, without what is this machine's own."""
    source = manifest.source
    if manifest.kind is SourceKind.LOCAL:
        source = source.replace("\\", "/").rstrip("/").rpartition("/")[2] if not manifest.place else source
    else:
        source = public_address(source) if manifest.kind is SourceKind.HTTP else source
    return canonical_json(
        {
            "format": FORMAT,
            "name": manifest.name,
            "source": source,
            "commit": manifest.commit,
            "variant": manifest.variant,
            "family": manifest.family,
            "licence": manifest.licence,
            "description": manifest.description,
            "files": [
                {"path": one.path, "size_bytes": one.size_bytes, "sha256": one.sha256}
                for one in sorted(manifest.files, key=lambda one: one.path)
            ],
        }
    ).encode()


def decode_record(content: bytes) -> Manifest:
    """The inverse, a model that lies nowhere yet. Raises ValueError for what is none, or names files that no model may
    have; BackupNewer."""
    data = read_document(content)
    _refuse_newer(data)
    files = [
        ManifestFile(text(one, "path"), whole_number(one, "size_bytes"), hexadecimal(one, "sha256"))
        for one in objects(data, "files")
    ]
    check_files(files)
    return Manifest(
        name=_checked(text(data, "name")),
        kind=SourceKind.LOCAL,
        source=text(data, "source"),
        folder="",
        files=tuple(files),
        pulled="",
        commit=text(data, "commit"),
        variant=text(data, "variant"),
        family=text(data, "family"),
        licence=text(data, "licence"),
        description=text(data, "description"),
    )


def check_files(files: list[ManifestFile]) -> None:
    """Raise ValueError unless ``files`` can be written below any folder, and hold nothing that runs."""
    if not 0 < len(files) <= MOST_FILES:
        raise ValueError(f"{len(files)} files are no model")
    if len({same_file_key(one.path) for one in files}) != len(files):
        raise ValueError("two of its files have one name")
    for file in files:
        parts = file.path.split("/")
        if any(safe_file_name(part) != part for part in parts) or PurePosixPath(file.path).is_absolute():
            raise ValueError(f"{file.path!r} is no name for a file of a model")
        known = (*READ_SUFFIXES, *SUFFIXES)
        if not file.path.endswith(known) and parts[-1].partition(".")[0] != "LICENSE":
            raise ValueError(f"{file.path!r} is not of a kind that models are made of")


def renamed(manifest: Manifest, name: str | None) -> Manifest:
    """``manifest`` under another name, if one is given."""
    return replace(manifest, name=name) if name else manifest


def _placed(data: dict[str, Any]) -> PlacedModel:
    return PlacedModel(
        hexadecimal(data, "record"), hexadecimal(data, "content"), whole_number(data, "size_bytes")
    )


def _checked(name: str) -> str:
    try:
        return check_name(name)
    except InvalidInput as error:
        raise ValueError(error.message) from error


def _refuse_newer(data: dict[str, Any]) -> None:
    found = whole_number(data, "format", least=1)
    if found > FORMAT:
        raise BackupNewer(
            f"The place has models of format {found}; this version knows {FORMAT}.",
            hint="use a newer Audobon; nothing was changed",
        )
