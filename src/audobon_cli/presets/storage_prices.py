"""Prices of places in the cloud: ``presets/storage_prices.toml``."""

import tomllib
from pathlib import Path

from audobon_cli.domain.storage_cost import StoragePrice


def read_storage_prices(presets: Path) -> tuple[StoragePrice, ...]:
    """All prices of the table in the folder ``presets``, in its order."""
    with (presets / "storage_prices.toml").open("rb") as file:
        table = tomllib.load(file)
    return tuple(
        StoragePrice(
            storage_class=row["class"],
            location_kind=row["location"],
            gib_month=row["gib_month"],
            class_a=row["class_a"],
            class_b=row["class_b"],
            retrieval_gib=row["retrieval_gib"],
            egress_gib=table["egress"]["gib"],
            minimum_days=row["minimum_days"],
            source=row["source"],
            as_of=row["as_of"],
            from_memory=tuple(row["from_memory"]),
        )
        for row in table["price"]
    )


def price_for(prices: tuple[StoragePrice, ...], storage_class: str, location_kind: str) -> StoragePrice:
    """The row of a class and a kind of location (as Cloud Storage names both); where either is not known, as in ""
    for a bucket that may not be looked at: STANDARD, and multi-region, which is the dearer guess."""
    rows = {(price.storage_class, price.location_kind): price for price in prices}
    classes = {price.storage_class for price in prices}
    kinds = {price.location_kind for price in prices}
    wanted = storage_class.upper() if storage_class.upper() in classes else "STANDARD"
    return rows[wanted, location_kind if location_kind in kinds else "multi-region"]
