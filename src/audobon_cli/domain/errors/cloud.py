"""Work on other people's machines: jobs in the cloud."""

from audobon_cli.domain.errors.base import AudobonError
from audobon_cli.domain.errors.exit_status import ExitStatus


class CloudUnreachable(AudobonError):
    code, exit_status = "cloud.unreachable", ExitStatus.SOURCE_UNREACHABLE
    summary = "The cloud could not be reached, or kept failing; the same command goes on where it ended."


class CloudRefused(AudobonError):
    code, exit_status = "cloud.refused", ExitStatus.REMOTE_REFUSED
    summary = "The account may not do that in the cloud: a role is missing, or billing is off."


class CloudApiOff(CloudRefused):
    code = "cloud.api_off"
    summary = "An API of the project in the cloud is off."


class CloudLoginRefused(AudobonError):
    code, exit_status = "cloud.login_refused", ExitStatus.SOURCE_TOKEN_REFUSED
    summary = (
        "The account for the cloud is missing, its credentials are wrong or expired, or the clock here is."
    )


class CloudProjectMissing(AudobonError):
    code, exit_status = "cloud.project_missing", ExitStatus.SOURCE_NOT_FOUND
    summary = "The project in the cloud is not there, or hidden from the account."


class CloudNotReady(AudobonError):
    code, exit_status = "cloud.not_ready", ExitStatus.UNHEALTHY
    summary = (
        "Something that jobs in the cloud need is missing; the checks name it with the command that mends it."
    )


class CloudMissing(AudobonError):
    code, exit_status = "cloud.missing", ExitStatus.SOURCE_NOT_FOUND
    summary = "A job, bucket or region in the cloud is not there."


class CloudImageMissing(AudobonError):
    code, exit_status = "cloud.image_missing", ExitStatus.SOURCE_NOT_FOUND
    summary = "The container image of a job in the cloud is gone, or may not be read; nothing ran."


class CloudQuota(AudobonError):
    code, exit_status = "cloud.quota", ExitStatus.SOURCE_RATE_LIMITED
    summary = "A quota of the project in the cloud is used up, or is none for such a machine."


class CloudFailed(AudobonError):
    code, exit_status = "cloud.failed", ExitStatus.SOURCE_FAILED
    summary = "The cloud gave an answer that makes no sense here, or a job there failed."


class CloudIncomplete(AudobonError):
    code, exit_status = "cloud.incomplete", ExitStatus.PARTIAL
    summary = "A run in the cloud ended with jobs undone; they went back to the queue, all others are filed."


class CloudJobTimedOut(AudobonError):
    code, exit_status = "cloud.timed_out", ExitStatus.TIMED_OUT
    summary = "A job in the cloud ended at its hard time-out."
