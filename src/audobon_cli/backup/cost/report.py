"""What a repository in a bucket has cost, costs and will cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from audobon_cli.backup.cost.advice import ClassAdvice, advise
from audobon_cli.backup.cost.money import MONTH, Tariff, total
from audobon_cli.backup.cost.reads import Reads
from audobon_cli.domain.storage_cost import StoragePrice
from audobon_cli.presets.catalog import shipped_presets
from audobon_cli.presets.storage_prices import read_storage_prices
from audobon_cli.remotes.base import Remote
from audobon_cli.remotes.gcs.stored import ObjectState, StoredObject
from audobon_cli.remotes.open import bucket_facts, objects_stored

MONTHS_AHEAD = 12


@dataclass(frozen=True, slots=True)
class ClassCost:
    """What lies in one class in one state. ``month`` is dollars a month, ``so_far`` since each was written."""

    storage_class: str
    state: ObjectState
    objects: int
    size_bytes: int
    month: float
    so_far: float


@dataclass(frozen=True, slots=True)
class CostReport:
    """Dollars, before tax and free tiers. ``month_so_far`` and ``month_end`` are of the calendar month (UTC);
    ``year_ahead`` of the next twelve months, with ``growth_bytes`` more each month (None: too young to tell, none
    reckoned with). ``early_deletion`` is what deleting all of it today would cost."""

    address: str
    location_kind: str
    now: datetime
    classes: tuple[ClassCost, ...]
    month: float
    so_far: float
    month_so_far: float
    month_end: float
    growth_bytes: float | None
    year_ahead: float
    early_deletion: float
    price: StoragePrice
    project_number: str
    reads: Reads | None
    advice: ClassAdvice | None


def report_costs(remote: Remote, reads: Reads | None, now: datetime) -> CostReport | None:
    """What the repository at ``remote`` costs, by a list of its objects; None where nothing is paid for.

    Lists twice where the bucket keeps what is deleted. Raises what a Remote raises.
    """
    facts = bucket_facts(remote)
    # A bucket that may not be looked at: whether it keeps what is deleted is found out by asking.
    kept_days = facts.soft_delete_days if facts else 0.0
    found = objects_stored(remote, soft_deleted=False)
    if found is None:
        return None
    if facts is None or kept_days:
        found += objects_stored(remote, soft_deleted=True) or []
    tariff = Tariff(read_storage_prices(shipped_presets()), facts.location_kind if facts else "")
    stays = [one for one in found if one.state is not ObjectState.DELETED]
    growth = _growth(found, now)
    month = total(map(tariff.month, stays))
    usual = tariff.price(facts.storage_class if facts else "")
    start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    end = (start + timedelta(days=32)).replace(day=1)
    month_so_far = total(tariff.between(one, start, now) for one in found)
    return CostReport(
        address=remote.address,
        location_kind=usual.location_kind,
        now=now,
        classes=_by_class(found, tariff, now),
        month=month,
        so_far=total(tariff.between(one, one.created, now) for one in found),
        month_so_far=month_so_far,
        month_end=total([month_so_far, *(tariff.between(one, now, end) for one in found)]),
        growth_bytes=growth,
        year_ahead=_year_ahead(found, tariff, now, growth or 0.0),
        early_deletion=total(tariff.early_deletion(one, now) for one in found),
        price=usual,
        project_number=facts.project_number if facts else "",
        reads=reads,
        advice=advise(found, tariff, reads, kept_days),
    )


def _by_class(found: Sequence[StoredObject], tariff: Tariff, now: datetime) -> tuple[ClassCost, ...]:
    groups: dict[tuple[ObjectState, str], list[StoredObject]] = {}
    for one in found:
        groups.setdefault((one.state, one.storage_class), []).append(one)
    order = list(ObjectState)
    return tuple(
        ClassCost(
            name,
            state,
            len(group),
            sum(one.size_bytes for one in group),
            total(map(tariff.month, group)),
            total(tariff.between(one, one.created, now) for one in group),
        )
        for (state, name), group in sorted(
            groups.items(), key=lambda each: (order.index(each[0][0]), each[0][1])
        )
    )


def _growth(found: Sequence[StoredObject], now: datetime) -> float | None:
    """Bytes that came in the last month and stayed; None for what is younger than two months, whose first backup is no
    growth."""
    if not found or min(one.created for one in found) > now - 2 * MONTH:
        return None
    live = (one for one in found if one.state is ObjectState.LIVE)
    return float(sum(one.size_bytes for one in live if one.created > now - MONTH))


def _year_ahead(found: Sequence[StoredObject], tariff: Tariff, now: datetime, growth: float) -> float:
    """What is there, for twelve months; and what comes, which is there for six of them on average."""
    kept = sum(tariff.between(one, now, now + MONTHS_AHEAD * MONTH) for one in found)
    live = [one for one in found if one.state is ObjectState.LIVE]
    size = sum(one.size_bytes for one in live)
    byte_month = sum(map(tariff.month, live)) / size if size else 0.0
    return total([kept, growth * byte_month * MONTHS_AHEAD * MONTHS_AHEAD / 2])
