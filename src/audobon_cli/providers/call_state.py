"""One picture on its way from a provider: what is asked for, and what is known of it so far."""

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from audobon_cli.domain.events import ImageDelivered, Listener, Warned
from audobon_cli.domain.providers import Billed, ProviderPreset, Receipt
from audobon_cli.domain.units import usd
from audobon_cli.providers.errors import FailureContext
from audobon_cli.providers.protocol import RemoteJob, RemoteRequest
from audobon_cli.providers.retry import Deadline

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True, slots=True)
class Delivered:
    """A picture in the size of its request, and what it came to."""

    image: "Image"
    receipt: Receipt


@dataclass(slots=True)
class Account:
    """What is known so far of one call."""

    billed: Billed = Billed.NO
    attempts: int = 0
    ticket: RemoteJob | None = None
    server: str = ""


@dataclass(slots=True)
class CallState:
    """One picture on its way. ``has_others``: another server may draw it if this one fails."""

    job: RemoteRequest
    index: int
    clock: Deadline
    listen: Listener
    account: Account = field(default_factory=Account)
    has_others: bool = False

    def tile(self) -> None:
        """Have the picture decoded in tiles, and say so once."""
        if not self.job.tiled:
            self.job = replace(self.job, tiled=True)
            self.listen(Warned("The server's memory is short: the picture is decoded in tiles there."))

    def receipt(self, preset: ProviderPreset) -> Receipt:
        """What it came to: by the reply where that says something that is billed by, else as listed."""
        job, ticket = self.job, self.account.ticket
        price, request = job.model.price, job.request
        listed = price.estimate(request.quality, request.render_size)
        actual = price.actual(ticket.usage, request.quality, request.render_size) if ticket else listed
        from_reply = ticket is not None and bool(
            ticket.usage.cost_usd is not None
            or (price.per_million and ticket.usage.tokens)
            or (price.per_second and ticket.usage.seconds is not None)
        )
        price_is = "billed" if from_reply else "unknown" if price.unknown else "listed"
        workflow = job.model.details.get("workflow")
        own = json.dumps(workflow, sort_keys=True, ensure_ascii=False) if workflow is not None else ""
        return Receipt(
            preset.name, job.model.id, ticket.id if ticket else "", actual, price_is, own, job.tiled
        )

    def situation(self, preset: ProviderPreset) -> FailureContext:
        """Where it stands, for errors."""
        account = self.account
        return FailureContext(
            preset, self.job.model, account.ticket.id if account.ticket else "", account.billed
        )


def delivery_event(index: int, receipt: Receipt) -> ImageDelivered:
    """The event of a picture that has arrived."""
    return ImageDelivered(
        index,
        receipt.provider,
        receipt.model,
        receipt.request_id,
        usd(receipt.price_micro_usd),
        receipt.price_is,
    )
