"""Which pictures a step sees: a function of the seed and the step alone, so that nothing of it need be kept."""

from collections.abc import Hashable, Sequence
from functools import lru_cache

import torch

_LARGE = 2**62


def step_generator(seed: int, step: int, purpose: int = 0) -> torch.Generator:
    """What all that is random in ``step`` is drawn from; ``purpose`` keeps unrelated draws apart."""
    return torch.Generator().manual_seed((seed * 1_000_003 + step * 16 + purpose) % _LARGE)


class PictureSampler:
    """Gives the pictures of each step: every picture once before any comes again, in another order each time.

    ``shapes`` are the sizes of the pictures to learn from: a batch is of one size, and sizes take turns by chance, each
    as often as it has pictures.
    """

    def __init__(self, shapes: Sequence[Hashable], batch: int, seed: int, steps: int) -> None:
        groups: dict[Hashable, list[int]] = {}
        for index, shape in enumerate(shapes):
            groups.setdefault(shape, []).append(index)
        self._groups = list(groups.values())
        self._batch, self._seed = batch, seed
        self._turns = self._planned(steps)

    def batch(self, step: int) -> list[int]:
        """The indices of the pictures of ``step`` (from 0)."""
        group, turn = self._turns[step] if self._turns else (0, step)
        members = self._groups[group]
        first = turn * self._batch
        return [
            members[self._order(group, place // len(members))[place % len(members)]]
            for place in range(first, first + self._batch)
        ]

    def _order(self, group: int, epoch: int) -> tuple[int, ...]:
        return _order(self._seed, group, epoch, len(self._groups[group]))

    def _planned(self, steps: int) -> list[tuple[int, int]]:
        """For each step the group and how many turns it had before; empty where there is one group."""
        if len(self._groups) == 1:
            return []
        weights = torch.tensor([float(len(group)) for group in self._groups])
        chosen = torch.multinomial(
            weights, steps, replacement=True, generator=step_generator(self._seed, 0, 1)
        )
        had = [0] * len(self._groups)
        turns = []
        for group in chosen.tolist():
            turns.append((group, had[group]))
            had[group] += 1
        return turns


@lru_cache(maxsize=64)
def _order(seed: int, group: int, epoch: int, count: int) -> tuple[int, ...]:
    generator = step_generator(seed * 1009 + group, epoch, 2)
    return tuple(torch.randperm(count, generator=generator).tolist())
