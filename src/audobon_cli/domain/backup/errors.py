"""Failures of backups and of the places that they lie in. They are imported from domain/errors.py."""

from audobon_cli.domain.error_base import AudobonError
from audobon_cli.domain.exit_status import ExitStatus


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


class BackupNotFound(AudobonError):
    code, exit_status = "backup.not_found", ExitStatus.LIBRARY_NOT_FOUND
    summary = "No backup repository is at the destination, or no destination has that name."


class PointNotFound(AudobonError):
    code, exit_status = "backup.point_not_found", ExitStatus.ASSET_NOT_FOUND
    summary = "The repository has no such recovery point, or none at all."


class BackupNewer(AudobonError):
    code, exit_status = "backup.newer", ExitStatus.LIBRARY_NEWER
    summary = (
        "A newer Audobon wrote this repository, key or recovery point in a format this one does not know."
    )


class BackupDamaged(AudobonError):
    code, exit_status = "backup.damaged", ExitStatus.BACKUP_DAMAGED
    summary = "Something at the backup's destination is missing, or is not, byte for byte, what was written."


class BackupIncomplete(AudobonError):
    code, exit_status = "backup.incomplete", ExitStatus.PARTIAL
    summary = "Part of what should be backed up, restored or repaired could not be; the rest was."


class BackupKeyRefused(AudobonError):
    code, exit_status = "backup.key", ExitStatus.SOURCE_TOKEN_REFUSED
    summary = "A passphrase or key file is missing, or opens none of the repository's keys."


class BackupBusy(AudobonError):
    code, exit_status = "backup.busy", ExitStatus.BACKUP_STATE
    summary = "Another process is pruning or repairing the repository; its lease ends by itself."


class BackupClock(AudobonError):
    code, exit_status = "backup.clock", ExitStatus.BACKUP_STATE
    summary = "The clocks of this machine, the destination and the recovery points contradict each other."


class BackupExists(AudobonError):
    code, exit_status = "backup.exists", ExitStatus.OUTPUT_EXISTS
    summary = "The destination or the folder to restore to holds something else already."
