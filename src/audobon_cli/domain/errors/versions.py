"""History: versions, branches, merges."""

from audobon_cli.domain.errors.base import AudobonError
from audobon_cli.domain.errors.exit_status import ExitStatus


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


class HistoryDamaged(AudobonError):
    code, exit_status = "version.damaged", ExitStatus.HISTORY_DAMAGED
    summary = "An object of the library's history is missing or is not what its name says."


class MergeConflicts(AudobonError):
    code, exit_status = "version.conflicts", ExitStatus.MERGE_CONFLICTS
    summary = "Both sides of a merge changed the same; nothing is merged until the conflicts are resolved."


class UncommittedChanges(AudobonError):
    code, exit_status = "version.uncommitted", ExitStatus.UNCOMMITTED_CHANGES
    summary = "Changes that are not committed would be lost."


class VersionState(AudobonError):
    code, exit_status = "version.state", ExitStatus.VERSION_STATE
    summary = "The library's history is not in a state that allows it: a merge waits, or none does."


class BranchProtected(AudobonError):
    code, exit_status = "version.protected", ExitStatus.VERSION_STATE
    summary = "A branch that should be removed, renamed or moved back is protected."


class VersionExists(AudobonError):
    code, exit_status = "version.exists", ExitStatus.VERSION_EXISTS
    summary = "A branch or tag has that name already."


class ExportDiverged(AudobonError):
    code, exit_status = "version.export_diverged", ExitStatus.VERSION_STATE
    summary = "Others committed to or edited an exported git repository; exporting again would lose that."


class SyncPlaceNotFound(AudobonError):
    code, exit_status = "sync.not_found", ExitStatus.LIBRARY_NOT_FOUND
    summary = "No library was pushed to the place that should be pulled or cloned."


class SyncDiverged(AudobonError):
    code, exit_status = "sync.diverged", ExitStatus.VERSION_STATE
    summary = (
        "The place has commits of a branch that this library has not; they must be pulled before a push."
    )


class SyncDamaged(AudobonError):
    code, exit_status = "sync.damaged", ExitStatus.BACKUP_DAMAGED
    summary = "Something in a shared library is missing, or is not, byte for byte, what was pushed."
