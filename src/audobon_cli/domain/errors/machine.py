"""Memory, disks and time running out."""

from audobon_cli.domain.errors.base import AudobonError
from audobon_cli.domain.errors.exit_status import ExitStatus


class OutOfMemory(AudobonError):
    code, exit_status = "memory.exhausted", ExitStatus.OUT_OF_MEMORY
    summary = "The device ran out of memory while loading or running the model."


class PlanImpossible(OutOfMemory):
    code = "memory.plan"
    summary = "No strategy of the memory forecast fits the card; the hint says what would make it possible."


class DiskFull(AudobonError):
    code, exit_status = "disk.full", ExitStatus.DISK_FULL
    summary = "No space is left where the library or the output lies."


class LibraryFull(AudobonError):
    code, exit_status = "library.full", ExitStatus.DISK_FULL
    summary = "The library's files take what the setting resources.max_disk allows; nothing was added."


class DiskFailed(AudobonError):
    code, exit_status = "disk.failed", ExitStatus.DISK_FAILED
    summary = "The disk under the library or a backup answered with an input/output error."


class SystemLimit(AudobonError):
    code, exit_status = "system.limit", ExitStatus.OUT_OF_MEMORY
    summary = "The system's limit of open files or of the size of a file was reached."


class LinksRefused(AudobonError):
    code, exit_status = "system.links", ExitStatus.OUTPUT_UNWRITABLE
    summary = "Windows lets this user make no symbolic links, of which the shared cache of models is made."


class TimedOut(AudobonError):
    code, exit_status = "generation.timed_out", ExitStatus.TIMED_OUT
    summary = "A picture took longer than its quality or --timeout allows; what was finished is kept."


class Unhealthy(AudobonError):
    code, exit_status = "health.failed", ExitStatus.UNHEALTHY
    summary = "A look at library, disk, queue, backups and cards found something that failed."


class ServiceFailed(AudobonError):
    code, exit_status = "service.failed", ExitStatus.UNHEALTHY
    summary = "A service could not be begun: it ended at once, or does not answer."


class ServiceEnding(AudobonError):
    code, exit_status = "service.ending", ExitStatus.LIBRARY_BUSY
    summary = "A service was asked to end and is still at its last step; it ends after that."
