"""Which servers of one's own have the memory for a picture, by what they say of themselves."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from audobon_cli.domain.errors import PlanImpossible
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.units import Size
from audobon_cli.providers.call_state import CallState
from audobon_cli.providers.protocol import OwnServers, Provider, ProviderFailure, ServerFigures

Admit = Callable[[ResolvedRequest, ServerFigures], bool]
"""Whether a picture must be decoded in tiles on a server with these figures. Raises PlanImpossible."""


@dataclass(slots=True)
class Admission:
    """Asks each server once for each kind of picture; ``admit`` judges what it says."""

    admit: Admit
    _known: dict[tuple[str, str, Size], bool] = field(default_factory=dict, init=False)

    def with_room(self, provider: Provider, call_state: CallState, servers: list[str]) -> list[str]:
        """Those of ``servers`` whose memory takes the picture; one that does not say is tried all the same.

        Raises PlanImpossible if none does.
        """
        if not isinstance(provider, OwnServers):
            return servers
        request, fitting, refusal = call_state.job.request, [], None
        for server in servers:
            key = (server, call_state.job.model.id, request.render_size)
            try:
                if key not in self._known:
                    figures = call_state.clock.bounded(partial(provider.figures, server))
                    self._known[key] = figures is not None and self.admit(request, figures)
            except ProviderFailure:
                fitting.append(server)
            except PlanImpossible as error:
                refusal = error
            else:
                fitting.append(server)
                if self._known[key]:
                    call_state.tile()
        if not fitting and refusal is not None:
            raise refusal
        return fitting
