"""Measures of memory and cards, a sample a minute."""

from collections.abc import Sequence

from audobon_cli.hardware.probe import graphics_cards
from audobon_cli.monitoring.state import KEPT_MINUTES, MinuteSample, replaced
from audobon_cli.platforms import current


def sample_at(seconds: float) -> MinuteSample:
    """What is measured now, which is ``seconds`` since 1970; takes milliseconds."""
    cards = graphics_cards()
    heats = [card.temperature_celsius for card in cards if card.temperature_celsius is not None]
    used = sum(card.total_bytes - card.free_bytes for card in cards)
    return MinuteSample(int(seconds // 60), current().available_bytes(), used, max(heats, default=None))


def with_sample(samples: Sequence[MinuteSample], fresh: MinuteSample) -> tuple[MinuteSample, ...]:
    """``samples`` with ``fresh`` taken in: that of the same minute keeps the worse of both; at most an hour of them."""
    if not samples or samples[-1].minute != fresh.minute:
        return replaced(samples, fresh, KEPT_MINUTES)
    return (*samples[:-1], worse_of(samples[-1], fresh))


def worse_of(one: MinuteSample, other: MinuteSample) -> MinuteSample:
    """Two samples of a minute as one: the least memory, the most in use, the hottest."""
    hot = [heat for heat in (one.card_celsius, other.card_celsius) if heat is not None]
    return MinuteSample(
        one.minute,
        min(one.available_bytes, other.available_bytes),
        max(one.card_used_bytes, other.card_used_bytes),
        max(hot, default=None),
    )


def joined(one: Sequence[MinuteSample], other: Sequence[MinuteSample]) -> tuple[MinuteSample, ...]:
    """The samples of two that measured the same machine, in the order of minutes, at most an hour of them."""
    by_minute: dict[int, MinuteSample] = {}
    for sample in (*one, *other):
        before = by_minute.get(sample.minute)
        by_minute[sample.minute] = sample if before is None else worse_of(before, sample)
    return tuple(by_minute[minute] for minute in sorted(by_minute))[-KEPT_MINUTES:]
