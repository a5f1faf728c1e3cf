"""``audobon prompts``, and what `generate` does to words."""

from pathlib import Path

import pytest

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
    assert recipe["enhanced"] == "enchanted diamond"
    again = audobon("generate", "enchanted diamond sword", "--seed", "1", "--json").data["assets"][0]
    assert again["existing"], "who writes the words gets the same picture"
    assert audobon("reproduce", again["id"]).status == 0


@pytest.mark.parametrize(
    ("file", "text", "flags"),
    [
        ("rows.txt", "sword\nghost --no-enhance\n", ["--enhance"]),
        ("rows.txt", "sword --enhance\nghost\n", []),
        ("rows.csv", "prompt,enhance\nsword,TRUE\nghost,no\n", []),
        ("rows.jsonl", '{"prompt": "sword", "enhance": true}\n{"prompt": "ghost"}\n', []),
        ("rows.toml", '[[job]]\nprompt = "sword"\nenhance = true\n[[job]]\nprompt = "ghost"\n', []),
    ],
)
def test_rows_of_a_batch_are_enhanced_one_by_one_or_all(
    audobon: Audobon, file: str, text: str, flags: list[str]
) -> None:
    Path(file).write_text(text)
    ran = audobon("generate", "--batch", file, *flags, "--seed", "1", "--plan")
    assert ran.status == 0, ran.err
    assert "'sword': added enchanted, diamond." in ran.err
    assert "ghost" not in ran.err


def test_a_row_that_makes_a_sound_or_says_nonsense_is_told(audobon: Audobon) -> None:
    Path("rows.csv").write_text("prompt,enhance,kind\nsword,maybe,\ncoin,yes,sound\n")
    ran = audobon("generate", "--batch", "rows.csv", "--json")
    assert ran.status == 2
    assert [problem["line"] for problem in ran.json["error"]["details"]["lines"]] == [2, 3]


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
