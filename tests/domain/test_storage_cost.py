"""What backups in the cloud cost, against bills worked out by hand."""

from datetime import date
from itertools import pairwise

import pytest

from audobon_cli.domain.storage_cost import GIB, StorageUse, storage_cost
from audobon_cli.presets.catalog import shipped_presets
from audobon_cli.presets.storage_prices import price_for, read_storage_prices

PRICES = read_storage_prices(shipped_presets())
CLASSES = ("STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE")


def test_googles_own_example() -> None:
    """cloud.google.com/storage/pricing-examples: 50 GB, 10,000 A, 50,000 B, 1 GB out: 1.00 + 0.05 + 0.02 + 0.12."""
    price = price_for(PRICES, "STANDARD", "region")
    use = StorageUse(class_a=10_000, class_b=50_000, downloaded_bytes=GIB)
    cost = storage_cost(50 * GIB, use, price)
    assert cost.month == pytest.approx(1.00)
    assert cost.operations == pytest.approx(0.07)
    assert cost.egress == pytest.approx(0.12)
    assert cost.once == pytest.approx(0.19)


def test_colder_classes_cost_less_to_keep_and_more_to_use() -> None:
    for kind in ("region", "dual-region", "multi-region"):
        rows = [price_for(PRICES, name, kind) for name in CLASSES]
        for warm, cold in pairwise(rows):
            assert cold.gib_month < warm.gib_month
            assert cold.class_a > warm.class_a
            assert cold.class_b > warm.class_b
            assert cold.retrieval_gib > warm.retrieval_gib
            assert cold.minimum_days > warm.minimum_days


def test_what_is_not_known_is_guessed_dear() -> None:
    assert price_for(PRICES, "", "") == price_for(PRICES, "STANDARD", "multi-region")
    assert price_for(PRICES, "nearline", "moon").storage_class == "NEARLINE"


def test_every_price_says_where_it_is_from() -> None:
    assert len(PRICES) == 12
    for price in PRICES:
        assert "cloud.google.com/storage/pricing" in price.source
        assert isinstance(price.as_of, date)
        assert set(price.from_memory) <= {"class_a", "class_b"}
