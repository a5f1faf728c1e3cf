"""`audobon models` as users and scripts meet it."""

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_contract import validator
from tests.conftest import Audobon
from tests.doubles.hub_server import Fault, HubDouble
from tests.tiny_models import clip_folder, sdxl_folder

NAME = "acme/tiny"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubDouble]:
    with HubDouble() as double:
        double.add(NAME, clip_folder())
        monkeypatch.setenv("HF_ENDPOINT", double.endpoint)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
        yield double


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every socket that is opened, other than Unix ones, and every name that is looked up."""
    opened: list[Any] = []
    create = socket.socket.__init__

    def watched(self: socket.socket, family: int = -1, *rest: Any, **more: Any) -> None:
        if family != getattr(socket, "AF_UNIX", None):
            opened.append(family)
        create(self, family, *rest, **more)

    look_up = socket.getaddrinfo

    def near(host: Any, *rest: Any, **more: Any) -> Any:
        opened.append(host)
        if host not in ("127.0.0.1", "localhost"):
            raise OSError("no names offline")
        return look_up(host, *rest, **more)

    monkeypatch.setattr(socket.socket, "__init__", watched)
    monkeypatch.setattr(socket, "getaddrinfo", near)
    return opened


@pytest.mark.loopback
def test_the_life_of_a_model(server: HubDouble, audobon: Audobon) -> None:
    dry = audobon("models", "pull", f"hf:{NAME}", "--dry-run", "--json")
    validator("models-pull").validate(dry.data)
    assert dry.data["fetch_bytes"] > 0

    pulled = audobon("models", "pull", f"hf:{NAME}", "--events")
    assert pulled.status == 0
    validator("models-pull").validate(pulled.data)
    tasks = {event["task"] for event in pulled.events if event["event"] == "progress"}
    assert "all files" in tasks
    assert "unet/diffusion_pytorch_model.safetensors" in tasks

    listed = audobon("models", "list", "--json").data
    validator("models-list").validate(listed)
    (tiny,) = [model for model in listed["models"] if model["name"] == "tiny"]
    assert (tiny["state"], tiny["licence"], tiny["family"]) == ("ready", "apache-2.0", "sd15")
    assert tiny["size_bytes"] == dry.data["fetch_bytes"]

    shown = audobon("models", "show", "tiny", "--json").data
    validator("models-show").validate(shown)
    assert shown["source"] == f"hf:{NAME}@main"
    assert shown["files"]
    assert shown["components"]
    assert "unet/diffusion_pytorch_model.safetensors" in audobon("models", "show", "tiny").out

    for options in ((), ("--fast",)):
        verified = audobon("models", "verify", "--json", *options)
        validator("models-verify").validate(verified.data)
    validator("models-update").validate(audobon("models", "update", "tiny", "--json").data)
    assert "up to date" in audobon("models", "update", "tiny").out

    refused = audobon("models", "remove", "tiny")
    assert (refused.status, "--yes" in refused.err) == (2, True)
    for option in ("--dry-run", "--yes"):
        removed = audobon("models", "remove", "tiny", option, "--json")
        validator("models-remove").validate(removed.data)
        assert removed.data["freed_bytes"] == tiny["size_bytes"]
    assert audobon("models", "show", "tiny").status == 13


@pytest.mark.loopback
def test_words_for_people(server: HubDouble, audobon: Audobon) -> None:
    dry = audobon("models", "pull", f"hf:{NAME}", "--dry-run")
    assert "unet/diffusion_pytorch_model.safetensors\t" in dry.out
    assert "Still to be fetched" in dry.err
    assert audobon("models", "pull", f"hf:{NAME}").out.startswith("tiny\t")
    assert "are whole" in audobon("models", "verify").out
    assert "right sizes" in audobon("models", "verify", "--fast").out
    server.add(NAME, {**server.repositories[NAME]["main"].files, "LICENSE": b"free"})
    assert "added   LICENSE" in audobon("models", "update", "tiny", "--dry-run").out
    assert "freed" in audobon("models", "remove", "tiny", "--yes").out


@pytest.mark.loopback
def test_generate_uses_a_pulled_model_offline_and_refuses_a_damaged_one(
    server: HubDouble, audobon: Audobon, sockets: list[Any]
) -> None:
    pulled = audobon("models", "pull", f"hf:{NAME}", "--json")
    files = [Path(pulled.data["model"]["folder"]) / file["path"] for file in pulled.data["model"]["files"]]
    sockets.clear()
    made = ("generate", "cat", "--model", "tiny", "--steps", "2", "--seed", "1", "--offline", "--json")
    ran = audobon(*made)
    assert ran.status == 0, ran.out
    assert ran.data["assets"][0]["model"] == "tiny"
    assert sockets == []

    (victim,) = [file for file in files if file.match("unet/*.safetensors")]
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes(data)
    refused = audobon(*made)
    assert (refused.status, refused.json["error"]["code"]) == (25, "model.altered")
    assert refused.json["error"]["details"]["files"] == ["unet/diffusion_pytorch_model.safetensors"]

    found = audobon("models", "verify", "--json", "--offline")
    assert found.status == 25
    validator("models-verify").validate(found.data)
    assert [(d["model"], d["why"]) for d in found.data["damaged"]] == [("tiny", "has other content")]
    assert audobon("models", "verify").out.startswith("tiny\tunet/")
    assert audobon("models", "pull", "tiny").status == 0
    assert audobon(*made).status == 0


@pytest.mark.parametrize(
    "argv",
    [
        ("models", "pull", "sdxl"),
        ("models", "pull", "hf:acme/tiny", "--dry-run"),
        ("models", "pull", "https://example.com/a.safetensors"),
    ],
)
def test_offline_opens_no_socket(audobon: Audobon, sockets: list[Any], argv: tuple[str, ...]) -> None:
    ran = audobon(*argv, "--offline", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (47, "source.offline")
    assert ran.json["error"]["hint"]
    for other in (("models", "list"), ("models", "verify"), ("models", "show", str(clip_folder()))):
        assert audobon(*other, "--offline").status == 0
    assert sockets == []


@pytest.mark.loopback
def test_a_token_is_in_nothing_that_is_written(
    server: HubDouble, audobon: Audobon, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = "hf_PLANTEDSECRET0123456789"
    server.token = secret
    server.add("acme/gated", sdxl_folder(), gated=True)
    monkeypatch.setenv("HF_TOKEN", secret)
    written = ""
    for argv in (
        ("models", "pull", "hf:acme/gated"),
        ("models", "pull", "hf:acme/missing"),
        ("models", "show", "gated"),
        ("config", "show"),
        ("doctor",),
    ):
        for more in (("--events",), ("-vv", "--debug")):
            ran = audobon(*argv, *more)
            written += ran.out + ran.err
    monkeypatch.setenv("HF_TOKEN", f"{secret}wrong")
    refused = audobon("models", "pull", "hf:acme/gated", "-vv", "--debug", "--name", "b")
    assert refused.status == 45
    written += refused.out + refused.err
    assert secret not in written
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.stat().st_size < 1_000_000:
            assert secret.encode() not in path.read_bytes(), path
    assert any(asked.authorization == f"Bearer {secret}" for asked in server.log)


@pytest.mark.loopback
def test_the_token_file_of_the_hub_is_used(server: HubDouble, audobon: Audobon, tmp_path: Path) -> None:
    server.token = "hf_from_file"
    server.add("acme/gated", clip_folder(), gated=True)
    refused = audobon("models", "pull", "hf:acme/gated", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (42, "source.gated")
    assert "accept" in refused.json["error"]["hint"]
    (tmp_path / "hf").mkdir(exist_ok=True)
    (tmp_path / "hf" / "token").write_text("hf_from_file\n")
    assert audobon("models", "pull", "hf:acme/gated").status == 0


@pytest.mark.loopback
def test_a_corrupt_file_and_a_single_one(server: HubDouble, audobon: Audobon) -> None:
    server.files["/files/fur.safetensors"] = (
        clip_folder() / "vae" / "diffusion_pytorch_model.safetensors"
    ).read_bytes()
    server.faults = [Fault("corrupt", path="/cdn/", after=5000)]
    ran = audobon("models", "pull", f"hf:{NAME}", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (24, "download.corrupt")
    address = f"{server.endpoint}/files/fur.safetensors"
    assert audobon("models", "pull", address).status == 0
    shown = audobon("models", "show", "fur", "--json").data
    validator("models-show").validate(shown)
    assert audobon("models", "pull", address, "--sha256", "zz", "--name", "x").status == 2
    assert audobon("generate", "cat", "--model", "fur").status == 15


def test_local_models_and_folders_that_lack_a_part(audobon: Audobon, tmp_path: Path) -> None:
    added = audobon("models", "add", str(clip_folder()), "--name", "mine", "--json")
    validator("models-add").validate(added.data)
    assert "mine" in audobon("models", "list").out
    folder = tmp_path / "flux"
    folder.mkdir()
    for path in clip_folder().iterdir():
        (folder / path.name).symlink_to(path)
    index = json.loads((folder / "model_index.json").read_text())
    os.unlink(folder / "model_index.json")
    (folder / "model_index.json").write_text(json.dumps({**index, "_class_name": "FluxPipeline"}))
    assert audobon("models", "add", str(folder)).status == 0
    refused = audobon("generate", "cat", "--model", "flux", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (23, "model.damaged")
    assert "transformer" in refused.json["error"]["message"]
    assert audobon("models", "show", "flux").status == 0
    missing = audobon("generate", "cat", "--model", "sdxl", "--json")
    assert "audobon models pull sdxl" in missing.json["error"]["hint"]
