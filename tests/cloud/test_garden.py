"""`audobon models garden`: what is offered, on which terms, and the command that brings it here."""

import json
from collections.abc import Iterator

import pytest

from tests.cloud.rigs import variables
from tests.conftest import Audobon
from tests.doubles.gcs_server import GcsDouble
from tests.doubles.hub_server import HubDouble
from tests.doubles.model_garden_server import WEIGHTS, ModelGardenDouble
from tests.doubles.service import Fault

pytestmark = pytest.mark.loopback
INDEX = {"_class_name": "StableDiffusionXLPipeline", "vae": ["diffusers", "AutoencoderKL"]}
FILES = {
    "model_index.json": json.dumps(INDEX).encode(),
    "vae/config.json": b"{}",
    "vae/diffusion_pytorch_model.safetensors": b"never read",
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelGardenDouble]:
    with ModelGardenDouble() as running:
        for name, value in variables(running.address).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AUDOBON_CLOUD_PROJECT", "p")
        yield running


def test_all_pages_are_listed_and_searched(audobon: Audobon, server: ModelGardenDouble) -> None:
    def names(*words: str) -> list[str]:
        return [one["model"] for one in audobon("models", "garden", *words, "--json").data["models"]]

    server.faults.append(Fault("status", "list", times=1, status=503))
    assert len(names()) == 4
    assert names("stable xl") == ["stability-ai/stable-diffusion-xl"]
    assert names("--publisher", "google") == ["google/imagen-4"]
    assert names("nothing-like-it") == []
    told = audobon("models", "garden", "imagen", "--json").data["models"][0]
    assert (told["terms"], told["agreed"]) == ("not open: the publisher's terms", None)


def test_a_model_says_its_terms_and_what_comes_next(audobon: Audobon, server: ModelGardenDouble) -> None:
    def shown(name: str) -> dict[str, object]:
        found: dict[str, object] = audobon("models", "garden", name, "--json").data["models"][0]
        return found

    here = shown("stability-ai/stable-diffusion-xl")
    assert (here["agreed"], here["restricted"], here["weights"]) == (True, False, WEIGHTS)
    assert here["next"] == f"audobon models pull {WEIGHTS}"
    closed = shown("google/imagen-4")
    assert (closed["agreed"], closed["restricted"], closed["weights"]) == (False, True, None)
    assert str(closed["page"]).endswith("/publishers/google/model-garden/imagen-4")
    assert shown("hf-org/flux-tiny")["next"] == "audobon models pull hf:org/flux-tiny"
    deployed = shown("stability-ai/stable-video")["next"]
    assert str(deployed).endswith("--model stability-ai/stable-video@001 --region us-central1")
    assert closed["next"] == f"open {closed['page']}"  # nobody deploys it
    words = audobon("models", "garden", "google/imagen-4").err
    assert "access has to be asked for" in words


def test_what_comes_next_works_for_every_row(
    audobon: Audobon, server: ModelGardenDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    with GcsDouble() as storage, HubDouble() as hub:
        hub.add("org/flux-tiny", FILES)
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        storage.put_folder("garden-public", "sdxl", FILES)
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", storage.endpoint)
        rows = audobon("models", "garden", "--json").data["models"]
        assert len(rows) == 4
        pulled = []
        for row in rows:
            words = str(row["next"]).split()
            if words[2] == "garden":
                assert words[3] == row["model"]
                words = str(audobon(*words[1:], "--json").data["models"][0]["next"]).split()
            if words[:3] == ["audobon", "models", "pull"]:
                assert audobon(*words[1:], "--dry-run").status == 0
                pulled.append(words[3])
    assert pulled == [WEIGHTS, "hf:org/flux-tiny"]


def test_what_is_wrong_says_what_to_do(audobon: Audobon, server: ModelGardenDouble) -> None:
    def refused(*words: str) -> tuple[str, str]:
        error = audobon("models", "garden", *words, "--json").json["error"]
        return error["code"], error["hint"]

    code, hint = refused("google/nothing")
    assert (code, "audobon models garden nothing" in hint) == ("cloud.missing", True)
    assert refused("a/b/c")[0] == "usage.invalid"
    assert refused("x", "--offline")[0] == "source.offline"
    server.off = True
    assert refused()[0] == "cloud.api_off"
