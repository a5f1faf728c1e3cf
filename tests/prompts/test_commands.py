"""``audobon prompts``, and what `generate` does to words."""

from pathlib import Path

from tests.conftest import Audobon


def test_suggestions_come_from_the_model_and_the_library(audobon: Audobon) -> None:
    first = audobon("prompts", "suggest", "drag", "--json").data["suggestions"]
    assert first[0] == {"text": "dragon", "source": "drawing"}
    audobon("generate", "dragon on holiday", "--seed", "1")
    again = audobon("prompts", "suggest", "drag", "--json").data["suggestions"]
    assert {"text": "dragon on holiday", "source": "library"} in again
    assert audobon("prompts", "suggest", "xqzq", "--json").data["suggestions"] == []


def test_templates_are_kept_and_piped(audobon: Audobon) -> None:
    audobon("prompts", "new", "boss", "giant {mood=angry} {creature}", "--about", "ends of levels")
    assert audobon("prompts", "new", "boss", "x").status == 51
    for text in ("{", "giant {Creature}", " "):
        assert audobon("prompts", "new", "other", text).status == 2
    assert audobon("prompts", "new", "../up", "a {x}").status == 2
    (kept,) = audobon("prompts", "list", "--json").data["templates"]
    assert (kept["name"], kept["fields"]) == ("boss", {"mood": "angry", "creature": None})
    assert audobon("prompts", "fill", "boss", "creature=owl").out.strip() == "giant angry owl"
    assert audobon("prompts", "fill", "boss").status == audobon("prompts", "fill", "none").status == 2


def test_a_damaged_template_is_said_and_hides_no_other(audobon: Audobon) -> None:
    kept = Path(audobon("prompts", "new", "boss", "a {creature}", "--json").data["path"])
    kept.with_name("torn.toml").write_text("text = ")
    ran = audobon("prompts", "list")
    assert ran.status == 0
    assert "torn.toml is no template" in " ".join(ran.err.split())
    data = audobon("prompts", "list", "--json").data
    assert [one["name"] for one in data["templates"]] == ["boss"]
    assert [Path(one["path"]).name for one in data["unusable"]] == ["torn.toml"]


def test_words_that_are_added_stand_in_the_recipe(audobon: Audobon) -> None:
    ran = audobon("generate", "sword", "--enhance", "--seed", "1")
    assert "added enchanted, diamond" in ran.err
    recipe = audobon("recipe", "show", "enchanted_diamond_sword", "--json").data["recipe"]
    assert recipe["prompt"] == "enchanted diamond sword"
    Path("rows.txt").write_text("sword\n")
    assert audobon("generate", "--batch", "rows.txt", "--enhance").status == 2


def test_other_languages_are_drawn_in_english_and_told(audobon: Audobon) -> None:
    ran = audobon("generate", "roter Drache", "--seed", "1", "--json")
    assert ran.status == 0
    recipe = audobon("recipe", "show", "red_dragon", "--json").data["recipe"]
    assert recipe["prompt"] == "red dragon"
    assert "read as German" in audobon("generate", "blaue Katze", "--seed", "1").err


def test_safe_mode_refuses_by_flag_by_setting_and_in_batches(audobon: Audobon) -> None:
    ran = audobon("generate", "bloody sword", "--safe", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (42, "prompt.unsafe")
    assert ran.json["error"]["details"]["words"] == ["bloody"]
    Path("audobon.toml").write_text("safe = true\n")
    assert audobon("generate", "naked king").status == 42
    Path("rows.txt").write_text("knight\nnaked king\n")
    assert audobon("generate", "--batch", "rows.txt").status != 0
    assert audobon("assets", "list", "--json").data["total"] == 0
    assert audobon("generate", "knight", "--seed", "1").status == 0
