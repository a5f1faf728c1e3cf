"""One picture from a provider: asked for once, waited for, fetched, accounted for.

The one mechanism that all providers share. What may have been paid for is never asked for a second time,
unless the service makes nothing of repetitions.
"""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

from audobon_cli.domain.errors import Interrupted
from audobon_cli.domain.events import Listener, ProviderRetried, StepDone
from audobon_cli.domain.providers import Billed, ProviderPreset, Receipt
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import ShouldStop
from audobon_cli.providers import retry
from audobon_cli.providers.call_state import Errand, delivery_event
from audobon_cli.providers.errors import explain, left_alone, timed_out
from audobon_cli.providers.images import decode
from audobon_cli.providers.ledger import Budget, Call, Settlement, UsageLedger
from audobon_cli.providers.protocol import Job, Kind, Provider, Ticket, Trouble
from audobon_cli.providers.retry import (
    FAILURES_TO_OPEN,
    OPEN_SECONDS,
    Breaker,
    Bucket,
    Clock,
    LeftAlone,
    OutOfTime,
    Patience,
    Stopped,
    again,
)

if TYPE_CHECKING:
    from PIL.Image import Image

T = TypeVar("T")

NO_LIMIT_SECONDS = 24 * 3600.0
FIRST_LOOK_SECONDS = 0.1
LONGEST_LOOK_SECONDS = 2.0
"""Between two polls."""

CANCEL_SECONDS = 10.0

RESUBMISSIONS = 3
"""Of a request that a restarted server forgot, where repeating it is harmless."""

LOOK_AGAIN = frozenset(
    {Kind.UNREACHABLE, Kind.UNHEARD, Kind.BUSY, Kind.DOWN, Kind.FAILED, Kind.TIMED_OUT, Kind.LOST}
)
"""What polling and fetching, which cost nothing, are repeated after."""

SEND_AGAIN = frozenset({Kind.UNREACHABLE, Kind.UNHEARD, Kind.BUSY, Kind.DOWN})
"""What submitting is repeated after, if nothing is owed."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A picture in the size of its request, and what it came to."""

    image: "Image"
    receipt: Receipt


@dataclass(slots=True)
class Caller:
    """Speaks to one provider for the length of a run. ``budget`` holds across all processes of the user."""

    preset: ProviderPreset
    provider: Provider
    ledger: UsageLedger
    budget: Budget
    patience: Patience = field(default_factory=lambda: retry.PATIENCE)
    now: Callable[[], float] = time.monotonic
    _choosing: threading.Lock = field(default_factory=threading.Lock, init=False)
    _breakers: dict[str, Breaker] = field(default_factory=dict, init=False)
    _bucket: Bucket = field(init=False)
    _bound_for: Counter[str] = field(default_factory=Counter, init=False)
    """Pictures of this process on their way to each server: other threads look before the server knows of them."""

    def __post_init__(self) -> None:
        self._bucket = Bucket(self.preset.rate.per_minute if self.preset.rate else None)

    def draw(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Delivered:
        """The picture of ``request`` with ``seed``, paid for at most once.

        Raises ProviderError (BudgetSpent among them) and Interrupted.
        """
        seconds = self.seconds_for(request)
        job = Job(request, seed, str(uuid4()), seconds)
        errand = Errand(job, index, Clock(seconds, should_stop, self.now), listen)
        if should_stop():
            raise Interrupted("Stopped before the picture was asked for.")
        with self._explained(errand), self._choosing:
            servers = self._ranked(errand)
            self._bound_for[servers[0]] += 1
        try:
            return self._delivered(errand, servers)
        finally:
            self._bound_for[servers[0]] -= 1

    def _delivered(self, errand: Errand, servers: list[str]) -> Delivered:
        """The picture, reserved in the ledger before it is asked for and settled after."""
        job, request = errand.job, errand.job.request
        price = job.model.price.estimate(request.quality, request.render_size)
        call = Call(self.preset.name, servers[0], job.model.name, request.quality, price)
        ident = self.ledger.reserve(call, self.budget)
        with self._settled(ident, errand), self._explained(errand):
            data = self._bought(errand, servers)
            image = decode(data, request.render_size)
        return Delivered(image, errand.receipt(self.preset))

    def seconds_for(self, request: ResolvedRequest) -> float:
        """What a picture may take: by the quality or --timeout, and never longer than the platform lets it."""
        asked = request.timeout_seconds or NO_LIMIT_SECONDS
        return min(asked, self.preset.timeout_seconds or asked)

    def _ranked(self, errand: Errand) -> list[str]:
        """The servers that are not left alone, the least busy first. Raises LeftAlone, or a Trouble of the last."""
        usable = [server for server in self.provider.servers if not self._breaker(server).is_open]
        if len(usable) < 2:
            if not usable:
                raise LeftAlone
            return usable
        found: list[tuple[float, int, str]] = []
        last: Trouble | None = None
        for place, server in enumerate(usable):
            try:
                busy = self._guarded(errand, server, partial(self.provider.load, server))
                found.append((max(busy, self._bound_for[server]), place, server))
            except Trouble as trouble:
                last = trouble
        if not found and last is not None:
            raise last
        return [server for _, _, server in sorted(found)]

    def _bought(self, errand: Errand, servers: list[str]) -> bytes:
        """Submit, wait, fetch; submit again what a server forgot, where that is harmless."""
        for attempt in range(RESUBMISSIONS + 1):
            ticket = self._submitted(errand, servers)
            try:
                done = self._awaited(errand, ticket)
                errand.account.billed = Billed.YES
                return self._fetched(errand, done)
            except Trouble as trouble:
                if (
                    trouble.kind is not Kind.VANISHED
                    or not self.provider.idempotent
                    or attempt == RESUBMISSIONS
                ):
                    raise
                self._tell(errand, attempt + 1, 0.0, trouble)
        raise AssertionError("the last attempt returns or raises")

    def _submitted(self, errand: Errand, servers: list[str]) -> Ticket:
        """The ticket of the first server that takes the request."""
        for server in servers[:-1]:
            try:
                return self._submitted_to(errand, server, replace(self.patience, attempts=1))
            except Trouble as trouble:
                if not self._may_repeat(trouble):
                    raise
                self._tell(errand, errand.account.attempts, 0.0, trouble)
            except LeftAlone:
                continue
        return self._submitted_to(errand, servers[-1], self.patience)

    def _submitted_to(self, errand: Errand, server: str, patience: Patience) -> Ticket:
        """The ticket of ``server``: asked again while surely nothing was taken, asked about where that is not sure."""
        submit, tell = partial(self._submitted_once, errand, server), partial(self._tell, errand)
        try:
            ticket = again(submit, errand.clock, patience, self._may_repeat, tell)
        except Trouble as trouble:
            found = self._recovered(errand, server) if trouble.billed is Billed.UNKNOWN else None
            if found is None:
                raise
            ticket = found
        except (Stopped, OutOfTime):
            if errand.account.billed is Billed.UNKNOWN:
                self._called_off(partial(self.provider.recover, errand.job, server))
            raise
        errand.account.ticket = ticket
        return ticket

    def _may_repeat(self, trouble: Trouble) -> bool:
        """Whether a submission that ended so may be sent again, here or to another server."""
        if trouble.billed is Billed.UNKNOWN:
            return self.provider.idempotent and trouble.kind in LOOK_AGAIN
        return trouble.billed is Billed.NO and trouble.kind in SEND_AGAIN

    def _submitted_once(self, errand: Errand, server: str) -> Ticket:
        """One submission, entered in the account before it leaves."""
        account = errand.account
        if self.provider.idempotent and account.attempts:
            taken = self._recovered(errand, server)
            if taken is not None:
                return taken
        errand.clock.wait(self._bucket.wait_seconds())
        before, account.billed = account.billed, Billed.UNKNOWN
        account.attempts, account.server = account.attempts + 1, server
        try:
            ticket = self._guarded(errand, server, partial(self.provider.submit, errand.job, server))
        except Trouble as trouble:
            if trouble.kind is Kind.BUSY:
                self._bucket.limited()
            account.billed = before if trouble.billed is Billed.NO else trouble.billed
            raise
        except LeftAlone:
            account.billed = before
            raise
        self._bucket.taken()
        return ticket

    def _recovered(self, errand: Errand, server: str) -> Ticket | None:
        """What the service knows of a submission without an answer; None if it cannot be asked either.

        Asked past the breaker: that a list can be read does not show that requests are taken.
        """
        with contextlib.suppress(Trouble):
            return errand.clock.bounded(partial(self.provider.recover, errand.job, server))
        return None

    def _awaited(self, errand: Errand, ticket: Ticket) -> Ticket:
        """Poll until it is done; cancel it when the user stops or time is up."""
        pause, began = FIRST_LOOK_SECONDS, time.monotonic()
        try:
            while not ticket.done:
                ticket = self._looked(errand, ticket.server, partial(self.provider.poll, ticket))
                errand.account.ticket = ticket
                if ticket.progress is not None:
                    step, steps = ticket.progress
                    errand.listen(StepDone(errand.index, step, steps, time.monotonic() - began))
                elif not ticket.done:
                    errand.clock.wait(pause)
                    pause = min(pause * 1.5, LONGEST_LOOK_SECONDS)
        except (Stopped, OutOfTime):
            self._called_off(lambda: ticket)
            raise
        except Trouble as trouble:
            if trouble.kind not in LOOK_AGAIN:
                errand.account.billed = trouble.billed
            raise
        return ticket

    def _called_off(self, find: Callable[[], Ticket | None]) -> None:
        """Cancel what nobody waits for any more, as well as can be done in some seconds."""

        def cancel() -> None:
            ticket = find()
            if ticket is not None:
                self.provider.cancel(ticket)

        with contextlib.suppress(Trouble, OutOfTime):
            Clock(CANCEL_SECONDS, lambda: False).bounded(cancel)

    def _fetched(self, errand: Errand, ticket: Ticket) -> bytes:
        if ticket.data is not None:
            return ticket.data
        fetch = partial(errand.clock.bounded, partial(self.provider.fetch, ticket))
        try:
            # Past the breaker: files often lie with somebody else.
            return again(fetch, errand.clock, self.patience, _may_look_again, partial(self._tell, errand))
        except Trouble as trouble:
            fact = f"the finished picture (request {ticket.id}) could not be fetched: {trouble.fact}"
            raise Trouble(Kind.BAD_ANSWER, fact, Billed.YES) from trouble

    def _looked(self, errand: Errand, server: str, ask: Callable[[], T]) -> T:
        """What costs nothing: repeated after everything that may pass, and twice as often as a submission, for
        there is a picture to be had: a server of one's own takes half a minute to be started anew."""
        return again(
            partial(self._guarded, errand, server, ask),
            errand.clock,
            replace(self.patience, attempts=2 * self.patience.attempts),
            _may_look_again,
            partial(self._tell, errand),
        )

    def _guarded(self, errand: Errand, server: str, ask: Callable[[], T]) -> T:
        """``ask`` behind the server's breaker, within the time that is left."""
        return self._breaker(server).call(partial(errand.clock.bounded, ask))

    def _breaker(self, server: str) -> Breaker:
        return self._breakers.setdefault(
            server, Breaker(2 * FAILURES_TO_OPEN if self.provider.idempotent else FAILURES_TO_OPEN)
        )

    def _tell(self, errand: Errand, attempt: int, pause: float, trouble: Trouble) -> None:
        errand.listen(ProviderRetried(errand.index, self.preset.name, attempt, round(pause, 3), trouble.fact))

    @contextlib.contextmanager
    def _explained(self, errand: Errand) -> Iterator[None]:
        """Turn what the mechanism raises into errors for the user."""
        try:
            yield
        except Trouble as trouble:
            if trouble.kind is Kind.BAD_ANSWER:
                errand.account.billed = trouble.billed
            raise explain(trouble, errand.situation(self.preset)) from trouble
        except LeftAlone as error:
            raise left_alone(errand.situation(self.preset), OPEN_SECONDS) from error
        except OutOfTime as error:
            fact = f"{errand.job.seconds:.0f} seconds are over"
            raise timed_out(errand.situation(self.preset), fact) from error
        except Stopped as error:
            raise Interrupted(
                "Stopped while a provider was drawing.", hint="finished pictures are kept"
            ) from error

    @contextlib.contextmanager
    def _settled(self, ident: str, errand: Errand) -> Iterator[None]:
        """Write down what came of the call, whatever happens."""
        problem = ""
        try:
            yield
        except BaseException as error:
            problem = getattr(error, "code", type(error).__name__)
            raise
        finally:
            account, receipt = errand.account, errand.receipt(self.preset)
            ticket = account.ticket
            self.ledger.settle(
                ident,
                Settlement(
                    account.billed,
                    receipt.price_micro_usd,
                    receipt.price_is,
                    receipt.request_id,
                    account.attempts,
                    problem,
                    ticket.usage.facts() if ticket else {},
                    account.server,
                ),
            )
            if not problem:
                errand.listen(delivery_event(errand.index, receipt))


def _may_look_again(trouble: Trouble) -> bool:
    return trouble.kind in LOOK_AGAIN
