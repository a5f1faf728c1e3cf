"""Other people's services, and what they cost."""

from typing import ClassVar

from audobon_cli.domain.errors.base import AudobonError
from audobon_cli.domain.errors.exit_status import ExitStatus


class ProviderError(AudobonError):
    """Base of what a provider answers to a request for a picture.

    ``elsewhere``: whether another provider may do better (see --fallback). ``ends_run``: whether the next
    picture would fail alike, so that a run without a fallback ends.
    """

    elsewhere: ClassVar[bool] = True
    ends_run: ClassVar[bool] = False


class ProviderUnreachable(ProviderError):
    code, exit_status = "provider.unreachable", ExitStatus.SOURCE_UNREACHABLE
    summary = (
        "A provider cannot be reached: no such host, no connection; nothing was sent, nothing is billed."
    )


class ProviderUnavailable(ProviderUnreachable):
    code = "provider.unavailable"
    summary = "A provider failed too often in a row and is left alone for a while."
    ends_run = True


class ProviderTimedOut(ProviderError):
    code, exit_status = "provider.timed_out", ExitStatus.SOURCE_UNREACHABLE
    summary = "A provider did not deliver within the time of the quality or --timeout; it may be billed."


class ProviderBusy(ProviderError):
    code, exit_status = "provider.rate_limited", ExitStatus.SOURCE_RATE_LIMITED
    summary = "A provider allows no more requests for longer than is waited."


class ProviderQuotaSpent(ProviderError):
    code, exit_status = "provider.quota", ExitStatus.SOURCE_RATE_LIMITED
    summary = "The account at the provider has no credit or quota left."
    ends_run = True


class ProviderForbidden(ProviderError):
    code, exit_status = "provider.forbidden", ExitStatus.SOURCE_GATED
    summary = "The key is right, but its account may not use the model or the region."
    ends_run = True


class ProviderRefusedContent(ProviderError):
    code, exit_status = "provider.moderated", ExitStatus.SOURCE_GATED
    summary = "The provider's safety system refused the prompt or the picture; it is not tried again."
    elsewhere = False


class ProviderModelGone(ProviderError):
    code, exit_status = "provider.model_gone", ExitStatus.SOURCE_NOT_FOUND
    summary = "The provider has retired the model, or has none of that name; the hint names a successor."
    ends_run = True


class ProviderKeyMissing(ProviderError):
    code, exit_status = "provider.key_missing", ExitStatus.SOURCE_TOKEN_REFUSED
    summary = "No key for the provider is in the environment or the keyring."
    ends_run = True


class ProviderKeyRefused(ProviderError):
    code, exit_status = "provider.key_refused", ExitStatus.SOURCE_TOKEN_REFUSED
    summary = "The provider refused the key: it is wrong, expired or revoked."
    ends_run = True


class ProviderFailed(ProviderError):
    code, exit_status = "provider.failed", ExitStatus.SOURCE_FAILED
    summary = "The provider said that it failed, or that it will not take the request as it is."


class ProviderAnswerBad(ProviderError):
    code, exit_status = "provider.bad_answer", ExitStatus.SOURCE_FAILED
    summary = "A provider delivered what is no picture, a broken one, or one that is suspiciously large."


class ProviderOutcomeUnknown(ProviderError):
    code, exit_status = "provider.outcome_unknown", ExitStatus.SOURCE_FAILED
    summary = "The connection broke after a request was sent: it may be billed, counts as paid, and is not sent again."


class BudgetSpent(ProviderError):
    code, exit_status = "budget.spent", ExitStatus.SOURCE_RATE_LIMITED
    summary = "The next picture would pass budget.per_run or budget.per_month; it was not asked for."
    ends_run = True
