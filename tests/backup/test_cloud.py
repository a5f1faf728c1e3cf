"""The whole of `audobon backup` against a stand-in for Google Cloud Storage, over its real protocol."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from audobon_cli.library.store.library import Library
from tests.backup.workshop import add_pictures
from tests.conftest import Audobon
from tests.doubles.gcs_server import Bucket, GcsDouble, GcsFault

pytestmark = pytest.mark.loopback


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> Iterator[GcsDouble]:
    with GcsDouble() as started:
        started.buckets["art"] = Bucket()
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", started.endpoint)
        yield started


def test_backups_in_the_cloud(audobon: Audobon, double: GcsDouble, isolation: Path, tmp_path: Path) -> None:
    key = tmp_path / "cloud.key"
    key.write_bytes(b"k" * 40)
    audobon("init")
    library = Library.open(isolation / ".audobon")
    add_pictures(library, 40, seed=1)
    words = ("--key-file", str(key), "--json")
    made = audobon("backup", "init", "gs://art/home", "--name", "cloud", "--lifecycle", *words)
    assert made.status == 0, made.out
    assert made.data["lifecycle_rules_added"] > 0
    planned = audobon("backup", "create", "--dry-run", "--json").data
    assert planned["cost"]["month"] > 0
    assert planned["operations"]["class_a"] > 3
    created = audobon("backup", "create", "--json").data
    assert created["stored_bytes"] <= planned["upload_bytes"]
    add_pictures(library, 5, seed=2)
    library.close()
    audobon("backup", "create")
    assert all(name.startswith("home/") for name in double.buckets["art"].objects)
    # A bucket that fails for a moment: while the repository is opened and while it is written to.
    double.faults.append(GcsFault("status", status=503, times=2))
    waited = audobon("backup", "verify", "--read-data")
    assert waited.status == 0
    assert "gs://art/home: " in waited.err
    assert ", try 2 of 9" in waited.err
    assert audobon("backup", "init", str(tmp_path / "copy"), "--name", "copy", "--no-encryption").status == 0
    assert len(audobon("backup", "sync", "cloud", "copy", "--json").data["copied"]) == 2
    pruned = audobon(
        "backup", "prune", "--dest", "cloud", "--keep-last", "1", "--grace", "0", "--yes", "--json"
    )
    assert len(pruned.data["removed"]) == 1
    restored = audobon("backup", "restore", "--dest", "cloud", "--to", str(tmp_path / "new"), "--json")
    assert restored.data["written_files"] == 45
    assert audobon("assets", "verify", "--library", str(tmp_path / "new")).status == 0
    assert audobon("backup", "status", "--json").data["destinations"][0]["reachable"]
