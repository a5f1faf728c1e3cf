"""An endpoint of one's own on Vertex AI: named by settings, signed in two ways, its price told or unknown."""

from pathlib import Path

import pytest

from audobon_cli.presets.catalog import shipped_presets
from tests.conftest import Audobon
from tests.doubles.vertex_endpoint_server import NAME, VertexEndpointDouble
from tests.providers.accounts import service_account
from tests.providers.rigs import VertexEndpointRig
from tests.providers.sdk_rigs import at, code, draw, dry_run, receipt

pytestmark = pytest.mark.loopback
SMALL = ("--size", "256")


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    with at(VertexEndpointRig, monkeypatch) as found:
        yield found


@pytest.fixture
def double(rig: VertexEndpointRig) -> VertexEndpointDouble:
    return rig.double


def test_the_request_is_that_of_containers_for_diffusers(
    audobon: Audobon, rig: VertexEndpointRig, double: VertexEndpointDouble
) -> None:
    shown = dry_run(audobon, rig, "--quality", "draft")
    assert shown["url"] == f"{double.address}/v1/{NAME}:predict"
    assert shown["headers"]["Authorization"] == "Bearer ***"
    assert shown["body"] == {
        "instances": [{"text": "a castle"}],
        "parameters": {"num_inference_steps": 15, "width": 256, "height": 256, "guidance_scale": 6.0},
    }
    assert double.log == []
    for double.bare in (False, True):
        ran = draw(audobon, rig, *SMALL, "--steps", str(7 + double.bare), "--negative", "blur")
        assert ran.status == 0, ran.out
        sent = double.asked_in("submit")[-1].json["parameters"]
        assert (sent["num_inference_steps"], sent["negative_prompt"]) == (7 + double.bare, "blur")
    assert (receipt(ran)["price_usd"], receipt(ran)["price_is"]) == (0, "unknown")
    assert double.key not in ran.out + ran.err


def test_its_price_is_unknown_until_somebody_says_it(
    audobon: Audobon, rig: VertexEndpointRig, double: VertexEndpointDouble
) -> None:
    rows = [
        row for row in audobon("providers", "models", "vertex-endpoint").out.splitlines() if "sdxl" in row
    ]
    assert "unknown" in rows[0]
    words = ("generate", "a castle", "--provider", "vertex-endpoint", "--plan")
    assert "not known" in audobon(*words).out
    listed = audobon("providers", "models", "vertex-endpoint", "--json").data["models"][0]
    assert (listed["price_usd"], "by the hour" in listed["price_source"]) == ({}, True)
    own = Path.home() / ".config" / "audobon" / "presets" / "providers"
    own.mkdir(parents=True)
    text = (shipped_presets() / "providers" / "vertex-endpoint.toml").read_text(encoding="utf-8")
    told = "per_second = 3600.0\nper_picture = 0.01"
    (own / "vertex-endpoint.toml").write_text(text.replace("unknown = true", told), encoding="utf-8")
    assert "$0.01" in audobon(*words).out
    ran = draw(audobon, rig, *SMALL)
    assert ran.status == 0, ran.out
    assert receipt(ran)["price_usd"] > 0
    spent = audobon("usage", "--json").data["usage"][0]
    assert (spent["provider"], spent["usd"]) == ("vertex-endpoint", receipt(ran)["price_usd"])
    audobon("config", "set", "budget_per_run", "0.02")
    assert code(draw(audobon, rig, *SMALL, "--count", "3")) == "budget.spent"


def test_the_endpoint_is_looked_at_before_it_is_asked(
    audobon: Audobon, double: VertexEndpointDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    def probe() -> dict[str, object]:
        (found,) = audobon("providers", "check", "vertex-endpoint", "--json").data["providers"]
        return found["probes"][0]

    assert probe()["facts"] == {"endpoint": "mine", "models": "my-sdxl"}
    double.deployed = False
    assert "no model is deployed" in str(probe()["problem"])
    monkeypatch.delenv("AUDOBON_VERTEX_ENDPOINT")
    ran = audobon("generate", "x", "--provider", "vertex-endpoint", "--yes", "--json")
    assert code(ran) == "usage.invalid"
    assert "audobon config set vertex_endpoint" in ran.json["error"]["hint"]
    monkeypatch.setenv("AUDOBON_VERTEX_ENDPOINT", "8431")
    monkeypatch.setenv("AUDOBON_CLOUD_PROJECT", "painters")
    monkeypatch.setenv("AUDOBON_CLOUD_REGION", "us-central1")
    double.deployed = True
    assert probe()["reachable"]


def test_application_default_credentials_sign_in(
    audobon: Audobon,
    rig: VertexEndpointRig,
    double: VertexEndpointDouble,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("VERTEX_ENDPOINT_TOKEN")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(service_account(f"{double.address}/token")))
    assert draw(audobon, rig, *SMALL).status == 0
    assert double.tokens
