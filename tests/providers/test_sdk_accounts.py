"""Who is asking: keys, each SDK's own chain, credentials that expire, and that none of it is ever written down."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest

from audobon_cli.storage.os_keyring import SERVICE
from tests.conftest import Audobon
from tests.doubles.bedrock_server import BedrockDouble
from tests.doubles.certificates import own_certificate
from tests.doubles.service import Fault
from tests.fakes.memory_keyring import MemoryKeyring
from tests.providers.accounts import private_key
from tests.providers.rigs import AzureRig, BedrockRig, HuggingFaceRig, Rig, VertexRig
from tests.providers.sdk_rigs import SDK_RIGS, all_written, at, code, draw

pytestmark = pytest.mark.loopback


@pytest.mark.parametrize("kind", SDK_RIGS)
def test_keys_are_written_nowhere(
    kind: type[Rig], audobon: Audobon, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with at(kind, monkeypatch) as rig:
        shown = [
            draw(audobon, rig, *rig.arguments, "--debug"),
            audobon("providers", "test", rig.name, "--dry-run"),
            audobon("providers", "list", "--json", "--debug"),
        ]
        # Services quote keys when they turn them down.
        rig.double.faults.append(Fault("status", "submit", status=401))
        shown.append(draw(audobon, rig, *rig.arguments, "--debug"))
        assert shown[-1].status == 45
        tokens = getattr(rig.double, "tokens", [])
        aws = [rig.double.secret_key] if isinstance(rig.double, BedrockDouble) else []
        written = all_written(tmp_path / "home", tmp_path / "project")
        assert len(written) > 10_000
        for secret in (rig.double.key, *tokens, *aws, private_key()[100:140]):
            assert secret.encode() not in written
            for ran in shown:
                assert secret not in ran.out + ran.err


def test_vertex_says_when_google_gives_no_more_tokens(
    audobon: Audobon, monkeypatch: pytest.MonkeyPatch
) -> None:
    with at(VertexRig, monkeypatch) as rig:
        rig.double.expired = True
        ran = draw(audobon, rig)
        assert code(ran) == "provider.key_refused"
        assert "gcloud auth application-default login" in ran.json["error"]["hint"]
        assert not rig.double.bills
        assert not rig.double.asked_in("submit")


def test_vertex_takes_an_api_key(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    with at(VertexRig, monkeypatch) as rig:
        monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS")
        monkeypatch.setenv("GOOGLE_API_KEY", rig.double.key)
        assert draw(audobon, rig).status == 0
        asked = rig.double.asked_in("submit")[0]
        assert "/projects/" not in asked.path
        assert not rig.double.tokens


def test_vertex_needs_no_variable_for_the_project(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    with at(VertexRig, monkeypatch) as rig:
        assert draw(audobon, rig).status == 0
        assert "/projects/painters/locations/global/" in rig.double.asked_in("submit")[0].path


def test_bedrock_says_when_credentials_have_expired(
    audobon: Audobon, monkeypatch: pytest.MonkeyPatch
) -> None:
    with at(BedrockRig, monkeypatch) as rig:
        rig.double.expired = True
        assert code(draw(audobon, rig)) == "provider.key_refused"


@pytest.fixture
def memory() -> Iterator[MemoryKeyring]:
    """A keyring for one test."""
    before, found = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(found)
    yield found
    keyring.set_keyring(before)


def test_a_bedrock_key_does_not_go_over_http(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    with at(BedrockRig, monkeypatch) as rig:
        monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", rig.double.key)
        ran = draw(audobon, rig)
        assert "https only" in ran.json["error"]["message"]
        assert not rig.double.log


@pytest.mark.parametrize("place", ["variable", "keyring"])
def test_bedrock_takes_an_api_key_over_tls(
    place: str,
    audobon: Audobon,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    memory: MemoryKeyring,
) -> None:
    pytest.importorskip("botocore")
    tls, trusted = own_certificate(tmp_path)
    with BedrockDouble(tls) as double:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", double.address)
        monkeypatch.setenv("AWS_CA_BUNDLE", str(trusted))
        if place == "variable":
            monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", double.key)
        else:
            memory.set_password(SERVICE, "bedrock", double.key)
        ran = audobon("generate", "a castle", "--provider", "bedrock", "--yes", "--json")
        assert ran.status == 0, ran.out
        assert f"Bearer {double.key}" in double.log[0].headers.values()


def test_bedrock_does_not_trust_just_anyone(
    audobon: Audobon, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("botocore")
    tls, _ = own_certificate(tmp_path)
    with BedrockDouble(tls) as double:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", double.address)
        monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", double.key)
        ran = audobon("generate", "a castle", "--provider", "bedrock", "--yes", "--json")
        assert code(ran) == "provider.unreachable"
        assert "certificate" in ran.json["error"]["message"]
        assert not double.log


def test_azure_signs_in_as_az_does(audobon: Audobon, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("azure.identity")
    answer = {"accessToken": "planted-azure-token", "expiresOn": "2099-01-01 00:00:00.000000"}
    tool = tmp_path / "bin" / "az"
    tool.parent.mkdir()
    tool.write_text(f"#!/bin/sh\necho '{json.dumps(answer)}'\n", encoding="utf-8")
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tool.parent), prepend=":")
    with at(AzureRig, monkeypatch) as rig:
        monkeypatch.delenv("AZURE_OPENAI_API_KEY")
        monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "AzureCliCredential")
        rig.double.bearer = "planted-azure-token"
        ran = draw(audobon, rig, "--debug")
        assert ran.status == 0, ran.out
        assert "Bearer planted-azure-token" in rig.double.log[0].headers.values()
        assert "planted-azure-token" not in ran.out + ran.err
        tool.write_text(
            "#!/bin/sh\necho \"Please run 'az login' to setup account.\" >&2\nexit 1\n", encoding="utf-8"
        )
        ran = draw(audobon, rig)
        assert code(ran) == "provider.key_missing"
        assert "az login" in ran.json["error"]["hint"]


def test_azure_takes_a_token(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    with at(AzureRig, monkeypatch) as rig:
        monkeypatch.delenv("AZURE_OPENAI_API_KEY")
        monkeypatch.setenv("AZURE_OPENAI_AD_TOKEN", "planted-ad-token")
        rig.double.bearer = "planted-ad-token"
        assert draw(audobon, rig).status == 0


@pytest.mark.parametrize(
    ("provider", "words"),
    [
        ("vertex", "gcloud auth application-default login"),
        ("bedrock", "aws configure"),
        ("azure", "az login"),
        ("huggingface", "hf auth login"),
    ],
)
def test_without_an_account_the_error_says_how_to_get_one(
    provider: str, words: str, audobon: Audobon, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(
        {"vertex": "google.genai", "azure": "openai", "bedrock": "botocore"}.get(provider, "json")
    )
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "http://127.0.0.1:9")
    ran = audobon("generate", "a castle", "--provider", provider, "--yes", "--json")
    assert code(ran) == "provider.key_missing"
    assert words in ran.json["error"]["hint"]


def test_azure_needs_an_address(audobon: Audobon) -> None:
    pytest.importorskip("openai")
    ran = audobon("generate", "a castle", "--provider", "azure", "--yes", "--json")
    assert ran.status == 2
    assert "AZURE_OPENAI_ENDPOINT" in ran.json["error"]["hint"]


def test_a_key_of_a_partner_is_not_sent_there(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "sk-not-of-hugging-face")
    ran = audobon("generate", "a castle", "--provider", HuggingFaceRig.name, "--yes", "--json")
    assert code(ran) == "provider.key_refused"
    assert "hf_" in ran.json["error"]["message"]


def test_a_profile_that_is_not_there_is_a_wrong_input(
    audobon: Audobon, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("botocore")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    ran = audobon("generate", "a castle", "--provider", "bedrock", "--yes", "--json")
    assert ran.status == 2
    assert "nobody" in ran.json["error"]["message"]
    assert audobon("providers", "list", "--json").status == 0
