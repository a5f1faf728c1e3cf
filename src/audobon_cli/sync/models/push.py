"""Pushing models: the files that a place lacks, and then their names."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.backup.create.progress import ByteProgress
from audobon_cli.backup.repository.catalogue import Catalogue
from audobon_cli.backup.repository.crypto import RecordKind
from audobon_cli.backup.repository.lists import PIECE_BYTES, decode_digests
from audobon_cli.backup.repository.object_reader import ObjectReader
from audobon_cli.backup.repository.pack_writer import PackWriter
from audobon_cli.backup.repository.repository import Repository
from audobon_cli.domain.errors import BackupBusy, BackupDamaged, InvalidInput, ModelAltered, ModelExists
from audobon_cli.domain.events import Listener, ignore
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.models.source import Manifest, ManifestFile, SourceKind
from audobon_cli.storage.disk_errors import model_errors
from audobon_cli.sync.merge_packs import is_due, merge_packs
from audobon_cli.sync.models.records import (
    PlacedModels,
    check_files,
    encode_record,
    move_models,
    placed,
    read_models,
)
from audobon_cli.sync.place import SharedPlace, place_errors

MOST_TRIES = 50
"""Others may change the list of models between two looks, but not for ever."""


@dataclass(frozen=True, slots=True)
class ModelsPush:
    """What a push did, or with a dry run would do. ``sent`` are models that are new or other at the place, ``there``
    those that it had, ``differing`` those of which it has another of the same name, which stays; ``send_bytes`` is what
    their files take that are not there."""

    address: str
    made: bool
    sent: tuple[Manifest, ...] = ()
    there: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
    send_bytes: int = 0
    stored_bytes: int = 0

    def error(self) -> ModelExists | None:
        """What a command that named the models must end with."""
        if not self.differing:
            return None
        names = " ".join(self.differing)
        return ModelExists(
            f"{self.address} has other models called {', '.join(self.differing)}.",
            hint=f"`audobon models push {names} {self.address} --replace` puts these in their place",
            models=list(self.differing),
        )


def own_models(registry: ModelRegistry) -> tuple[Manifest, ...]:
    """The models that are to be had nowhere else: trained, added, or from a place themselves."""
    return tuple(one for one in registry.manifests.all() if one.kind is SourceKind.LOCAL)


def plan_models_push(place: SharedPlace | None, models: Sequence[Manifest], replace: bool) -> ModelsPush:
    """What `push_models` would send; all of it where there is no place yet. Sends nothing."""
    if place is None:
        _check(models)
        return ModelsPush("", True, tuple(models), send_bytes=sum(one.size_bytes for one in models))
    with place_errors(place.address):
        chosen = _chosen(place, read_models(place), models, replace, full=True)
        store = _Store(place.repository, place.repository.catalogue())
        files = {file.sha256: file for model in (*chosen.sent, *chosen.whole) for file in model.files}
        missing = [one for one in files.values() if not store.has(one)]
    there = tuple(one.name for one in chosen.whole)
    size = sum(one.size_bytes for one in missing)
    return ModelsPush(place.address, False, chosen.sent, there, chosen.differing, size)


def push_models(
    place: SharedPlace,
    models: Sequence[Manifest],
    *,
    replace: bool = False,
    full: bool = True,
    listen: Listener = ignore,
) -> ModelsPush:
    """Bring ``models`` to the place: the files that it lacks, and then their names.

    With ``full`` the files of models that are there are looked for again. A model of another content under the same
    name stays unless ``replace``. Kill it at any moment, and the same call goes on with what was sent.
    Raises ModelAltered for files that are not what is on record, InvalidInput for files that models are not made of,
    SyncDamaged, and what a Remote raises.
    """
    progress = ByteProgress(listen, "pushing models")
    size = stored = 0
    for _ in range(MOST_TRIES):
        with place_errors(place.address):
            known = read_models(place)
            chosen = _chosen(place, known, models, replace, full)
            if not chosen.sent and not chosen.whole:
                break
            store = _Store(place.repository, place.repository.catalogue())
            with place.repository.writer(store.catalogue) as writer:
                upload = _Upload(store, writer, progress)
                for model in (*chosen.sent, *chosen.whole):
                    upload.send(model)
                writer.flush()
        size, stored = size + upload.size_bytes, stored + writer.written.stored_bytes
        wanted = {**known.models, **{one.name: placed(one) for one in chosen.sent}}
        if not chosen.sent or move_models(place, wanted, known.version):
            if is_due(store.catalogue):
                merge_packs(place.repository)
            break
    else:
        raise BackupBusy(
            f"Others pushed models to {place.address} each time that this machine was about to.",
            hint="run the same command again; what was sent is kept",
        )
    progress.finish()
    there = tuple(one.name for one in chosen.there)
    return ModelsPush(place.address, place.made, chosen.sent, there, chosen.differing, size, stored)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """``there`` are at the place under their name; ``whole`` those of them whose files are looked for again."""

    sent: tuple[Manifest, ...]
    there: tuple[Manifest, ...]
    whole: tuple[Manifest, ...]
    differing: tuple[str, ...]


def _chosen(
    place: SharedPlace, known: PlacedModels, models: Sequence[Manifest], replace: bool, full: bool
) -> _Chosen:
    _check(models)
    sent, there, differing = [], [], []
    for model in models:
        other, own = known.models.get(model.name), placed(model)
        if other == own or (other is not None and other.content == own.content and not replace):
            there.append(model)
        elif other is None or replace:
            sent.append(model)
        else:
            differing.append(model.name)
    return _Chosen(tuple(sent), tuple(there), tuple(there) if full else (), tuple(differing))


def _check(models: Iterable[Manifest]) -> None:
    for model in models:
        if model.damaged:
            raise ModelAltered(
                f"{model.name} is damaged: {', '.join(model.damaged)}.",
                hint=f"`audobon models verify {model.name}` says what to do",
                models=[model.name],
            )
        try:
            check_files(list(model.files))
        except ValueError as error:
            raise InvalidInput(
                f"{model.name} cannot be pushed: {error}.",
                hint="push the .safetensors file, or a folder of configurations and weights",
                model=model.name,
            ) from error


class _Store:
    """What a place has of models' files."""

    def __init__(self, repository: Repository, catalogue: Catalogue) -> None:
        self.repository, self.catalogue = repository, catalogue
        self.reader: ObjectReader = repository.reader(catalogue)

    def has(self, file: ManifestFile, writer: PackWriter | None = None) -> bool:
        """Whether all of a file is there, or on its way by ``writer``."""
        keys, found = self.repository.keys, self.catalogue.has if writer is None else writer.has
        digest = bytes.fromhex(file.sha256)
        if file.size_bytes <= PIECE_BYTES:
            return found(keys.object_id(RecordKind.FILE, digest))
        if not self.catalogue.has(keys.object_id(RecordKind.PIECES, digest)):
            return False
        try:
            pieces = decode_digests(self.reader.read(RecordKind.PIECES, digest))
        except BackupDamaged:
            return False
        return all(found(keys.object_id(RecordKind.FILE, piece)) for piece in pieces)


class _Upload:
    """Stores the files of models that the place lacks, and their records; ``size_bytes`` counts what was read."""

    def __init__(self, store: _Store, writer: PackWriter, progress: ByteProgress) -> None:
        self._store, self._writer, self._progress = store, writer, progress
        self._done: set[str] = set()
        self.size_bytes = 0

    def send(self, model: Manifest) -> None:
        """Store a model's files, then its record. Raises ModelAltered."""
        new = {one.sha256: one for one in model.files if one.sha256 not in self._done}
        missing = [one for one in new.values() if not self._store.has(one, self._writer)]
        self._progress.total += sum(one.size_bytes for one in missing)
        for file in missing:
            with model_errors(Path(model.folder)):
                self._send(model, file)
            self.size_bytes += file.size_bytes
        self._done.update(new)
        record = encode_record(model)
        self._writer.add(RecordKind.LIST, hashlib.sha256(record).digest(), record)

    def _send(self, model: Manifest, file: ManifestFile) -> None:
        """Store a file piece by piece, and name it only when all of it is what is on record."""
        whole, pieces, size = hashlib.sha256(), bytearray(), 0
        try:
            with (Path(model.folder) / file.path).open("rb") as stream:
                while piece := stream.read(PIECE_BYTES):
                    digest = hashlib.sha256(piece).digest()
                    whole.update(piece)
                    pieces += digest
                    size += len(piece)
                    if size > file.size_bytes:
                        break
                    self._writer.add(RecordKind.FILE, digest, piece)
                    self._progress.add(len(piece))
        except FileNotFoundError as error:
            raise _altered(model, file) from error
        if whole.hexdigest() != file.sha256:
            raise _altered(model, file)
        if file.size_bytes > PIECE_BYTES:
            identity = self._store.repository.keys.object_id(RecordKind.PIECES, whole.digest())
            if not self._writer.has(identity):
                self._writer.add(RecordKind.PIECES, whole.digest(), bytes(pieces))


def _altered(model: Manifest, file: ManifestFile) -> ModelAltered:
    return ModelAltered(
        f"{model.name}: {file.path} is not what was pulled or added.",
        hint=f"`audobon models verify {model.name}` says what to do; nothing of it was named at the place",
        models=[model.name],
    )
