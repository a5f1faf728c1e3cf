"""What a newcomer meets on a walk through the commands: words that name what to do next, and are true."""

import os
import pwd
from pathlib import Path

import pytest

from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine


def _damage(audobon: Audobon, name: str) -> Path:
    path = Path(audobon("assets", "show", name, "--json").data["asset"]["path"])
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    return path


def _id(audobon: Audobon) -> str:
    return str(audobon("assets", "show", "iron_sword", "--json").data["asset"]["id"])


def test_verify_names_the_asset_its_file_and_the_way_to_heal_it(
    audobon: Audobon, fake_engine: FakeEngine
) -> None:
    audobon("generate", "iron sword")
    path = _damage(audobon, "iron_sword")
    ran = audobon("assets", "verify")
    assert ran.status == 21
    assert f"damaged: iron_sword ({_id(audobon)}): {path}" in ran.out
    assert "1 stored file is damaged: iron_sword." in ran.err
    assert "audobon assets verify --repair-from" in ran.err
    path.unlink()
    ran = audobon("assets", "verify")
    assert ran.status == 22
    assert "missing: iron_sword" in ran.out
    found = audobon("assets", "verify", "--json")
    assert found.data["missing"][0]["names"] == ["iron_sword"]
    assert found.data["missing"][0]["file"] == str(path)


def test_a_commit_has_the_name_of_the_account_where_no_variable_has_it(
    audobon: Audobon, fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("USER", "USERNAME", "LOGNAME"):
        monkeypatch.delenv(name, raising=False)
    audobon("generate", "cat")
    audobon("version", "commit", "-m", "one")
    commit = audobon("version", "log", "--json").data["commits"][0]
    assert commit["author"] == pwd.getpwuid(os.getuid()).pw_name


def test_a_revert_is_called_so(audobon: Audobon, fake_engine: FakeEngine) -> None:
    audobon("generate", "cat")
    audobon("version", "commit", "-m", "one")
    audobon("generate", "dog")
    audobon("version", "commit", "-m", "two")
    assert "Reverted as" in audobon("version", "revert", "HEAD").err


def test_a_style_outside_of_the_contract_is_said_in_words(audobon: Audobon, fake_engine: FakeEngine) -> None:
    Path("audobon.toml").write_text('[contract]\nstyles = ["flat"]\n', encoding="utf-8")
    ran = audobon("generate", "cat", "--style", "pixel")
    assert "its style is none of the contract's" in ran.err
    assert "style is 1" not in ran.err
