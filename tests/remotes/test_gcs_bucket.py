"""What a bucket is set to, and the rules that suit a backup in it."""

from collections.abc import Iterator

import pytest

from audobon_cli.domain.errors import RemoteMissing, RemoteRefused
from audobon_cli.remotes.base import Remote
from audobon_cli.remotes.counting import CountingRemote
from audobon_cli.remotes.open import bucket_facts, open_remote, set_lifecycle, suggest_lifecycle
from tests.doubles.gcs_server import Bucket, GcsDouble, GcsFault
from tests.fakes.memory_remote import MemoryRemote
from tests.remotes.gcs_options import double_options

pytestmark = pytest.mark.loopback


@pytest.fixture
def double() -> Iterator[GcsDouble]:
    with GcsDouble() as started:
        started.buckets["backups"] = Bucket()
        yield started


@pytest.fixture
def remote(double: GcsDouble) -> Iterator[Remote]:
    opened = open_remote("gs://backups/home", double_options(double, storage_class="NEARLINE"))
    yield CountingRemote(opened)
    opened.close()


def test_facts_are_read(double: GcsDouble, remote: Remote) -> None:
    double.buckets["backups"].retention_seconds = 86_400 * 10
    double.faults.append(GcsFault("status", status=503))
    facts = bucket_facts(remote)
    assert facts is not None
    assert (facts.location, facts.location_kind, facts.storage_class) == ("EU", "multi-region", "STANDARD")
    assert (facts.soft_delete_days, facts.retention_days, facts.retention_is_locked) == (7, 10, True)
    assert (facts.keeps_versions, facts.may_be_public, facts.requester_pays) == (False, False, False)


def test_facts_that_may_not_be_read_are_none(double: GcsDouble, remote: Remote) -> None:
    double.buckets["backups"].denied.add("storage.buckets.get")
    assert bucket_facts(remote) is None
    assert bucket_facts(MemoryRemote()) is None
    with pytest.raises(RemoteMissing):
        bucket_facts(open_remote("gs://no-such/home", double_options(double)))


def test_rules_are_added_once_and_others_stay(double: GcsDouble, remote: Remote) -> None:
    other = {"action": {"type": "Delete"}, "condition": {"age": 400, "matchesPrefix": ["logs/"]}}
    double.buckets["backups"].settings["lifecycle"] = {"rule": [other]}
    assert set_lifecycle(remote) == 3
    assert set_lifecycle(remote) == 0
    rules = double.buckets["backups"].settings["lifecycle"]["rule"]
    assert rules == [other, *suggest_lifecycle(remote)]
    colder = rules[-1]
    assert colder["action"] == {"type": "SetStorageClass", "storageClass": "NEARLINE"}
    assert colder["condition"]["matchesPrefix"] == ["home/packs/"]


def test_no_rule_deletes_what_is_live(double: GcsDouble) -> None:
    for address in ("gs://backups", "gs://backups/home"):
        rules = suggest_lifecycle(open_remote(address, double_options(double)))
        for rule in rules:
            if rule["action"]["type"] == "Delete":
                assert "daysSinceNoncurrentTime" in rule["condition"]
    assert suggest_lifecycle(MemoryRemote()) == []
    assert set_lifecycle(MemoryRemote()) == 0


def test_rules_need_a_role_of_their_own(double: GcsDouble, remote: Remote) -> None:
    double.buckets["backups"].denied.add("storage.buckets.update")
    with pytest.raises(RemoteRefused, match=r"storage\.buckets\.update") as caught:
        set_lifecycle(remote)
    assert "roles/storage.admin" in caught.value.hint
