"""Out of memory is not the end of a picture while there is a strategy that needs less."""

import itertools
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace

from audobon_cli.domain.errors import OutOfMemory
from audobon_cli.domain.events import Listener, SteppedDown
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.strategy import Strategy

NextStrategy = Callable[[ResolvedRequest], Strategy | None]
"""The strategy to try after that of the request ran out of memory; None when there is none."""


def no_fallback(request: ResolvedRequest) -> Strategy | None:
    """A ladder of one rung."""
    return None


def fallback_chain(chain: tuple[Strategy, ...]) -> NextStrategy:
    """The ladder of ``chain``, from the first; below what is not on it lies the last, if there are several."""
    below = dict(itertools.pairwise(chain))
    last = chain[-1] if len(chain) > 1 else None
    return lambda request: below.get(request.strategy) if request.strategy in chain else last


@dataclass(slots=True)
class StrategyFallbacks:
    """Where each kind of picture stands on its ladder. Pictures that follow begin on the rung that held."""

    next_strategy: NextStrategy = no_fallback
    _held: dict[Hashable, Strategy] = field(default_factory=dict)

    def placed(self, request: ResolvedRequest) -> ResolvedRequest:
        """``request`` on the rung where pictures of its kind were last."""
        return replace(request, strategy=self._held.get(_kind(request), request.strategy))

    def lower(
        self,
        original: ResolvedRequest,
        failed: ResolvedRequest,
        error: OutOfMemory,
        index: int,
        listen: Listener,
    ) -> ResolvedRequest | None:
        """The request to try after ``failed``, a form of ``original``, ended with ``error``; says so.

        None when ``failed`` was the last of them.
        """
        strategy = self.next_strategy(failed)
        if strategy is None:
            return None
        self._held[_kind(original)] = strategy
        stage = str(error.details.get("stage", ""))
        listen(SteppedDown(index, failed.strategy.name, strategy.name, stage, error.message))
        return replace(failed, strategy=strategy)


def _kind(request: ResolvedRequest) -> Hashable:
    return request.model, request.output, request.strategy
