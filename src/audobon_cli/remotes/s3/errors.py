"""What the refusals of S3 and its like mean, and what to do about each."""

from dataclasses import dataclass, field
from typing import Any

from audobon_cli.domain.errors import (
    AudobonError,
    RemoteFailed,
    RemoteFull,
    RemoteGarbled,
    RemoteLoginRefused,
    RemoteMissing,
    RemoteRefused,
    RemoteUnreachable,
)
from audobon_cli.remotes.retry import TransientRemoteError
from audobon_cli.transfer.http import TRANSIENT_STATUSES, retry_after_seconds

# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html; MinIO's begin with XMinio.
BUSY = frozenset({"SlowDown", "Throttling", "ThrottlingException", "TooManyRequests", "RequestLimitExceeded"})
PASSING = frozenset({"InternalError", "RequestTimeout", "OperationAborted", "ConditionalRequestConflict"})
GARBLED = frozenset(
    {
        "BadDigest",
        "InvalidDigest",
        "XAmzContentSHA256Mismatch",
        "XAmzContentChecksumMismatch",
        "IncompleteBody",
    }
)
LOGIN = frozenset(
    {"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired"}
)
REGION = frozenset(
    {"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "301"}
)
FULL = frozenset(
    {"XMinioStorageFull", "QuotaExceeded", "XMinioAdminBucketQuotaExceeded", "InsufficientStorage", "507"}
)
HINT_LOGIN = (
    "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; or `aws configure`, or `aws sso login`"
)


@dataclass(frozen=True, slots=True)
class S3Refusal:
    """An answer with an error status: the server's own code and words ("" if it gave none)."""

    status: int
    code: str
    message: str
    region: str = ""
    wait_seconds: float | None = field(default=None, compare=False)

    @property
    def is_precondition(self) -> bool:
        """Whether a condition of the request does not hold."""
        return self.status == 412 or self.code == "PreconditionFailed"

    @property
    def is_missing_object(self) -> bool:
        """Whether it is the object that is missing, as far as the answer tells: that to HEAD says no more than 404."""
        return self.status == 404 and self.code != "NoSuchBucket"

    @property
    def is_of_retention(self) -> bool:
        """Whether a lock or a legal hold keeps the object."""
        words = self.message.casefold()
        return self.status == 403 and any(
            mark in words for mark in ("object lock", "worm", "legal hold", "retention")
        )


def refusal_of(response: dict[str, Any]) -> S3Refusal:
    """From botocore's view of an answer."""
    error, about = response.get("Error", {}), response.get("ResponseMetadata", {})
    headers = about.get("HTTPHeaders", {})
    return S3Refusal(
        int(about.get("HTTPStatusCode", 0)),
        str(error.get("Code", "")),
        str(error.get("Message", "")).rstrip(".")[:300],
        str(error.get("Region", "") or headers.get("x-amz-bucket-region", "")),
        retry_after_seconds(headers.get("retry-after")),
    )


def unreachable(address: str, fact: str) -> RemoteUnreachable:
    """The error for a place that does not answer, or that keeps failing."""
    return RemoteUnreachable(
        f"{address} could not be reached: {fact}.",
        hint="check the network and the endpoint (AWS_ENDPOINT_URL_S3), then run the same command again to go on "
        "where it ended",
        address=address,
    )


def elsewhere(address: str) -> TransientRemoteError:
    """The failure of an answer that is none of the protocol's, such as the login page of a hotel's network."""
    return TransientRemoteError(unreachable(address, "something else answered in its place"))


def garbled(address: str, what: str) -> RemoteGarbled:
    """The error for bytes that change on their way."""
    return RemoteGarbled(
        f"{what} changed on the way between here and {address}: its checksum differs.",
        hint="run the same command again; if it stays so, test this machine's memory, network card and proxy",
        address=address,
    )


def login_refused(address: str, fact: str) -> RemoteLoginRefused:
    """The error for an account that is missing, or is not believed."""
    return RemoteLoginRefused(f"{address} cannot be asked: {fact}.", hint=HINT_LOGIN, address=address)


def profile_missing(address: str, profile: str) -> RemoteLoginRefused:
    """The error for a profile that is in no file."""
    named = f"called {profile}" if profile else "of that name (AWS_PROFILE)"
    return RemoteLoginRefused(
        f"{address} cannot be asked: there is no profile {named}.",
        hint="`aws configure list-profiles` shows those in ~/.aws/config and ~/.aws/credentials",
        address=address,
    )


def endpoint_invalid(address: str, endpoint: str) -> RemoteFailed:
    """The error for an endpoint that is no URL."""
    return RemoteFailed(
        f"{endpoint} is no endpoint of a server.",
        hint="write https://HOST or https://HOST:PORT",
        address=address,
    )


def region_invalid(address: str, fact: str) -> RemoteFailed:
    """The error for what is no name of a region."""
    return RemoteFailed(
        f"{address} cannot be asked: {fact.rstrip('.')}.",
        hint="give --region, such as eu-central-1, or set AWS_REGION",
        address=address,
    )


def explain(refusal: S3Refusal, address: str, bucket: str) -> Exception:
    """The error for a refusal that the call itself has no answer to; TransientRemoteError if asking again may help."""
    code = refusal.code
    if code in GARBLED:
        return TransientRemoteError(garbled(address, "An object"))
    if code in BUSY or code in PASSING or refusal.status in TRANSIENT_STATUSES:
        fact = f"the server answered {refusal.status}{f' {code}' if code and not code.isdecimal() else ''}"
        return TransientRemoteError(unreachable(address, fact), refusal.wait_seconds)
    return _final(refusal, address, bucket)


def _final(refusal: S3Refusal, address: str, bucket: str) -> AudobonError:
    code = refusal.code
    if code == "RequestTimeTooSkewed":
        return RemoteRefused(
            f"This machine's clock and that of {address} differ by more than the server allows.",
            hint="set the clock (`timedatectl set-ntp true`), then run the same command again",
            address=address,
        )
    if code in LOGIN or refusal.status == 401:
        return login_refused(address, "the credentials that are set up are wrong, or have expired")
    if code in REGION or refusal.status == 301:
        where = f"in {refusal.region}" if refusal.region else "in another region"
        return RemoteFailed(
            f"The bucket s3://{bucket} is {where}, not where it was looked for.",
            hint=f"give --region {refusal.region or 'REGION'} to `backup init`, or set AWS_REGION",
            address=address,
            region=refusal.region,
        )
    if code in FULL:
        return RemoteFull(
            f"No space is left in {address}.",
            hint="free some space there, or `audobon backup prune`; then run the same command again",
            address=address,
        )
    if refusal.status == 404:
        return bucket_missing(address, bucket)
    if refusal.status == 403:
        return _forbidden(refusal, address, bucket)
    words = f"{code}: {refusal.message}" if refusal.message else code
    return RemoteFailed(
        f"{address} answered with status {refusal.status}{f' ({words})' if words else ''}.",
        hint="check the address, the endpoint and the options of this backup",
        address=address,
        status=refusal.status,
    )


def bucket_missing(address: str, bucket: str) -> RemoteMissing:
    """The error for a bucket that is not there."""
    return RemoteMissing(
        f"There is no bucket s3://{bucket}.",
        hint=f"make it: `aws s3 mb s3://{bucket}`; or check the endpoint (AWS_ENDPOINT_URL_S3)",
        address=address,
    )


def _forbidden(refusal: S3Refusal, address: str, bucket: str) -> RemoteRefused:
    if refusal.code == "InvalidObjectState":
        return RemoteRefused(
            f"Objects of {address} were moved to an archive, from which they are not read at once.",
            hint="restore them (`aws s3api restore-object`), then run the same command again",
            address=address,
        )
    if refusal.code.startswith("KMS.") or "kms" in refusal.message.casefold():
        return RemoteRefused(
            f"The account set up here may not use the encryption key for {address}.",
            hint="allow kms:GenerateDataKey and kms:Decrypt on that key",
            address=address,
            reason=refusal.message,
        )
    return RemoteRefused(
        f"The account set up here may not use {address}.",
        hint=f"allow s3:ListBucket on the bucket {bucket}, and s3:GetObject, s3:PutObject and s3:DeleteObject on "
        "what is in it; or use another profile",
        address=address,
        reason=refusal.message,
    )
