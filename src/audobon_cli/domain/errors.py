"""Every failure a user can meet, each with a code, an exit status and a next step.

An error states the fact in its message and the next command to run in its hint; ``details`` carry
the machine-readable rest. Codes are append-only: docs/errors.md lists them, a test holds the list
to what the code really raises.
"""

from audobon_cli.domain.backup.errors import *  # noqa: F403 - one place to import any error from
from audobon_cli.domain.error_base import AudobonError as AudobonError
from audobon_cli.domain.exit_status import ExitStatus


class InvalidInput(AudobonError):
    code, exit_status = "usage.invalid", ExitStatus.USAGE
    summary = "An option or argument has a value that can never work."


class PromptEmpty(InvalidInput):
    code = "usage.empty_prompt"
    summary = "The prompt has no words in it."


class SizeNotAllowed(InvalidInput):
    code = "usage.size"
    summary = "The size is malformed, or one that the chosen model cannot make."


class OptionUnsupported(InvalidInput):
    code = "usage.option_unsupported"
    summary = "The chosen model's family does not honour an option that was given."


class ComponentUnfit(InvalidInput):
    code = "usage.component"
    summary = "A network given with --vae or --component cannot take the place of the model's own."


class QueryInvalid(InvalidInput):
    code = "usage.query"
    summary = "A query for assets has an unknown field, an impossible value, or an open bracket or quote."


class SettingInvalid(InvalidInput):
    code = "usage.setting"
    summary = "A settings file or AUDOBON_ variable holds something that is not a valid setting."


class BatchInvalid(InvalidInput):
    code = "usage.batch"
    summary = "Lines of a batch file cannot be used; the message names all of them, and nothing was made."


class PictureUnusable(InvalidInput):
    code = "usage.picture"
    summary = "A picture is damaged, too large, or not one that the operation can do anything with."


class GenerationIncomplete(AudobonError):
    code, exit_status = "generation.incomplete", ExitStatus.PARTIAL
    summary = "Some of the pictures asked for failed every check, retries included; the others are filed."


class BatchIncomplete(AudobonError):
    code, exit_status = "batch.incomplete", ExitStatus.PARTIAL
    summary = "Some jobs of a batch failed; the details say which and why, and the others are filed."


class ReproductionDrifted(AudobonError):
    code, exit_status = "reproduce.drifted", ExitStatus.PARTIAL
    summary = "Some pictures did not come out as they were, or could not be made again; the details say why."


class GatesFailed(AudobonError):
    code, exit_status = "sprite.gates", ExitStatus.PARTIAL
    summary = "With --gate: some pictures do not keep to the contract; the others do."


class ReplayIncomplete(AudobonError):
    code, exit_status = "sprite.replay", ExitStatus.PARTIAL
    summary = "Some derived assets could not be made again; they are as they were, the others are new."


class ImportIncomplete(AudobonError):
    code, exit_status = "import.incomplete", ExitStatus.PARTIAL
    summary = "Some of the files could not be imported; the others are in the library."


class LibraryNotFound(AudobonError):
    code, exit_status = "library.not_found", ExitStatus.LIBRARY_NOT_FOUND
    summary = "The folder named by --library or AUDOBON_LIBRARY holds no library."


class AssetNotFound(AudobonError):
    code, exit_status = "asset.not_found", ExitStatus.ASSET_NOT_FOUND
    summary = "No asset has that id or name."


class RecipeNotFound(AudobonError):
    code, exit_status = "recipe.not_found", ExitStatus.ASSET_NOT_FOUND
    summary = "A file or asset says nothing of how it was made, or is not there."


class AssetAmbiguous(AudobonError):
    code, exit_status = "asset.ambiguous", ExitStatus.ASSET_AMBIGUOUS
    summary = "Several assets match; the details list them."


class VersionNotFound(AudobonError):
    code, exit_status = "version.not_found", ExitStatus.ASSET_NOT_FOUND
    summary = "No commit, branch, tag or stash is called that, or there is nothing to undo."


class GitMissing(AudobonError):
    code, exit_status = "version.git_missing", ExitStatus.MODEL_UNSUPPORTED
    summary = "git is needed to export or import history, and is not installed."


class ImportUnreadable(AudobonError):
    code, exit_status = "version.import", ExitStatus.PICTURE_UNREADABLE
    summary = "A git repository that should be imported cannot be read, or lacks pictures that it names."


class VersionAmbiguous(AudobonError):
    code, exit_status = "version.ambiguous", ExitStatus.ASSET_AMBIGUOUS
    summary = "Several commits begin with that id; the details list them."


class ModelNotFound(AudobonError):
    code, exit_status = "model.not_found", ExitStatus.MODEL_NOT_FOUND
    summary = "No model of that name is known, and no model folder is there."


class MattingUnavailable(ModelNotFound):
    code = "model.matting"
    summary = "No matting model is installed, or the one given cannot be run."


class PresetNotFound(AudobonError):
    code, exit_status = "preset.not_found", ExitStatus.PRESET_NOT_FOUND
    summary = "No quality, style or named size is called that."


class ModelUnsupported(AudobonError):
    code, exit_status = "model.unsupported", ExitStatus.MODEL_UNSUPPORTED
    summary = "The model folder is complete but this version cannot run its pipeline."


class AdapterUnfit(ModelUnsupported):
    code = "adapter.unfit"
    summary = (
        "A LoRA, embedding, ControlNet, IP-Adapter or refiner does not fit the model, or is another thing."
    )


class LibraryReadOnly(AudobonError):
    code, exit_status = "library.read_only", ExitStatus.LIBRARY_READ_ONLY
    summary = "The library's folder or database does not allow writing."


class OutputUnwritable(AudobonError):
    code, exit_status = "output.unwritable", ExitStatus.OUTPUT_UNWRITABLE
    summary = "The place where a picture or a model should be written does not allow it."


class LibraryNewer(AudobonError):
    code, exit_status = "library.newer", ExitStatus.LIBRARY_NEWER
    summary = "A newer Audobon wrote this library in a format this one does not know."


class FilesystemUnsupported(AudobonError):
    code, exit_status = "library.filesystem", ExitStatus.FILESYSTEM_UNSUPPORTED
    summary = "The library lies on a network file system, where SQLite's locks cannot be trusted."


class LibraryCorrupt(AudobonError):
    code, exit_status = "library.corrupt", ExitStatus.LIBRARY_CORRUPT
    summary = "The library's database is damaged or is not a database."


class HistoryDamaged(AudobonError):
    code, exit_status = "version.damaged", ExitStatus.HISTORY_DAMAGED
    summary = "An object of the library's history is missing or is not what its name says."


class BlobCorrupt(AudobonError):
    code, exit_status = "blob.corrupt", ExitStatus.BLOB_CORRUPT
    summary = "A stored file no longer hashes to its own name."


class BlobMissing(AudobonError):
    code, exit_status = "blob.missing", ExitStatus.BLOB_MISSING
    summary = "The database names a stored file that is not on disk."


class ModelDamaged(AudobonError):
    code, exit_status = "model.damaged", ExitStatus.MODEL_DAMAGED
    summary = "A weight or configuration file of the model is missing, truncated or unreadable."


class DownloadCorrupt(AudobonError):
    code, exit_status = "download.corrupt", ExitStatus.DOWNLOAD_CORRUPT
    summary = "A downloaded file does not hash to what its source publishes; it is kept aside and never used."


class ModelAltered(AudobonError):
    code, exit_status = "model.altered", ExitStatus.MODEL_ALTERED
    summary = "A model's file is not, byte for byte, the one that was pulled or added."


class PictureUnreadable(AudobonError):
    code, exit_status = "picture.unreadable", ExitStatus.PICTURE_UNREADABLE
    summary = "A file is empty, damaged, too large or of no picture format that is known here."


class OutOfMemory(AudobonError):
    code, exit_status = "memory.exhausted", ExitStatus.OUT_OF_MEMORY
    summary = "The device ran out of memory while loading or running the model."


class PlanImpossible(OutOfMemory):
    code = "memory.plan"
    summary = "No strategy of the memory forecast fits the card; the hint says what would make it possible."


class DiskFull(AudobonError):
    code, exit_status = "disk.full", ExitStatus.DISK_FULL
    summary = "No space is left where the library or the output lies."


class DiskFailed(AudobonError):
    code, exit_status = "disk.failed", ExitStatus.DISK_FAILED
    summary = "The disk under the library or a backup answered with an input/output error."


class TimedOut(AudobonError):
    code, exit_status = "generation.timed_out", ExitStatus.TIMED_OUT
    summary = "A picture took longer than its quality or --timeout allows; what was finished is kept."


class SourceUnreachable(AudobonError):
    code, exit_status = "source.unreachable", ExitStatus.SOURCE_UNREACHABLE
    summary = "The source of a model could not be reached, or broke off too often; what came is kept."


class SourceRateLimited(AudobonError):
    code, exit_status = "source.rate_limited", ExitStatus.SOURCE_RATE_LIMITED
    summary = "The source of a model allows no more requests for now."


class SourceGated(AudobonError):
    code, exit_status = "source.gated", ExitStatus.SOURCE_GATED
    summary = "The model's licence must be accepted at its source first, or the token has no access to it."


class SourceNotFound(AudobonError):
    code, exit_status = "source.not_found", ExitStatus.SOURCE_NOT_FOUND
    summary = "The source has no such repository or file, or hides it from those without access."


class SourceRevisionNotFound(AudobonError):
    code, exit_status = "source.revision_not_found", ExitStatus.SOURCE_REVISION_NOT_FOUND
    summary = "The repository is there, but has no such branch, tag or commit."


class SourceTokenRefused(AudobonError):
    code, exit_status = "source.token_refused", ExitStatus.SOURCE_TOKEN_REFUSED
    summary = "The source refused the access token: it is wrong, expired or revoked."


class SourceFailed(AudobonError):
    code, exit_status = "source.failed", ExitStatus.SOURCE_FAILED
    summary = "The source of a model gave an answer that makes no sense here."


class KeyringUnavailable(AudobonError):
    code, exit_status = "keyring.unavailable", ExitStatus.KEYRING_UNAVAILABLE
    summary = "No keyring of the operating system is there, or it is locked: no token was kept or removed."


class SourceOffline(AudobonError):
    code, exit_status = "source.offline", ExitStatus.SOURCE_OFFLINE
    summary = "The network is needed, and --offline or the setting forbids it."


class LibraryBusy(AudobonError):
    code, exit_status = "library.busy", ExitStatus.LIBRARY_BUSY
    summary = "Another process kept the library locked for longer than the wait allowed."


class OutputExists(AudobonError):
    code, exit_status = "output.exists", ExitStatus.OUTPUT_EXISTS
    summary = "The output file exists already and --overwrite was not given."


class ModelExists(AudobonError):
    code, exit_status = "model.exists", ExitStatus.MODEL_EXISTS
    summary = "Another model has that name already."


class ModelBusy(AudobonError):
    code, exit_status = "model.busy", ExitStatus.MODEL_BUSY
    summary = "Another process is fetching or removing models."


class MergeConflicts(AudobonError):
    code, exit_status = "version.conflicts", ExitStatus.MERGE_CONFLICTS
    summary = "Both sides of a merge changed the same; nothing is merged until the conflicts are resolved."


class UncommittedChanges(AudobonError):
    code, exit_status = "version.uncommitted", ExitStatus.UNCOMMITTED_CHANGES
    summary = "Changes that are not committed would be lost."


class VersionState(AudobonError):
    code, exit_status = "version.state", ExitStatus.VERSION_STATE
    summary = "The library's history is not in a state that allows it: a merge waits, or none does."


class VersionExists(AudobonError):
    code, exit_status = "version.exists", ExitStatus.VERSION_EXISTS
    summary = "A branch or tag has that name already."


class JobsIncomplete(AudobonError):
    code, exit_status = "queue.incomplete", ExitStatus.PARTIAL
    summary = (
        "The queue came to rest with jobs that are dead, or that wait for dead ones; all others are done."
    )


class JobNotFound(AudobonError):
    code, exit_status = "queue.job_not_found", ExitStatus.ASSET_NOT_FOUND
    summary = "No job of the queue has that number."


class WorkerLost(AudobonError):
    code, exit_status = "queue.worker_lost", ExitStatus.LIBRARY_BUSY
    summary = "The process or machine that ran a job ended in the middle of it; the job went back."


class ClusterUnusable(AudobonError):
    code, exit_status = "queue.cluster", ExitStatus.SOURCE_UNREACHABLE
    summary = "The Ray cluster cannot be reached, has no room, or runs another version of the program."


class JobOver(AudobonError):
    code, exit_status = "queue.job_over", ExitStatus.LIBRARY_BUSY
    summary = "A result came for a job that was ended elsewhere meanwhile; it is counted, not stored."


class JobFailed(AudobonError):
    code, exit_status = "queue.job_failed", ExitStatus.PARTIAL
    summary = "The command of a job failed; the details hold its own error."


class Interrupted(AudobonError):
    code, exit_status = "run.interrupted", ExitStatus.INTERRUPTED
    summary = "The run was stopped by Ctrl-C or SIGTERM; what was finished is kept."


class InternalError(AudobonError):
    code, exit_status = "internal.bug", ExitStatus.BUG
    summary = "Something that is a bug in Audobon; the log file holds the traceback."


def error_classes() -> list[type[AudobonError]]:
    """All error classes with a code of their own, by status and code."""
    import audobon_cli.domain.provider_errors  # noqa: F401 - those of providers have a file of their own

    found: list[type[AudobonError]] = []
    todo = list(AudobonError.__subclasses__())
    while todo:
        cls = todo.pop()
        todo.extend(cls.__subclasses__())
        if "code" in vars(cls):
            found.append(cls)
    return sorted(found, key=lambda cls: (cls.exit_status, cls.code))
