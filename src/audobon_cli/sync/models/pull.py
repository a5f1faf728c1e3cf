"""Pulling models: the files that this machine lacks, each verified, and then a name for them."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from audobon_cli.backup.create.progress import ByteProgress
from audobon_cli.backup.repository.crypto import RecordKind
from audobon_cli.backup.repository.lists import PIECE_BYTES, decode_digests
from audobon_cli.backup.repository.object_reader import ObjectReader, Wanted
from audobon_cli.domain.errors import BackupDamaged, ModelExists, ModelNotFound, SyncDamaged
from audobon_cli.domain.events import Listener, Warned, ignore
from audobon_cli.models.install.convert_pickle import clear_folder
from audobon_cli.models.install.pull import PulledFile, PullReport, check_usable, now, with_family
from audobon_cli.models.install.remove import release
from audobon_cli.models.manifests import model_lock
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.models.source import Manifest, ManifestFile
from audobon_cli.platforms import current
from audobon_cli.presets.catalog import nearest
from audobon_cli.storage.disk_errors import model_errors
from audobon_cli.storage.durable_files import sync_file, sync_folder
from audobon_cli.sync.models.records import (
    PlacedModel,
    PlacedModels,
    content_digest,
    decode_record,
    read_models,
    renamed,
)
from audobon_cli.sync.place import SharedPlace, place_errors
from audobon_cli.transfer.checksums import digest_of
from audobon_cli.transfer.download import check_space

PIECES_AT_ONCE = 3
"""So many pieces of a large file are in memory at once."""


@dataclass(frozen=True, slots=True)
class ModelsPull:
    """What a pull did, or with a dry run would do: a report each, of models that were here as well; ``differing`` are
    models here of the same name and another content, which stay."""

    address: str
    reports: tuple[PullReport, ...]
    differing: tuple[str, ...] = ()

    @property
    def fetch_bytes(self) -> int:
        """Bytes of files that were not here."""
        return sum(one.fetch_bytes or 0 for one in self.reports)


def pull_models(
    place: SharedPlace,
    names: Sequence[str],
    registry: ModelRegistry,
    *,
    name: str | None = None,
    dry_run: bool = False,
    listen: Listener = ignore,
) -> ModelsPull:
    """Bring the models ``names`` of the place here, all that it has if none is named; ``name`` is what the only one is
    to be called. What is here already is not fetched. Kill it at any moment, and the same call goes on.

    Raises ModelNotFound, ModelExists where another model has the name (of models that were not named they are passed
    over), DiskFull before anything is fetched, ModelDamaged, ModelBusy, SyncDamaged, and what a Remote raises.
    """
    with place_errors(place.address):
        known = read_models(place)
        chosen = [(one, _of(known, one, place)) for one in names or sorted(known.models)]
        reader = place.repository.reader() if chosen else None
        drafts: list[Manifest] = []
        differing: list[str] = []
        for wanted, one in chosen:
            assert reader is not None
            draft = replace(renamed(_record(reader, wanted, one, place), name), place=place.address)
            other = registry.manifests.get(draft.name)
            if other is None:
                registry.manifests.new_name(draft.name)
            if other is None or other.place == place.address or content_digest(other) == one.content:
                drafts.append(draft)
            elif names:
                raise ModelExists(
                    f"Another model is called {draft.name}: it comes from {other.place or other.source}.",
                    hint="give this one a name of its own with --name, or remove the other first",
                    name=draft.name,
                )
            else:
                differing.append(draft.name)
        wanted_bytes = sum(_Arrival(draft, registry).missing_bytes() for draft in drafts)
        if not dry_run:
            check_space(registry.folder, wanted_bytes)
        progress = ByteProgress(listen, "pulling models", wanted_bytes)
        reports = []
        for draft in drafts:
            arrival = _Arrival(draft, registry)
            if dry_run or arrival.is_here():
                reports.append(arrival.report(dry_run))
            else:
                assert reader is not None
                reports.append(arrival.bring(reader, progress, listen))
        progress.finish()
    return ModelsPull(place.address, tuple(reports), tuple(differing))


class _Arrival:
    """A model on its way to ``folder``, by way of a folder that nothing uses until it is whole."""

    def __init__(self, draft: Manifest, registry: ModelRegistry) -> None:
        self._registry = registry
        key = content_digest(draft)[:16]
        self.folder = registry.files(draft.name) / key
        self._work = registry.folder / "incomplete" / key
        self._staging = self._work / "files"
        self._draft = replace(draft, folder=str(self.folder))

    def is_here(self) -> bool:
        """Whether the model has its name and all of its files."""
        known = self._registry.manifests.get(self._draft.name)
        if known is None or content_digest(known) != content_digest(self._draft) or known.damaged:
            return False
        return all(_has_size(Path(known.folder) / one.path, one) for one in known.files)

    def missing_bytes(self) -> int:
        """Bytes that are still to be fetched."""
        return 0 if self.is_here() else sum(one.size_bytes - self._kept(one) for one in self._draft.files)

    def report(self, dry_run: bool) -> PullReport:
        """What is here."""
        here = self.is_here()
        files = []
        for one in self._draft.files:
            kept = one.size_bytes if here else self._kept(one)
            status = "present" if kept == one.size_bytes else "partial" if kept else "missing"
            files.append(PulledFile(one.path, one.size_bytes, kept, status))
        known = self._registry.manifests.get(self._draft.name) if here else None
        return PullReport(known or self._draft, tuple(files), self.missing_bytes(), dry_run)

    def bring(self, reader: ObjectReader, progress: ByteProgress, listen: Listener) -> PullReport:
        """Fetch what is missing, check all of it, move it to its folder, and only then give it its name."""
        registry, wait = self._registry, self._registry.lock_wait_seconds
        waiting = Warned(f"Another process is fetching this model: waiting up to {wait:.0f} seconds.")
        with model_lock(self._work, wait, lambda: listen(waiting)), model_errors(registry.folder):
            if self.is_here():
                return self.report(dry_run=False)
            before = self.report(dry_run=False)
            if not self._is_whole(self.folder):
                self._fetch_all(reader, progress)
                check_usable(replace(self._draft, folder=str(self._staging)))
                clear_folder(self.folder)  # a copy with the same name that has been damaged since
                self.folder.parent.mkdir(parents=True, exist_ok=True)
                current().replace(self._staging, self.folder)
                sync_folder(self.folder.parent)
            check_usable(self._draft)
            manifest = with_family(replace(self._draft, pulled=now()), registry)
            old = registry.manifests.get(manifest.name)
            registry.manifests.put(manifest)
            if old is not None and old.folder != manifest.folder:
                release(old, registry)
        return PullReport(manifest, before.files, before.fetch_bytes, False)

    def _kept(self, file: ManifestFile) -> int:
        for folder in (self.folder, self._staging):
            path = folder / file.path
            if path.is_file():
                return min(path.stat().st_size, file.size_bytes)
        return 0

    def _is_whole(self, folder: Path) -> bool:
        """Whether ``folder`` has every file of the model, byte for byte."""
        return folder.is_dir() and all(_is_right(folder / one.path, one) for one in self._draft.files)

    def _fetch_all(self, reader: ObjectReader, progress: ByteProgress) -> None:
        self._clear_strangers()
        copies: dict[str, Path] = {}
        for file in self._draft.files:
            path = self._staging / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            first = copies.setdefault(file.sha256, path)
            if first is not path and not _has_size(path, file):
                path.write_bytes(first.read_bytes())
            else:
                _fetch(reader, file, path, progress)
            sync_file(path)
        for folder in sorted({path.parent for path in self._staging.rglob("*")} | {self._staging}):
            sync_folder(folder)

    def _clear_strangers(self) -> None:
        """Whatever lies in the working folder that is not of the model."""
        own = {self._staging / file.path for file in self._draft.files}
        for path in sorted(self._staging.rglob("*"), reverse=True):
            if path.is_symlink() or (path.is_file() and path not in own):
                path.unlink()


def _fetch(reader: ObjectReader, file: ManifestFile, path: Path, progress: ByteProgress) -> None:
    """Make ``path`` the file, from where an earlier run ended: pieces that are what they should be stay."""
    digest = bytes.fromhex(file.sha256)
    if file.size_bytes <= PIECE_BYTES:
        if not _is_right(path, file):
            path.write_bytes(reader.read(RecordKind.FILE, digest))
            progress.add(file.size_bytes)
        return
    pieces = decode_digests(reader.read(RecordKind.PIECES, digest))
    with path.open("r+b" if path.is_file() else "w+b") as stream:
        whole = hashlib.sha256()
        start = _kept_pieces(stream, pieces, whole.update)
        stream.seek(start * PIECE_BYTES)
        stream.truncate()
        for first in range(start, len(pieces), PIECES_AT_ONCE):
            wanted = pieces[first : first + PIECES_AT_ONCE]
            found = reader.read_all(Wanted(RecordKind.FILE, piece) for piece in wanted)
            for piece in wanted:
                content = found[piece] if piece in found else reader.read(RecordKind.FILE, piece)
                stream.write(content)
                whole.update(content)
                progress.add(len(content))
            stream.flush()
    if whole.hexdigest() != file.sha256:
        path.unlink()
        raise BackupDamaged(
            f"The pieces of {file.path} do not make up what was pushed.",
            hint="on the machine that has it: audobon models push",
        )


def _kept_pieces(stream: BinaryIO, pieces: Sequence[bytes], take: Callable[[bytes], None]) -> int:
    """How many pieces at the beginning of ``stream`` are what they should be; each of them is handed to ``take``."""
    for number, piece in enumerate(pieces):
        content = stream.read(PIECE_BYTES)
        if hashlib.sha256(content).digest() != piece:
            return number
        take(content)
    return len(pieces)


def _record(reader: ObjectReader, name: str, model: PlacedModel, place: SharedPlace) -> Manifest:
    try:
        found = decode_record(reader.read(RecordKind.LIST, bytes.fromhex(model.record)))
        if found.name != name or content_digest(found) != model.content:
            raise ValueError("its record is another model's")
    except (BackupDamaged, ValueError) as error:
        words = error.message.rstrip(".") if isinstance(error, BackupDamaged) else error
        raise SyncDamaged(
            f"The model {name} at {place.address} is damaged: {words}.",
            hint=f"on a machine that has it: audobon models push {name} {place.address} --replace",
            address=place.address,
        ) from error
    return found


def _of(known: PlacedModels, name: str, place: SharedPlace) -> PlacedModel:
    found = known.models.get(name)
    if found is None:
        near = nearest(name, list(known.models))
        raise ModelNotFound(
            f"No model called {name!r} was pushed to {place.address}.",
            hint=f"did you mean {' or '.join(near)}?"
            if near
            else f"`audobon models pull --from {place.address} --dry-run` lists those there are",
            model=name,
            nearest=near,
        )
    return found


def _has_size(path: Path, file: ManifestFile) -> bool:
    return path.is_file() and path.stat().st_size == file.size_bytes


def _is_right(path: Path, file: ManifestFile) -> bool:
    return _has_size(path, file) and digest_of(path, "sha256") == file.sha256
