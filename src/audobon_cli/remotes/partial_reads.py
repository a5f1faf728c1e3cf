"""Reads that broke off: what came is kept, so that the same call goes on behind it."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from audobon_cli.remotes.retry import TransientRemoteError

MOST_PARTIALS = 32

Asked = tuple[str, int, int | None]
"""What a call asked for: key, start, length."""


@dataclass(slots=True)
class Partial:
    """What came of one version of an object so far."""

    version: str = ""
    content: bytearray = field(default_factory=bytearray)


class PartialReads:
    """Keeps what came of reads that failed, of not too many at a time."""

    def __init__(self) -> None:
        self._partials: dict[Asked, Partial] = {}
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def going_on(self, asked: Asked) -> Iterator[Partial]:
        """What came before of this very call; kept again if TransientRemoteError ends the block."""
        with self._lock:
            partial = self._partials.pop(asked, None) or Partial()
        before = len(partial.content)
        try:
            yield partial
        except TransientRemoteError as error:
            error.progressed = len(partial.content) > before
            with self._lock:
                if len(self._partials) < MOST_PARTIALS:
                    self._partials[asked] = partial
            raise
