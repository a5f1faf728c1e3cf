"""Small pictures of what is being drawn, for whoever looks: asked for and handed over in one process.

They pass beside the events, which are logged and printed. Nobody looks most of the time, and then a step costs one
question more.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

LEAST_SECONDS = 1.0
"""Between two pictures."""
SHARE = 0.1
"""Of the time that pictures of steps may take."""


@dataclass(slots=True)
class StepWatch:
    """Somebody may look: ``is_wanted`` says whether somebody does, ``show`` takes the picture (a PNG) of a step."""

    is_wanted: Callable[[], bool]
    show: Callable[[int, bytes], None]
    clock: Callable[[], float] = time.monotonic
    _next: float = field(default=0.0)

    def take(self, step: int, make: Callable[[], bytes | None]) -> None:
        """Show the picture of ``step`` that ``make`` gives, if somebody looks and it is time for one."""
        began = self.clock()
        if began < self._next or not self.is_wanted():
            return
        made = make()
        over = self.clock()
        self._next = over + max(LEAST_SECONDS, (over - began) / SHARE)
        if made is not None:
            self.show(step, made)


_watches: list[StepWatch] = []
"""The innermost last. A process draws for one job at a time."""


@contextmanager
def watched_steps(watch: StepWatch) -> Iterator[None]:
    """What is drawn inside is shown to ``watch``."""
    _watches.append(watch)
    try:
        yield
    finally:
        _watches.remove(watch)


def step_watch() -> StepWatch | None:
    """Whoever may look now."""
    return _watches[-1] if _watches else None
