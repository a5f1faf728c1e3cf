"""Backup repositories."""

from audobon_cli.domain.errors.base import AudobonError
from audobon_cli.domain.errors.exit_status import ExitStatus


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


class BackupBehind(AudobonError):
    code, exit_status = "backup.behind", ExitStatus.UNHEALTHY
    summary = "The newest recovery point is whole, and does not hold the library as it is now."
