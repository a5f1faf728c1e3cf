"""A planted key is in nothing that is written: not in output, errors, log, database, recipes or pictures."""

from pathlib import Path

import keyring
import pytest

from audobon_cli.domain.secrets import Secret, redact
from audobon_cli.providers.services.replicate import Replicate
from tests.cli.test_contract import validator
from tests.conftest import Audobon
from tests.doubles.replicate_server import ReplicateDouble
from tests.doubles.service import Fault
from tests.fakes.memory_keyring import MemoryKeyring

pytestmark = pytest.mark.loopback

ASK = ("generate", "castle", "--provider", "replicate", "--size", "512", "--debug")


def files_with(secret: str, folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


def test_a_planted_key_is_nowhere(
    audobon: Audobon, replicate: ReplicateDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [audobon(*ASK, "--events"), audobon(*ASK)]
    for fault in (
        Fault("status", status=401, times=1),  # the double's answer quotes the key, as real services do
        Fault("status", status=500, times=1),
        Fault("reset", times=1),
        Fault("change", "poll", times=1, change=lambda reply: reply.__class__(200, replicate.key.encode())),
    ):
        replicate.faults[:] = [fault]
        runs += [audobon(*ASK, "--json"), audobon("providers", "check", "--debug")]
    monkeypatch.setattr(Replicate, "submit", broken)
    runs.append(audobon(*ASK))
    runs += [
        audobon("providers", *argv)
        for argv in (("list", "--json"), ("check", "--json"), ("test", "replicate", "--dry-run", "--json"))
    ]
    runs += [audobon("usage", "--json"), audobon("config", "show", "--json")]
    assert {ran.status for ran in runs} >= {0, 1, 45, 46}
    assert not [ran for ran in runs if replicate.key in ran.out or replicate.key in ran.err]
    assert files_with(replicate.key, tmp_path) == []
    assert files_with("audobon", tmp_path), "nothing was looked at"
    assert any("Bearer ***" in ran.out + ran.err for ran in runs), "the quoted key was not masked but lost"


def broken(provider: Replicate, job: object, server: str) -> object:
    """What a bug would do that carries the key in its message."""
    key = provider._access.key()
    assert key is not None
    raise RuntimeError(f"headers: {key.reveal()}")


def test_the_key_goes_to_the_service_alone(audobon: Audobon, replicate: ReplicateDouble) -> None:
    assert audobon(*ASK).status == 0
    hosts = {
        asked.headers["Host"].partition(":")[0] for asked in replicate.log if "Authorization" in asked.headers
    }
    assert hosts == {"127.0.0.1"}
    files = replicate.asked_in("fetch")
    assert files
    assert not [asked for asked in files if "Authorization" in asked.headers]


def test_a_secret_shows_itself_as_a_mask() -> None:
    secret = Secret("abcdef-very-secret", "A_VARIABLE")
    assert f"{secret} {secret!r} {[secret]}" == "*** *** [***]"
    assert redact("the key abcdef-very-secret is wrong") == "the key *** is wrong"


@pytest.fixture
def memory_keyring() -> "MemoryKeyring":
    backend = MemoryKeyring()
    before = keyring.get_keyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


def test_a_key_can_lie_in_the_keyring(
    audobon: Audobon,
    replicate: ReplicateDouble,
    memory_keyring: MemoryKeyring,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("REPLICATE_API_TOKEN")
    assert audobon(*ASK).status == 45
    kept = audobon("providers", "login", "replicate", "--stdin", "--json", stdin=f"{replicate.key}\n")
    validator("providers-login").validate(kept.data)
    assert memory_keyring.kept == {("audobon", "replicate"): replicate.key}
    listed = audobon("providers", "list", "--json").data["providers"]
    assert next(one["key"] for one in listed if one["name"] == "replicate") == "keyring"
    assert audobon(*ASK).status == 0
    monkeypatch.setenv("REPLICATE_API_TOKEN", "another-key")
    shadowed = audobon("providers", "login", "replicate", "--stdin", stdin=replicate.key)
    assert "REPLICATE_API_TOKEN" in shadowed.err
    removed = audobon("providers", "logout", "replicate", "--json").data
    validator("providers-logout").validate(removed)
    assert removed["removed"]
    assert not audobon("providers", "logout", "replicate", "--json").data["removed"]
    assert audobon("providers", "login", "replicate", "--stdin", stdin="two words").status == 2
    assert audobon("providers", "login", "comfyui", "--stdin", stdin=replicate.key).status == 2
