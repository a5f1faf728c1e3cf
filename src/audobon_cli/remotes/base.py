"""The contract between a backup repository and the place that it lies in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ObjectStat:
    """What a remote says of one object.

    ``modified`` is aware and by the remote's own clock, not this machine's. ``version`` is opaque, and another one
    after every write of the object (in S3, unless an equal one is deleted and made anew within a second).
    """

    key: str
    size_bytes: int
    modified: datetime
    version: str


class Remote(Protocol):
    """A flat store of objects under keys such as ``packs/3f/3f08…``: ASCII, parts parted by ``/``.

    Every write is whole or absent, and durable when its call returns. All methods may be called from several threads.
    They raise RemoteUnreachable, RemoteRefused (no permission, retention), RemoteMissing (the bucket or folder itself),
    RemoteFull, RemoteGarbled (checksums), DiskFailed or RemoteFailed (nothing known); what goes away by itself has
    been tried again before.
    """

    @property
    def address(self) -> str:
        """The place as people write it: a path, ``gs://bucket/prefix`` or ``s3://bucket/prefix``."""
        ...

    def put(self, key: str, content: bytes | memoryview) -> bool:
        """Create the object; False, and nothing is changed, if it is there already.

        The same call with the same content after an interruption goes on where the upload stopped, as far as the place
        can. A put whose reply was lost may answer False for its own object.
        """
        ...

    def compare_and_swap(self, key: str, content: bytes | memoryview, version: str | None) -> str | None:
        """Replace the object if its version is ``version`` (None: it is not there): the new version, else None."""
        ...

    def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """``length`` bytes from ``start`` on, checked against the place's checksum as far as it gives one.

        Raises RemoteObjectMissing, and RemoteObjectShort if the object ends earlier.
        """
        ...

    def stat(self, key: str) -> ObjectStat | None:
        """None if there is no such object."""
        ...

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        """All objects whose keys begin with ``prefix``, in the order of their keys."""
        ...

    def delete(self, key: str, version: str | None = None) -> bool:
        """Delete the object; False if it is gone already, or has another version than ``version``."""
        ...

    def close(self) -> None:
        """Give back connections and threads."""
        ...
