"""What losses mean, in words."""

from dataclasses import dataclass

CLEAR = 0.02
"""A share of the untrained model's loss below which a difference is taken for noise."""
GAP = 0.25
"""The share of what was gained on learnt pictures that must be gained on those held out; with less, pictures are
learnt by heart."""


@dataclass(frozen=True, slots=True)
class LossHistory:
    """Losses of one run up to now: of the untrained model, of now, and the best (by held-out pictures, else learnt)."""

    untrained_learnt: float
    untrained_held_out: float | None
    learnt: float
    held_out: float | None
    best: float
    stale: int

    @property
    def untrained(self) -> float:
        """What ``best`` is held against."""
        return self.untrained_learnt if self.untrained_held_out is None else self.untrained_held_out

    def words(self) -> str:
        """Whether it learns, in one sentence."""
        gained = 1 - self.best / self.untrained
        if self.held_out is None or self.untrained_held_out is None:
            return f"{gained:.0%} better than untrained on what it learns; nothing is held out to tell more."
        own = 1 - self.learnt / self.untrained_learnt
        other = 1 - self.held_out / self.untrained_held_out
        if own < CLEAR and gained < CLEAR:
            return "Not learning yet: it is as good as untrained."
        if self.stale and self.held_out > self.untrained_held_out * (1 + CLEAR):
            return "Overfitting: pictures it has not seen are worse than untrained. The best step before is kept."
        if self.stale and own > 2 * CLEAR and other < GAP * own:
            return "Learning by heart: what it learns gets better, what it has not seen does not. The best is kept."
        if self.stale:
            return (
                f"No better for {self.stale} measurements; the best was {gained:.0%} better than untrained."
            )
        return f"Learning: {other:.0%} better than untrained on pictures it has not seen."


def nearness_words(nearest: float, usual: float) -> str:
    """Whether drawn pictures repeat those that were learnt: ``nearest`` is how far they are from the nearest of these,
    ``usual`` how far these are from each other."""
    if usual <= 0:
        return "The pictures learnt from are all alike: nothing can be said of repeating them."
    share = nearest / usual
    if share < 0.35:
        return f"It repeats its pictures: what it draws is {share:.2f} times as far from one as they are from another."
    if share < 0.7:
        return f"It stays near its pictures: {share:.2f} times as far from the nearest as they are from each other."
    return f"It does not repeat its pictures: {share:.2f} times as far from the nearest as they are from each other."
