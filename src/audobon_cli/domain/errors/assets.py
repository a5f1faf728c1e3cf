"""The library, its assets, and making pictures."""

from audobon_cli.domain.errors.base import AudobonError
from audobon_cli.domain.errors.exit_status import ExitStatus


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
    summary = "With --fail: some pictures do not keep to the contract; the others do."


class LicencesRefused(AudobonError):
    code, exit_status = "licences.refused", ExitStatus.PARTIAL
    summary = "With --fail-on: licences of models or assets ask for what is not wanted, or are not known."


class StyleFailed(AudobonError):
    code, exit_status = "style.outliers", ExitStatus.PARTIAL
    summary = "With --fail: some pictures are further from the style than the limit; the others are not."


class QualityFailed(AudobonError):
    code, exit_status = "quality.low", ExitStatus.PARTIAL
    summary = "With --fail: some pictures score less than the threshold; the others do not."


class QualityWorse(AudobonError):
    code, exit_status = "quality.worse", ExitStatus.PARTIAL
    summary = (
        "A model or preset draws kept pictures worse than they are, or not at all; the message says in what."
    )


class ReplayIncomplete(AudobonError):
    code, exit_status = "sprite.replay", ExitStatus.PARTIAL
    summary = "Some derived assets could not be made again; they are as they were, the others are new."


class ImportIncomplete(AudobonError):
    code, exit_status = "import.incomplete", ExitStatus.PARTIAL
    summary = "Some of the files could not be imported; the others are in the library."


class CredentialsInvalid(AudobonError):
    code, exit_status = "provenance.invalid", ExitStatus.PARTIAL
    summary = "The Content Credentials of some files do not hold: they were changed since, or the signature is wrong."


class CredentialsKeyMissing(AudobonError):
    code, exit_status = "provenance.key", ExitStatus.SOURCE_TOKEN_REFUSED
    summary = "There is no key to sign exported files with, or it cannot be read."


class LibraryNotFound(AudobonError):
    code, exit_status = "library.not_found", ExitStatus.LIBRARY_NOT_FOUND
    summary = "The folder named by --library or AUDOBON_LIBRARY holds no library."


class AssetNotFound(AudobonError):
    code, exit_status = "asset.not_found", ExitStatus.ASSET_NOT_FOUND
    summary = "No asset has that id or name."


class RecipeNotFound(AudobonError):
    code, exit_status = "recipe.not_found", ExitStatus.ASSET_NOT_FOUND
    summary = "A file or asset says nothing of how it was made, or is not there."


class AssetProtected(AudobonError):
    code, exit_status = "asset.protected", ExitStatus.VERSION_STATE
    summary = "An asset that should be trashed, replaced, renamed or moved is protected; the details list all that are."


class AssetAmbiguous(AudobonError):
    code, exit_status = "asset.ambiguous", ExitStatus.ASSET_AMBIGUOUS
    summary = "Several assets match; the details list them."


class LibraryReadOnly(AudobonError):
    code, exit_status = "library.read_only", ExitStatus.LIBRARY_READ_ONLY
    summary = "The library's folder or database does not allow writing, or was opened for reading only (--read-only)."


class OutputUnwritable(AudobonError):
    code, exit_status = "output.unwritable", ExitStatus.OUTPUT_UNWRITABLE
    summary = "The place where a picture or a model should be written does not allow it."


class LibraryNewer(AudobonError):
    code, exit_status = "library.newer", ExitStatus.LIBRARY_NEWER
    summary = "A newer Audobon wrote this library in a format this one does not know."


class FilesystemUnsupported(AudobonError):
    code, exit_status = "library.filesystem", ExitStatus.FILESYSTEM_UNSUPPORTED
    summary = "The library lies on a network file system, in a cloud folder or on FAT (Windows), which could damage it."


class LibraryCorrupt(AudobonError):
    code, exit_status = "library.corrupt", ExitStatus.LIBRARY_CORRUPT
    summary = "The library's database is damaged or is not a database."


class BlobCorrupt(AudobonError):
    code, exit_status = "blob.corrupt", ExitStatus.BLOB_CORRUPT
    summary = "A stored file no longer hashes to its own name."


class BlobMissing(AudobonError):
    code, exit_status = "blob.missing", ExitStatus.BLOB_MISSING
    summary = "The database names a stored file that is not on disk."


class PictureUnreadable(AudobonError):
    code, exit_status = "picture.unreadable", ExitStatus.PICTURE_UNREADABLE
    summary = "A file is empty, damaged, too large or of no picture format that is known here."


class LibraryBusy(AudobonError):
    code, exit_status = "library.busy", ExitStatus.LIBRARY_BUSY
    summary = "Another process kept the library locked for longer than the wait allowed."


class OutputExists(AudobonError):
    code, exit_status = "output.exists", ExitStatus.OUTPUT_EXISTS
    summary = "The output file exists already and --overwrite was not given."
