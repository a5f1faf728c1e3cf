"""Which storage class suits a repository, by what is kept, how long it lives, and how much of it is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from audobon_cli.backup.cost.money import MONTH, Tariff
from audobon_cli.backup.cost.reads import Reads
from audobon_cli.domain.storage_cost import GIB, PER
from audobon_cli.remotes.gcs.stored import ObjectState, StoredObject
from audobon_cli.remotes.options import STORAGE_CLASSES

SMALL_BYTES = 1 << 20
"""What is smaller stays in STANDARD whatever is chosen: indexes and leases are read and replaced often."""
WORTH_DOLLARS, WORTH_SHARE = 0.01, 0.1
"""A month: what a colder class has to save at least. It bills packs for longer, and no bucket tells how long those live
that are pruned next."""
RESTORES_A_YEAR = 1.0
"""Reckoned with at the least, however little was read so far: a backup is there to be restored."""


@dataclass(frozen=True, slots=True)
class ClassOption:
    """What the packs would cost in one class, in dollars: ``keeping``, ``reading`` and ``early`` (deleted before the
    class's least time) a month; ``restore`` is one whole restore, and ``moving`` changing the class of all, once."""

    storage_class: str
    keeping: float
    reading: float
    early: float
    restore: float
    moving: float
    minimum_days: int

    @property
    def month(self) -> float:
        """All that is paid each month."""
        return self.keeping + self.reading + self.early


@dataclass(frozen=True, slots=True)
class ClassAdvice:
    """``best`` is the class to choose; ``now`` what the packs cost a month as they are. ``read_bytes_month`` is what
    reading was reckoned with; ``lives_known`` whether the bucket told how long deleted packs had lived."""

    options: tuple[ClassOption, ...]
    best: str
    now: float
    read_bytes_month: float
    lives_known: bool

    @property
    def saves(self) -> float:
        """Dollars a month that moving to the best class saves."""
        chosen = next(option for option in self.options if option.storage_class == self.best)
        return max(self.now - chosen.month, 0.0)


def advise(
    found: Sequence[StoredObject], tariff: Tariff, reads: Reads | None, soft_delete_days: float
) -> ClassAdvice | None:
    """The advice for what is ``found`` in a bucket; None where nothing is large enough to have a class."""
    packs = [one for one in found if one.state is ObjectState.LIVE and one.size_bytes > SMALL_BYTES]
    if not packs:
        return None
    stored = sum(one.size_bytes for one in packs)
    read, objects = _read_a_month(reads, stored, len(packs))
    died = [one for one in found if one.state is ObjectState.DELETED and one.size_bytes > SMALL_BYTES]
    options = tuple(
        _option(name, packs, died, tariff, (read, objects), soft_delete_days) for name in STORAGE_CLASSES
    )
    now = sum(tariff.month(one) for one in packs)
    for name in STORAGE_CLASSES:
        share = sum(one.size_bytes for one in packs if one.storage_class == name) / stored
        option = next(option for option in options if option.storage_class == name)
        now += share * (option.reading + option.early)
    cheapest = min(option.month for option in options)
    best = next(
        option for option in options if option.month <= cheapest + max(WORTH_DOLLARS, WORTH_SHARE * cheapest)
    )
    usual = max(STORAGE_CLASSES, key=lambda name: sum(p.size_bytes for p in packs if p.storage_class == name))
    worth = now - best.month >= max(WORTH_DOLLARS, WORTH_SHARE * now)
    return ClassAdvice(options, best.storage_class if worth else usual, now, read, bool(soft_delete_days))


def _read_a_month(reads: Reads | None, stored_bytes: int, packs: int) -> tuple[float, float]:
    """Bytes and objects: those noted, spread over a month at least, or those of one restore a year."""
    share = RESTORES_A_YEAR / 12
    least = (stored_bytes * share, packs * share)
    if reads is None:
        return least
    months = max(timedelta(days=reads.days) / MONTH, 1.0)
    return max(reads.read_bytes / months, least[0]), max(reads.objects / months, least[1])


def _option(
    name: str,
    packs: Sequence[StoredObject],
    died: Sequence[StoredObject],
    tariff: Tariff,
    read: tuple[float, float],
    soft_delete_days: float,
) -> ClassOption:
    price = tariff.price(name)
    gib = sum(one.size_bytes for one in packs) / GIB
    least = timedelta(days=price.minimum_days)
    missed = sum(
        one.size_bytes / GIB * price.gib_month * max((one.created + least - one.deleted) / MONTH, 0.0)
        for one in died
        if one.deleted is not None
    )
    seen = timedelta(days=soft_delete_days) / MONTH
    return ClassOption(
        name,
        keeping=gib * price.gib_month,
        reading=read[0] / GIB * price.retrieval_gib + read[1] / PER * price.class_b,
        early=missed / seen if seen else 0.0,
        restore=gib * (price.retrieval_gib + price.egress_gib) + len(packs) / PER * price.class_b,
        moving=sum(one.storage_class != name for one in packs) / PER * price.class_a,
        minimum_days=price.minimum_days,
    )
