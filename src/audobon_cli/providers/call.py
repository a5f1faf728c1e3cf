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
from typing import TypeVar
from uuid import uuid4

from audobon_cli.domain.errors import Interrupted
from audobon_cli.domain.events import Listener, ProviderRetried, StepDone
from audobon_cli.domain.providers import Billed, ProviderPreset
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.secrets import redact
from audobon_cli.engines.base import ShouldStop
from audobon_cli.providers import retry
from audobon_cli.providers.admission import Admission
from audobon_cli.providers.breakers import Breaker, BreakerRule, BreakerStates, CircuitOpen
from audobon_cli.providers.call_state import CallState, Delivered, delivery_event
from audobon_cli.providers.errors import explain, left_alone, timed_out
from audobon_cli.providers.images import decode
from audobon_cli.providers.ledger import Call, Settlement, SpendingLimits, UsageLedger
from audobon_cli.providers.protocol import FailureKind, Provider, ProviderFailure, RemoteJob, RemoteRequest
from audobon_cli.providers.repetition import may_ask_again, may_submit_again
from audobon_cli.providers.retry import Deadline, OutOfTime, RateLimiter, Stopped, retry_call
from audobon_cli.transfer.retry import RetryPolicy

T = TypeVar("T")

NO_LIMIT_SECONDS = 24 * 3600.0
FIRST_LOOK_SECONDS = 0.1
LONGEST_LOOK_SECONDS = 2.0
"""Between two polls."""

CANCEL_SECONDS = 10.0
KEPT = "finished pictures are kept"

RESUBMISSIONS = 3
"""Of a request that a restarted server forgot, where repeating it is harmless."""


@dataclass(slots=True)
class Caller:
    """Speaks to one provider for the length of a run. ``budget`` holds across all processes of the user."""

    preset: ProviderPreset
    provider: Provider
    ledger: UsageLedger
    budget: SpendingLimits
    policy: RetryPolicy = field(default_factory=lambda: retry.RETRY_POLICY)
    now: Callable[[], float] = time.monotonic
    admission: Admission | None = None
    rule: BreakerRule = field(default_factory=BreakerRule)
    breakers: BreakerStates = field(default_factory=BreakerStates)
    _choosing: threading.Lock = field(default_factory=threading.Lock, init=False)
    _bucket: RateLimiter = field(init=False)
    _bound_for: Counter[str] = field(default_factory=Counter, init=False)
    """Pictures of this process on their way to each server: other threads look before the server knows of them."""

    def __post_init__(self) -> None:
        self._bucket = RateLimiter(self.preset.rate.per_minute if self.preset.rate else None)

    def draw(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Delivered:
        """The picture of ``request`` with ``seed``, paid for at most once.

        Raises ProviderError (BudgetSpent among them) and Interrupted.
        """
        seconds = self.seconds_for(request)
        job = RemoteRequest(request, seed, str(uuid4()), seconds)
        call_state = CallState(job, index, Deadline(seconds, should_stop, self.now), listen)
        if should_stop():
            raise Interrupted("Stopped before the picture was asked for.")
        with self._explained(call_state), self._choosing:
            servers = self._ranked(call_state)
            if self.admission is not None:
                servers = self.admission.with_room(self.provider, call_state, servers)
            self._bound_for[servers[0]] += 1
        try:
            return self._delivered(call_state, servers)
        finally:
            self._bound_for[servers[0]] -= 1

    def _delivered(self, call_state: CallState, servers: list[str]) -> Delivered:
        """The picture, reserved in the ledger before it is asked for and settled after."""
        job, request = call_state.job, call_state.job.request
        price = job.model.price.estimate(request.quality, request.render_size)
        call = Call(self.preset.name, redact(servers[0]), job.model.name, request.quality, price)
        ident = self.ledger.reserve(call, self.budget)
        with self._settled(ident, call_state), self._explained(call_state):
            data = self._bought(call_state, servers)
            image = decode(data, request.render_size)
        return Delivered(image, call_state.receipt(self.preset))

    def seconds_for(self, request: ResolvedRequest) -> float:
        """What a picture may take: by the quality or --timeout, and never longer than the platform lets it."""
        asked = request.timeout_seconds or NO_LIMIT_SECONDS
        return min(asked, self.preset.timeout_seconds or asked)

    def _ranked(self, call_state: CallState) -> list[str]:
        """The servers that are not left alone, the least busy first. Raises CircuitOpen or ProviderFailure."""
        usable = [server for server in self.provider.servers if not self._breaker(server).is_open]
        if len(usable) < 2:
            if not usable:
                kept = [self._breaker(server) for server in self.provider.servers]
                raise min(kept, key=lambda one: one.seconds_left).opened()
            return usable
        found: list[tuple[float, int, str]] = []
        last: ProviderFailure | None = None
        for place, server in enumerate(usable):
            try:
                busy = self._guarded(call_state, server, partial(self.provider.load, server))
                found.append((max(busy, self._bound_for[server]), place, server))
            except ProviderFailure as failure:
                last = failure
        if not found and last is not None:
            raise last
        return [server for _, _, server in sorted(found)]

    def _bought(self, call_state: CallState, servers: list[str]) -> bytes:
        """Submit, wait, fetch. Where that is harmless, submit again what a server forgot, and take to the next server
        what one does not answer for any more."""
        left = list(servers)
        for attempt in range(RESUBMISSIONS + len(servers)):
            ticket = self._submitted(call_state, left)
            call_state.has_others = self.provider.idempotent and len(left) > 1
            try:
                done = self._awaited(call_state, ticket)
                call_state.account.billed = Billed.YES
                return self._fetched(call_state, done)
            except CircuitOpen:
                if not call_state.has_others:
                    raise
                failure = ProviderFailure(
                    FailureKind.UNREACHABLE, f"{ticket.server} failed too often", Billed.NO
                )
            except ProviderFailure as error:
                is_forgotten = error.kind is FailureKind.VANISHED and attempt < RESUBMISSIONS
                is_gone = may_ask_again(error) and call_state.has_others
                if not self.provider.idempotent or not (is_forgotten or is_gone):
                    raise
                failure = error
            if failure.kind is not FailureKind.VANISHED:
                left.remove(ticket.server)
            self._on_retry(call_state, attempt + 1, 0.0, failure)
        raise AssertionError("the last attempt returns or raises")

    def _submitted(self, call_state: CallState, servers: list[str]) -> RemoteJob:
        """The ticket of the first server that takes the request."""
        for server in servers[:-1]:
            try:
                return self._submitted_to(call_state, server, replace(self.policy, failures=0))
            except ProviderFailure as failure:
                if not may_submit_again(failure, self.provider.idempotent):
                    raise
                self._on_retry(call_state, call_state.account.attempts, 0.0, failure)
            except CircuitOpen:
                continue
        return self._submitted_to(call_state, servers[-1], self.policy)

    def _submitted_to(self, call_state: CallState, server: str, policy: RetryPolicy) -> RemoteJob:
        """The ticket of ``server``: asked again while surely nothing was taken, asked about where that is not sure."""
        submit = partial(self._submitted_once, call_state, server)
        may_repeat = partial(may_submit_again, idempotent=self.provider.idempotent)
        try:
            ticket = retry_call(
                submit, call_state.clock, policy, may_repeat, partial(self._on_retry, call_state)
            )
        except ProviderFailure as failure:
            found = self._recovered(call_state, server) if failure.billed is Billed.UNKNOWN else None
            if found is None:
                raise
            ticket = found
        except (Stopped, OutOfTime):
            if call_state.account.billed is Billed.UNKNOWN:
                self._called_off(partial(self.provider.recover, call_state.job, server))
            raise
        call_state.account.ticket = ticket
        return ticket

    def _submitted_once(self, call_state: CallState, server: str) -> RemoteJob:
        """One submission, entered in the account before it leaves."""
        account = call_state.account
        if self.provider.idempotent and account.attempts:
            taken = self._recovered(call_state, server)
            if taken is not None:
                return taken
        call_state.clock.wait(self._bucket.wait_seconds())
        before, account.billed = account.billed, Billed.UNKNOWN
        account.attempts, account.server = account.attempts + 1, redact(server)
        try:
            ticket = self._guarded(call_state, server, partial(self.provider.submit, call_state.job, server))
        except ProviderFailure as failure:
            if failure.kind is FailureKind.BUSY:
                self._bucket.limited()
            account.billed = before if failure.billed is Billed.NO else failure.billed
            raise
        except CircuitOpen:
            account.billed = before
            raise
        self._bucket.taken()
        return ticket

    def _recovered(self, call_state: CallState, server: str) -> RemoteJob | None:
        """What the service knows of a submission without an answer; None if it cannot be asked either.

        Asked past the breaker: that a list can be read does not show that requests are taken.
        """
        with contextlib.suppress(ProviderFailure):
            return call_state.clock.bounded(partial(self.provider.recover, call_state.job, server))
        return None

    def _awaited(self, call_state: CallState, ticket: RemoteJob) -> RemoteJob:
        """Poll until it is done; cancel it when the user stops or time is up."""
        pause, began = FIRST_LOOK_SECONDS, time.monotonic()
        try:
            while not ticket.done:
                ticket = self._looked(call_state, ticket.server, partial(self.provider.poll, ticket))
                call_state.account.ticket = ticket
                if ticket.progress is not None:
                    step, steps = ticket.progress
                    call_state.listen(StepDone(call_state.index, step, steps, time.monotonic() - began))
                elif not ticket.done:
                    call_state.clock.wait(pause)
                    pause = min(pause * 1.5, LONGEST_LOOK_SECONDS)
        except (Stopped, OutOfTime):
            self._called_off(lambda: ticket)
            raise
        except ProviderFailure as failure:
            if not may_ask_again(failure):
                call_state.account.billed = failure.billed
            raise
        return ticket

    def _called_off(self, find: Callable[[], RemoteJob | None]) -> None:
        """Cancel what nobody waits for any more, as well as can be done in some seconds."""

        def cancel() -> None:
            ticket = find()
            if ticket is not None:
                self.provider.cancel(ticket)

        with contextlib.suppress(ProviderFailure, OutOfTime):
            Deadline(CANCEL_SECONDS, lambda: False).bounded(cancel)

    def _fetched(self, call_state: CallState, ticket: RemoteJob) -> bytes:
        if ticket.data is not None:
            return ticket.data
        fetch = partial(call_state.clock.bounded, partial(self.provider.fetch, ticket))
        try:
            # Past the breaker: files often lie with somebody else.
            return retry_call(
                fetch, call_state.clock, self.policy, may_ask_again, partial(self._on_retry, call_state)
            )
        except ProviderFailure as failure:
            if call_state.has_others and may_ask_again(failure):
                raise
            fact = f"the finished picture (request {ticket.id}) could not be fetched: {failure.fact}"
            raise ProviderFailure(FailureKind.BAD_ANSWER, fact, Billed.YES) from failure

    def _looked(self, call_state: CallState, server: str, ask: Callable[[], T]) -> T:
        """What costs nothing: repeated after everything that may pass, and twice as often as a submission, for
        there is a picture to be had: a server of one's own takes half a minute to be started anew. Where another
        server can draw it, that is not waited for."""
        failures = self.policy.failures if call_state.has_others else 2 * self.policy.failures + 1
        return retry_call(
            partial(self._guarded, call_state, server, ask),
            call_state.clock,
            replace(self.policy, failures=failures),
            may_ask_again,
            partial(self._on_retry, call_state),
        )

    def _guarded(self, call_state: CallState, server: str, ask: Callable[[], T]) -> T:
        """``ask`` behind the server's breaker, within the time that is left."""
        return self._breaker(server).call(partial(call_state.clock.bounded, ask))

    def _breaker(self, server: str) -> Breaker:
        rule, name = self.rule, self.preset.name
        return Breaker(
            self.breakers, name, server, rule.most(patient=self.provider.idempotent), rule.open_seconds
        )

    def _on_retry(self, call_state: CallState, attempt: int, pause: float, failure: ProviderFailure) -> None:
        call_state.listen(
            ProviderRetried(call_state.index, self.preset.name, attempt, round(pause, 3), failure.fact)
        )

    @contextlib.contextmanager
    def _explained(self, call_state: CallState) -> Iterator[None]:
        """Turn what the mechanism raises into errors for the user."""
        try:
            yield
        except ProviderFailure as failure:
            if failure.kind is FailureKind.BAD_ANSWER:
                call_state.account.billed = failure.billed
            raise explain(failure, call_state.situation(self.preset)) from failure
        except CircuitOpen as error:
            raise left_alone(call_state.situation(self.preset), error) from error
        except OutOfTime as error:
            fact = f"{call_state.job.seconds:.0f} seconds are over"
            raise timed_out(call_state.situation(self.preset), fact) from error
        except Stopped as error:
            raise Interrupted("Stopped while a provider was drawing.", hint=KEPT) from error

    @contextlib.contextmanager
    def _settled(self, ident: str, call_state: CallState) -> Iterator[None]:
        """Write down what came of the call, whatever happens."""
        problem = ""
        try:
            yield
        except BaseException as error:
            problem = getattr(error, "code", type(error).__name__)
            raise
        finally:
            account, receipt = call_state.account, call_state.receipt(self.preset)
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
                call_state.listen(delivery_event(call_state.index, receipt))
