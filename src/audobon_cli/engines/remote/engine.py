"""A provider as an engine: the same promises as for local models, as far as a service keeps them."""

import time
from collections.abc import Sequence

from audobon_cli.domain.events import Listener, ModelLoaded, ModelLoading, StepDone
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import Asked, EngineFacts, Rendered, ShouldStop
from audobon_cli.engines.remote.calling import Caller
from audobon_cli.engines.remote.facts import remote_facts


class RemoteEngine:
    """Implements engines.base.Engine over a Caller. Loading is naming: no connection is made for it."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._told: set[str] = set()

    def load(self, request: ResolvedRequest, listen: Listener) -> EngineFacts:
        """See Engine.load."""
        facts = remote_facts(request)
        if request.model.name not in self._told:
            self._told.add(request.model.name)
            listen(ModelLoading(request.model.name))
            listen(ModelLoaded(request.model.name, facts.device, facts.dtype, 0.0))
        return facts

    def render(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Rendered:
        """The service's picture of ``seed``, with its receipt; see Caller.draw for the errors."""
        began = time.monotonic()
        found = self._caller.draw(request, seed, index, listen, should_stop)
        listen(StepDone(index, request.steps, request.steps, time.monotonic() - began))
        return Rendered(found.image, receipt=found.receipt.to_dict())

    def render_together(
        self, asked: Sequence[Asked], index: int, listen: Listener, should_stop: ShouldStop
    ) -> list[Rendered]:
        """See Engine.render_together: services draw one picture at a time."""
        request, seed = asked[0]
        return [self.render(request, seed, index, listen, should_stop)]

    def close(self) -> None:
        """Close the connections to the provider."""
        self._caller.provider.close()
