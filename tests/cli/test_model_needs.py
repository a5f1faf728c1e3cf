"""`models pull` of what needs another model: it says what and how large, and brings it along."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from audobon_cli.cli.models import pull
from audobon_cli.models import gguf
from tests.conftest import Audobon
from tests.doubles.hub_server import HubDouble
from tests.fault_injection import child_environment
from tests.processes import read_to_end
from tests.tiny_models import clip_folder
from tests.tiny_models.adapters import controlnet_folder, kohya_lora
from tests.tiny_models.families import TINY_FAMILIES
from tests.tiny_models.gguf_files import first_layout
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.loopback

BASE = """
family = "{family}"
pull = "hf:{repository}@main"
licence = "test"
description = "A model that is small."
network = "{network}"
width = {width}
"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, audobon: Audobon) -> Iterator[HubDouble]:
    """A hub that has a small model, which a preset of the user's lists as ``small``."""
    with HubDouble() as double:
        double.add("acme/tiny", clip_folder())
        monkeypatch.setenv("HF_ENDPOINT", double.endpoint)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
        monkeypatch.setenv("AUDOBON_NETWORK_RETRIES", "1")
        list_base(audobon, "small", "sd15", "acme/tiny", "unet", 32)
        yield double


def list_base(audobon: Audobon, name: str, family: str, repository: str, network: str, width: int) -> None:
    folder = Path(audobon("config", "path", "presets").out.strip()) / "models"
    folder.mkdir(parents=True, exist_ok=True)
    text = BASE.format(family=family, repository=repository, network=network, width=width)
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def lora_at(server: HubDouble, tmp_path: Path) -> str:
    server.files["/files/ink.safetensors"] = kohya_lora(
        clip_folder(), tmp_path / "ink.safetensors"
    ).read_bytes()
    return f"{server.endpoint}/files/ink.safetensors"


def ready(audobon: Audobon) -> set[str]:
    return {
        model["name"]
        for model in audobon("models", "list", "--json").data["models"]
        if model["state"] == "ready" and model["source"] != "built-in"
    }


def test_a_lora_brings_the_model_that_it_was_made_for(
    server: HubDouble, audobon: Audobon, tmp_path: Path
) -> None:
    ran = audobon("models", "pull", lora_at(server, tmp_path))
    assert ran.status == 0
    assert (
        "ink is a LoRA for unet of width 32, and no model here is of that kind. small comes along: "
        in ran.err
    )
    assert "--no-needs leaves it" in ran.err
    assert ready(audobon) == {"ink", "small"}
    assert audobon("models", "show", "ink", "--json").data["fits"] == ["small"]
    again = audobon("models", "pull", "ink", "--json").data
    assert (again["needs"], again["brought"]) == ([], [])


def test_a_dry_run_says_the_size_and_no_needs_leaves_it(
    server: HubDouble, audobon: Audobon, tmp_path: Path
) -> None:
    address = lora_at(server, tmp_path)
    left = audobon("models", "pull", address, "--no-needs", "--json").data
    assert [need["way"] for need in left["needs"]] == ["`audobon models pull small`"]
    dry = audobon("models", "pull", "ink", "--dry-run", "--json").data
    (base,) = dry["brought"]
    assert (
        base["fetch_bytes"]
        == audobon("models", "pull", "small", "--dry-run", "--json").data["fetch_bytes"]
        > 0
    )
    assert ready(audobon) == {"ink"}


def test_a_base_that_is_refused_is_an_error_and_the_lora_stays(
    server: HubDouble, audobon: Audobon, tmp_path: Path
) -> None:
    server.token = "hf_right"
    server.repositories["acme/tiny"]["main"].gated = True
    ran = audobon("models", "pull", lora_at(server, tmp_path), "--json")
    error = ran.json["error"]
    assert (ran.status, error["code"], error["details"]["needed_by"]) == (42, "source.gated", "ink")
    assert ran.json["data"]["model"]["name"] == "ink"
    assert ready(audobon) == {"ink"}


@pytest.mark.parametrize("kind", ["LoRA", "ControlNet"])
def test_adapters_of_the_hub_are_pulled_by_their_repository(
    kind: str, server: HubDouble, audobon: Audobon, tmp_path: Path
) -> None:
    if kind == "LoRA":
        lora = kohya_lora(clip_folder(), tmp_path / "x.safetensors").read_bytes()
        server.add(
            "acme/ink", {"pytorch_lora_weights.safetensors": lora, "README.md": b"# Ink", "LICENSE": b"free"}
        )
    else:
        files = controlnet_folder(clip_folder(), tmp_path / "control")
        server.add("acme/ink", {path.name: path.read_bytes() for path in files.iterdir()})
    pulled = audobon("models", "pull", "hf:acme/ink", "--json").data
    assert {file["path"] for file in pulled["files"]} == (
        {"pytorch_lora_weights.safetensors", "LICENSE"}
        if kind == "LoRA"
        else {"diffusion_pytorch_model.safetensors", "config.json"}
    )
    shown = audobon("models", "show", "ink", "--json").data
    assert (shown["kind"], shown["fits"]) == (kind, ["small"])
    assert audobon("models", "verify").status == 0
    assert audobon("models", "update", "ink").status == 0


def test_of_several_files_one_is_to_be_named_and_parts_of_models_are_refused(
    server: HubDouble, audobon: Audobon
) -> None:
    server.add("acme/many", {"a.safetensors": b"1", "b.safetensors": b"2"})
    ran = audobon("models", "pull", "hf:acme/many", "--json")
    assert ran.status == 2
    assert f"{server.endpoint}/acme/many/resolve/main/a.safetensors" in ran.json["error"]["hint"]
    for config in (b'{"_class_name": "AutoencoderKL"}', b'{"model_type": "clip"}'):
        server.add("acme/part", {"model.safetensors": b"1", "config.json": config})
        assert audobon("models", "pull", "hf:acme/part").status == 15
    server.add("acme/none", {"README.md": b"nothing"})
    assert audobon("models", "pull", "hf:acme/none").status == 15


def test_a_gguf_file_names_its_package_and_brings_what_lends_the_rest(
    server: HubDouble, audobon: Audobon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("gguf")
    folder = TINY_FAMILIES["sd3"].folder()
    server.add("acme/sd3", folder)
    list_base(audobon, "small-sd3", "sd3", "acme/sd3", "sd3", 32)
    server.files["/files/q.gguf"] = first_layout(folder, tmp_path / "q.gguf").read_bytes()
    for preset in ("sd35-large", "sd35-medium"):  # are of the family, too, and of another width
        assert preset in {model["name"] for model in audobon("models", "list", "--json").data["models"]}
    monkeypatch.setattr(gguf, "PACKAGE", "a_package_that_is_not_here")
    pulled = audobon("models", "pull", f"{server.endpoint}/files/q.gguf", "--json")
    assert pulled.status == 0, pulled.out
    assert [one["model"]["name"] for one in pulled.data["brought"]] == ["small-sd3"]
    assert [need["way"] for need in pulled.data["needs"]] == ["`pip install 'audobon-cli[gguf]'`"]
    monkeypatch.undo()


def test_what_may_be_another_model_or_is_large_is_not_fetched_unasked(
    server: HubDouble, audobon: Audobon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_base(audobon, "flux", "flux", "acme/tiny", "flux", 3072)
    layer = "transformer.single_transformer_blocks.0.attn.to_q"
    down, up = np.zeros((1, 3072), np.float32), np.zeros((3072, 1), np.float32)
    weights = {f"{layer}.lora_A.weight": down, f"{layer}.lora_B.weight": up}
    server.files["/files/wide.safetensors"] = save(weights)
    address = f"{server.endpoint}/files/wide.safetensors"
    ran = audobon("models", "pull", address)
    assert ran.status == 2
    assert "wide may be for Chroma, AuraFlow, FLUX.2 klein, too" in ran.err
    assert "add --yes to fetch it, or --no-needs to leave it" in ran.err
    assert ready(audobon) == {"wide"}
    monkeypatch.setattr(pull, "UNASKED_BYTES", 1)
    assert audobon("models", "pull", lora_at(server, tmp_path)).status == 2
    assert ready(audobon) == {"wide", "ink"}
    assert audobon("models", "pull", "ink", "--yes").status == 0
    assert ready(audobon) == {"wide", "ink", "small"}


@pytest.mark.parametrize(
    ("answer", "said", "status"),
    [(b"n\n", b"models pull small`", 0), (b"\x04", b"small was not fetched.", 130)],
)
def test_at_a_terminal_it_is_asked_for(
    answer: bytes, said: bytes, status: int, server: HubDouble, audobon: Audobon, tmp_path: Path
) -> None:
    address = lora_at(server, tmp_path)
    environment = child_environment()
    command = [sys.executable, "-m", "audobon_cli", "models", "pull", address]
    pty = pytest.importorskip("pty", reason="of what only POSIX has")
    main, side = pty.openpty()
    with subprocess.Popen(
        command, stdin=side, stdout=side, stderr=side, env=environment, start_new_session=True
    ) as process:
        os.close(side)
        shown = b""
        while b"Fetch small?" not in shown:
            shown += os.read(main, 1000)
        os.write(main, answer)
        shown += read_to_end(main)
        assert process.wait(PATIENCE_SECONDS) == status
    assert said in shown
    assert b"Nothing was changed" not in shown
    os.close(main)
    assert ready(audobon) == {"ink"}
