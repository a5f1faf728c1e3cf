"""An engine behind an EngineServer in this process, with everything pickled on the way, as between processes."""

import pickle
from dataclasses import dataclass

from audobon_cli.domain.events import Event, Listener
from audobon_cli.engines.base import ShouldStop
from audobon_cli.engines.hosting import Call, CallResult, EngineServer


@dataclass
class Line:
    """Both directions through pickle, as between processes."""

    listen: Listener
    should_stop: ShouldStop

    def tell(self, event: Event) -> None:
        """See CallContext."""
        self.listen(pickle.loads(pickle.dumps(event)))


@dataclass
class Link:
    """An EngineLink to a host in this process; ``lost`` at will."""

    host: EngineServer
    lost: bool = False

    def call(self, asked: Call, listen: Listener, should_stop: ShouldStop) -> CallResult | None:
        """See EngineLink."""
        if self.lost:
            return None
        asked = pickle.loads(pickle.dumps(asked))
        answer: CallResult = pickle.loads(pickle.dumps(self.host.answer(asked, Line(listen, should_stop))))
        return answer
