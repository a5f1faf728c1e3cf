"""A variable that names no proxy is named, on every road to the network, before anything is sent or asked again."""

import json
from pathlib import Path

import pytest

from audobon_cli.analytics.bigquery.connection import BigQueryConnection, WarehousePlace
from audobon_cli.cloud.connection import CloudConnection, CloudPlace
from audobon_cli.doctor.updates import UpdateQuery
from audobon_cli.domain.errors import ProxyInvalid
from audobon_cli.monitoring.alerts import Alert, send_alert
from audobon_cli.monitoring.health import HealthFinding, HealthStatus
from audobon_cli.operations.telemetry import target
from audobon_cli.providers.services.comfyui_socket import ServerSocket
from audobon_cli.settings.proxies import OF_HTTPX, require_usable_proxies
from audobon_cli.settings.settings import Settings
from tests.conftest import Audobon

VARIABLES = [f"{scheme}_proxy" for scheme in ("https", "http", "all", "no")]
FAULTS = [
    (":::", "its host or port cannot be read"),
    ("http://proxy:port", "its host or port cannot be read"),
    ("http://[::1", "its host or port cannot be read"),
    ("http://proxy:99999", "its host or port cannot be read"),
    ("http://me:pass#word@proxy:1", "its host or port cannot be read"),
    ("http://", "it has no host"),
    ("http://proxy:3128\n", "it holds a space or a control character"),
    (" http://proxy:3128", "it holds a space or a control character"),
    ("socks9://proxy:1", "socks9 is no kind of proxy"),
]
USABLE = [
    "proxy",
    "proxy:3128",
    "http://proxy:3128",
    "HTTPS://proxy",
    "http://[::1]:3128",
    "http://me:p@ss@proxy:1",
    "",
]


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(("value", "fault"), FAULTS)
def test_what_names_no_proxy_is_said_without_the_value(
    value: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    for address, socks in (("https://example.org", "socks"), ("", OF_HTTPX), ("wss://example.org", "")):
        with pytest.raises(ProxyInvalid, match="HTTPS_PROXY names no proxy") as caught:
            require_usable_proxies(address, socks)
        assert fault in caught.value.message
        assert "pass#word" not in f"{caught.value.message}{caught.value.hint}{caught.value.details}"
    require_usable_proxies("http://example.org")


@pytest.mark.parametrize("value", USABLE)
def test_what_names_one_passes(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    require_usable_proxies("https://example.org")
    require_usable_proxies()


def test_only_the_variable_that_would_be_read_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", ":::")
    with pytest.raises(ProxyInvalid, match="ALL_PROXY"):
        require_usable_proxies("http://example.org")
    monkeypatch.setenv("http_proxy", "http://proxy:1")
    require_usable_proxies("http://example.org")
    monkeypatch.setenv("NO_PROXY", "example.org, 127.0.0.0/8")
    require_usable_proxies("https://example.org")
    require_usable_proxies("https://127.0.0.1:9")
    with pytest.raises(ProxyInvalid, match="ALL_PROXY"):
        require_usable_proxies()


def test_socks_needs_the_package_of_the_library_that_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://proxy:1")
    monkeypatch.setattr("audobon_cli.settings.proxies.find_spec", lambda name: None)
    for socks, hint in (("socks", "`pip install pysocks`"), (OF_HTTPX, "`pip install socksio`")):
        with pytest.raises(ProxyInvalid, match="SOCKS is missing") as caught:
            require_usable_proxies("https://example.org", socks)
        assert hint in caught.value.hint
    with pytest.raises(ProxyInvalid, match="socks5 is no kind"):
        require_usable_proxies("https://example.org", "")
    monkeypatch.setattr("audobon_cli.settings.proxies.find_spec", lambda name: object())
    require_usable_proxies("https://example.org")


ROADS = [
    ("models", "pull", "hf:org/model"),
    ("models", "pull", "https://example.org/model.safetensors"),
    ("models", "pull", "gs://bucket/model.safetensors"),
    ("backup", "init", "s3://bucket/backup", "--no-encryption"),
    ("backup", "init", "gs://bucket/backup", "--no-encryption"),
    ("providers", "test", "replicate"),
    ("providers", "test", "azure"),
    ("providers", "test", "huggingface"),
    ("providers", "test", "bedrock"),
]


@pytest.mark.parametrize("argv", ROADS, ids=" ".join)
def test_commands_name_the_variable(
    argv: tuple[str, ...], audobon: Audobon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = {"type": "authorized_user", "client_id": "x", "client_secret": "y", "refresh_token": "z"}
    (tmp_path / "login.json").write_text(json.dumps(login))
    variables = {
        "HTTPS_PROXY": ":::",
        "GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "login.json"),
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "y",
        "AWS_REGION": "us-west-2",
        "REPLICATE_API_TOKEN": "r8_x",
        "AZURE_OPENAI_API_KEY": "x",
        "AZURE_OPENAI_ENDPOINT": "https://x.openai.azure.com",
        "HF_TOKEN": "hf_abcdefgh",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    audobon("init", ".")
    ran = audobon(*argv, "--json")
    assert ran.json["error"]["code"] == "usage.proxy"
    assert ran.json["error"]["message"].startswith("HTTPS_PROXY names no proxy")
    assert "unset HTTPS_PROXY" in ran.json["error"]["hint"]


def test_what_goes_on_without_the_network_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", ":::")
    monkeypatch.setattr(target, "is_installed", lambda: True)
    assert "HTTPS_PROXY names no proxy" in UpdateQuery("https://example.org/simple").notice().message
    finding = HealthFinding("disk", HealthStatus.FAILED, "2 MiB free", "audobon disk free")
    (problem,) = send_alert(
        Alert(finding, "ok", "host", "now"), Settings(alert_webhook="https://example.org")
    )
    assert problem.startswith("alert_webhook: HTTPS_PROXY names no proxy")
    unsent = target.telemetry_target("https://example.org:4318", {"HTTPS_PROXY": ":::"}, offline=False)
    assert unsent is not None
    assert unsent.unusable.startswith("HTTPS_PROXY names no proxy")


def test_connections_without_a_command_here_say_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", ":::")
    with pytest.raises(ProxyInvalid):
        ServerSocket("https://example.org", "client").open()
    with pytest.raises(ProxyInvalid):
        CloudConnection(CloudPlace("project", "region")).ask("run", "GET", "/")
    with pytest.raises(ProxyInvalid):
        BigQueryConnection(WarehousePlace("project", "dataset")).ask("GET", "/")
