"""Faults that the mutations found, by kind."""

import json
from dataclasses import MISSING, fields
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.prompt_weights import parse_weights
from audobon_cli.domain.recipe import RECIPE_SCHEMA, Recipe, recipe_from_json
from audobon_cli.domain.units import MOST_COUNT, count_of
from audobon_cli.media.image.png import RECIPE_KEYWORD
from audobon_cli.queue.request import QueuedRequest
from tests.conftest import Audobon

LONG = "9" * 5_000


@pytest.mark.parametrize(
    "words",
    [
        ["generate", "a", "--plan", "--size", LONG],
        ["generate", "a", "--plan", "--size", f"1x{LONG}"],
        ["queue", "show", LONG],
        ["queue", "cancel", f"1-{LONG}"],
        ["version", "show", f"HEAD~{LONG}"],
        ["vram", "plan", "sprite", "--vram", f"{LONG}GB"],
    ],
    ids=lambda words: " ".join(words)[:24],
)
def test_thousands_of_digits_are_refused(audobon: Audobon, words: list[str]) -> None:
    assert audobon("init").status == 0
    ran = audobon(*words)
    assert ran.status not in (0, 1)
    assert len(ran.err) < 5_000


def test_counts_end_where_python_no_longer_reads_them() -> None:
    assert [count_of(text) for text in ("7", "-7", LONG, f"-{LONG}")] == [7, -7, MOST_COUNT, -MOST_COUNT]


@pytest.mark.parametrize("prompt", ["(" * 16_000 + "a" + ")" * 16_000, "[(" * 8_000 + "a" + ")]" * 8_000])
def test_brackets_deeper_than_anybody_means_are_refused(prompt: str) -> None:
    with pytest.raises(InvalidInput, match="deep"):
        parse_weights(prompt)


def test_brackets_without_partners_are_text_however_many() -> None:
    assert parse_weights("[" * 16_000 + ")" * 16_000).pieces == (("[" * 16_000 + ")" * 16_000, 1.0),)


RECIPE = {
    one.name: {str: "a", int: 1, float: 1.0}[one.type]
    for one in fields(Recipe)
    if one.default is MISSING and one.default_factory is MISSING
} | {"schema": RECIPE_SCHEMA}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model", 5),
        ("seed", "x"),
        ("guidance", None),
        ("operations", [1]),
        ("libraries", {"a": 1}),
        ("adapters", []),
    ],
)
def test_a_recipe_of_other_types_is_none(audobon: Audobon, name: str, value: object) -> None:
    assert recipe_from_json(json.dumps(RECIPE)).seed == 1
    assert audobon("init").status == 0
    text = json.dumps({**RECIPE, name: value})
    with pytest.raises(ValueError, match=r"recipe|library"):
        recipe_from_json(text)
    texts = PngInfo()
    texts.add_text(RECIPE_KEYWORD, text)
    Image.new("RGBA", (8, 8)).save("odd.png", pnginfo=texts)
    assert audobon("assets", "import", "odd.png").status == 0


@pytest.mark.parametrize(
    "data",
    [{}, {"request": 5}, {"request": {"prompt": 5}}, {"request": {"prompt": "a", "steps": "x"}},
     {"request": {"prompt": "a", "inputs": []}}, {"request": {"prompt": "a", "where": {"provider": [1]}}}],
)  # fmt: skip
def test_a_request_of_other_types_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        QueuedRequest.from_dict(data)


def test_styles_and_workflows_of_other_types_are_refused(audobon: Audobon, tmp_path: Path) -> None:
    styles = Path(audobon("config", "path", "presets").out.strip()) / "styles"
    styles.mkdir(parents=True)
    (styles / "ink.toml").write_text('description = "x"\ntemplate = "{prompt}"\nfamilies = [5]\n')
    assert audobon("presets", "list").status == 2
    (styles / "ink.toml").unlink()
    graph = {
        "1": {"class_type": "A", "inputs": ["{prompt}"]},
        "2": {"class_type": "A", "inputs": {}, "_meta": 5},
    }
    (tmp_path / "w.json").write_text(json.dumps(graph))
    ran = audobon("generate", "a", "--provider", "comfyui", "--workflow", str(tmp_path / "w.json"), "--plan")
    assert ran.status == 2
