"""What the SDKs send for a request, and what is made of the cost that comes back."""

import base64
import io
import json
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import Audobon
from tests.providers.rigs import AzureRig, BedrockRig, HuggingFaceRig, Rig, VertexRig
from tests.providers.sdk_rigs import SDK_RIGS, at, code, draw, dry_run, receipt

pytestmark = pytest.mark.loopback


@pytest.fixture
def sketch(tmp_path: Path) -> Path:
    path = tmp_path / "sketch.png"
    Image.new("RGB", (96, 64), "teal").save(path)
    return path


@pytest.mark.parametrize("kind", SDK_RIGS)
def test_what_is_shown_is_what_is_sent(
    kind: type[Rig], audobon: Audobon, monkeypatch: pytest.MonkeyPatch
) -> None:
    with at(kind, monkeypatch) as rig:
        options = ("--quality", "high", *rig.arguments)
        shown = dry_run(audobon, rig, *options)
        assert not rig.double.log, "a dry run sends nothing"
        assert shown["method"] == "POST"
        assert "a castle" in json.dumps(shown["body"])
        assert any(value.endswith("***") for value in shown["headers"].values())
        ran = draw(
            audobon, rig, "--size", str(shown["body"].get("parameters", {}).get("width", 1024)), *options
        )
        assert ran.status == 0, ran.out
        sent = rig.double.asked_in("submit")[0]
        assert shown["url"].startswith(rig.double.address)
        path = shown["url"].removeprefix(rig.double.address).replace("/PROJECT/", "/painters/")
        assert sent.path == (path or "/")
        body = sent.json
        for one in (shown["body"], body):  # chosen at random when none is asked for
            for place in (one, one.get("parameters", {}), one.get("generationConfig", {})):
                place.pop("seed", None)
        assert shown["body"] == body
        found = receipt(ran)
        assert (found["provider"], found["price_usd"] > 0) == (rig.name, True)
        assert found["model"]
        assert found["request_id"]


def test_azure_is_billed_by_tokens(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    with at(AzureRig, monkeypatch) as rig:
        found = receipt(draw(audobon, rig, "--quality", "draft"))
        assert found["price_is"] == "billed"
        assert found["price_usd"] == pytest.approx((9 * 5 + 272 * 30) / 1e6, abs=1e-6)
        assert found["request_id"] == "request-1"


def test_vertex_is_billed_by_tokens_and_thoughts_are_text(
    audobon: Audobon, monkeypatch: pytest.MonkeyPatch
) -> None:
    with at(VertexRig, monkeypatch) as rig:
        found = receipt(draw(audobon, rig))
        assert found["price_is"] == "billed"
        assert found["price_usd"] == pytest.approx((5 * 0.5 + 20 * 3 + 1120 * 60) / 1e6, abs=1e-6)
        assert found["request_id"] == "response-1"


def test_bedrock_folds_seeds_that_it_does_not_take(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    with at(BedrockRig, monkeypatch) as rig:
        for seed in ("5", "0", "4294967299"):
            assert draw(audobon, rig, "--seed", seed).status == 0
        assert [asked.json["seed"] for asked in rig.double.asked_in("submit")] == [5, 1, 6]


@pytest.mark.parametrize("kind", [AzureRig, HuggingFaceRig])
def test_a_seed_that_would_be_ignored_is_refused(
    kind: type[Rig], audobon: Audobon, monkeypatch: pytest.MonkeyPatch
) -> None:
    with at(kind, monkeypatch) as rig:
        assert code(draw(audobon, rig, "--seed", "5")) == "usage.option_unsupported"
        assert not rig.double.log


def test_a_place_without_seeds_serves_as_fallback(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    with at(BedrockRig, monkeypatch) as first, at(AzureRig, monkeypatch) as second:
        first.double.safety = False
        first.double.expired = True
        ran = draw(audobon, first, "--fallback", "azure")
        assert ran.status == 0, ran.out
        assert second.double.bills == ["medium 1024x1024"]
        assert receipt(ran)["provider"] == "azure"


def test_azure_edits_a_picture(audobon: Audobon, monkeypatch: pytest.MonkeyPatch, sketch: Path) -> None:
    with at(AzureRig, monkeypatch) as rig:
        ran = draw(audobon, rig, "--init-image", str(sketch))
        assert ran.status == 0, ran.out
        sent = rig.double.asked_in("submit")[0]
        assert "/images/edits?" in sent.path
        assert sketch.read_bytes() in sent.body
        found = receipt(ran)
        assert code(draw(audobon, rig, "--init-image", str(sketch), "--strength", "0.5")) == "usage.invalid"
        assert found["price_usd"] == pytest.approx((9 * 5 + 323 * 8 + 1056 * 30) / 1e6, abs=1e-6)


def test_vertex_draws_on_from_a_picture(
    audobon: Audobon, monkeypatch: pytest.MonkeyPatch, sketch: Path
) -> None:
    with at(VertexRig, monkeypatch) as rig:
        assert draw(audobon, rig, "--init-image", str(sketch)).status == 0
        parts = rig.double.asked_in("submit")[0].json["contents"][0]["parts"]
        assert parts[0] == {"text": "a castle"}
        # Google's encoder uses the alphabet of URLs.
        assert base64.urlsafe_b64decode(parts[1]["inlineData"]["data"]) == sketch.read_bytes()


def test_bedrock_draws_on_from_a_picture(
    audobon: Audobon, monkeypatch: pytest.MonkeyPatch, sketch: Path
) -> None:
    with at(BedrockRig, monkeypatch) as rig:
        options = ("--model", "sd3-5-large", "--init-image", str(sketch), "--strength", "0.5")
        assert draw(audobon, rig, *options).status == 0
        body = rig.double.asked_in("submit")[0].json
        assert (body["mode"], body["strength"]) == ("image-to-image", 0.5)
        assert "aspect_ratio" not in body
        assert Image.open(io.BytesIO(base64.b64decode(body["image"]))).size == (96, 64)
        refused = draw(audobon, rig, "--init-image", str(sketch))
        assert "sd3-5-large" in refused.json["error"]["hint"]


@pytest.mark.parametrize(
    ("provider", "model", "successor"),
    [
        ("vertex", "imagen-4.0-generate-001", "gemini-3.1-flash-image"),
        ("bedrock", "amazon.titan-image-generator-v2:0", "stable-image-core"),
        ("bedrock", "nova-canvas", "stable-image-core"),
        ("azure", "dall-e-3", "gpt-image-2"),
        ("azure", "gpt-image-1", "gpt-image-2"),
    ],
)
def test_a_retired_model_names_its_successor(
    provider: str, model: str, successor: str, audobon: Audobon
) -> None:
    ran = audobon("generate", "a castle", "--provider", provider, "--model", model, "--json")
    assert ran.status == 43
    assert code(ran) == "provider.model_gone"
    assert successor in ran.json["error"]["hint"]


def test_azure_takes_a_deployment_of_another_name(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_DEPLOYMENT", "castle-painter")
    with at(AzureRig, monkeypatch) as rig:
        assert draw(audobon, rig).status == 0
        assert "/deployments/castle-painter/" in rig.double.log[0].path


def test_bedrock_stays_in_the_region_of_the_user(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    with at(BedrockRig, monkeypatch) as rig:
        ran = draw(audobon, rig)
        assert "us-west-2, not in eu-central-1" in ran.json["error"]["message"]
        assert not rig.double.log


@pytest.mark.parametrize("kind", SDK_RIGS)
def test_probing_costs_nothing(kind: type[Rig], audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    with at(kind, monkeypatch) as rig:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK", rig.double.address)
        if kind is HuggingFaceRig:
            from huggingface_hub import constants

            monkeypatch.setattr(constants, "ENDPOINT", rig.double.address)
        ran = audobon("providers", "check", rig.name, "--json")
        probe = ran.data["providers"][0]["probes"][0]
        assert (probe["reachable"], probe["key_works"]) == (True, True), probe
        assert probe["facts"]
        assert not rig.double.bills
