"""What objects in a bucket cost over a span of time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from audobon_cli.domain.storage_cost import GIB, StoragePrice
from audobon_cli.presets.storage_prices import price_for
from audobon_cli.remotes.gcs.stored import StoredObject

MONTH = timedelta(days=365) / 12
"""As Google's page has it: 730 hours."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """The prices of one bucket: those of its kind of location."""

    prices: tuple[StoragePrice, ...]
    location_kind: str

    def price(self, storage_class: str) -> StoragePrice:
        """That of a class; where it is not known, STANDARD."""
        return price_for(self.prices, storage_class, self.location_kind)

    def month(self, stored: StoredObject) -> float:
        """Dollars a month for keeping an object as it is."""
        return stored.size_bytes / GIB * self.price(stored.storage_class).gib_month

    def between(self, stored: StoredObject, start: datetime, end: datetime) -> float:
        """Dollars for keeping it from ``start`` to ``end``. Until it got its class it was in STANDARD, from which
        lifecycle rules move."""
        gib = stored.size_bytes / GIB
        last = end if stored.ends is None else min(end, stored.ends)
        before = _months(max(start, stored.created), min(last, stored.class_since))
        after = _months(max(start, stored.class_since), last)
        return gib * (
            before * self.price("STANDARD").gib_month + after * self.price(stored.storage_class).gib_month
        )

    def early_deletion(self, stored: StoredObject, deleted: datetime) -> float:
        """Dollars for deleting it before its class's least time is over, counted from when it was written."""
        if stored.state.value == "soft-deleted":
            return 0.0  # it was deleted already
        least = timedelta(days=self.price(stored.storage_class).minimum_days)
        return self.month(stored) * _months(deleted, stored.created + least)


def total(amounts: Iterable[float]) -> float:
    """Their sum, to a millionth of a dollar."""
    return round(sum(amounts), 6)


def _months(start: datetime, end: datetime) -> float:
    return max((end - start) / MONTH, 0.0)
