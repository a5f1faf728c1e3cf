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
from audobon_cli.providers.http import Wire, message_of, trouble_of_status
from audobon_cli.providers.parameters import data_url, init_picture, model_parameters, prompt_of
from audobon_cli.providers.protocol import Job, Kind, Preview, Probe, Ticket, Trouble

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
        self._wire: Wire | None = None
        self._taken: set[str] = set()
        self._asked_at = datetime.now(UTC)

    def credentials(self) -> str | None:
        """See Provider.credentials."""
        return self._access.key_origin()

    def load(self, server: str) -> float:
        """There is one server."""
        return 0.0

    def preview(self, job: Job) -> Preview:
        """See Provider.preview."""
        return Preview(
            "POST",
            f"{self.servers[0]}/v1/models/{job.model.id}/predictions",
            {"Authorization": f"Bearer {MASK}", "Content-Type": "application/json", **_deadline(job)},
            {"input": _input(job)},
        )

    def submit(self, job: Job, server: str) -> Ticket:
        """Create the prediction; it is not waited for here."""
        sent = self.preview(job)
        self._asked_at = datetime.now(UTC)
        answer = self._connected().post(sent.url, sent.body, headers=_deadline(job))
        return self._ticket(answer.object(), server)

    def poll(self, ticket: Ticket) -> Ticket:
        """See Provider.poll."""
        return self._ticket(self._connected().get(self._address(ticket)).object(), ticket.server)

    def fetch(self, ticket: Ticket) -> bytes:
        """The file lies with a delivery network, which gets no key."""
        return self._connected().download(ticket.address)

    def cancel(self, ticket: Ticket) -> None:
        """See Provider.cancel."""
        self._connected().post(f"{self._address(ticket)}/cancel", {}, seconds=10)

    def recover(self, job: Job, server: str) -> Ticket | None:
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
        except Trouble as trouble:
            reached = trouble.kind not in (Kind.UNREACHABLE, Kind.TIMED_OUT, Kind.LOST, Kind.NO_KEY)
            works = False if trouble.kind in (Kind.KEY, Kind.NO_KEY) else None
            return Probe(server, reached, time.monotonic() - began, works, trouble.fact)
        facts = {"account": str(account.get("username", ""))}
        return Probe(server, True, time.monotonic() - began, True, facts=facts)

    def close(self) -> None:
        """See Provider.close."""
        if self._wire is not None:
            self._wire.close()

    def _connected(self) -> Wire:
        if self._wire is None:
            key = self._access.key()
            if key is None:
                raise Trouble(Kind.NO_KEY, "no key was found")
            self._wire = Wire({"Authorization": f"Bearer {key.reveal()}"}, _refusal)
        return self._wire

    def _address(self, ticket: Ticket) -> str:
        # Built here and not taken from the answer: the key goes to no other host.
        return f"{ticket.server}/v1/predictions/{ticket.id}"

    def _ticket(self, prediction: Mapping[str, Any], server: str) -> Ticket:
        ident, status = str(prediction.get("id", "")), prediction.get("status")
        if not ident or not isinstance(status, str):
            raise Trouble(Kind.BAD_ANSWER, "its answer is no prediction", Billed.UNKNOWN)
        self._taken.add(ident)
        if status in ("failed", "canceled", "aborted"):
            raise _failure(status, str(prediction.get("error") or ""))
        metrics = prediction.get("metrics") or {}
        usage = Usage(seconds=metrics.get("predict_time"))
        if status != "succeeded":
            return Ticket(ident, server, usage=usage)
        output = prediction.get("output")
        address = output[0] if isinstance(output, list) and output else output
        if not isinstance(address, str) or not address.startswith(("https://", "http://")):
            raise Trouble(Kind.BAD_ANSWER, "the prediction succeeded without a picture", Billed.YES)
        return Ticket(ident, server, True, None, address, usage)


def _input(job: Job) -> dict[str, Any]:
    found = {"prompt": prompt_of(job), **model_parameters(job)}
    picture = init_picture(job)
    if picture is not None:
        found[job.model.parameters["init_image"]] = data_url(picture)
    return found


def _deadline(job: Job) -> dict[str, str]:
    """The service's own deadline: what runs on after this program was killed is stopped and not billed on."""
    return {"Cancel-After": f"{max(5, min(round(job.seconds), 86_400))}s"}


def _made_since(prediction: Mapping[str, Any], moment: datetime) -> bool:
    """Whether it was made after ``moment``, or so little before that it may be the clocks."""
    try:
        made = datetime.fromisoformat(str(prediction.get("created_at", "")).replace("Z", "+00:00"))
        return (moment - made).total_seconds() < CLOCKS_DIFFER_SECONDS
    except (ValueError, TypeError):  # no time, or one without a zone
        return False


def _failure(status: str, error: str) -> Trouble:
    """A prediction that ended without a picture. Failed ones are not billed; canceled ones are, for their time."""
    if any(word in error.lower() for word in REFUSALS):
        return Trouble(Kind.REFUSED, error or "its safety checker", Billed.NO)
    if status == "aborted":
        return Trouble(Kind.OVERDUE, "it did not begin in time", Billed.NO)
    if status == "canceled":
        return Trouble(Kind.OVERDUE, "the prediction was canceled", Billed.UNKNOWN)
    return Trouble(Kind.REJECTED, error or "the prediction failed", Billed.NO)


def _refusal(status: int, headers: Mapping[str, str], body: bytes) -> Trouble:
    """Replicate's statuses: 402 is credit, 422 a wrong input, 429 without Retry-After says it in words."""
    trouble = trouble_of_status(status, headers, body)
    if trouble.kind is Kind.BUSY and trouble.wait_seconds is None:
        wait = _seconds_in(message_of(body))
        return Trouble(Kind.BUSY, trouble.fact, wait_seconds=wait)
    return trouble


def _seconds_in(text: str) -> float | None:
    """ "... Your rate limit resets in ~30s." -> 30."""
    found = re.search(r"resets in ~?(\d+)s", text)
    return float(found[1]) if found else None
