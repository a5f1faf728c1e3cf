"""What a ProviderFailure means for the user: an error with a code, a fact and a next step."""

from dataclasses import dataclass

from audobon_cli.domain.errors import (
    ProviderAnswerBad,
    ProviderBusy,
    ProviderError,
    ProviderFailed,
    ProviderForbidden,
    ProviderKeyMissing,
    ProviderKeyRefused,
    ProviderModelGone,
    ProviderOutcomeUnknown,
    ProviderQuotaSpent,
    ProviderRefusedContent,
    ProviderTimedOut,
    ProviderUnavailable,
    ProviderUnreachable,
)
from audobon_cli.domain.providers import Billed, ProviderPreset, RemoteModel
from audobon_cli.domain.units import format_seconds, plural
from audobon_cli.providers.breakers import CircuitOpen
from audobon_cli.providers.protocol import FailureKind, ProviderFailure

ELSEWHERE = "--fallback local goes on here"


@dataclass(frozen=True, slots=True)
class FailureContext:
    """Where it happened. ``request_id`` is the service's, once it has given one."""

    preset: ProviderPreset
    model: RemoteModel
    request_id: str = ""
    billed: Billed = Billed.NO

    def details(self) -> dict[str, object]:
        """For scripts."""
        return {
            "provider": self.preset.name,
            "model": self.model.name,
            "request_id": self.request_id or None,
            "billed": (Billed.NO if self.model.price.is_free else self.billed).value,
        }

    @property
    def paid(self) -> str:
        """What the user should know of the money, as a sentence with a space before it; "" if nothing."""
        words = {
            Billed.YES: " The picture is paid for.",
            Billed.UNKNOWN: " Whether it is billed is not known; it counts as paid.",
        }
        return "" if self.model.price.is_free else words.get(self.billed, "")


def explain(failure: ProviderFailure, where: FailureContext) -> ProviderError:
    """The error for ``failure``."""
    name, fact, details = where.preset.title, failure.fact, where.details()
    match failure.kind:
        case FailureKind.NO_KEY | FailureKind.KEY | FailureKind.FORBIDDEN | FailureKind.QUOTA:
            return _explain_account(failure, where)
        case FailureKind.UNREACHABLE:
            return ProviderUnreachable(
                f"{name} cannot be reached: {fact}.{where.paid}",
                hint=f"check the connection and the address (`audobon providers check {where.preset.name}`); "
                f"{ELSEWHERE}",
                **details,
            )
        case FailureKind.BUSY:
            return ProviderBusy(
                f"{name} takes no more requests for now: {fact}.",
                hint=f"wait and run the command again; finished pictures are kept; {ELSEWHERE}",
                retry_after_seconds=failure.wait_seconds,
                **details,
            )
        case FailureKind.TIMED_OUT | FailureKind.OVERDUE:
            return timed_out(where, fact)
        case FailureKind.REFUSED:
            return ProviderRefusedContent(
                f"{name} refused the picture: {fact}.{where.paid}",
                hint="word the prompt differently; asking again would be refused again",
                **details,
            )
        case FailureKind.GONE:
            return gone(where, fact)
        case FailureKind.BAD_ANSWER:
            return ProviderAnswerBad(
                f"{name} gave no usable picture: {fact}.{where.paid}", hint="run the command again", **details
            )
        case FailureKind.LOST:
            return ProviderOutcomeUnknown(
                f"The connection to {name} failed after the request was sent: {fact}.{where.paid}",
                hint="look at the service's own list of requests before you run the command again",
                **details,
            )
        case _:
            return ProviderFailed(
                f"{name} did not make the picture: {fact}.{where.paid}",
                hint=f"`audobon providers check {where.preset.name}` shows its state; {ELSEWHERE}",
                **details,
            )


def _explain_account(failure: ProviderFailure, where: FailureContext) -> ProviderError:
    """The errors that have to do with the key and its account."""
    name, fact, details = where.preset.title, failure.fact, where.details()
    variable = where.preset.keys[0] if where.preset.keys else "the key's variable"
    sign_in = where.preset.sign_in
    if failure.kind is FailureKind.NO_KEY:
        return ProviderKeyMissing(
            f"There is no key for {name}.",
            hint=f"set {variable}, or `{where.preset.sign_in or f'audobon providers login {where.preset.name}'}`",
            **details,
        )
    if failure.kind is FailureKind.KEY:
        return ProviderKeyRefused(
            f"{name} refused the key: {fact}.",
            hint=f"make a new one and set {variable}" + (f", or `{sign_in}`" if sign_in else ""),
            **details,
        )
    if failure.kind is FailureKind.QUOTA:
        return ProviderQuotaSpent(
            f"The account at {name} has nothing left: {fact}.",
            hint=f"add credit there; {ELSEWHERE}",
            **details,
        )
    return ProviderForbidden(
        f"{name} does not allow it: {fact}.",
        hint=f"ask for access to {where.model.id} there, or choose another --model",
        **details,
    )


def gone(where: FailureContext, fact: str) -> ProviderModelGone:
    """The error for a model that is not there any more."""
    cycle = where.model.lifecycle
    successor = cycle.successor if cycle else ""
    hint = (
        f"use --model {successor}"
        if successor
        else f"`audobon providers models {where.preset.name}` lists others"
    )
    return ProviderModelGone(
        f"{where.preset.title} has no model {where.model.id}: {fact}.",
        hint=hint,
        successor=successor or None,
        **where.details(),
    )


def timed_out(where: FailureContext, fact: str) -> ProviderTimedOut:
    """The error when the time of a picture is up."""
    return ProviderTimedOut(
        f"{where.preset.title} did not deliver in time: {fact}.{where.paid}",
        hint="give more with --timeout SECONDS (0: no limit), or take a lower --quality or --size",
        **where.details(),
    )


def left_alone(where: FailureContext, circuit: CircuitOpen) -> ProviderUnavailable:
    """The error while the breaker is open."""
    record, name = circuit.record, where.preset.name
    failed = f"failed {plural(record.failures, 'time')} in a row (the last: {record.why})"
    return ProviderUnavailable(
        f"{where.preset.title} {failed} and is left alone for another {format_seconds(circuit.seconds)}; nothing "
        "was sent.",
        hint=f"run the command again then, or at once after `audobon providers reset {name}`; {ELSEWHERE}",
        retry_after_seconds=round(circuit.seconds, 1),
        server=record.server,
        **where.details(),
    )
