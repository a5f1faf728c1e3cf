"""What a second of a machine costs, and what the longest time of a job comes to: ``presets/cloud_prices.toml``."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import parse_toml, read_bounded
from audobon_cli.domain.units import micro_usd


@dataclass(frozen=True, slots=True)
class CloudMachine:
    """What one task gets. ``gpu`` is "" or a kind of card such as L4; ``spot``: cheaper, and taken away at any time."""

    vcpus: float = 2.0
    memory_gib: float = 4.0
    gpu: str = ""
    gpus: int = 1
    spot: bool = False

    @property
    def name(self) -> str:
        """In a few words."""
        card = (
            f", {self.gpus} x {self.gpu}"
            if self.gpu and self.gpus > 1
            else f", {self.gpu}"
            if self.gpu
            else ""
        )
        return f"{self.vcpus:g} vCPU, {self.memory_gib:g} GiB{card}{', spot' if self.spot else ''}"


@dataclass(frozen=True, slots=True)
class CloudPrice:
    """Dollars a second in some regions (none: all others), with where the figures come from.

    ``cards`` are the cards whose machines the row is about, "" for machines without one (none: all machines). ``spot``
    is the share that a spot machine costs of another.
    """

    service: str
    regions: tuple[str, ...]
    vcpu_second: float
    gib_second: float
    gpu_second: Mapping[str, float]
    minimum_seconds: float
    source: str
    as_of: str
    from_memory: tuple[str, ...] = field(default=())
    cards: tuple[str, ...] = field(default=())
    spot: float = 1.0

    def rate(self, machine: CloudMachine) -> float:
        """Dollars for a second of one task. Raises InvalidInput for a card that has no price."""
        rate = machine.vcpus * self.vcpu_second + machine.memory_gib * self.gib_second
        share = self.spot if machine.spot else 1.0
        if not machine.gpu:
            return rate * share
        if machine.gpu not in self.gpu_second:
            known = ", ".join(sorted(self.gpu_second)) or "none"
            raise InvalidInput(
                f"No price is known for {machine.gpu}, so that its cost could not be held to the budget.",
                hint=f"choose a card with a price: {known}",
            )
        return (rate + machine.gpus * self.gpu_second[machine.gpu]) * share

    def cost(self, machine: CloudMachine, attempts_seconds: tuple[float, ...]) -> int:
        """Micro-dollars for attempts that took so many seconds each, rounded up."""
        billed = sum(max(seconds, self.minimum_seconds) for seconds in attempts_seconds)
        return math.ceil(micro_usd(self.rate(machine) * billed))


def read_cloud_prices(presets: Path) -> tuple[CloudPrice, ...]:
    """All prices of the table in the folder ``presets``, in its order."""
    table = parse_toml(read_bounded(presets / "cloud_prices.toml"))
    return tuple(
        CloudPrice(
            service=row["service"],
            regions=tuple(row["regions"]),
            vcpu_second=row["vcpu_second"],
            gib_second=row["gib_second"],
            gpu_second=row["gpu_second"],
            minimum_seconds=row["minimum_seconds"],
            source=row["source"],
            as_of=str(row["as_of"]),
            from_memory=tuple(row["from_memory"]),
            cards=tuple(row.get("cards", ())),
            spot=row.get("spot", 1.0),
        )
        for row in table["price"]
    )


def price_in(
    prices: tuple[CloudPrice, ...], service: str, region: str, machine: CloudMachine | None = None
) -> CloudPrice:
    """The row of a service for a region and a machine (None: one without a card); for a region that no row names, the
    service's last."""
    card = machine.gpu if machine else ""
    own = [price for price in prices if price.service == service]
    rows = [price for price in own if not price.cards or card in price.cards] or own
    return next((price for price in rows if region in price.regions), rows[-1])


def priced_cards(prices: tuple[CloudPrice, ...], service: str) -> tuple[str, ...]:
    """The cards of a service that have a price."""
    rows = [price for price in prices if price.service == service]
    return tuple(sorted({card for price in rows for card in price.gpu_second}))
