"""After which failures of a provider the same may be asked once more."""

from audobon_cli.domain.providers import Billed
from audobon_cli.providers.protocol import FailureKind, ProviderFailure

ASK_AGAIN = frozenset(
    {
        FailureKind.UNREACHABLE,
        FailureKind.UNHEARD,
        FailureKind.BUSY,
        FailureKind.DOWN,
        FailureKind.FAILED,
        FailureKind.TIMED_OUT,
        FailureKind.LOST,
    }
)
"""What polling and fetching, which cost nothing, are repeated after."""

SUBMIT_AGAIN = frozenset({FailureKind.UNREACHABLE, FailureKind.UNHEARD, FailureKind.BUSY, FailureKind.DOWN})
"""What submitting is repeated after, if nothing is owed."""


def may_ask_again(failure: ProviderFailure) -> bool:
    """Whether what costs nothing (polling, fetching) may be repeated."""
    return failure.kind in ASK_AGAIN


def may_submit_again(failure: ProviderFailure, idempotent: bool) -> bool:
    """Whether a submission that ended so may be sent again, here or to another server.

    Where nobody knows whether it is billed, only to a service that makes nothing of repetitions (``idempotent``).
    """
    if failure.billed is Billed.UNKNOWN:
        return idempotent and failure.kind in ASK_AGAIN
    return failure.billed is Billed.NO and failure.kind in SUBMIT_AGAIN
