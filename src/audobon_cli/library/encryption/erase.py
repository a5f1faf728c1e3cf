"""Erasing assets for good: their files' keys are destroyed, and whatever was made of them beside the database."""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.ids import AssetId, BlobId
from audobon_cli.library.similar_sounds import forget_heard
from audobon_cli.library.store.encryption.keys import HEADER_BYTES
from audobon_cli.library.store.encryption.sealed_form import SealedForm
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.rows import RelationKind
from audobon_cli.library.store.stored_form import SEALED
from audobon_cli.library.thumbnails import thumbnail_path
from audobon_cli.platforms import current
from audobon_cli.storage.disk_errors import library_errors
from audobon_cli.storage.durable_files import sync_descriptor, sync_folder, write_new
from audobon_cli.storage.temporary import temporary_folder


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """What was erased. ``shared`` are files that other assets hold, and that stay for them; ``derived`` are assets made
    of those that went, which stay, too; ``in_history`` are files whose records commits keep."""

    blobs: tuple[BlobId, ...]
    shared: tuple[BlobId, ...]
    derived: tuple[AssetId, ...]
    in_history: tuple[BlobId, ...]


def erase_assets(library: Library, assets: Sequence[Asset]) -> ErasureReport:
    """Delete assets that are in the trash, and destroy the keys of their files; durable on return.

    Files come first, so that a run that is killed is finished by the next one. Nobody files anything meanwhile.
    Raises InvalidInput for a library that is not encrypted, LibraryBusy, AssetNotFound for what is not in the trash
    any more, and what the disk raises.
    """
    form = library.blobs.form
    if not isinstance(form, SealedForm):
        raise InvalidInput(
            f"The library at {library.root} is not encrypted: what is deleted there may be found on the disk.",
            hint="`audobon library encrypt NEWFOLDER` writes an encrypted one; erase there, and delete this one",
        )
    with library.collecting(), library_errors(library.root):
        ids = [asset.id for asset in assets]
        blobs = list(dict.fromkeys(asset.blob for asset in assets))
        shared = [blob for blob in blobs if set(_holders(library, blob)) - set(ids)]
        going = [blob for blob in blobs if blob not in shared]
        derived = _made_of(library, ids)
        with library.database.read() as statements:
            rows = statements.rows("SELECT blob FROM history_blobs")
        remembered = {row[0] for row in rows} & set(going)
        for blob in going:
            _erase_file(library, form, blob)
            thumbnail_path(library, blob).unlink(missing_ok=True)
        forget_heard(library)
        with library.change() as changes:
            for asset in ids:
                changes.purge(asset)
                changes.forget_undo(asset)
            changes.forget_blobs([blob for blob in going if blob not in remembered])
        # Only history asks for tombstones: without it nothing is left to be told of.
        library.blobs.delete(blob for blob in going if blob not in remembered)
        library.database.truncate_log()
    return ErasureReport(tuple(going), tuple(shared), derived, tuple(sorted(remembered)))


def _holders(library: Library, blob: BlobId) -> list[AssetId]:
    """All assets whose file it is, those in the trash too."""
    with library.database.read() as statements:
        return [AssetId(row[0]) for row in statements.rows("SELECT id FROM assets WHERE blob = ?", blob)]


def _made_of(library: Library, ids: Sequence[AssetId]) -> tuple[AssetId, ...]:
    found = (child.id for one in ids for child in library.assets.related_to(one, RelationKind.DERIVED_FROM))
    return tuple(dict.fromkeys(child for child in found if child not in set(ids)))


def _erase_file(library: Library, form: SealedForm, blob: BlobId) -> None:
    """Overwrite the wrapped key where it lies, then let a tombstone take the file's place."""
    path = Path(library.blobs.place(blob))
    if library.blobs.is_erased(blob):
        return
    if path.is_file():
        os.chmod(path, 0o600)
        descriptor = current().open(path, os.O_RDWR)
        try:
            start = len(SEALED) + 1
            current().write_at(descriptor, secrets.token_bytes(HEADER_BYTES - start), start)
            sync_descriptor(descriptor)
        finally:
            os.close(descriptor)
    with temporary_folder(library.root / "tmp") as folder:
        draft = folder.path / path.name
        write_new(draft, form.tombstone(blob), 0o444)
        current().replace(draft, path)
        sync_folder(path.parent)
