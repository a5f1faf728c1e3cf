"""The exit statuses that scripts lean on. Numbers never change meaning."""

from enum import IntEnum


class ExitStatus(IntEnum):
    """Process exit statuses. 10-19 not found or wrong state, 20-29 integrity, 30-39 memory, disk or
    time, 40-49 provider, 50-59 conflict or lock, 60-69 tampering; every error of a family has its own number."""

    OK = 0
    BUG = 1
    USAGE = 2
    PARTIAL = 3
    LIBRARY_NOT_FOUND = 10
    ASSET_NOT_FOUND = 11
    ASSET_AMBIGUOUS = 12
    MODEL_NOT_FOUND = 13
    PRESET_NOT_FOUND = 14
    MODEL_UNSUPPORTED = 15
    LIBRARY_READ_ONLY = 16
    OUTPUT_UNWRITABLE = 17
    LIBRARY_NEWER = 18
    FILESYSTEM_UNSUPPORTED = 19
    LIBRARY_CORRUPT = 20
    BLOB_CORRUPT = 21
    BLOB_MISSING = 22
    MODEL_DAMAGED = 23
    DOWNLOAD_CORRUPT = 24
    MODEL_ALTERED = 25
    PICTURE_UNREADABLE = 26
    BACKUP_DAMAGED = 27
    UNHEALTHY = 28
    HISTORY_DAMAGED = 29
    OUT_OF_MEMORY = 30
    DISK_FULL = 31
    DISK_FAILED = 32
    TIMED_OUT = 33
    SOURCE_UNREACHABLE = 40
    SOURCE_RATE_LIMITED = 41
    SOURCE_GATED = 42
    SOURCE_NOT_FOUND = 43
    SOURCE_REVISION_NOT_FOUND = 44
    SOURCE_TOKEN_REFUSED = 45
    SOURCE_FAILED = 46
    SOURCE_OFFLINE = 47
    KEYRING_UNAVAILABLE = 48
    REMOTE_REFUSED = 49
    LIBRARY_BUSY = 50
    OUTPUT_EXISTS = 51
    MODEL_EXISTS = 52
    MODEL_BUSY = 53
    LIBRARY_LOCKED = 54
    BACKUP_STATE = 55
    MERGE_CONFLICTS = 56
    UNCOMMITTED_CHANGES = 57
    VERSION_STATE = 58
    VERSION_EXISTS = 59
    AUDIT_TAMPERED = 60
    AUDIT_CUT = 61
    INTERRUPTED = 130
    CLOSED_PIPE = 141
