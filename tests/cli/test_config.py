"""``audobon config`` and ``presets``: where values come from."""

from pathlib import Path

import pytest

from audobon_cli.settings.locations import user_locations
from tests.conftest import Audobon


def value(audobon: Audobon, key: str) -> tuple[object, str]:
    rows = {row["key"]: row for row in audobon("config", "show", "--json").data["settings"]}
    return rows[key]["value"], rows[key]["source"]


def test_precedence_default_user_project_variable_flag(
    audobon: Audobon, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert value(audobon, "quality") == ("optimized", "default")
    user = user_locations().settings_file
    user.parent.mkdir(parents=True)
    user.write_text('quality = "draft"\nretries = 5\n')
    assert value(audobon, "quality") == ("draft", str(user))
    project = Path("audobon.toml")
    project.write_text('quality = "high"\n')
    assert value(audobon, "quality") == ("high", str(project.absolute()))
    assert value(audobon, "retries") == (5, str(user))
    monkeypatch.setenv("AUDOBON_QUALITY", "ultra")
    assert value(audobon, "quality") == ("ultra", "AUDOBON_QUALITY")
    rows = audobon("config", "show", "--offline", "--json").data["settings"]
    assert {row["key"]: row["source"] for row in rows}["offline"] == "command line"


@pytest.mark.parametrize(
    "text",
    ['colour = "red"', 'retries = "many"', "retries = -1", "retries = true", "not toml", "quality = 3"],
)
def test_wrong_settings_are_named_with_their_place(audobon: Audobon, text: str) -> None:
    Path("audobon.toml").write_text(text)
    ran = audobon("config", "show", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (2, "usage.setting")
    assert "audobon.toml" in ran.json["error"]["message"]


def test_wrong_variables_are_named(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDOBON_RETRIES", "many")
    assert "AUDOBON_RETRIES" in audobon("config", "show").err


def test_a_users_own_presets_add_to_the_shipped_ones(audobon: Audobon) -> None:
    folder = user_locations().presets
    (folder / "styles").mkdir(parents=True)
    (folder / "styles" / "neon.toml").write_text('description = "Neon."\ntemplate = "neon {prompt}"\n')
    shown = audobon("presets", "show", "neon", "--json").data["presets"][0]
    assert (shown["source"], shown["template"]) == ("own", "neon {prompt}")
    assert audobon("presets", "show", "draft").status == 0
    assert audobon("presets", "show", "drft").status == 14


@pytest.mark.parametrize("text", ["description = 3", 'template = "no place"\ndescription = ""', "[[["])
def test_a_broken_preset_is_named(audobon: Audobon, text: str) -> None:
    folder = user_locations().presets / "styles"
    folder.mkdir(parents=True)
    (folder / "bad.toml").write_text(text)
    ran = audobon("presets", "list", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (2, "usage.setting")
    assert "bad.toml" in ran.json["error"]["message"]


def test_one_path_alone(audobon: Audobon) -> None:
    assert audobon("config", "path", "log").out.strip().endswith("audobon.jsonl")
    assert audobon("config", "path", "nothing").status == 2
