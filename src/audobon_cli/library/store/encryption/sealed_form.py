"""The files of an encrypted library."""

from dataclasses import dataclass
from datetime import UTC, datetime

from audobon_cli.domain.errors import BlobCorrupt, BlobErased
from audobon_cli.domain.ids import BlobId
from audobon_cli.library.store.encryption.keys import OVERHEAD_BYTES, Erased, LibraryKeys, Unsealable


@dataclass(frozen=True, slots=True)
class SealedForm:
    """Files under keys of their own, with keyed names. Implements StoredForm."""

    keys: LibraryKeys

    def name(self, blob: BlobId) -> str:
        """See StoredForm.name."""
        return self.keys.name(blob)

    def blob(self, name: str) -> BlobId:
        """See StoredForm.blob."""
        return self.keys.blob(name)

    def folder(self, shard: str) -> str:
        """See StoredForm.folder."""
        return f"{self.keys.folders[int(shard, 16)]:02x}"

    def seal(self, blob: BlobId, content: bytes) -> bytes:
        """See StoredForm.seal."""
        return self.keys.seal(blob, content)

    def open(self, blob: BlobId, stored: bytes) -> bytes:
        """See StoredForm.open."""
        try:
            return self.keys.open(blob, stored)
        except Unsealable as error:
            raise BlobCorrupt(
                f"The stored file {blob[:12]}… is damaged: {error}.",
                hint="run `audobon assets verify` to see what else is; a copy of the library may have it",
                blob=blob,
            ) from error
        except Erased as error:
            raise BlobErased(
                f"The stored file {blob[:12]}… was erased on {error.when:%Y-%m-%d}.",
                hint="it cannot be brought back, but from a backup or an export of before",
                blob=blob,
                erased=error.when.isoformat(),
            ) from error

    def tombstone(self, blob: BlobId) -> bytes:
        """The file that takes the place of that of ``blob`` when it is erased, now."""
        return self.keys.tombstone(blob, datetime.now(UTC))

    def content_size(self, file_bytes: int) -> int | None:
        """See StoredForm.content_size."""
        return file_bytes - OVERHEAD_BYTES if file_bytes >= OVERHEAD_BYTES else None

    def seal_beside(self, use: str, content: bytes) -> bytes:
        """See StoredForm.seal_beside."""
        return self.keys.seal_beside(use, content)

    def open_beside(self, use: str, stored: bytes) -> bytes | None:
        """See StoredForm.open_beside."""
        try:
            return self.keys.open_beside(use, stored)
        except Unsealable:
            return None
