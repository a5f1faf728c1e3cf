"""`backup cost`: money reckoned by hand, reads that are noted, and the bill, over real sockets."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from audobon_cli.backup.cost.money import MONTH
from audobon_cli.backup.cost.reads import MOST_BYTES, Reads, ReadsLog
from audobon_cli.backup.cost.report import CostReport, report_costs
from audobon_cli.domain.storage_cost import GIB
from audobon_cli.library.store.library import Library
from audobon_cli.remotes.gcs.stored import ObjectState
from audobon_cli.remotes.open import open_remote
from tests.backup.workshop import add_pictures
from tests.cli.test_contract import validator
from tests.conftest import Audobon
from tests.doubles.bigquery_server import BigQueryDouble
from tests.doubles.gcs_server import Bucket, GcsDouble
from tests.doubles.service import Fault
from tests.remotes.gcs_options import double_options

pytestmark = pytest.mark.loopback

NOW = datetime(2026, 11, 16, tzinfo=UTC)
OLD = NOW - 4 * MONTH


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> Iterator[GcsDouble]:
    with GcsDouble() as started:
        started.buckets["art"] = Bucket(settings={"locationType": "region", "projectNumber": "42"})
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", started.endpoint)
        yield started


def store(double: GcsDouble, name: str, gib: float, storage_class: str = "STANDARD", **more: Any) -> None:
    more = {"created": OLD, **more}
    double.put("art", name, b"x", said_bytes=int(gib * GIB), storage_class=storage_class, **more)


def report(double: GcsDouble, reads: Reads | None = None) -> CostReport:
    found = report_costs(open_remote("gs://art/home", double_options(double)), reads, NOW)
    assert found is not None
    return found


def test_money_is_reckoned_by_size_class_and_age(double: GcsDouble) -> None:
    store(double, "home/packs/a", 100)
    store(double, "home/packs/b", 100, "NEARLINE", class_since=NOW - 2 * MONTH)
    store(double, "home/packs/c", 100, "COLDLINE", created=NOW - timedelta(days=30))
    store(double, "homes/of/others", 100)
    found = report(double)
    assert [(one.storage_class, one.objects, one.month) for one in found.classes] == [
        ("COLDLINE", 1, 0.4),
        ("NEARLINE", 1, 1.0),
        ("STANDARD", 1, 2.0),
    ]
    # b was in STANDARD for two months: 2 x 2 + 2 x 1; c is 30 of a month's 30.4 days old.
    assert found.so_far == pytest.approx(8 + 6 + 0.4 * (timedelta(days=30) / MONTH), abs=1e-5)
    assert found.month_so_far == pytest.approx(3.4 * (timedelta(days=15) / MONTH), abs=1e-5)
    assert found.month_end == pytest.approx(3.4 * (timedelta(days=30) / MONTH), abs=1e-5)
    assert found.growth_bytes == 100 * GIB
    assert found.year_ahead == pytest.approx(12 * 3.4 + 12 * 12 / 2 * 3.4 / 3, abs=1e-4)
    assert found.early_deletion == pytest.approx(0.4 * (timedelta(days=60) / MONTH), abs=1e-5)
    assert found.project_number == "42"


def test_old_versions_and_what_is_soft_deleted_are_billed_too(double: GcsDouble) -> None:
    double.buckets["art"].versioning = True
    store(double, "home/packs/a", 10)
    store(double, "home/packs/a", 10, created=NOW - timedelta(days=1))
    store(double, "home/packs/b", 10)
    place = double.buckets["art"]
    (dead,) = place.objects.pop("home/packs/b")
    place.soft_deleted.append(dead)
    object.__setattr__(dead, "deleted", NOW - timedelta(days=2))
    found = report(double)
    assert [(one.state, one.objects) for one in found.classes] == [
        (ObjectState.LIVE, 1),
        (ObjectState.OLD, 1),
        (ObjectState.DELETED, 1),
    ]
    assert found.month == pytest.approx(0.4)  # what was deleted ends by itself, five days from now
    assert found.month_end - found.month_so_far == pytest.approx(
        0.4 * (timedelta(days=15) / MONTH) + 0.2 * (timedelta(days=5) / MONTH), abs=1e-5
    )


def test_a_young_repository_is_not_taken_for_one_that_grows(double: GcsDouble) -> None:
    store(double, "home/packs/a", 100, created=NOW - timedelta(days=20))
    found = report(double)
    assert found.growth_bytes is None
    assert found.year_ahead == pytest.approx(24)


@pytest.mark.parametrize(
    ("gib_read", "best", "saves"),
    [(0, "COLDLINE", 0.716), (30, "COLDLINE", 0.5), (200, "STANDARD", 0)],
)
def test_the_class_is_advised_by_what_is_read(
    double: GcsDouble, gib_read: int, best: str, saves: float
) -> None:
    store(double, "home/packs/a", 50)
    store(double, "home/points/a", 0.0001)
    reads = Reads(NOW - 2 * MONTH, 2 * MONTH / timedelta(days=1), 1, gib_read * GIB) if gib_read else None
    advice = report(double, reads).advice
    assert advice is not None
    assert (advice.best, advice.lives_known) == (best, True)
    assert advice.saves == pytest.approx(saves, abs=0.01)
    nearline = advice.options[1]
    assert nearline.keeping == pytest.approx(0.5)
    assert nearline.restore == pytest.approx(50 * 0.13, abs=1e-3)
    assert nearline.reading == pytest.approx(max(gib_read / 2, 50 / 12) * 0.01, abs=1e-4)


def test_packs_that_die_young_speak_against_cold_classes(double: GcsDouble) -> None:
    store(double, "home/packs/a", 50)
    for number in range(7):
        name = f"home/packs/d{number}"
        store(double, name, 50, created=NOW - timedelta(days=9))
        (dead,) = double.buckets["art"].objects.pop(name)
        object.__setattr__(dead, "deleted", NOW - timedelta(days=number))
        double.buckets["art"].soft_deleted.append(dead)
    advice = report(double).advice
    assert advice is not None
    assert (advice.best, advice.saves) == ("STANDARD", 0)
    assert advice.options[1].early > advice.options[1].keeping


def test_a_bucket_that_may_not_be_looked_at_is_reckoned_dearer(double: GcsDouble) -> None:
    double.buckets["art"].denied.add("storage.buckets.get")
    store(double, "home/packs/a", 100)
    found = report(double)
    assert (found.month, found.location_kind, found.project_number) == (2.6, "multi-region", "")


def test_reads_are_noted_by_place_and_damage_is_passed_over(tmp_path: Path) -> None:
    log = ReadsLog(tmp_path / "cache", "gs://art/home")
    assert log.read(NOW) is None
    log.note(3, 1000, NOW - timedelta(days=400))
    log.note(2, 500, NOW - timedelta(days=10))
    with log.file.open("ab") as file:
        file.write(b'{"at": "2026-\n[]\n\xff\n')
    log.note(1, 100, NOW)
    assert log.read(NOW) == Reads(NOW - timedelta(days=10), 10.0, 3, 600)
    assert ReadsLog(tmp_path / "cache", "gs://art/other").read(NOW) is None
    log.file.write_bytes(b"x" * (MOST_BYTES + 1))
    log.note(1, 1, NOW)
    assert log.read(NOW) == Reads(NOW, 0.0, 1, 1)
    (tmp_path / "file").write_bytes(b"")
    ReadsLog(tmp_path / "file", "gs://art/home").note(1, 1, NOW)  # no folder: nothing is noted


def billed(
    service: str, cost: float, credit: float = 0.0, ours: bool = False, project: str = "42"
) -> dict[str, Any]:
    return {
        "service": {"description": service},
        "currency": "EUR",
        "cost": cost,
        "credits": [{"amount": credit}] if credit else [],
        "labels": [{"key": "made-by", "value": "audobon"}] if ours else [],
        "invoice": {"month": f"{datetime.now(UTC):%Y%m}"},
        "project": {"number": project},
        "export_time": 1_790_000_000,
    }


def test_the_command_shows_costs_reads_and_the_bill(
    audobon: Audobon, double: GcsDouble, isolation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audobon("init")
    library = Library.open(isolation / ".audobon")
    add_pictures(library, 5, seed=1)
    library.close()
    assert audobon("backup", "init", "gs://art/home", "--name", "cloud", "--no-encryption").status == 0
    assert audobon("backup", "create").status == 0
    assert audobon("backup", "restore", "--to", str(tmp_path / "new")).status == 0
    store(double, "home/packs/zz", 50)
    ran = audobon("backup", "cost", "--json")
    validator("backup-cost").validate(ran.data)
    assert ran.data["bill"] is None
    cost = ran.data["cost"]
    assert cost["reads"]["objects"] > 2
    assert cost["reads"]["bytes"] > 1000
    assert cost["classes"][0]["bytes"] > 50 * GIB
    assert cost["advice"]["best"] == "COLDLINE"
    with BigQueryDouble() as warehouse:
        warehouse.billing = [
            billed("Cloud Storage", 3.5, ours=True),
            billed("Cloud Storage", 1.25, credit=-0.75),
            billed("Vertex AI", 9.0),
            billed("Vertex AI", 80.0, project="43"),
        ]
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", warehouse.address)
        monkeypatch.setenv("AUDOBON_BILLING_EXPORT", "p.art.billing")
        bill = audobon("backup", "cost", "--json").data["bill"]
        assert (bill["due"], bill["currency"]) == (13.0, "EUR")
        assert bill["services"][1] == {
            "service": "Cloud Storage",
            "cost": 4.75,
            "credits": -0.75,
            "ours": 3.5,
        }
        shown = audobon("backup", "cost").out
        assert "Vertex AI" in shown
        assert "would save" in shown
        monkeypatch.setenv("AUDOBON_BILLING_EXPORT", "p.art.other")
        missing = audobon("backup", "cost", "--json").json["error"]
        assert (missing["code"], "billing.export" in missing["hint"]) == ("analytics.missing", True)
        monkeypatch.setenv("AUDOBON_BILLING_EXPORT", "p.art.billing")
        warehouse.faults = [Fault("status", "table", status=403)]
        refused = audobon("backup", "cost", "--json").json["error"]
        assert (refused["code"], "dataViewer" in refused["hint"]) == ("analytics.refused", True)
        monkeypatch.setenv("AUDOBON_BILLING_EXPORT", "p; DROP TABLE x")
        assert audobon("backup", "cost", "--json").json["error"]["code"] == "usage.invalid"


def test_a_folder_costs_nothing(audobon: Audobon, tmp_path: Path) -> None:
    audobon("init")
    assert audobon("backup", "init", str(tmp_path / "disk"), "--name", "disk", "--no-encryption").status == 0
    ran = audobon("backup", "cost", "--json")
    assert (ran.status, ran.data["cost"]) == (0, None)
    validator("backup-cost").validate(ran.data)
