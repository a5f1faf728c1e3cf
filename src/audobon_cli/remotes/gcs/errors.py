"""What Cloud Storage's refusals mean, and what to do about each."""

import re
from dataclasses import dataclass, field

from audobon_cli.domain.errors import (
    AudobonError,
    RemoteFailed,
    RemoteGarbled,
    RemoteLoginRefused,
    RemoteMissing,
    RemoteRefused,
    RemoteUnreachable,
)
from audobon_cli.domain.foreign.documents import parse_json
from audobon_cli.remotes.retry import TransientRemoteError
from audobon_cli.transfer.google_login import LOGIN
from audobon_cli.transfer.http import TRANSIENT_STATUSES

OBJECT_USER = "roles/storage.objectUser"
BUCKET_OWNER = "roles/storage.admin"
KMS_ROLE = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
RATE_REASONS = frozenset(
    {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded"}
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer with an error status: Cloud Storage's own words, and its short reason ("" if it gave none)."""

    status: int
    message: str
    reason: str = ""
    wait_seconds: float | None = field(default=None, compare=False)

    @property
    def is_of_object(self) -> bool:
        """Of a 404: whether it is the object that is missing, and surely not the bucket."""
        return "no such object" in self.message.casefold()

    @property
    def is_of_checksum(self) -> bool:
        """Whether the content came there with another checksum than was announced."""
        return (
            self.status == 400 and re.search(r"crc32c|md5|checksum", self.message, re.IGNORECASE) is not None
        )

    @property
    def is_of_retention(self) -> bool:
        """Whether a hold or a retention rule keeps the object."""
        return self.reason in ("retentionPolicyNotMet", "objectUnderActiveHold") or (
            self.status == 403 and re.search(r"retention|\bhold\b", self.message, re.IGNORECASE) is not None
        )


def refusal_of(status: int, body: str, wait_seconds: float | None = None) -> Refusal:
    """From a response's body: JSON, or whatever a proxy says."""
    try:
        error = parse_json(body, lenient=True)["error"]
        reasons = error.get("errors") or [{}]
        return Refusal(status, str(error["message"]), str(reasons[0].get("reason", "")), wait_seconds)
    except (ValueError, LookupError, TypeError, AttributeError):
        return Refusal(status, body.strip()[:200], "", wait_seconds)


def unreachable(address: str, fact: str) -> RemoteUnreachable:
    """The error for a place that does not answer, or that keeps failing."""
    return RemoteUnreachable(
        f"{address} could not be reached: {fact}.",
        hint="check the network, then run the same command again to go on where it ended",
        address=address,
    )


def garbled(address: str, what: str) -> RemoteGarbled:
    """The error for bytes that change on their way."""
    return RemoteGarbled(
        f"{what} changed on the way between here and {address}: its CRC32C differs.",
        hint="run the same command again; if it stays so, test this machine's memory, network card and proxy",
        address=address,
    )


def explain(refusal: Refusal, address: str, bucket: str) -> Exception:
    """The error for a refusal that the call itself has no answer to; TransientRemoteError if asking again may help."""
    if refusal.status in TRANSIENT_STATUSES or refusal.reason in RATE_REASONS:
        fact = f"Cloud Storage answered {refusal.status}"
        if refusal.status == 429 or refusal.reason in RATE_REASONS:
            fact += " (too many requests)"
        return TransientRemoteError(unreachable(address, fact), refusal.wait_seconds)
    if refusal.status < 400:  # such as the login page of a hotel's network
        return TransientRemoteError(unreachable(address, "something else answered in its place"))
    if refusal.is_of_checksum:
        return TransientRemoteError(garbled(address, "An object"))
    return _final(refusal, address, bucket)


def _final(refusal: Refusal, address: str, bucket: str) -> AudobonError:
    words = refusal.message.casefold()
    if "requester pays" in words or "user project" in words:
        return RemoteRefused(
            f"{address} is in a requester-pays bucket: whoever uses it pays for it.",
            hint="name the Google Cloud project that pays with --project",
            address=address,
        )
    if refusal.status == 404:
        return bucket_missing(address, bucket)
    if refusal.status == 401:
        return login_refused(address)
    if refusal.status == 403:
        return _forbidden(refusal, address, bucket)
    return RemoteFailed(
        f"{address} answered with status {refusal.status}{f': {refusal.message}' if refusal.message else ''}.",
        hint="check the address and the options of this backup",
        address=address,
        status=refusal.status,
    )


def bucket_missing(address: str, bucket: str) -> RemoteMissing:
    """The error for a bucket that is not there."""
    return RemoteMissing(
        f"There is no bucket gs://{bucket}.",
        hint=f"make it: `gcloud storage buckets create gs://{bucket} --location=EU --uniform-bucket-level-access "
        "--public-access-prevention`",
        address=address,
    )


def login_refused(address: str, why: str = "") -> RemoteLoginRefused:
    """The error for an account that is missing, or is not believed."""
    fact = why or "the credentials of the account set up here have expired, or were revoked"
    return RemoteLoginRefused(
        f"Google Cloud cannot be asked for {address}: {fact}.", hint=LOGIN, address=address
    )


def _forbidden(refusal: Refusal, address: str, bucket: str) -> RemoteRefused:
    words = refusal.message
    if "kms" in words.casefold():
        return RemoteRefused(
            f"Cloud Storage may not use the encryption key for {address}.",
            hint=f"give the role {KMS_ROLE} on the key to the project's Cloud Storage service account: "
            "`gcloud storage service-agent --authorize-cmek=KEY`",
            address=address,
            reason=words,
        )
    if "billing" in words.casefold() or refusal.reason == "accountDisabled":
        return RemoteRefused(
            f"The project of gs://{bucket} has no billing account that works.",
            hint="see https://console.cloud.google.com/billing",
            address=address,
            reason=words,
        )
    permission = re.search(r"storage\.\w+\.\w+", words)
    role = BUCKET_OWNER if permission and permission[0].startswith("storage.buckets.") else OBJECT_USER
    return RemoteRefused(
        f"The Google account set up here may not use {address}"
        f"{f': it lacks {permission[0]}' if permission else ''}.",
        hint=f"have the bucket's owner run `gcloud storage buckets add-iam-policy-binding gs://{bucket} "
        f"--member=user:YOU --role={role}`, or use another account",
        address=address,
        reason=words,
    )
