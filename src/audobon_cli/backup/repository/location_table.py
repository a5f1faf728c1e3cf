"""Where objects lie: a table of ids that takes 28 bytes for each."""

import struct

from audobon_cli.backup.repository.crypto import ID_BYTES, ObjectId

_BUCKET_BITS = 12
_LOCATION = struct.Struct("<III")
_ROW_BYTES = ID_BYTES + _LOCATION.size

Location = tuple[int, int, int]
"""The number of a pack, and the offset and length of a record in it."""


class LocationTable:
    """LocationTable by object id. Ids are keyed hashes, so that their first bits spread them evenly over the buckets.

    Python's own dict would take 150 bytes for each. A look costs about as much, up to some million objects.
    """

    def __init__(self) -> None:
        self._buckets = [bytearray() for _ in range(1 << _BUCKET_BITS)]

    def get(self, identity: ObjectId) -> Location | None:
        """The place of an object, if it has one."""
        bucket = self._bucket(identity)
        row = _row(bucket, identity)
        return None if row < 0 else _LOCATION.unpack_from(bucket, row + ID_BYTES)

    def put(self, identity: ObjectId, location: Location) -> None:
        """Note the place of an object, instead of the one that it had."""
        bucket = self._bucket(identity)
        row = _row(bucket, identity)
        if row < 0:
            bucket += identity + _LOCATION.pack(*location)
        else:
            _LOCATION.pack_into(bucket, row + ID_BYTES, *location)

    def _bucket(self, identity: ObjectId) -> bytearray:
        return self._buckets[identity[0] << 4 | identity[1] >> 4]


def _row(bucket: bytearray, identity: ObjectId) -> int:
    found = bucket.find(identity)
    while found % _ROW_BYTES and found >= 0:  # across two rows: an accident
        found = bucket.find(identity, found + 1)
    return found
