"""Whose account is used for a bucket, who pays, and what new objects are made of."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audobon_cli.domain.errors import InvalidInput, RemoteLoginRefused
from audobon_cli.remotes.base import Remote
from audobon_cli.remotes.open import open_remote
from audobon_cli.settings.google import GoogleAccess, google_access
from tests.doubles.gcs_server import TOKEN, Bucket, GcsDouble, GcsFault
from tests.doubles.google_account import service_account_file
from tests.remotes.gcs_options import HASTY, double_options

pytestmark = pytest.mark.loopback

LARGE = bytes(range(256)) * 4096 * 3
ROBOT = "robot@acme.iam.gserviceaccount.com"


@pytest.fixture
def double() -> Iterator[GcsDouble]:
    with GcsDouble() as started:
        started.buckets["backups"] = Bucket(readers="account")
        yield started


@pytest.fixture
def key_file(double: GcsDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return service_account_file(tmp_path, double.endpoint, monkeypatch)


@pytest.fixture
def with_account(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key_file))


def opened(double: GcsDouble, **options: Any) -> Remote:
    access = options.pop("access", GoogleAccess(double.endpoint))
    return open_remote("gs://backups/home", double_options(double, access=access, **options))


@pytest.mark.usefixtures("with_account")
def test_application_default_credentials_are_used(double: GcsDouble) -> None:
    remote = opened(double)
    assert remote.put("a", LARGE) is True
    assert remote.get("a") == LARGE
    assert double.tokens_given == 1
    assert {asked.authorization for asked in double.log if "/storage/" in asked.path} == {f"Bearer {TOKEN}"}
    remote.close()


def test_a_key_file_can_be_named(double: GcsDouble, key_file: Path) -> None:
    remote = opened(double, credentials_file=key_file)
    assert remote.put("a", b"1") is True
    remote.close()


@pytest.mark.usefixtures("with_account")
def test_a_token_that_expires_is_renewed(double: GcsDouble) -> None:
    remote = opened(double)
    assert remote.put("a", b"1") is True
    double.token = "ya29.ANOTHER"  # the old one is refused from now on
    assert remote.put("b", LARGE) is True
    assert remote.get("b") == LARGE
    assert double.tokens_given == 2
    remote.close()


@pytest.mark.usefixtures("with_account")
def test_an_account_that_was_revoked_is_said(double: GcsDouble) -> None:
    remote = opened(double)
    assert remote.put("a", b"1") is True
    double.token, double.account_refused = "ya29.ANOTHER", True
    with pytest.raises(RemoteLoginRefused) as caught:
        remote.put("b", b"1")
    assert caught.value.exit_status == 45
    assert "gcloud auth application-default login" in caught.value.hint
    remote.close()


@pytest.mark.usefixtures("with_account")
def test_a_token_that_is_never_believed_is_not_renewed_for_ever(double: GcsDouble) -> None:
    double.faults.append(GcsFault("status", times=1000, path="/storage/", status=401))
    remote = opened(double)
    with pytest.raises(RemoteLoginRefused):
        remote.get("a")
    assert double.tokens_given == 2
    remote.close()


def test_without_credentials_a_login_is_asked_for(
    double: GcsDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    with pytest.raises(RemoteLoginRefused, match="no account is set up"):
        opened(double).put("a", b"1")
    (tmp_path / "key.json").write_text("{}")
    for name in ("key.json", "not-there.json"):
        with pytest.raises(RemoteLoginRefused, match="cannot be read"):
            opened(double, credentials_file=tmp_path / name).put("a", b"1")
    assert double.log == []


@pytest.mark.usefixtures("with_account")
def test_another_account_is_acted_as(double: GcsDouble) -> None:
    double.impersonable.add(ROBOT)
    remote = opened(double, impersonate=ROBOT)
    assert remote.put("a", b"1") is True
    remote.close()
    variables = {"CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT": "other@acme.iam.gserviceaccount.com"}
    access = replace(google_access(variables), endpoint=double.endpoint)
    remote = opened(double, access=access)
    with pytest.raises(RemoteLoginRefused, match=r"may not act as other@acme") as caught:
        remote.put("b", b"1")
    assert "serviceAccountTokenCreator" in caught.value.hint
    remote.close()


@pytest.mark.usefixtures("with_account")
def test_a_project_pays_for_every_request(double: GcsDouble) -> None:
    double.buckets["backups"].requester_pays = True
    remote = opened(double, project="acme")
    assert remote.put("a", b"1") is True
    assert remote.put("b", LARGE) is True
    version = remote.compare_and_swap("c", b"1", None)
    assert remote.get("b") == LARGE
    assert len(list(remote.list())) == 3
    assert remote.delete("c", version) is True
    asked = [each for each in double.log if "/storage/" in each.path and "upload_id" not in each.path]
    assert all("userProject=acme" in each.path for each in asked)
    remote.close()


def test_large_objects_get_the_class_and_all_the_key(double: GcsDouble) -> None:
    double.buckets["backups"].readers = "all"
    key = "projects/acme/locations/eu/keyRings/r/cryptoKeys/k"
    access = GoogleAccess(double.endpoint, emulator=True)
    remote = opened(double, access=access, storage_class="NEARLINE", kms_key=key)
    remote.put("large", LARGE)
    remote.put("small", b"1")
    remote.compare_and_swap("lease", b"1", None)
    objects = double.buckets["backups"].objects
    found = {name.removeprefix("home/"): generations[-1] for name, generations in objects.items()}
    assert {name: each.storage_class for name, each in found.items()} == {
        "large": "NEARLINE",
        "small": "STANDARD",
        "lease": "STANDARD",
    }
    assert {each.kms_key for each in found.values()} == {key}
    remote.close()


def test_secrets_are_in_no_file_but_their_owners(double: GcsDouble, tmp_path: Path) -> None:
    double.buckets["backups"].readers = "all"
    options = double_options(double, tmp_path)
    double.faults.append(GcsFault("receive", method="PUT", times=100, after=1000))
    remote = open_remote("gs://backups/home", replace(options, retries=replace(HASTY, failures=1)))
    with pytest.raises(Exception, match="could not be reached"):
        remote.put("a", LARGE)
    (file,) = (tmp_path / "state" / "uploads").glob("*.json")
    assert json.loads(file.read_text())["url"].startswith(double.endpoint)
    if hasattr(os, "fork"):  # on Windows the folder says who may
        assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0
    remote.close()


@pytest.mark.parametrize(
    "address",
    ["", "ftp://bucket", "gs://", "gs://B/x", "gs://a//b", "https://x/y", "gs://-a", "gs://bucket//x"],
)
def test_other_places_are_refused(address: str) -> None:
    with pytest.raises(InvalidInput):
        open_remote(address)


def test_other_classes_are_refused(double: GcsDouble) -> None:
    with pytest.raises(InvalidInput) as caught:
        opened(double, storage_class="CHEAP")
    assert "NEARLINE" in caught.value.hint
