"""Chooses how many threads to train with while other programs use the same cores.

Threads of one operation wait for each other, so a thread on a core that another program uses holds up the rest:
two threads on little more than one free core ran at half the speed of one thread (measured: 16 against 32
samples a second).
"""

from __future__ import annotations

import time

import torch

TRIAL_EVERY = 8
"""Looks between trials of the other number of threads."""


class PoliteThreads:
    """Tries one thread and all allowed threads from time to time, and uses what is faster."""

    def __init__(self, most: int) -> None:
        """Start with one thread; `most` is the largest number to use."""
        self._seconds: dict[int, float] = {}
        self._most = most
        self._looks = 0
        self._last = time.monotonic()
        torch.set_num_threads(1)

    def adjust(self) -> int:
        """Set the number of threads and return it; call it after every so many equal pieces of work."""
        now, current = time.monotonic(), torch.get_num_threads()
        self._seconds[current] = now - self._last
        self._last = now
        self._looks += 1
        if self._looks % TRIAL_EVERY == 2 % TRIAL_EVERY:
            chosen = self._most if current == 1 else 1
        else:
            chosen = min(self._seconds, key=self._seconds.__getitem__)
        torch.set_num_threads(chosen)
        return chosen
