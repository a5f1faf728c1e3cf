"""What recovery points need of a repository."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from audobon_cli.backup.point_contents import PointContents
from audobon_cli.backup.repository.crypto import RecordKind
from audobon_cli.backup.repository.lists import decode_digests, decode_list_of_pages, decode_page
from audobon_cli.backup.repository.object_reader import ObjectReader, Wanted
from audobon_cli.backup.repository.recovery_point import RecoveryPoint

T = TypeVar("T")


class Needs:
    """The objects that points need, each list read once, however many points share it."""

    def __init__(self, reader: ObjectReader) -> None:
        self.reader = reader
        self._seen: set[bytes] = set()
        self._read: set[bytes] = set()

    def of(self, points: Iterable[RecoveryPoint]) -> Iterator[Wanted]:
        """Every object that ``points`` need; what only lists given before name is left out.

        Raises BackupDamaged when a list cannot be read.
        """
        for point in points:
            contents = PointContents(self.reader, point)
            if point.missing:
                # Its pages may be those of a point that has what this one lacks: they must not count as read.
                yield from contents.wanted(contents.blobs())
                self._read |= set(contents.page_digests())
            else:
                for page in self._new_list(bytes.fromhex(point.pages), decode_list_of_pages):
                    yield from contents.wanted(
                        self._new_list(page, lambda content: list(decode_page(content)))
                    )
            for one in point.database.lists:
                for digest in self._new_list(bytes.fromhex(one), decode_digests):
                    yield Wanted(RecordKind.EXTENT, digest)
            for _, file in contents.others():
                yield from contents.wanted([file])
        for digest in self._seen | self._read:
            yield Wanted(RecordKind.LIST, digest)

    def _new_list(self, digest: bytes, decode: Callable[[bytes], list[T]]) -> list[T]:
        """The members of a list; none if it was read before."""
        if digest in self._seen:
            return []
        self._seen.add(digest)
        return decode(self.reader.read(RecordKind.LIST, digest))
