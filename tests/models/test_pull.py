"""Models from the hub (a double of it, over sockets): what is fetched, where it lies, who can use it."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audobon_cli.domain.errors import (
    AudobonError,
    DownloadCorrupt,
    InvalidInput,
    ModelAltered,
    ModelExists,
    ModelNotFound,
    ModelUnsupported,
    SourceFailed,
    SourceGated,
    SourceNotFound,
    SourceOffline,
    SourceRateLimited,
    SourceRevisionNotFound,
    SourceTokenRefused,
    SourceUnreachable,
)
from audobon_cli.domain.events import Event, SourceRetried, Warned, ignore
from audobon_cli.models.catalog import find_model, list_models, show_model
from audobon_cli.models.install.add import add
from audobon_cli.models.install.keep import remove, update, verify
from audobon_cli.models.install.pull import PullReport, pull
from audobon_cli.models.install.request import PullRequest
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.presets.catalog import Presets, shipped_presets
from audobon_cli.settings.hub import HubAccess
from audobon_cli.transfer.retry import RetryPolicy
from tests.doubles.hub_server import Fault, HubDouble
from tests.tiny_models import clip_folder, sdxl_folder
from tests.tiny_models.families import TINY_SOUNDS

pytestmark = pytest.mark.loopback

NAME = "acme/tiny-sdxl"


@pytest.fixture
def server() -> Iterator[HubDouble]:
    with HubDouble() as double:
        yield double


@pytest.fixture
def registry(server: HubDouble, tmp_path: Path) -> ModelRegistry:
    return ModelRegistry(
        presets=Presets((("built-in", shipped_presets()),)),
        folder=tmp_path / "data" / "models",
        hub=HubAccess(server.endpoint, tmp_path / "hf" / "hub"),
        digest_cache=tmp_path / "digests.json",
        lock_wait_seconds=1.0,
        retries=RetryPolicy(failures=2, first_pause_seconds=0.01, longest_wait_seconds=2.0),
    )


def published() -> dict[str, bytes]:
    """The tiny SDXL as repositories publish it: weights twice over, and in formats that are not taken."""
    folder = sdxl_folder()
    files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    for path in [path for path in files if path.endswith(".safetensors")]:
        half = path.replace(".safetensors", ".fp16.safetensors")
        files[half] = files[path]
        files[path.replace(".safetensors", ".bin")] = b"pickled"
    whole = files["unet/diffusion_pytorch_model.safetensors"]
    files["unet/diffusion_pytorch_model.safetensors"] = whole[:8] + b"never read" + whole[18:]
    files |= {"README.md": b"# Tiny\n", "picture.png": b"png", "sd_xl.safetensors": b"all in one"}
    files["LICENSE.md"] = b"do no harm"
    return files


def take(registry: ModelRegistry, reference: str = f"hf:{NAME}", **options: Any) -> PullReport:
    return pull(PullRequest(reference, **options), registry, ignore)


def cache_folder(registry: ModelRegistry) -> Path:
    return registry.hub.cache / "models--acme--tiny-sdxl"


def test_only_what_the_pipeline_needs_is_fetched(server: HubDouble, registry: ModelRegistry) -> None:
    repository = server.add(NAME, published(), licence="openrail++")
    report = take(registry)
    manifest = report.manifest
    paths = {file.path for file in manifest.files}
    assert "unet/diffusion_pytorch_model.fp16.safetensors" in paths
    assert {"model_index.json", "LICENSE.md", "tokenizer/tokenizer_config.json"} <= paths
    assert not any(path.endswith((".bin", ".png")) or path == "sd_xl.safetensors" for path in paths)
    assert "unet/diffusion_pytorch_model.safetensors" not in paths
    assert (manifest.name, manifest.licence, manifest.family) == ("tiny-sdxl", "openrail++", "sdxl")
    assert (manifest.variant, manifest.commit) == ("fp16", repository.commit)
    for file in manifest.files:
        data = (Path(manifest.folder) / file.path).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file.size_bytes, file.sha256)
        assert data == repository.files[file.path]
    folder = cache_folder(registry)
    assert (folder / "refs" / "main").read_text() == repository.commit
    assert all(p.is_symlink() for p in (folder / "snapshots").rglob("*") if not p.is_dir())
    assert not [p for p in (folder / ".audobon" / "incomplete").iterdir() if p.name != ".lock"]


LOAD = """
import sys
from huggingface_hub import hf_hub_download
import diffusers, torch
torch.set_num_threads(1)
name, commit = sys.argv[1:]
print(hf_hub_download(name, "model_index.json", local_files_only=True))
pipeline = diffusers.DiffusionPipeline.from_pretrained(name, variant="fp16", local_files_only=True)
print(type(pipeline).__name__)
"""


def test_huggingface_hub_and_diffusers_load_what_was_pulled(
    server: HubDouble, registry: ModelRegistry
) -> None:
    commit = server.add(NAME, published()).commit
    take(registry)
    environment = {**os.environ, "HF_HUB_CACHE": str(registry.hub.cache), "HF_HUB_OFFLINE": "1"}
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOAD, NAME, commit],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    place, kind = ran.stdout.splitlines()
    assert commit in place
    assert kind == "StableDiffusionXLPipeline"


def test_pulling_again_fetches_nothing_and_a_dry_run_writes_nothing(
    server: HubDouble, registry: ModelRegistry
) -> None:
    server.add(NAME, published())
    dry = pull(PullRequest(f"hf:{NAME}"), registry, ignore, dry_run=True)
    assert dry.fetch_bytes
    assert all(file.status == "missing" for file in dry.files)
    assert not registry.hub.cache.exists()
    assert registry.manifests.all() == ()
    assert take(registry).fetch_bytes == dry.fetch_bytes
    sent = server.body_bytes()
    assert take(registry).fetch_bytes == 0
    assert server.body_bytes() == sent


def test_what_another_tool_fetched_is_checked_and_taken(server: HubDouble, registry: ModelRegistry) -> None:
    repository = server.add(NAME, published())
    unet = repository.files["unet/diffusion_pytorch_model.fp16.safetensors"]
    vae = repository.files["vae/diffusion_pytorch_model.fp16.safetensors"]
    blobs = cache_folder(registry) / "blobs"
    blobs.mkdir(parents=True)
    (blobs / hashlib.sha256(unet).hexdigest()).write_bytes(unet)
    (blobs / hashlib.sha256(vae).hexdigest()).write_bytes(vae[:-1] + b"x")
    events: list[Event] = []
    report = pull(PullRequest(f"hf:{NAME}"), registry, events.append)
    assert report.fetch_bytes is not None
    asked = [entry.path for entry in server.log if entry.path.startswith("/cdn/")]
    assert not any("unet" in path for path in asked)
    assert any("vae" in path for path in asked)
    assert [event.message for event in events if isinstance(event, Warned)]
    assert verify((), registry, ignore).damaged == ()


def test_variants(server: HubDouble, registry: ModelRegistry) -> None:
    files = published()
    files["unet/diffusion_pytorch_model.safetensors"] = files["unet/diffusion_pytorch_model.fp16.safetensors"]
    server.add(NAME, files)
    plain = take(registry, variant="none", name="plain").manifest
    assert not any(".fp16." in file.path for file in plain.files)
    with pytest.raises(InvalidInput, match="bf16"):
        take(registry, variant="bf16")


def test_sharded_weights_come_with_their_index(server: HubDouble, registry: ModelRegistry) -> None:
    files = published()
    whole = "unet/diffusion_pytorch_model"
    data = files.pop(f"{whole}.fp16.safetensors")
    del files[f"{whole}.safetensors"]
    shard = f"{whole}-00001-of-00001.fp16.safetensors"
    files[shard] = data
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    places = {name: shard.removeprefix("unet/") for name in header if name != "__metadata__"}
    index = {"metadata": {}, "weight_map": places}
    files[f"{whole}.safetensors.index.fp16.json"] = json.dumps(index).encode()
    server.add(NAME, files)
    paths = {file.path for file in take(registry).manifest.files}
    assert {shard, f"{whole}.safetensors.index.fp16.json"} <= paths


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ("only pickled", ModelUnsupported),
        ("own code", ModelUnsupported),
        ("no index", ModelUnsupported),
        ("broken index", SourceFailed),
        ("nothing for a part", ModelUnsupported),
    ],
)
def test_what_cannot_be_used_is_refused_before_it_is_fetched(
    server: HubDouble, registry: ModelRegistry, change: str, error: type[AudobonError]
) -> None:
    files = published()
    index = json.loads(files["model_index.json"])
    if change in ("only pickled", "nothing for a part"):
        files = {p: d for p, d in files.items() if not (p.startswith("unet/") and p.endswith("safetensors"))}
    if change == "nothing for a part":
        files = {path: data for path, data in files.items() if not path.endswith(".bin")}
    if change == "own code":
        files["model_index.json"] = json.dumps({**index, "unet": ["my_unet", "MyUNet"]}).encode()
    if change == "broken index":
        files["model_index.json"] = b"{"
    if change == "no index":
        del files["model_index.json"]
    server.add(NAME, files)
    with pytest.raises(error) as caught:
        take(registry)
    assert caught.value.hint
    assert server.body_bytes() == 0


def test_each_refusal_of_the_hub_has_its_own_error(server: HubDouble, registry: ModelRegistry) -> None:
    server.add(NAME, published())
    server.add("acme/gated", published(), gated=True)
    server.token = "hf_right"
    wrong = replace(registry, hub=replace(registry.hub, token="hf_expired"))
    cases: list[tuple[ModelRegistry, str, type[AudobonError]]] = [
        (registry, "hf:acme/missing", SourceNotFound),
        (registry, f"hf:{NAME}@v9", SourceRevisionNotFound),
        (registry, "hf:acme/gated", SourceGated),
        (wrong, f"hf:{NAME}", SourceTokenRefused),
        (replace(registry, offline=True), f"hf:{NAME}", SourceOffline),
        (replace(registry, hub=replace(registry.hub, offline=True)), f"hf:{NAME}", SourceOffline),
        (
            replace(registry, hub=HubAccess("http://127.0.0.1:9", registry.hub.cache)),
            f"hf:{NAME}",
            SourceUnreachable,
        ),
        (registry, "no-such-model", ModelNotFound),
        (registry, "hf:one-word", InvalidInput),
        (registry, "sprite", InvalidInput),
        (registry, "https://example.com/model.ckpt", InvalidInput),
    ]
    for place, reference, error in cases:
        with pytest.raises(error) as caught:
            take(place, reference)
        assert caught.value.hint, reference
        assert "hf_" not in caught.value.message + caught.value.hint + repr(caught.value.details)
    server.faults = [Fault("status", status=429, times=99)]
    with pytest.raises(SourceRateLimited):
        take(registry)


def test_an_environment_that_no_client_can_be_made_in_is_told(
    registry: ModelRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub.utils import close_session

    (tmp_path / "none.pem").write_text("no certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    close_session()
    with pytest.raises(SourceFailed, match="as this environment says") as caught:
        take(registry)
    assert "SSL_CERT_FILE" in caught.value.hint
    close_session()


def test_a_token_opens_a_gated_model_and_never_goes_to_another_host(
    server: HubDouble, registry: ModelRegistry
) -> None:
    server.token = "hf_right"
    server.add(NAME, published(), gated=True)
    take(replace(registry, hub=replace(registry.hub, token="hf_right")))
    for asked in server.log:
        assert asked.authorization == ("" if asked.path.startswith("/cdn/") else "Bearer hf_right")


def test_faults_of_the_hub_itself_are_waited_for(
    server: HubDouble, registry: ModelRegistry, capfd: pytest.CaptureFixture[str]
) -> None:
    server.add(NAME, published())
    server.faults = [Fault("status", status=503, path="/api/"), Fault("status", status=429, path="/tree/")]
    server.faults += [Fault("drop", after=5000, path="/cdn/"), Fault("status", path="/resolve/")]
    heard: list[Event] = []
    pull(PullRequest(f"hf:{NAME}"), registry, heard.append)
    retried = [event for event in heard if isinstance(event, SourceRetried)]
    assert len(retried) == 3  # huggingface_hub asks for the tree again itself
    assert all(event.source.startswith(server.endpoint) and event.attempt == 2 for event in retried)
    assert "the hub answered 503" in [event.message for event in retried]
    assert capfd.readouterr().err == ""
    assert verify((), registry, ignore).damaged == ()


def test_a_damaged_body_leaves_no_model(server: HubDouble, registry: ModelRegistry) -> None:
    server.add(NAME, published())
    server.faults = [Fault("corrupt", path="unet/diffusion", after=9000)]
    with pytest.raises(DownloadCorrupt):
        take(registry)
    assert registry.manifests.all() == ()
    assert len(list((cache_folder(registry) / ".audobon" / "quarantine").iterdir())) == 1
    take(registry)
    assert verify((), registry, ignore).damaged == ()


def test_a_pulled_model_is_found_by_name_and_its_damage_refused(
    server: HubDouble, registry: ModelRegistry
) -> None:
    server.add(NAME, published())
    manifest = take(registry, name="mine").manifest
    model = find_model("mine", registry)
    assert (model.family, model.pipeline) == ("sdxl", "StableDiffusionXLPipeline")
    assert len(model.digests) == len(manifest.files)

    victim = Path(manifest.folder) / "vae/diffusion_pytorch_model.fp16.safetensors"
    before = victim.stat()
    data = bytearray(victim.read_bytes())
    data[-7] ^= 1
    victim.resolve().chmod(0o644)
    victim.write_bytes(data)
    with pytest.raises(ModelAltered, match="vae"):
        show_model("mine", registry)
    os.utime(victim, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(ModelAltered, match="vae"):  # the kernel's change time cannot be set back
        show_model("mine", registry)
    found = verify(("mine",), registry, ignore)
    assert [file.path for file in found.damaged] == ["vae/diffusion_pytorch_model.fp16.safetensors"]
    assert isinstance(found.error(), ModelAltered)
    with pytest.raises(ModelAltered):
        find_model("mine", registry)
    assert verify((), registry, ignore, fast=True).damaged == ()
    with pytest.raises(ModelAltered):  # a fast look takes nothing back
        find_model("mine", registry)
    (listed,) = [m for m in list_models(registry) if m.name == "mine"]
    assert listed.state == "damaged"

    sent = server.body_bytes()
    take(registry, "mine")  # by its name alone: it is known where it comes from
    assert server.body_bytes() - sent == before.st_size
    assert verify((), registry, ignore).damaged == ()
    assert find_model("mine", registry).name == "mine"


def test_a_pull_by_name_mends_and_one_by_source_moves_on(server: HubDouble, registry: ModelRegistry) -> None:
    files = published()
    old = server.add(NAME, files)
    take(registry)
    new = server.add(NAME, {**files, "LICENSE.md": b"do no harm at all"})
    assert take(registry, "tiny-sdxl").manifest.commit == old.commit
    assert take(registry).manifest.commit == new.commit
    assert [p.name for p in (cache_folder(registry) / "snapshots").iterdir()] == [new.commit]
    assert verify((), registry, ignore).damaged == ()


def test_verify_names_every_damaged_file(server: HubDouble, registry: ModelRegistry) -> None:
    server.add(NAME, published())
    folder = Path(take(registry).manifest.folder)
    (folder / "model_index.json").unlink()
    (folder / "vae/config.json").write_bytes(b"{}")
    paths = {file.path for file in verify((), registry, ignore, fast=True).damaged}
    assert paths == {"model_index.json", "vae/config.json"}


def test_update_keeps_the_old_commit_until_the_new_one_is_checked(
    server: HubDouble, registry: ModelRegistry
) -> None:
    files = published()
    old = server.add(NAME, files)
    take(registry)
    assert update("tiny-sdxl", registry, ignore, lambda: False).pulled is None
    changed = {**files, "scheduler/scheduler_config.json": files["scheduler/scheduler_config.json"] + b"\n"}
    vae = "vae/diffusion_pytorch_model.fp16.safetensors"
    changed[vae] = files[vae][:-4] + bytes(4)
    new = server.add(NAME, changed)
    dry = update("tiny-sdxl", registry, ignore, lambda: False, dry_run=True)
    assert dry.changed == ("scheduler/scheduler_config.json", vae)

    server.faults = [Fault("corrupt", path="vae/", after=2000)]
    with pytest.raises(DownloadCorrupt):
        update("tiny-sdxl", registry, ignore, lambda: False)
    assert registry.manifest("tiny-sdxl").commit == old.commit
    assert verify((), registry, ignore).damaged == ()

    sent = server.body_bytes()
    done = update("tiny-sdxl", registry, ignore, lambda: False)
    assert (done.before, done.after) == (old.commit, new.commit)
    assert server.body_bytes() - sent == len(changed[vae])  # the rest is shared
    assert registry.manifest("tiny-sdxl").commit == new.commit
    assert verify((), registry, ignore).damaged == ()
    assert [p.name for p in (cache_folder(registry) / "snapshots").iterdir()] == [new.commit]
    assert not (cache_folder(registry) / "blobs" / hashlib.sha256(files[vae]).hexdigest()).exists()


def test_remove_never_breaks_another_model(server: HubDouble, registry: ModelRegistry) -> None:
    files = published()
    server.add(NAME, files)
    first = take(registry, name="first").manifest
    vae = "vae/diffusion_pytorch_model.fp16.safetensors"
    server.add(NAME, {**files, vae: files[vae][:-4] + bytes(4)})
    take(registry, name="second")
    take(registry, name="twin")
    told = remove("first", registry, dry_run=True)
    gone = remove("first", registry)
    assert told == gone
    assert gone.freed_bytes == len(files[vae])
    assert gone.kept_bytes > 0
    assert verify((), registry, ignore).damaged == ()
    assert remove("twin", registry).freed_bytes == 0
    assert verify(("second",), registry, ignore).damaged == ()
    assert remove("second", registry, dry_run=True).freed_bytes > 0
    remove("second", registry)
    assert list((cache_folder(registry) / "blobs").iterdir()) == []
    assert not Path(first.folder).exists()
    with pytest.raises(ModelNotFound):
        remove("second", registry)


def test_a_name_belongs_to_one_source(server: HubDouble, registry: ModelRegistry) -> None:
    server.add(NAME, published())
    server.add("acme/other", published())
    take(registry, name="mine")
    with pytest.raises(ModelExists):
        take(registry, "hf:acme/other", name="mine")
    with pytest.raises(ModelExists):
        take(registry, "hf:acme/other", name="sprite")


def test_a_single_file_is_recorded_on_first_sight(server: HubDouble, registry: ModelRegistry) -> None:
    data = (sdxl_folder() / "vae" / "diffusion_pytorch_model.safetensors").read_bytes()
    server.files["/files/fur.safetensors"] = data
    address = f"{server.endpoint}/files/fur.safetensors"
    manifest = take(registry, address).manifest
    digest = hashlib.sha256(data).hexdigest()
    assert (manifest.name, manifest.files[0].sha256) == ("fur", digest)
    take(registry, address, sha256=digest)
    with pytest.raises(DownloadCorrupt):
        take(registry, address, name="other", sha256="0" * 64)
    server.files["/files/fur.safetensors"] = data[::-1]
    assert take(registry, "fur").fetch_bytes == 0
    with pytest.raises(ModelUnsupported, match="no checkpoint"):
        find_model("fur", registry)
    assert show_model("fur", registry).digest == digest
    assert remove("fur", registry).freed_bytes == len(data)


def test_local_models_are_added_where_they_lie(registry: ModelRegistry, tmp_path: Path) -> None:
    manifest = add(clip_folder(), "mine", registry)
    assert manifest.family == "sd15"
    assert find_model("mine", registry).folder == clip_folder()
    file = clip_folder() / "vae" / "diffusion_pytorch_model.safetensors"
    assert add(file, None, registry).name == "diffusion_pytorch_model"
    assert remove("mine", registry).freed_bytes == 0
    assert file.exists()
    pickled = tmp_path / "model.ckpt"
    pickled.write_bytes(b"x")
    with pytest.raises(InvalidInput, match="pickled"):
        add(pickled, None, registry)
    with pytest.raises(ModelNotFound):
        add(tmp_path / "nothing", None, registry)
    with pytest.raises(ModelExists):
        add(clip_folder(), "sdxl", registry)
    with pytest.raises(InvalidInput):
        add(clip_folder(), "../up", registry)


def test_short_names_lead_to_pinned_commits(server: HubDouble, registry: ModelRegistry) -> None:
    pulls = {p.name: p.pull for p in registry.presets.models.values() if p.pull}
    assert {"sdxl", "sd15", "flux-schnell", "sd35-medium", "sdxl-turbo"} <= set(pulls)
    repository = server.add("stabilityai/stable-diffusion-xl-base-1.0", published())
    pinned = pulls["sdxl"].partition("@")[2]
    server.repositories["stabilityai/stable-diffusion-xl-base-1.0"][pinned] = repository
    with pytest.raises(ModelNotFound, match="not been pulled"):
        find_model("sdxl", registry)
    manifest = take(registry, "sdxl").manifest
    assert (manifest.name, manifest.family, manifest.variant) == ("sdxl", "sdxl", "fp16")
    assert "RAIL" in manifest.licence
    assert find_model("sdxl", registry).name == "sdxl"


def test_a_model_that_is_one_network_is_pulled(server: HubDouble, registry: ModelRegistry) -> None:
    folder = TINY_SOUNDS["musicgen"].folder()
    files = {p.name: p.read_bytes() for p in folder.iterdir()}
    server.add("acme/tiny-music", {**files, "pytorch_model.bin": b"pickled", "README.md": b"# Tune"})
    manifest = take(registry, "hf:acme/tiny-music").manifest
    assert (manifest.family, manifest.is_weights) == ("musicgen", False)
    assert {file.path for file in manifest.files} == set(files)
    found = find_model("tiny-music", registry)
    assert (found.produces, found.pipeline) == ("sound", "MusicgenForConditionalGeneration")
    assert show_model("tiny-music", registry).model == found
    assert verify([], registry, ignore).error() is None
    del files["model.safetensors"]
    server.add("acme/pickled-music", {**files, "pytorch_model.bin": b"pickled"})
    with pytest.raises(ModelUnsupported, match="only as pickled weights"):
        take(registry, "hf:acme/pickled-music")


def test_an_address_that_grants_access_is_used_but_not_kept(
    server: HubDouble, registry: ModelRegistry
) -> None:
    data = (sdxl_folder() / "vae" / "diffusion_pytorch_model.safetensors").read_bytes()
    server.files["/files/fur.safetensors"] = data
    address = f"{server.endpoint}/files/fur.safetensors"
    manifest = take(registry, f"{address}?token=planted").manifest
    assert any("token=planted" in asked.path for asked in server.log)
    assert manifest.source == address
    assert take(registry, f"{address}?token=planted").fetch_bytes == 0
    assert all(b"planted" not in p.read_bytes() for p in registry.folder.rglob("*") if p.is_file())
    with pytest.raises(InvalidInput, match="anyone on the way"):
        take(registry, "http://example.com/fur.safetensors")


def test_the_cache_stays_one_that_huggingface_hub_understands(
    server: HubDouble, registry: ModelRegistry
) -> None:
    from huggingface_hub import scan_cache_dir

    server.add(NAME, published())
    manifest = take(registry).manifest
    info = scan_cache_dir(registry.hub.cache)
    assert info.warnings == []
    (repository,) = info.repos
    (revision,) = repository.revisions
    assert (repository.repo_id, revision.commit_hash, revision.refs) == (NAME, manifest.commit, {"main"})
    assert {str(file.file_path) for file in revision.files} == {
        str(Path(manifest.folder) / file.path) for file in manifest.files
    }
    remove("tiny-sdxl", registry)
    assert scan_cache_dir(registry.hub.cache).warnings == []
