"""`audobon models login`: a token that opens gated models, and is found nowhere but in the keyring."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest

from tests.cli.test_contract import validator
from tests.conftest import Audobon
from tests.doubles.hub_server import HubDouble
from tests.fakes.memory_keyring import MemoryKeyring
from tests.fault_injection import child_environment
from tests.processes import read_to_end
from tests.tiny_models import clip_folder
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.loopback

SECRET = "hf_PLANTEDSECRET0123456789"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubDouble]:
    with HubDouble() as double:
        double.token = SECRET
        double.add("acme/gated", clip_folder(), gated=True)
        monkeypatch.setenv("HF_ENDPOINT", double.endpoint)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
        yield double


@pytest.fixture
def ring() -> Iterator[MemoryKeyring]:
    before = keyring.get_keyring()
    made = MemoryKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def test_logging_in_opens_gated_models_and_logging_out_closes_them(
    server: HubDouble, ring: MemoryKeyring, audobon: Audobon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = [audobon("models", "pull", "hf:acme/gated")]
    assert ran[-1].status == 42
    assert "audobon models login" in ran[-1].err
    ran.append(audobon("models", "login", "--stdin", "--json", stdin=f"{SECRET}\n"))
    validator("models-login").validate(ran[-1].data)
    assert ran[-1].data == {"service": "hf", "user": "painter", "checked": True}
    assert list(ring.kept.values()) == [SECRET]
    ran.append(audobon("models", "pull", "hf:acme/gated", "-vv", "--debug"))
    assert ran[-1].status == 0
    assert any(asked.authorization == f"Bearer {SECRET}" for asked in server.log)
    ran.append(audobon("models", "logout", "--json"))
    validator("models-logout").validate(ran[-1].data)
    assert ran[-1].data["removed"]
    ran.append(audobon("models", "logout"))
    assert "no token" in ran[-1].out
    ran.append(audobon("models", "pull", "hf:acme/gated", "--name", "again"))
    assert ran[-1].status == 42

    monkeypatch.setenv("HF_TOKEN", SECRET)
    ran.append(audobon("models", "login", "hf", "--stdin", stdin=SECRET))
    assert "HF_TOKEN is set" in ran[-1].err
    assert all(SECRET not in one.out + one.err for one in ran)
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.stat().st_size < 1_000_000:
            assert SECRET.encode() not in path.read_bytes(), path


def test_the_keyring_goes_before_the_token_file(
    server: HubDouble, ring: MemoryKeyring, audobon: Audobon, tmp_path: Path
) -> None:
    (tmp_path / "hf").mkdir()
    (tmp_path / "hf" / "token").write_text("hf_old_and_expired")
    assert audobon("models", "pull", "hf:acme/gated").status == 45
    audobon("models", "login", "--stdin", stdin=SECRET)
    assert audobon("models", "pull", "hf:acme/gated").status == 0


def test_what_is_no_token_or_a_wrong_one_is_not_kept(
    server: HubDouble, ring: MemoryKeyring, audobon: Audobon
) -> None:
    wrong = audobon("models", "login", "--stdin", "--json", stdin="hf_wrongwrongwrong")
    assert (wrong.status, wrong.json["error"]["code"]) == (45, "source.token_refused")
    assert "wrongwrong" not in wrong.out
    for text in ("", "two words here", "short", "hf_\x00aaaaaaaaaa"):
        assert audobon("models", "login", "--stdin", stdin=text).status == 2
    assert audobon("models", "login", stdin=SECRET).status == 2  # no terminal, no --stdin
    assert audobon("models", "login", "gs", "--stdin", stdin=SECRET).status == 2
    assert ring.kept == {}
    offline = audobon("models", "login", "--stdin", "--offline", stdin=SECRET)
    assert (offline.status, "not checked" in offline.out) == (0, True)
    assert server.log[-1].path == "/api/whoami-v2"


def test_without_a_keyring_the_way_out_is_named(
    server: HubDouble, ring: MemoryKeyring, audobon: Audobon
) -> None:
    ring.locked = True
    for argv in (("login", "--stdin"), ("logout",)):
        refused = audobon("models", *argv, "--json", stdin=SECRET)
        assert (refused.status, refused.json["error"]["code"]) == (48, "keyring.unavailable")
        assert "HF_TOKEN" in refused.json["error"]["hint"]
    server.add("acme/open", clip_folder())
    assert audobon("models", "pull", "hf:acme/open").status == 0


def test_at_a_terminal_the_token_is_asked_for_and_not_shown(server: HubDouble, tmp_path: Path) -> None:
    environment = {
        **child_environment(),
        "PYTHON_KEYRING_BACKEND": "tests.fakes.memory_keyring.MemoryKeyring",
    }
    environment["PYTHONPATH"] += ":" + ":".join(sys.path)
    pty = pytest.importorskip("pty", reason="of what only POSIX has")
    main, side = pty.openpty()
    command = [sys.executable, "-m", "audobon_cli", "models", "login"]
    with subprocess.Popen(
        command, stdin=side, stdout=side, stderr=side, env=environment, start_new_session=True
    ) as process:
        os.close(side)
        shown = b""
        while b"not shown" not in shown:
            shown += os.read(main, 1000)
        os.write(main, f"{SECRET}\n".encode())
        shown += read_to_end(main)
        assert process.wait(PATIENCE_SECONDS) == 0
    os.close(main)
    assert b"painter" in shown
    assert SECRET.encode() not in shown
