"""Creating objects: in one request, and after a failure in parts that the server keeps."""

import contextlib
import hashlib
from typing import Any

from audobon_cli.remotes.retry import TransientRemoteError
from audobon_cli.remotes.s3.connection import S3Answered, S3Connection
from audobon_cli.remotes.s3.errors import elsewhere, unreachable
from audobon_cli.remotes.upload_journal import Upload, UploadJournal

PART_BYTES = 5 << 20
"""The least that all parts but the last one must have."""


class S3Uploads:
    """Creates objects that are not there. What has failed once and is larger than a part goes up in parts, under an
    upload that the journal notes: so the next try, and the next process, send only the parts that are not there."""

    def __init__(self, connection: S3Connection, journal: UploadJournal) -> None:
        self._connection = connection
        self._journal = journal
        self._place = f"s3 {connection.options.endpoint} {connection.bucket}"

    def create(self, arguments: dict[str, Any], content: bytes, failed_before: bool) -> None:
        """Create the object in one try. Raises S3Answered (a precondition if it exists) or TransientRemoteError.

        ``arguments`` are those of PutObject; ``failed_before``: this write did not get through in one request.
        """
        if len(content) <= PART_BYTES:
            put(self._connection, arguments, content, IfNoneMatch="*")
            return
        name = f"{self._place}/{arguments['Key']}"
        with self._journal.upload(name, f"{arguments['ChecksumCRC32C']} {len(content)}") as upload:
            if not upload.url and not failed_before:
                put(self._connection, arguments, content, IfNoneMatch="*")
                return
            try:
                self._send_parts(upload, arguments, content)
            except S3Answered as answered:
                self._give_up(upload, arguments["Key"], answered)
                raise
            upload.forget()

    def _give_up(self, upload: Upload, key: str, answered: S3Answered) -> None:
        """Take away the parts of an upload that cannot end well; TransientRemoteError if it was forgotten there."""
        identity = upload.url
        upload.forget()
        if answered.refusal.code == "NoSuchUpload":
            fact = "it forgot an upload that was begun"
            raise TransientRemoteError(unreachable(self._connection.address, fact)) from answered
        with contextlib.suppress(S3Answered, TransientRemoteError):
            if identity:
                self._connection.ask("abort_multipart_upload", Key=key, UploadId=identity)

    def _send_parts(self, upload: Upload, arguments: dict[str, Any], content: bytes) -> None:
        key = arguments["Key"]
        if upload.url:
            there = self._parts(key, upload.url)
        else:
            begun = {name: value for name, value in arguments.items() if name != "ChecksumCRC32C"}
            upload.url = str(self._connection.ask("create_multipart_upload", **begun).get("UploadId", ""))
            if not upload.url:
                raise elsewhere(self._connection.address)
            self._journal.save(upload)
            there = {}
        parts, sent = [], False
        for number, start in enumerate(range(0, len(content), PART_BYTES), start=1):
            part = content[start : start + PART_BYTES]
            md5 = hashlib.md5(part, usedforsecurity=False)
            etag = there.get(number, "")
            if etag.strip('"') != md5.hexdigest():
                try:
                    answer = self._connection.ask(
                        "upload_part", Key=key, UploadId=upload.url, PartNumber=number, Body=part
                    )
                except TransientRemoteError as error:
                    error.progressed = sent
                    raise
                etag, sent = _etag(self._connection, answer), True
            parts.append({"PartNumber": number, "ETag": etag})
        answer = self._connection.ask(
            "complete_multipart_upload",
            Key=key,
            UploadId=upload.url,
            MultipartUpload={"Parts": parts},
            IfNoneMatch="*",
        )
        _etag(self._connection, answer)

    def _parts(self, key: str, identity: str) -> dict[int, str]:
        """The ETags of the parts that are there: MD5s, where the server does not encrypt by a key of its own."""
        answer = self._connection.ask("list_parts", Key=key, UploadId=identity)
        return {int(part["PartNumber"]): str(part["ETag"]) for part in answer.get("Parts", ())}


def put(connection: S3Connection, arguments: dict[str, Any], content: bytes, **condition: str) -> str:
    """PutObject under a condition; the ETag. Raises S3Answered or TransientRemoteError."""
    return _etag(connection, connection.ask("put_object", Body=content, **arguments, **condition))


def _etag(connection: S3Connection, answer: dict[str, Any]) -> str:
    if "ETag" not in answer:
        raise elsewhere(connection.address)
    return str(answer["ETag"])
