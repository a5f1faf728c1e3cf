"""What the files of a library look like on the disk: as they are, or sealed."""

from typing import Protocol

from audobon_cli.domain.ids import BlobId

SEALED = b"AUDE\x01"
"""How a sealed file begins: four letters and the version of the format."""


class StoredForm(Protocol):
    """How blobs are named and written. Ids and contents are plain to all but the disk."""

    def name(self, blob: BlobId) -> str:
        """What the file of ``blob`` is called, 64 hex digits, of which the first two are its folder."""
        ...

    def blob(self, name: str) -> BlobId:
        """The blob whose file is called ``name``: the inverse of `name`."""
        ...

    def folder(self, shard: str) -> str:
        """The folder of the ids that begin with the two digits ``shard``."""
        ...

    def seal(self, blob: BlobId, content: bytes) -> bytes:
        """The bytes of the file of ``blob``."""
        ...

    def open(self, blob: BlobId, stored: bytes) -> bytes:
        """The content of a file. Raises BlobCorrupt and BlobErased."""
        ...

    def content_size(self, file_bytes: int) -> int | None:
        """The size of what a file of so many bytes holds; None if it holds no content."""
        ...

    def seal_beside(self, use: str, content: bytes) -> bytes:
        """The bytes of a file beside the blobs, which can be made again; ``use`` says of what it is."""
        ...

    def open_beside(self, use: str, stored: bytes) -> bytes | None:
        """What `seal_beside` made a file of; None for what it did not make."""
        ...


class PlainForm:
    """Files hold what was stored, and are called as blobs are. Implements StoredForm."""

    def name(self, blob: BlobId) -> str:
        """See StoredForm.name."""
        return blob

    def blob(self, name: str) -> BlobId:
        """See StoredForm.blob."""
        return BlobId(name)

    def folder(self, shard: str) -> str:
        """See StoredForm.folder."""
        return shard

    def seal(self, blob: BlobId, content: bytes) -> bytes:
        """See StoredForm.seal."""
        return content

    def open(self, blob: BlobId, stored: bytes) -> bytes:
        """See StoredForm.open."""
        return stored

    def content_size(self, file_bytes: int) -> int | None:
        """See StoredForm.content_size."""
        return file_bytes

    def seal_beside(self, use: str, content: bytes) -> bytes:
        """See StoredForm.seal_beside."""
        return content

    def open_beside(self, use: str, stored: bytes) -> bytes | None:
        """See StoredForm.open_beside."""
        return stored


PLAIN = PlainForm()
