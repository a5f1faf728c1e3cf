"""`audobon library push`, `pull` and `clone`, as people type them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from audobon_cli.history import commits
from audobon_cli.library.store.library import Library
from tests.conftest import Audobon
from tests.doubles.gcs_server import Bucket, GcsDouble
from tests.history.workshop import AUTHOR, add, edit, snapshot

UNCHANGED_REQUESTS = 5


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> Iterator[GcsDouble]:
    with GcsDouble() as started:
        started.buckets["art"] = Bucket()
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", started.endpoint)
        yield started


@pytest.fixture
def key(tmp_path: Path) -> tuple[str, str]:
    file = tmp_path / "shared.key"
    file.write_bytes(b"k" * 40)
    return "--key-file", str(file)


@pytest.fixture
def library(audobon: Audobon, isolation: Path) -> Iterator[Library]:
    audobon("init")
    made = Library.open(isolation / ".audobon")
    for number in range(20):
        add(made, f"asset {number}", number)
    yield made
    made.close()


@pytest.mark.loopback
def test_a_library_goes_through_a_bucket(
    audobon: Audobon, double: GcsDouble, library: Library, key: tuple[str, str], tmp_path: Path
) -> None:
    pushed = audobon("library", "push", "gs://art/shared", "-m", "first", *key, "--json")
    assert pushed.status == 0, pushed.err
    assert pushed.data["made"]
    assert (pushed.data["commits"], pushed.data["files"], pushed.data["moved"]) == (1, 20, ["main"])
    assert b"asset 1" not in b"".join(
        stored.data for kept in double.buckets["art"].objects.values() for stored in kept
    )
    double.log.clear()
    again = audobon("library", "push", "gs://art/shared", *key, "--json")
    assert again.data["stored_bytes"] == 0
    assert len(double.log) <= UNCHANGED_REQUESTS, [asked.path for asked in double.log]
    twin = tmp_path / "twin"
    words = ("library", "clone", "gs://art/shared", str(twin), *key, "--json")
    assert audobon(*words).data["files"] == 20
    double.log.clear()
    assert audobon(*words).data["up_to_date"]
    assert len(double.log) <= UNCHANGED_REQUESTS + 1  # a clone looks before it makes anything
    assert snapshot(Library.open(twin / ".audobon")) == snapshot(library)
    assert audobon("version", "verify", "--library", str(twin)).status == 0
    assert audobon("assets", "verify", "--library", str(twin)).status == 0


def test_conflicts_are_listed_and_resolved(
    audobon: Audobon, library: Library, key: tuple[str, str], tmp_path: Path
) -> None:
    place = str(tmp_path / "place")
    audobon("library", "push", place, "-m", "first", *key)
    audobon("library", "clone", place, str(tmp_path / "twin"), *key)
    twin = Library.open(tmp_path / "twin" / ".audobon")
    asset = sorted(snapshot(library))[0]
    for one, note in ((library, "here"), (twin, "there")):
        edit(one, asset, note=note)
        commits.commit(one, note, AUTHOR)
    twin.close()
    assert audobon("library", "push", place, *key, "--library", str(tmp_path / "twin")).status == 0
    refused = audobon("library", "push", place, *key)
    assert refused.status == 58
    assert "library pull" in refused.err
    pulled = audobon("library", "pull", place, *key, "--json")
    assert pulled.status == 56
    assert pulled.data["conflicts"] == [{"id": asset, "kind": "field", "fields": ["note"]}]
    assert audobon("version", "resolve", asset, "--theirs").status == 0
    assert snapshot(library)[asset]["note"] == "there"
    assert audobon("library", "push", place, *key).status == 0


def test_every_mistake_has_its_error_and_changes_nothing(
    audobon: Audobon, library: Library, key: tuple[str, str], tmp_path: Path
) -> None:
    place = tmp_path / "place"
    before = audobon("library", "push", str(place), *key)
    assert before.status == 57, "nothing was committed yet"
    assert not place.exists()
    assert audobon("library", "pull", str(place), *key).status == 10
    assert audobon("library", "clone", str(place), str(tmp_path / "twin"), *key).status == 10
    assert not (tmp_path / "twin").exists()
    assert audobon("library", "push", str(library.root / "inside"), "-m", "first", *key).status == 2
    no_key = audobon("library", "push", str(place), "-m", "first")
    assert no_key.status == 45
    assert "--no-encryption" in no_key.err
    assert not place.exists()
    assert audobon("library", "push", str(place), *key).status == 0
    other = tmp_path / "other.key"
    other.write_bytes(b"o" * 40)
    assert audobon("library", "pull", str(place), "--key-file", str(other)).status == 45
    assert audobon("backup", "create", "--dest", str(place), *key).status == 10
    assert audobon("backup", "prune", "--dest", str(place), *key, "--keep-last", "1", "--yes").status == 10
    assert audobon("backup", "init", str(place), *key).status == 51


def test_a_backup_is_no_place_and_a_place_in_the_clear_is_said_so(
    audobon: Audobon, library: Library, key: tuple[str, str], tmp_path: Path
) -> None:
    commits.commit(library, "first", AUTHOR)
    backup, clear = str(tmp_path / "backup"), str(tmp_path / "clear")
    audobon("backup", "init", backup, *key)
    assert audobon("library", "push", backup, *key).status == 51
    assert audobon("library", "pull", backup, *key).status == 10
    assert audobon("library", "push", clear, "--no-encryption").status == 0
    refused = audobon("library", "push", clear)
    assert refused.status == 45
    assert "--no-encryption" in refused.err
    assert audobon("library", "pull", clear, *key).status == 45
    assert audobon("library", "pull", clear).status == 0


def test_a_clone_leaves_another_library_alone(
    audobon: Audobon, library: Library, key: tuple[str, str], tmp_path: Path
) -> None:
    place, twin = str(tmp_path / "place"), tmp_path / "twin"
    audobon("library", "push", place, "-m", "first", *key)
    audobon("init", str(twin))
    own = Library.open(twin / ".audobon")
    add(own, "of its own", 77)
    refused = audobon("library", "clone", place, str(twin), *key)
    assert refused.status == 51
    assert "library pull" in refused.err
    assert len(snapshot(own)) == 1
    own.close()


def test_bytes_that_nobody_pushed_are_refused(
    audobon: Audobon, library: Library, key: tuple[str, str], tmp_path: Path
) -> None:
    place = tmp_path / "place"
    audobon("library", "push", str(place), "-m", "first", *key)
    for path in (place / "refs", place / "shared"):
        content = path.read_bytes()
        path.chmod(0o644)
        path.write_bytes(content[:-3] + bytes((content[-3] ^ 1,)) + content[-2:])
        refused = audobon("library", "pull", str(place), *key)
        assert refused.status == 27, refused.err
        path.write_bytes(content)
    assert audobon("library", "pull", str(place), *key).status == 0
