"""Reading objects of a bucket, whole or in parts, going on after failures."""

import hashlib
import re
import time
from typing import Any

from audobon_cli.domain.errors import RemoteUnreachable
from audobon_cli.remotes.bandwidth import PIECE_BYTES, BandwidthLimit
from audobon_cli.remotes.keys import object_short
from audobon_cli.remotes.partial_reads import Partial, PartialReads
from audobon_cli.remotes.retry import TransientRemoteError
from audobon_cli.remotes.s3.connection import S3Answered, S3Connection
from audobon_cli.remotes.s3.errors import elsewhere, garbled, unreachable
from audobon_cli.transfer.checksums import crc32c_base64

RANGE_UNSATISFIABLE = 416
PLAIN_MD5 = re.compile(r"[0-9a-f]{32}")


class S3Downloads:
    """Bodies read at a pace; what came before a failure is kept, so that the same call goes on behind it."""

    def __init__(self, connection: S3Connection, prefix: str, pace: BandwidthLimit) -> None:
        self._connection = connection
        self._prefix = prefix
        self._pace = pace
        self._partials = PartialReads()

    def read(self, key: str, start: int, length: int | None) -> bytes:
        """See Remote.get, in one try. ``length`` is not 0. Raises S3Answered too."""
        with self._partials.going_on((key, start, length)) as partial:
            try:
                self._fill(partial, key, start, length)
            except S3Answered as answered:
                self._explain_end(answered, partial, key, start, length)
            return bytes(partial.content)

    def _explain_end(
        self, answered: S3Answered, partial: Partial, key: str, start: int, length: int | None
    ) -> None:
        """Return if nothing is missing after all; raise what a refusal means here."""
        refusal = answered.refusal
        if partial.version and (refusal.is_precondition or refusal.is_missing_object):
            partial.content.clear()
            partial.version = ""
            raise TransientRemoteError(self._broken("an object was replaced")) from answered
        if refusal.status != RANGE_UNSATISFIABLE:
            raise answered
        # Nothing lies from there on: which is right for the end of an object, be it empty.
        found = self._connection.ask("head_object", Key=self._prefix + key)
        size = int(found["ContentLength"])
        if length is not None or start > size:
            raise object_short(self._connection.address, key, start + (length or 0), size) from answered

    def _fill(self, partial: Partial, key: str, start: int, length: int | None) -> None:
        at = start + len(partial.content)
        last = "" if length is None else str(start + length - 1)
        asked: dict[str, Any] = {"Key": self._prefix + key, "ChecksumMode": "ENABLED"}
        if at or last:
            asked["Range"] = f"bytes={at}-{last}"
        if partial.version:
            asked["IfMatch"] = partial.version
        answer = self._connection.ask("get_object", **asked)
        if "ETag" not in answer:
            raise elsewhere(self._connection.address)
        if at and not answer.get("ContentRange"):
            raise TransientRemoteError(self._broken("a range was not honoured"))
        partial.version = answer["ETag"]
        came = int(answer["ContentLength"])
        total = int(str(answer.get("ContentRange", f"/{came}")).rpartition("/")[2])
        if length is not None and start + length > total:
            answer["Body"].close()
            raise object_short(self._connection.address, key, start + length, total)
        self._read_body(answer["Body"], partial, came)
        if start + len(partial.content) < (total if length is None else start + length):
            raise TransientRemoteError(self._broken("a body ended early"))
        if start == 0 and length is None:
            self._check(answer, partial, key)

    def _read_body(self, body: Any, partial: Partial, expected_bytes: int) -> None:
        end = time.monotonic() + self._connection.retries.allowed_seconds(expected_bytes)
        with body:
            while piece := self._connection.run(lambda: body.read(PIECE_BYTES)):
                partial.content += piece
                self._pace.take(len(piece))
                if time.monotonic() > end:
                    raise TransientRemoteError(self._broken("bytes come too slowly"))

    def _check(self, answer: dict[str, Any], partial: Partial, key: str) -> None:
        """Hold a whole object to its CRC32C, else to the MD5 that the ETag of a plain upload is, unless encrypted."""
        etag = str(answer["ETag"]).strip('"')
        crc = answer.get("ChecksumCRC32C", "")
        if crc and "-" not in crc:  # with a dash it is one of parts' checksums
            is_right = crc == crc32c_base64(partial.content)
        elif PLAIN_MD5.fullmatch(etag) and "ServerSideEncryption" not in answer:
            is_right = etag == hashlib.md5(partial.content, usedforsecurity=False).hexdigest()
        else:
            return
        if not is_right:
            partial.content.clear()
            raise TransientRemoteError(garbled(self._connection.address, key))

    def _broken(self, fact: str) -> RemoteUnreachable:
        return unreachable(self._connection.address, fact)
