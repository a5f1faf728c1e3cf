"""Pickled weights: refused, or with --allow-pickle turned into safetensors without running anything."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from audobon_cli.domain.errors import ModelDamaged, ModelUnsupported
from audobon_cli.models.install.convert_pickle import convert
from tests.conftest import Audobon
from tests.doubles.gcs_server import GcsDouble
from tests.doubles.hub_server import HubDouble
from tests.tiny_models import clip_folder

pytestmark = pytest.mark.loopback

MADE = ("generate", "cat", "--steps", "1", "--seed", "1", "--offline", "--json", "--model")


class Malicious:
    """A pickle of this runs a command in whoever loads it."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (os.system, (f"touch {self.marker}",))


@pytest.fixture(scope="module")
def pickled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny Stable Diffusion with the weights of its UNet and text encoder only as pickles."""
    folder = Path(shutil.copytree(clip_folder(), tmp_path_factory.mktemp("pickled") / "model"))
    for old, new in (
        ("unet/diffusion_pytorch_model", "unet/diffusion_pytorch_model"),
        ("text_encoder/model", "text_encoder/pytorch_model"),
    ):
        torch.save(load_file(folder / f"{old}.safetensors"), folder / f"{new}.bin")
        (folder / f"{old}.safetensors").unlink()
    return folder


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubDouble]:
    with HubDouble() as double:
        monkeypatch.setenv("HF_ENDPOINT", double.endpoint)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
        yield double


def make_picture(audobon: Audobon, model: str) -> None:
    """Prove that the model can be run."""
    ran = audobon(*MADE, model)
    assert ran.status == 0, ran.out
    assert len(ran.data["assets"]) == 1


def test_a_pull_converts_and_keeps_no_pickle(
    hub: HubDouble, audobon: Audobon, pickled: Path, tmp_path: Path
) -> None:
    hub.add("acme/old", pickled)
    refused = audobon("models", "pull", "hf:acme/old")
    assert (refused.status, "--allow-pickle" in refused.err) == (15, True)
    pulled = audobon("models", "pull", "hf:acme/old", "--allow-pickle", "--events")
    assert pulled.status == 0, pulled.out
    loud = [event["message"] for event in pulled.events if event["event"] == "warning"]
    assert len(loud) == 2
    assert all("PICKLED WEIGHTS" in message for message in loud)
    folder = Path(pulled.data["model"]["folder"])
    new = load_file(folder / "unet/diffusion_pytorch_model.safetensors")
    old = load_file(clip_folder() / "unet/diffusion_pytorch_model.safetensors")
    assert new.keys() == old.keys()
    assert all(torch.equal(new[name], old[name]) for name in old)
    assert not list((tmp_path / "hf").rglob("*.bin"))
    sizes = {file["sha256"]: file["size_bytes"] for file in pulled.data["model"]["files"]}
    assert sum(path.stat().st_size for path in (tmp_path / "hf").rglob("blobs/*")) == sum(sizes.values())
    make_picture(audobon, "old")
    assert audobon("models", "verify", "old").status == 0
    sent = hub.body_bytes()
    again = audobon("models", "pull", "old", "--allow-pickle", "--json")
    assert (again.data["fetch_bytes"], hub.body_bytes()) == (0, sent)
    assert audobon("models", "verify", "old").status == 0
    (folder / "unet/diffusion_pytorch_model.safetensors").resolve().unlink()
    assert audobon("models", "pull", "old", "--allow-pickle").status == 0
    assert audobon("models", "verify", "old").status == 0
    audobon("models", "remove", "old", "--yes")
    assert not list((tmp_path / "hf").rglob("blobs/*"))


def test_a_pull_from_cloud_storage_converts_too(
    audobon: Audobon, pickled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with GcsDouble() as server:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.endpoint)
        server.put_folder("models", "old", pickled)
        assert audobon("models", "pull", "gs://models/old").status == 15
        assert audobon("models", "pull", "gs://models/old", "--allow-pickle").status == 0
        assert audobon("models", "verify", "old").status == 0
        assert "up to date" in audobon("models", "update", "old", "--allow-pickle").out
        server.put("models", "old/scheduler/scheduler_config.json", b"{}\n")
        dry = audobon("models", "update", "old", "--allow-pickle", "--dry-run", "--json").data
        assert (dry["added"], dry["gone"]) == ([], [])
        assert "scheduler/scheduler_config.json" in dry["changed"]
    make_picture(audobon, "old")


@pytest.mark.posix  # this process has the model open when it is removed, which Windows refuses
def test_a_folder_and_a_file_are_added_without_being_changed(
    audobon: Audobon, pickled: Path, tmp_path: Path
) -> None:
    before = sorted(path.name for path in pickled.rglob("*"))
    refused = audobon("models", "add", str(pickled), "--name", "mine")
    assert (refused.status, "--allow-pickle" in refused.err) == (15, True)
    for _ in range(2):
        added = audobon("models", "add", str(pickled), "--name", "mine", "--allow-pickle")
        assert added.status == 0, added.err
        assert added.err.count("PICKLED WEIGHTS") == 2
    make_picture(audobon, "mine")
    gone = audobon("models", "remove", "mine", "--yes", "--json").data
    assert gone["freed_bytes"] > 0
    assert sorted(path.name for path in pickled.rglob("*")) == before

    checkpoint = tmp_path / "fur.ckpt"
    shared = torch.ones(3, 3)
    torch.save({"state_dict": {"a": shared, "b": shared[0]}, "epoch": 7}, checkpoint)
    assert audobon("models", "add", str(checkpoint)).status == 2
    assert audobon("models", "add", str(checkpoint), "--allow-pickle").status == 0
    shown = audobon("models", "show", "fur", "--json").data
    assert (shown["files"][0]["path"], shown["parameters"]) == ("fur.safetensors", 12)


def test_a_single_pickle_from_the_web(hub: HubDouble, audobon: Audobon, tmp_path: Path) -> None:
    checkpoint = tmp_path / "fur.pt"
    torch.save({"a": torch.ones(50)}, checkpoint)
    hub.files["/files/fur.pt"] = checkpoint.read_bytes()
    address = f"{hub.endpoint}/files/fur.pt"
    assert audobon("models", "pull", address).status == 2
    pulled = audobon("models", "pull", address, "--allow-pickle", "--json")
    assert pulled.status == 0, pulled.out
    folder = Path(pulled.data["model"]["folder"])
    assert [path.name for path in folder.iterdir() if path.is_file()] == ["fur.safetensors"]
    assert audobon("models", "pull", address, "--allow-pickle", "--json").data["fetch_bytes"] == 0


def test_a_pickle_that_would_run_something_is_refused_and_does_not_run_it(
    hub: HubDouble, audobon: Audobon, pickled: Path, tmp_path: Path
) -> None:
    marker = tmp_path / "ran"
    bad = Path(shutil.copytree(pickled, tmp_path / "bad"))
    torch.save({"a": torch.ones(2), "b": Malicious(marker)}, bad / "unet/diffusion_pytorch_model.bin")
    hub.add("acme/bad", bad)
    refused = audobon("models", "pull", "hf:acme/bad", "--allow-pickle", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (15, "model.unsupported")
    assert "system" in refused.json["error"]["message"]
    assert audobon("models", "add", str(bad), "--name", "bad", "--allow-pickle").status == 15
    assert not marker.exists()
    assert audobon("models", "show", "bad").status == 13


@pytest.mark.parametrize("content", [{}, [1, 2], {"a": 1}])
def test_a_pickle_without_tensors_is_no_model(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "a.pt")
    with pytest.raises(ModelUnsupported, match="no named tensors"):
        convert(tmp_path / "a.pt", tmp_path / "a.safetensors", by_digest=False)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["a.pt"]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"*": torch.ones(2, 768)}, {"emb_params"}),
        ({"<fur>": torch.ones(2, 768)}, {"<fur>"}),
        ({"<fur>": torch.ones(768), "<fin>": torch.zeros(2, 768)}, {"<fur>", "<fin>"}),
        (torch.nn.ParameterDict({"<fur>": torch.ones(1, 768), "*": torch.zeros(1, 768)}), {"<fur>", "*"}),
    ],
)
def test_embeddings_of_a1111_and_of_the_first_program_are_converted(
    audobon: Audobon, tmp_path: Path, parameters: object, words: set[str]
) -> None:
    source = tmp_path / "my-fur.pt"
    torch.save(
        {"string_to_token": {"*": 265}, "string_to_param": parameters, "name": "fur", "step": 9}, source
    )
    convert(source, tmp_path / "my-fur.safetensors", by_digest=False)
    found = load_file(tmp_path / "my-fur.safetensors")
    assert found.keys() == words
    assert all(torch.equal(found[word], parameters["*" if word == "emb_params" else word]) for word in words)  # type: ignore[index]
    assert audobon("models", "add", str(source), "--allow-pickle").status == 0
    shown = audobon("models", "show", "my-fur", "--json").data
    assert shown["kind"] == "textual inversion"
    assert set(shown["words"]) == ({"my-fur"} if words == {"emb_params"} else words)


def test_half_precision_keeps_its_type(tmp_path: Path) -> None:
    tensors = {"a": torch.ones(4, dtype=torch.bfloat16), "b": torch.ones(2, dtype=torch.float16)}
    torch.save(tensors, tmp_path / "a.bin")
    convert(tmp_path / "a.bin", tmp_path / "a.safetensors", by_digest=False)
    save_file(tensors, tmp_path / "b.safetensors", metadata={"format": "pt"})
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def test_a_pickle_that_unpacks_to_more_than_memory(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1).expand(2**36)}, tmp_path / "a.bin")  # 256 GiB once written in full
    with pytest.raises(ModelDamaged, match=r"import\.max_memory"):
        convert(tmp_path / "a.bin", tmp_path / "a.safetensors", by_digest=False)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["a.bin"]
