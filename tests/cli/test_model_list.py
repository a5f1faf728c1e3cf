"""The columns of `audobon models list` that say what a model means to this machine."""

import time
from pathlib import Path

import pytest

from audobon_cli.hardware import probe
from audobon_cli.hardware.probe import Gpu
from tests.cli.test_contract import validator
from tests.conftest import Audobon
from tests.tiny_models import clip_folder

GIB = 2**30


def listed(audobon: Audobon) -> dict[str, dict[str, object]]:
    data = audobon("models", "list", "--json").data
    validator("models-list").validate(data)
    return {model["name"]: model for model in data["models"]}


@pytest.mark.usefixtures("fake_engine")
def test_the_last_use_is_noted_when_a_model_is_loaded(audobon: Audobon, tmp_path: Path) -> None:
    audobon("models", "add", str(clip_folder()), "--name", "mine")
    assert {model["last_used"] for model in listed(audobon).values()} == {None}
    before = int(time.time())
    assert audobon("generate", "cat", "--model", "mine").status == 0
    used = listed(audobon)
    assert used["sprite"]["last_used"] is None
    from datetime import datetime

    at = datetime.fromisoformat(str(used["mine"]["last_used"])).timestamp()
    assert before <= at <= time.time()
    # A folder that happens to be called like a model is not that model.
    elsewhere = tmp_path / "sprite"
    elsewhere.symlink_to(clip_folder())
    assert audobon("generate", "cat", "--model", str(elsewhere)).status == 0
    assert listed(audobon)["sprite"]["last_used"] is None
    audobon("models", "remove", "mine", "--yes")
    audobon("models", "add", str(clip_folder()), "--name", "mine")
    assert listed(audobon)["mine"]["last_used"] is None


@pytest.mark.usefixtures("fake_engine")
def test_a_use_that_cannot_be_noted_stops_nothing(audobon: Audobon) -> None:
    place = Path.home() / ".local/share/audobon/models"
    place.mkdir(parents=True)
    (place / ".used").write_text("a file where the folder should be")
    assert audobon("generate", "cat").status == 0
    assert listed(audobon)["sprite"]["last_used"] is None


@pytest.mark.parametrize(
    ("gib", "expected"),
    [
        (4, {"sprite": "yes", "sd15": "yes", "sdxl": "offload", "sdxl-turbo": "offload"}),
        (24, {"sprite": "yes", "sdxl": "yes", "flux-schnell": "offload"}),
        (80, {"flux-schnell": "yes", "sd35-medium": "yes"}),
    ],
)
def test_a_card_is_asked_what_fits_it(
    audobon: Audobon, monkeypatch: pytest.MonkeyPatch, gib: int, expected: dict[str, str]
) -> None:
    card = Gpu("NVIDIA Test", gib * GIB, GIB // 8, "1")  # what is free just now does not matter
    monkeypatch.setattr(probe, "nvidia_gpus", lambda: (card,))
    found = listed(audobon)
    assert {name: found[name]["fits"]["answer"] for name in expected} == expected  # type: ignore[index]
    assert found["sprite"]["fits"]["memory"] == "gpu"  # type: ignore[index]
    assert found["sprite"]["fits"]["strategy"] == "full"  # type: ignore[index]


def test_a_machine_without_a_card_is_asked_for_ram(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "nvidia_gpus", lambda: ())
    monkeypatch.setattr(probe, "_memory_bytes", lambda: 8 * GIB)
    audobon("models", "add", str(clip_folder() / "vae/diffusion_pytorch_model.safetensors"), "--name", "lora")
    found = {name: model["fits"]["answer"] for name, model in listed(audobon).items()}  # type: ignore[index]
    assert found["sprite"] == "yes"
    assert found["sd15"] == "yes"
    assert found["sdxl"] == found["flux-schnell"] == "no"
    assert found["lora"] == "unknown"
    rows = {row.split("\t")[0]: row.split("\t") for row in audobon("models", "list").out.splitlines()}
    assert rows["flux-schnell"][4] == "no"
    assert int(rows["flux-schnell"][-1]) > 63 * GIB
