"""docs/presets.md, read as a user reads it: its files are put where it says, and used."""

import re
from pathlib import Path

import pytest

from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine

PAGE = Path(__file__).parents[2] / "docs" / "presets.md"
BLOCK = re.compile(r"```toml\n# (?P<file>\S+)\n(?P<text>.*?)```", re.DOTALL)


@pytest.fixture
def own_presets(audobon: Audobon) -> Path:
    folder = Path(audobon("config", "path", "presets").out.strip())
    for block in BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        file = folder / block["file"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block["text"], encoding="utf-8")
    return folder


def test_the_presets_of_the_page_are_listed_and_used(
    audobon: Audobon, fake_engine: FakeEngine, own_presets: Path
) -> None:
    own = {
        row["name"] for row in audobon("presets", "list", "--json").data["presets"] if row["source"] == "own"
    }
    assert own == {"quick", "ink", "card"}
    ran = audobon("generate", "cat", "--quality", "quick", "--size", "card", "--plan", "--json")
    (request,) = ran.data["plan"]["requests"]
    assert (request["steps"], request["size"], request["timeout_seconds"]) == (6, "128x128", 60)
    assert "ink drawing" in audobon("presets", "show", "ink").out
    assert audobon("generate", "cat", "--style", "ink").status == 2, "the sprite model does not know it"
    models = {model["name"] for model in audobon("models", "list", "--json").data["models"]}
    assert "inkpunk" in models


def test_a_preset_that_cannot_be_used_is_named(audobon: Audobon, own_presets: Path) -> None:
    (own_presets / "styles" / "ink.toml").write_text('description = "x"\ntemplate = "no place"\n')
    ran = audobon("presets", "list")
    assert ran.status == 2
    assert "ink.toml" in ran.err


def test_a_quality_says_its_reason_and_its_time_here(audobon: Audobon) -> None:
    (row,) = audobon("presets", "show", "high", "--json").data["presets"]
    assert row["reason"]
    assert row["timeout_seconds"] == 600
    assert row["seconds_here"] > 0
    shown = audobon("presets", "show", "high").out
    assert "a picture of sprite here: about " in shown
    assert "a picture may take: 10 min" in shown


def test_eight_sizes_ship(audobon: Audobon) -> None:
    rows = audobon("presets", "list", "--json").data["presets"]
    assert len([row for row in rows if row["kind"] == "size"]) == 8
