"""What a backup in the cloud costs: bytes and operations into money."""

from dataclasses import dataclass
from datetime import date

GIB = 2**30
PER = 10_000
"""Operations are priced by so many."""


@dataclass(frozen=True, slots=True)
class StoragePrice:
    """The price of one storage class in one kind of location, in US dollars.

    Operations are per 10,000: class A writes and lists, class B reads; deleting is free. Objects deleted before
    ``minimum_days`` are paid for until then. ``from_memory`` names the numbers that nobody has looked up.
    """

    storage_class: str
    location_kind: str
    gib_month: float
    class_a: float
    class_b: float
    retrieval_gib: float
    egress_gib: float
    minimum_days: int
    source: str
    as_of: date
    from_memory: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StorageUse:
    """What is done to a place: operations by class, and bytes each way."""

    class_a: int = 0
    class_b: int = 0
    uploaded_bytes: int = 0
    downloaded_bytes: int = 0


@dataclass(frozen=True, slots=True)
class StorageCost:
    """US dollars. ``month`` is each month's, for what is stored then; the others are paid once."""

    month: float
    operations: float
    retrieval: float
    egress: float
    price: StoragePrice

    @property
    def once(self) -> float:
        """All that is paid once."""
        return self.operations + self.retrieval + self.egress


def storage_cost(stored_bytes: int, use: StorageUse, price: StoragePrice) -> StorageCost:
    """The cost of ``use``, and of keeping ``stored_bytes`` from then on. Uploading bytes is free in itself.

    Without free tiers, and as if all bytes leave Google's network; both make the real bill lower.
    """
    downloaded_gib = use.downloaded_bytes / GIB
    return StorageCost(
        month=stored_bytes / GIB * price.gib_month,
        operations=use.class_a / PER * price.class_a + use.class_b / PER * price.class_b,
        retrieval=downloaded_gib * price.retrieval_gib,
        egress=downloaded_gib * price.egress_gib,
        price=price,
    )
