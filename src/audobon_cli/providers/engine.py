"""A provider as an engine: the same promises as for local models, as far as a service keeps them."""

import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from audobon_cli.domain.events import Event, Listener, ModelLoaded, ModelLoading, StepDone
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import Asked, EngineFacts, Rendered, ShouldStop
from audobon_cli.providers.call import CANCEL_SECONDS, Caller
from audobon_cli.providers.facts import remote_facts
from audobon_cli.providers.retry import LOOK_SECONDS


class RemoteEngine:
    """Implements engines.base.Engine over a Caller. Loading is naming: no connection is made for it."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._announced: set[str] = set()
        self._flights: dict[Asked, _Flight] = {}

    def load(self, request: ResolvedRequest, listen: Listener) -> EngineFacts:
        """See Engine.load."""
        facts = remote_facts(request)
        if request.model.name not in self._announced:
            self._announced.add(request.model.name)
            listen(ModelLoading(request.model.name))
            listen(ModelLoaded(request.model.name, facts.device, facts.dtype, 0.0))
        return facts

    def render(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Rendered:
        """The service's picture of ``seed``, with its receipt; see Caller.draw for the errors."""
        flight = self._flights.pop((request, seed), None)
        if flight is not None:
            return flight.arrived(index, listen)
        return self.draw(request, seed, index, listen, should_stop)

    def draw(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Rendered:
        """As render, and always anew."""
        began = time.monotonic()
        found = self._caller.draw(request, seed, index, listen, should_stop)
        listen(StepDone(index, request.steps, request.steps, time.monotonic() - began))
        return Rendered(found.image, receipt=found.receipt.to_dict())

    def render_together(
        self, asked: Sequence[Asked], index: int, listen: Listener, should_stop: ShouldStop
    ) -> list[Rendered]:
        """The first of ``asked``, while the others are drawn already: they are handed out when they are asked for.

        The events of each are told when it is its turn.
        """
        for one in asked:
            if one not in self._flights:
                self._flights[one] = _Flight(self, one, should_stop)
        return [self._flights.pop(asked[0]).arrived(index, listen)]

    def close(self) -> None:
        """Call off what nobody waits for any more, and close the connections to the provider."""
        for flight in self._flights.values():
            flight.called_off = True
        for flight in self._flights.values():
            flight.thread.join(CANCEL_SECONDS)
        self._flights.clear()
        self._caller.provider.close()


class _Flight:
    """A picture that is drawn in a thread of its own; what happens is kept until somebody asks."""

    def __init__(self, engine: RemoteEngine, asked: Asked, should_stop: ShouldStop) -> None:
        self.called_off = False
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._rendered: Rendered | None = None
        self._error: Exception | None = None
        self.thread = threading.Thread(target=self._draw, args=(engine, asked, should_stop), daemon=True)
        self.thread.start()

    def arrived(self, index: int, listen: Listener) -> Rendered:
        """Wait for the picture and give it, its events told as those of ``index``. Raises as render."""
        while self.thread.is_alive():
            self._announce(index, listen)
            self.thread.join(LOOK_SECONDS)
        self._announce(index, listen)
        if self._error is not None:
            raise self._error
        assert self._rendered is not None
        return self._rendered

    def _draw(self, engine: RemoteEngine, asked: Asked, should_stop: ShouldStop) -> None:
        request, seed = asked
        try:
            self._rendered = engine.draw(
                request, seed, 0, self._events.put, lambda: self.called_off or should_stop()
            )
        except Exception as error:  # noqa: BLE001 - raised where the picture is asked for
            self._error = error

    def _announce(self, index: int, listen: Listener) -> None:
        while not self._events.empty():
            # All events of a call have an index; the picture's place is known only now.
            listen(replace(self._events.get(), index=index))
