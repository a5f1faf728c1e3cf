"""Replicate over plain HTTP: predictions are created, polled and fetched.

https://replicate.com/docs/reference/http. The service knows no idempotency keys; a prediction whose answer was
lost is looked for in the list of the account's predictions by its input.
"""

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from audobon_cli.domain.providers import Billed, Usage
from audobon_cli.domain.secrets import MASK
from audobon_cli.providers.access import ProviderAccess
from audobon_cli.providers.http import ProviderHttp, failure_of_status, message_of
from audobon_cli.providers.parameters import data_url, init_picture, model_parameters, prompt_of
from audobon_cli.providers.protocol import (
    FailureKind,
    Preview,
    Probe,
    ProviderFailure,
    RemoteJob,
    RemoteRequest,
)
from audobon_cli.providers.synchronous import failed_probe

REFUSALS = ("nsfw", "safety", "sensitive", "flagged", "e005")
"""Words of a failed prediction's error that mean its safety checker: there is no code for it. E005 is its number
in the texts of official models."""


CLOCKS_DIFFER_SECONDS = 60.0


class Replicate:
    """Implements protocol.Provider."""

    idempotent = False

    def __init__(self, access: ProviderAccess) -> None:
        self._access = access
        self.servers = (access.endpoint,)
        self._http: ProviderHttp | None = None
        self._taken: set[str] = set()
        self._asked_at = datetime.now(UTC)

    def credentials(self) -> str | None:
        """See Provider.credentials."""
        return self._access.key_origin()

    def load(self, server: str) -> float:
        """There is one server."""
        return 0.0

    def preview(self, job: RemoteRequest) -> Preview:
        """See Provider.preview."""
        return Preview(
            "POST",
            f"{self.servers[0]}/v1/models/{job.model.id}/predictions",
            {"Authorization": f"Bearer {MASK}", "Content-Type": "application/json", **_deadline(job)},
            {"input": _input(job)},
        )

    def submit(self, job: RemoteRequest, server: str) -> RemoteJob:
        """Create the prediction; it is not waited for here."""
        sent = self.preview(job)
        self._asked_at = datetime.now(UTC)
        answer = self._connected().post(sent.url, sent.body, headers=_deadline(job))
        return self._ticket(answer.object(), server)

    def poll(self, ticket: RemoteJob) -> RemoteJob:
        """See Provider.poll."""
        return self._ticket(self._connected().get(self._address(ticket)).object(), ticket.server)

    def fetch(self, ticket: RemoteJob) -> bytes:
        """The file lies with a delivery network, which gets no key."""
        return self._connected().download(ticket.address)

    def cancel(self, ticket: RemoteJob) -> None:
        """See Provider.cancel."""
        self._connected().post(f"{self._address(ticket)}/cancel", {}, seconds=10)

    def recover(self, job: RemoteRequest, server: str) -> RemoteJob | None:
        """The newest prediction with the very same input that was made since and is not known yet: the seed
        makes inputs differ."""
        found = self._connected().get(f"{server}/v1/predictions").object()
        wanted = _input(job)
        for one in found.get("results", ()):
            theirs = one.get("input") or {}
            same = all(theirs.get(key) == value for key, value in wanted.items())
            if same and one.get("id") not in self._taken and _made_since(one, self._asked_at):
                return self._ticket(one, server)
        return None

    def probe(self, server: str) -> Probe:
        """Asks for the account, which is free."""
        began = time.monotonic()
        try:
            account = self._connected().get(f"{server}/v1/account", seconds=10).object()
        except ProviderFailure as failure:
            return failed_probe(server, began, failure)
        facts = {"account": str(account.get("username", ""))}
        return Probe(server, True, time.monotonic() - began, True, facts=facts)

    def close(self) -> None:
        """See Provider.close."""
        if self._http is not None:
            self._http.close()

    def _connected(self) -> ProviderHttp:
        if self._http is None:
            key = self._access.key()
            if key is None:
                raise ProviderFailure(FailureKind.NO_KEY, "no key was found")
            self._http = ProviderHttp({"Authorization": f"Bearer {key.reveal()}"}, _refusal)
        return self._http

    def _address(self, ticket: RemoteJob) -> str:
        # Built here and not taken from the answer: the key goes to no other host.
        return f"{ticket.server}/v1/predictions/{ticket.id}"

    def _ticket(self, prediction: Mapping[str, Any], server: str) -> RemoteJob:
        ident, status = str(prediction.get("id", "")), prediction.get("status")
        if not ident or not isinstance(status, str):
            raise ProviderFailure(FailureKind.BAD_ANSWER, "its answer is no prediction", Billed.UNKNOWN)
        self._taken.add(ident)
        if status in ("failed", "canceled", "aborted"):
            raise _failure(status, str(prediction.get("error") or ""))
        metrics = prediction.get("metrics") or {}
        usage = Usage(seconds=metrics.get("predict_time"))
        if status != "succeeded":
            return RemoteJob(ident, server, usage=usage)
        output = prediction.get("output")
        address = output[0] if isinstance(output, list) and output else output
        if not isinstance(address, str) or not address.startswith(("https://", "http://")):
            raise ProviderFailure(
                FailureKind.BAD_ANSWER, "the prediction succeeded without a picture", Billed.YES
            )
        return RemoteJob(ident, server, True, None, address, usage)


def _input(job: RemoteRequest) -> dict[str, Any]:
    found = {"prompt": prompt_of(job), **model_parameters(job)}
    picture = init_picture(job)
    if picture is not None:
        found[job.model.parameters["init_image"]] = data_url(picture)
    return found


def _deadline(job: RemoteRequest) -> dict[str, str]:
    """The service's own deadline: what runs on after this program was killed is stopped and not billed on."""
    return {"Cancel-After": f"{max(5, min(round(job.seconds), 86_400))}s"}


def _made_since(prediction: Mapping[str, Any], moment: datetime) -> bool:
    """Whether it was made after ``moment``, or so little before that it may be the clocks."""
    try:
        made = datetime.fromisoformat(str(prediction.get("created_at", "")).replace("Z", "+00:00"))
        return (moment - made).total_seconds() < CLOCKS_DIFFER_SECONDS
    except (ValueError, TypeError):  # no time, or one without a zone
        return False


def _failure(status: str, error: str) -> ProviderFailure:
    """A prediction that ended without a picture. Failed ones are not billed; canceled ones are, for their time."""
    if any(word in error.lower() for word in REFUSALS):
        return ProviderFailure(FailureKind.REFUSED, error or "its safety checker", Billed.NO)
    if status == "aborted":
        return ProviderFailure(FailureKind.OVERDUE, "it did not begin in time", Billed.NO)
    if status == "canceled":
        return ProviderFailure(FailureKind.OVERDUE, "the prediction was canceled", Billed.UNKNOWN)
    return ProviderFailure(FailureKind.REJECTED, error or "the prediction failed", Billed.NO)


def _refusal(status: int, headers: Mapping[str, str], body: bytes) -> ProviderFailure:
    """Replicate's statuses: 402 is credit, 422 a wrong input, 429 without Retry-After says it in words."""
    failure = failure_of_status(status, headers, body)
    if failure.kind is FailureKind.BUSY and failure.wait_seconds is None:
        wait = _seconds_in(message_of(body))
        return ProviderFailure(FailureKind.BUSY, failure.fact, wait_seconds=wait)
    return failure


def _seconds_in(text: str) -> float | None:
    """ "... Your rate limit resets in ~30s." -> 30."""
    found = re.search(r"resets in ~?(\d+)s", text)
    return float(found[1]) if found else None
