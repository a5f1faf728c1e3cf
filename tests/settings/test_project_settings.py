"""A project's file tightens what guards the user, and never loosens it; odd values are refused."""

from pathlib import Path

import pytest

from audobon_cli.domain.errors import SettingInvalid
from audobon_cli.settings.locations import foreign_runtime, user_locations
from audobon_cli.settings.settings import load_settings


@pytest.mark.parametrize(
    ("own", "project", "key", "held"),
    [
        ("offline = true", "offline = false", "offline", True),
        ("offline = false", "offline = true", "offline", True),
        ("budget_per_run = 2", "budget_per_run = 0", "budget_per_run", 2.0),
        ("budget_per_run = 2", "[budget]\nper_run = 3", "budget_per_run", 2.0),
        ("budget_per_run = 2", "[budget]\nper_run = 1", "budget_per_run", 1.0),
        ("", "budget_per_month = 5", "budget_per_month", 5.0),
        ("", "budget_confirm_above = 100", "budget_confirm_above", 1.0),
        ("", "budget_confirm_above = 0.5", "budget_confirm_above", 0.5),
        ("model = 'a'", "model = 'b'", "model", "b"),
    ],
)
def test_a_project_only_tightens(tmp_path: Path, own: str, project: str, key: str, held: object) -> None:
    (tmp_path / "settings.toml").write_text(own)
    (tmp_path / "audobon.toml").write_text(project)
    loaded = load_settings(tmp_path / "settings.toml", tmp_path / "audobon.toml", {})
    assert getattr(loaded.values, key) == held
    variable = {f"AUDOBON_{key.upper()}": "0"} if key != "model" else {}
    asked = load_settings(tmp_path / "settings.toml", tmp_path / "audobon.toml", variable)
    assert not variable or not getattr(asked.values, key)  # what the user sets for this run holds


@pytest.mark.parametrize(
    "text",
    ["lock_wait_seconds = inf", "lock_wait_seconds = 1e300", "budget_per_run = nan", "retries = 9223372036854775807",
     "a = " + "[" * 20_000, "retries = " + "9" * 5_000, "offline = 'x'", 'model = "a\\u001b[31m"', "offline.a = 1"],
)  # fmt: skip
def test_odd_settings_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "audobon.toml").write_text(text)
    with pytest.raises(SettingInvalid) as caught:
        load_settings(tmp_path / "settings.toml", tmp_path / "audobon.toml", {})
    assert len(caught.value.message) < 400 + len(str(tmp_path))


@pytest.mark.parametrize("value", ["inf", "nan", "1e999", "9" * 5_000])
def test_odd_variables_are_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(SettingInvalid):
        load_settings(tmp_path / "settings.toml", None, {"AUDOBON_LOCK_WAIT_SECONDS": value})


def test_a_home_that_is_no_folder_has_no_settings(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    settings = load_settings(tmp_path / "home" / ".config" / "settings.toml", None, {})
    assert settings == load_settings(tmp_path / "none.toml", None, {})


def test_a_runtime_folder_that_is_not_ones_own_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    mine = tmp_path / "mine"
    mine.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(mine))
    assert user_locations().runtime == mine / "audobon"
    assert foreign_runtime() is None
    mine.chmod(0o755)
    cache = tmp_path / "cache" / "audobon" / "run"
    assert user_locations().runtime == cache
    assert foreign_runtime() == mine
    for other in (str(tmp_path / "none"), "relative", ""):
        monkeypatch.setenv("XDG_RUNTIME_DIR", other)
        assert user_locations().runtime == cache
