"""The places that backups lie in."""

from audobon_cli.domain.errors.base import AudobonError
from audobon_cli.domain.errors.exit_status import ExitStatus


class RemoteUnreachable(AudobonError):
    code, exit_status = "remote.unreachable", ExitStatus.SOURCE_UNREACHABLE
    summary = "The place of a backup could not be reached, or kept failing; the same command goes on where it ended."


class RemoteRefused(AudobonError):
    code, exit_status = "remote.refused", ExitStatus.REMOTE_REFUSED
    summary = (
        "The place of a backup does not allow it: no permission, read-only, or a retention rule forbids it."
    )


class RemoteLoginRefused(RemoteRefused):
    code, exit_status = "remote.login_refused", ExitStatus.SOURCE_TOKEN_REFUSED
    summary = (
        "The account for the place of a backup is missing, or its credentials are wrong, expired or revoked."
    )


class RemoteConditionsIgnored(RemoteRefused):
    code, exit_status = "remote.conditions_ignored", ExitStatus.REMOTE_REFUSED
    summary = (
        "A server of S3's protocol ignores conditions of writes: two machines could overwrite each other."
    )


class RemoteMissing(AudobonError):
    code, exit_status = "remote.missing", ExitStatus.SOURCE_NOT_FOUND
    summary = "The folder or bucket that a backup should lie in is not there."


class RemoteFull(AudobonError):
    code, exit_status = "remote.full", ExitStatus.DISK_FULL
    summary = "No space is left where a backup lies, or a quota is used up."


class RemoteFailed(AudobonError):
    code, exit_status = "remote.failed", ExitStatus.SOURCE_FAILED
    summary = "The place of a backup gave an answer that makes no sense here."


class RemoteGarbled(AudobonError):
    code, exit_status = "remote.garbled", ExitStatus.DOWNLOAD_CORRUPT
    summary = "What came from or went to the place of a backup does not have its checksum, however often it is tried."


class RemoteObjectMissing(AudobonError):
    code, exit_status = "remote.object_missing", ExitStatus.BLOB_MISSING
    summary = "An object of a backup is not where it should be."


class RemoteObjectShort(AudobonError):
    code, exit_status = "remote.object_short", ExitStatus.BLOB_CORRUPT
    summary = "An object of a backup ends earlier than it should."
