"""Models from Cloud Storage (a double of it, over sockets): what is fetched, from whom, and what is refused."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audobon_cli.domain.errors import (
    AudobonError,
    DownloadCorrupt,
    InvalidInput,
    ModelDamaged,
    ModelUnsupported,
    SourceGated,
    SourceNotFound,
    SourceOffline,
    SourceRateLimited,
    SourceTokenRefused,
    SourceUnreachable,
)
from audobon_cli.domain.events import ignore
from audobon_cli.models.catalog import find_model
from audobon_cli.models.install.keep import remove, update, verify
from audobon_cli.models.install.pull import PullReport, pull
from audobon_cli.models.install.request import PullRequest
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.presets.catalog import Presets, shipped_presets
from audobon_cli.settings.google import GoogleAccess, google_access
from audobon_cli.settings.hub import HubAccess
from audobon_cli.transfer.retry import RetryPolicy
from tests.doubles.gcs_server import TOKEN, Bucket, GcsDouble
from tests.doubles.google_account import service_account_file
from tests.doubles.hub_server import Fault
from tests.tiny_models import clip_folder

pytestmark = pytest.mark.loopback

PLACE = "gs://models/tiny/sd"
UNET = "unet/diffusion_pytorch_model.safetensors"
VAE = "vae/diffusion_pytorch_model.safetensors"


@pytest.fixture
def server() -> Iterator[GcsDouble]:
    with GcsDouble() as double:
        double.put_folder("models", "tiny/sd", clip_folder())
        yield double


@pytest.fixture
def registry(server: GcsDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelRegistry:
    monkeypatch.setenv("NO_GCE_CHECK", "true")  # there is no metadata server to wait for
    return ModelRegistry(
        presets=Presets((("built-in", shipped_presets()),)),
        folder=tmp_path / "data" / "models",
        hub=HubAccess("http://127.0.0.1:9", tmp_path / "hf" / "hub"),
        digest_cache=tmp_path / "digests.json",
        lock_wait_seconds=1.0,
        retries=RetryPolicy(failures=2, first_pause_seconds=0.01, longest_wait_seconds=2.0),
        google=GoogleAccess(server.endpoint),
    )


@pytest.fixture
def account(server: GcsDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The key file of a service account whose token endpoint is the double."""
    file = service_account_file(tmp_path, server.endpoint, monkeypatch)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    return file


def take(registry: ModelRegistry, reference: str = PLACE, **options: Any) -> PullReport:
    return pull(PullRequest(reference, **options), registry, ignore)


def test_a_model_is_pulled_by_generation_and_recorded(server: GcsDouble, registry: ModelRegistry) -> None:
    server.page_size = 3
    server.put("models", "tiny/sd/", b"")  # consoles make such markers of folders
    server.put("models", "tiny/sd/notes.bin", b"never taken")
    server.put("models", "tiny/sdxl/model_index.json", b"another model")
    dry = pull(PullRequest(PLACE), registry, ignore, dry_run=True)
    assert dry.fetch_bytes
    assert not registry.folder.exists()
    manifest = take(registry).manifest
    assert (manifest.name, manifest.kind.value, manifest.source) == ("sd", "gs", PLACE)
    assert "notes.bin" not in {file.path for file in manifest.files}
    for file in manifest.files:
        data = (Path(manifest.folder) / file.path).read_bytes()
        stored = server.buckets["models"].objects[f"tiny/sd/{file.path}"][-1]
        assert data == stored.data
        assert (file.sha256, file.version) == (hashlib.sha256(data).hexdigest(), str(stored.generation))
    assert find_model("sd", registry).family == "sd15"
    assert verify((), registry, ignore).damaged == ()
    sent = server.body_bytes()
    assert take(registry).fetch_bytes == 0
    index = server.buckets["models"].objects["tiny/sd/model_index.json"][-1].data
    assert server.body_bytes() - sent == len(index)
    assert all(not asked.authorization for asked in server.log)


def test_an_object_without_md5_is_checked_by_crc32c(server: GcsDouble, registry: ModelRegistry) -> None:
    data = (clip_folder() / VAE).read_bytes()
    server.put("models", "loras/fur.safetensors", data, with_md5=False)
    server.faults = [Fault("corrupt", path="fur", after=len(data) - 3)]
    with pytest.raises(DownloadCorrupt):
        take(registry, "gs://models/loras/fur.safetensors")
    assert registry.manifests.all() == ()
    manifest = take(registry, "gs://models/loras/fur.safetensors").manifest
    assert (manifest.name, manifest.single_file) == ("fur", "fur.safetensors")
    (file,) = manifest.files
    (Path(manifest.folder) / file.path).resolve().unlink()
    assert take(registry, "fur").fetch_bytes == len(data)
    assert verify((), registry, ignore).damaged == ()
    assert remove("fur", registry).freed_bytes == len(data)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("drop", after=5000),
        Fault("truncate", after=5000),
        Fault("stall", after=5000, seconds=0.5),
        Fault("norange", times=9),
        Fault("status", status=429, path="/o/"),
        Fault("status", status=500, path="/o/"),
        Fault("status", status=503, path="/o"),
        Fault("status", status=503, path="/download/"),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}",
)
def test_faults_on_the_way_are_borne(server: GcsDouble, registry: ModelRegistry, fault: Fault) -> None:
    path = fault.path or "unet/diffusion"
    server.faults = [replace(fault, path=path), Fault("drop", after=3000, path="unet/diffusion")]
    take(registry)
    assert verify((), registry, ignore).damaged == ()
    starts = [asked.start for asked in server.log if "unet%2Fdiffusion" in asked.path]
    assert max(starts) > 0


def test_a_damaged_body_is_put_aside(server: GcsDouble, registry: ModelRegistry) -> None:
    server.faults = [Fault("corrupt", path="unet/diffusion", after=9000)]
    with pytest.raises(DownloadCorrupt):
        take(registry)
    assert registry.manifests.all() == ()
    assert len(list(registry.folder.rglob("quarantine/*"))) == 1
    take(registry)
    assert verify((), registry, ignore).damaged == ()


def test_an_index_that_is_garbled_on_the_way_is_read_again(
    server: GcsDouble, registry: ModelRegistry
) -> None:
    server.faults = [Fault("corrupt", path="model_index", after=3)]
    take(registry)
    assert verify((), registry, ignore).damaged == ()
    assert not any(fault.times for fault in server.faults)


def test_an_index_that_is_garbled_each_time_is_no_fault_of_the_source(
    server: GcsDouble, registry: ModelRegistry
) -> None:
    server.faults = [Fault("corrupt", path="model_index", after=3, times=9)]
    with pytest.raises(DownloadCorrupt, match="does not arrive as it is stored"):
        take(registry)


def test_a_source_that_lacks_a_file_is_named(server: GcsDouble, registry: ModelRegistry) -> None:
    before = take(registry, name="kept").manifest
    del server.buckets["models"].objects["tiny/sd/vae/config.json"]
    for fetch in (
        lambda: take(registry, name="fresh"),
        lambda: update("kept", registry, ignore, lambda: False),
    ):
        with pytest.raises(ModelDamaged) as caught:
            fetch()
        assert f"What {PLACE} holds is no whole model." in caught.value.message
        assert "vae/config.json is missing" in caught.value.message
        assert str(registry.folder) not in caught.value.message
    assert registry.manifests.get("kept") == before


def test_a_partial_of_an_older_generation_is_not_gone_on_with(
    server: GcsDouble, registry: ModelRegistry
) -> None:
    server.faults = [Fault("drop", after=5000, path="unet/diffusion", times=99)]
    impatient = replace(registry, retries=RetryPolicy(failures=0))
    with pytest.raises(SourceUnreachable):
        take(impatient)
    data = (clip_folder() / UNET).read_bytes()
    server.put("models", f"tiny/sd/{UNET}", data[:-4] + bytes(4))
    server.faults = []
    server.log.clear()
    take(registry)
    assert [asked.start for asked in server.log if "unet%2Fdiffusion" in asked.path] == [0]
    assert verify((), registry, ignore).damaged == ()


def test_an_object_replaced_during_the_pull_is_said_to_be(server: GcsDouble, registry: ModelRegistry) -> None:
    take(registry)
    old = registry.manifest("sd")
    data = (clip_folder() / VAE).read_bytes()
    server.put("models", f"tiny/sd/{VAE}", data[:-4] + bytes(4))
    assert take(registry, "sd").manifest.commit == old.commit  # by its name it is mended as recorded
    (Path(old.folder) / VAE).resolve().unlink()
    with pytest.raises(SourceNotFound, match="replaced or deleted"):
        take(registry, "sd")
    dry = update("sd", registry, ignore, lambda: False, dry_run=True)
    assert dry.changed == (VAE,)


def test_update_keeps_the_old_generations_until_the_new_are_checked(
    server: GcsDouble, registry: ModelRegistry
) -> None:
    old = take(registry).manifest
    assert update("sd", registry, ignore, lambda: False).pulled is None
    data = (clip_folder() / VAE).read_bytes()
    new = data[:-4] + bytes(4)
    server.put("models", f"tiny/sd/{VAE}", new)
    server.faults = [Fault("corrupt", path="vae/", after=2000)]
    with pytest.raises(DownloadCorrupt):
        update("sd", registry, ignore, lambda: False)
    assert registry.manifest("sd").commit == old.commit
    assert verify((), registry, ignore).damaged == ()
    done = update("sd", registry, ignore, lambda: False)
    assert (done.changed, done.added, done.gone) == ((VAE,), (), ())
    assert (Path(registry.manifest("sd").folder) / VAE).read_bytes() == new
    assert not Path(old.folder).exists()
    assert verify((), registry, ignore).damaged == ()
    take(registry, name="twin")
    assert remove("sd", registry).freed_bytes == 0
    assert verify(("twin",), registry, ignore).damaged == ()
    assert remove("twin", registry).freed_bytes > 0
    assert not [path for path in (registry.folder / "gs").rglob("blobs/*")]


def test_an_account_is_used_where_anybody_is_refused(
    server: GcsDouble, registry: ModelRegistry, account: Path
) -> None:
    server.buckets["models"].readers = "account"
    take(registry)
    assert verify((), registry, ignore).damaged == ()
    assert {asked.authorization for asked in server.log if "/o/" in asked.path} == {f"Bearer {TOKEN}"}
    server.buckets["models"].readers = "nobody"
    with pytest.raises(SourceGated, match="with the Google account") as caught:
        take(registry, name="again")
    assert "Storage Object Viewer" in caught.value.hint
    server.buckets["models"].readers = "account"
    server.account_refused = True
    with pytest.raises(SourceTokenRefused, match="expired or were revoked") as refused:
        take(registry, name="again")
    assert "gcloud auth application-default login" in refused.value.hint


def test_who_reads_a_requester_pays_bucket_names_who_pays(
    server: GcsDouble, registry: ModelRegistry, account: Path
) -> None:
    server.buckets["models"].requester_pays = True
    with pytest.raises(SourceGated, match="requester-pays") as caught:
        take(registry)
    assert "--project" in caught.value.hint
    server.log.clear()
    take(registry, project="acme-billing")
    asked = [a.path for a in server.log if a.authorization]
    assert [path for path in asked if "userProject=acme-billing" not in path] == []


def test_an_emulator_is_sent_no_credentials(
    server: GcsDouble, registry: ModelRegistry, account: Path
) -> None:
    server.buckets["models"].readers = "account"
    emulated = replace(registry, google=google_access({"STORAGE_EMULATOR_HOST": server.endpoint}))
    with pytest.raises(SourceGated):
        take(emulated)
    assert all(not asked.authorization for asked in server.log)
    server.buckets["models"].readers = "all"
    assert take(emulated).manifest.name == "sd"


def test_each_refusal_has_its_own_error(server: GcsDouble, registry: ModelRegistry) -> None:
    server.buckets["closed"] = Bucket(readers="account")
    cases: list[tuple[ModelRegistry, str, type[AudobonError]]] = [
        (registry, "gs://no-such-bucket/model", SourceNotFound),
        (registry, "gs://models/tiny/nothing", SourceNotFound),
        (registry, "gs://models/tiny", ModelUnsupported),
        (registry, "gs://closed/model", SourceGated),
        (registry, "gs://Not A Bucket/x", InvalidInput),
        (replace(registry, offline=True), PLACE, SourceOffline),
        (replace(registry, google=GoogleAccess("http://127.0.0.1:9")), PLACE, SourceUnreachable),
    ]
    for place, reference, error in cases:
        with pytest.raises(error) as caught:
            take(place, reference)
        assert caught.value.hint, reference
    with pytest.raises(ModelUnsupported) as unsupported:
        take(registry, "gs://models/tiny")
    assert PLACE in unsupported.value.hint
    with pytest.raises(InvalidInput, match="--project"):
        take(registry, "hf:acme/x", project="acme")
    index = (clip_folder() / "model_index.json").read_bytes()
    server.put("models", "tiny/sd/model_index.json", index, content_encoding="gzip")
    with pytest.raises(ModelUnsupported, match="compressed"):
        take(registry)
    server.faults = [Fault("status", status=429, times=99)]
    with pytest.raises(SourceRateLimited):
        take(registry)
