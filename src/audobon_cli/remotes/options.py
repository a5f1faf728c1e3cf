"""What a user can choose about a place of backups."""

from dataclasses import dataclass, field
from pathlib import Path

from audobon_cli.remotes.retry import RemoteRetries
from audobon_cli.settings.google import GoogleAccess

STORAGE_CLASSES = ("STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE")
S3_STORAGE_CLASSES = ("STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR")
"""Those that are read at once: not GLACIER and DEEP_ARCHIVE."""
ADDRESSINGS = ("path", "virtual")


@dataclass(frozen=True, slots=True)
class GcsOptions:
    """How Cloud Storage is used; "" leaves a choice to the bucket or the account.

    ``project`` pays for requests (requester-pays buckets, quota). ``credentials_file`` is a service account's key;
    without it Application Default Credentials are taken. ``impersonate`` is the service account to act as.
    ``storage_class`` and ``kms_key`` (``projects/P/locations/L/keyRings/R/cryptoKeys/K``) are those of new objects.
    """

    access: GoogleAccess = field(default_factory=GoogleAccess)
    project: str = ""
    credentials_file: Path | None = None
    impersonate: str = ""
    storage_class: str = ""
    kms_key: str = ""


@dataclass(frozen=True, slots=True)
class S3Options:
    """How a bucket of S3 or its like is used; "" leaves a choice to the account's files and variables, as AWS's own
    tools do: AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_PROFILE.

    ``endpoint`` is a URL; ``addressing`` "path" (HOST/BUCKET, the usual one with an endpoint) or "virtual"
    (BUCKET.HOST). ``storage_class`` and ``kms_key`` (a key's id or ARN) are those of new objects.
    """

    endpoint: str = ""
    region: str = ""
    profile: str = ""
    addressing: str = ""
    storage_class: str = ""
    kms_key: str = ""


@dataclass(frozen=True, slots=True)
class RemoteOptions:
    """``state_folder`` holds what lets a killed upload go on; without it each process starts afresh."""

    gcs: GcsOptions = field(default_factory=GcsOptions)
    s3: S3Options = field(default_factory=S3Options)
    retries: RemoteRetries = field(default_factory=RemoteRetries)
    upload_bytes_per_second: float | None = None
    download_bytes_per_second: float | None = None
    state_folder: Path | None = None
