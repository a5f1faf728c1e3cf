"""Errors of encrypted libraries."""

from audobon_cli.domain.errors.assets import BlobMissing
from audobon_cli.domain.errors.base import AudobonError
from audobon_cli.domain.errors.exit_status import ExitStatus


class LibraryKeyRefused(AudobonError):
    code, exit_status = "library.key", ExitStatus.LIBRARY_LOCKED
    summary = "The passphrase, key file or keyring entry of an encrypted library is missing, or opens none of its keys."


class LibraryKeysDamaged(LibraryKeyRefused):
    code = "library.keys_damaged"
    summary = "The keys of an encrypted library cannot be read, or are gone."


class EncryptionUnavailable(AudobonError):
    code, exit_status = "library.cipher", ExitStatus.LIBRARY_LOCKED
    summary = "SQLite is installed without encryption, which an encrypted library needs."


class BlobErased(BlobMissing):
    code = "blob.erased"
    summary = "A stored file was erased on purpose: its key was destroyed."
