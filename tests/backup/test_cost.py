"""What a backup would cost, asked of the bucket that it would lie in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from audobon_cli.backup.create.cost import estimate_cost
from audobon_cli.domain.storage_cost import GIB, StorageUse
from audobon_cli.presets.catalog import shipped_presets
from audobon_cli.presets.storage_prices import read_storage_prices
from audobon_cli.remotes.open import open_remote
from tests.doubles.gcs_server import Bucket, GcsDouble
from tests.remotes.gcs_options import double_options

pytestmark = pytest.mark.loopback

PRICES = read_storage_prices(shipped_presets())
USE = StorageUse(class_a=10_000)


@pytest.fixture
def double() -> Iterator[GcsDouble]:
    with GcsDouble() as started:
        started.buckets["backups"] = Bucket(storage_class="COLDLINE")
        yield started


def test_the_buckets_class_and_place_set_the_price(double: GcsDouble) -> None:
    cost = estimate_cost(open_remote("gs://backups/a", double_options(double)), 100 * GIB, USE, PRICES)
    assert cost is not None
    assert (cost.price.storage_class, cost.price.location_kind) == ("COLDLINE", "multi-region")
    assert (cost.month, cost.once) == (pytest.approx(0.875), pytest.approx(0.40))
    remote = open_remote("gs://backups/a", double_options(double, storage_class="NEARLINE"))
    cost = estimate_cost(remote, 100 * GIB, USE, PRICES)
    assert cost is not None
    assert cost.month == pytest.approx(1.5)


def test_where_nothing_may_be_seen_the_dearer_price_is_taken(double: GcsDouble) -> None:
    double.buckets["backups"].denied.add("storage.buckets.get")
    cost = estimate_cost(open_remote("gs://backups/a", double_options(double)), GIB, USE, PRICES)
    assert cost is not None
    assert (cost.price.storage_class, cost.price.location_kind) == ("STANDARD", "multi-region")


def test_a_folder_costs_nothing(tmp_path: Path) -> None:
    assert estimate_cost(open_remote(str(tmp_path)), GIB, USE, PRICES) is None
