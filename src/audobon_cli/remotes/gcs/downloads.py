"""Reading objects of Cloud Storage, whole or in parts, going on after failures."""

import re
import time
from typing import Any

from audobon_cli.remotes.bandwidth import PIECE_BYTES, BandwidthLimit
from audobon_cli.remotes.gcs.connection import Answered, GcsConnection
from audobon_cli.remotes.gcs.errors import garbled, unreachable
from audobon_cli.remotes.keys import object_short
from audobon_cli.remotes.partial_reads import Partial, PartialReads
from audobon_cli.remotes.retry import TransientRemoteError
from audobon_cli.transfer.checksums import crc32c_base64

RANGE_UNSATISFIABLE = 416
PARTIAL_CONTENT = 206
NOT_FOUND = 404


class Downloads:
    """Bodies read at a pace; what came before a failure is kept, so that the same call goes on behind it."""

    def __init__(self, connection: GcsConnection, pace: BandwidthLimit) -> None:
        self._connection = connection
        self._pace = pace
        self._partials = PartialReads()

    def read(self, key: str, url: str, start: int, length: int | None) -> bytes:
        """See Remote.get, in one try. ``length`` > 0. Raises Answered, TransientRemoteError or RemoteObjectShort."""
        with self._partials.going_on((key, start, length)) as partial:
            before = len(partial.content)
            try:
                self._fill(partial, key, url, start, length)
            except Answered as answered:
                if (
                    before and answered.refusal.status == NOT_FOUND
                ):  # another generation is there by now, or none
                    partial.content.clear()
                    partial.version = ""
                    raise TransientRemoteError(
                        unreachable(self._connection.address, "an object was replaced")
                    ) from answered
                raise
            return bytes(partial.content)

    def _fill(self, partial: Partial, key: str, url: str, start: int, length: int | None) -> None:
        at = start + len(partial.content)
        last = "" if length is None else str(start + length - 1)
        # gzip: bytes come as they are stored, the only form whose checksum is known.
        headers = {"Accept-Encoding": "gzip"}
        if at or last:
            headers["Range"] = f"bytes={at}-{last}"
        project = self._connection.options.project
        query = {"alt": "media", "generation": partial.version, "userProject": project}
        query = {name: value for name, value in query.items() if value}
        with self._connection.send("GET", url, headers, query) as response:
            if not any(name.lower().startswith("x-goog-") for name in response.headers):
                raise TransientRemoteError(
                    unreachable(self._connection.address, "something else answered in its place")
                )
            total = _total_bytes(response)
            if response.status_code == RANGE_UNSATISFIABLE:
                response.raw.drain_conn()
            else:
                if at and response.status_code != PARTIAL_CONTENT:
                    raise TransientRemoteError(
                        unreachable(self._connection.address, "a range was not honoured")
                    )
                partial.version = response.headers.get("X-Goog-Generation", "")
                self._read_body(response, partial, (total or 0) - at)
        wanted = start if length is None else start + length
        if total is not None and (
            wanted > total or (length is None and start + len(partial.content) < total)
        ):
            if wanted > total:
                raise object_short(self._connection.address, key, wanted, total)
            raise TransientRemoteError(unreachable(self._connection.address, "a body ended early"))
        if length is not None and len(partial.content) < length:
            raise TransientRemoteError(unreachable(self._connection.address, "a body ended early"))
        if start == 0 and length is None:
            self._check(response, partial, key)

    def _read_body(self, response: Any, partial: Partial, expected_bytes: int) -> None:
        end = time.monotonic() + self._connection.retries.allowed_seconds(expected_bytes)
        while piece := response.raw.read(PIECE_BYTES):
            partial.content += piece
            self._pace.take(len(piece))
            if time.monotonic() > end:
                raise TransientRemoteError(unreachable(self._connection.address, "bytes come too slowly"))

    def _check(self, response: Any, partial: Partial, key: str) -> None:
        found = re.search(r"crc32c=([^,\s]+)", response.headers.get("X-Goog-Hash", ""))
        if found is None:
            return
        if crc32c_base64(partial.content) != found[1]:
            partial.content.clear()
            raise TransientRemoteError(garbled(self._connection.address, key))


def _total_bytes(response: Any) -> int | None:
    """The size of the whole object, as the answer's headers tell it."""
    span = response.headers.get("Content-Range", "").rpartition("/")[2]
    if span.isdecimal():
        return int(span)
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() and response.status_code == 200 else None
