"""A medium that the program does not know, and an engine of it: a line in each registry, and what works for pictures
works for it, in the same library."""

import json
from pathlib import Path

import pytest

from audobon_cli.engines import registry as engine_registry
from audobon_cli.engines.registry import EngineEntry
from audobon_cli.library.store.library import Library
from audobon_cli.media import registry
from audobon_cli.media.types import Medium
from audobon_cli.settings.locations import user_locations
from tests.cli.test_contract import validator
from tests.conftest import Audobon
from tests.fakes.text_medium import TextInfo, TextMedium

FAMILY = """
pipelines = ["ParrotPipeline"]
engine = "parrot"
produces = "text"
native = "64x64"
multiple = 1
minimum = 8
maximum = 64
"""
MEDIUM: Medium = TextMedium()


@pytest.fixture(autouse=True)
def parrot(monkeypatch: pytest.MonkeyPatch, isolation: Path) -> Path:
    """A line for the medium, one for the engine, a preset for the family of its models, and a model: its folder."""
    monkeypatch.setitem(registry.MEDIA, "text", "tests.fakes.text_medium:TextMedium")
    entry = EngineEntry(
        "parrot", "tests.fakes.text_medium:Parrot", "tests.fakes.text_medium:parrot_facts", ("text",)
    )
    monkeypatch.setitem(engine_registry.ENGINES, "parrot", entry)
    families = user_locations().presets / "families"
    families.mkdir(parents=True)
    (families / "parrot.toml").write_text(FAMILY)
    model = isolation / "polly"
    model.mkdir()
    (model / "model_index.json").write_text(
        json.dumps({"_class_name": "ParrotPipeline", "scheduler": ["diffusers", "DDIMScheduler"]})
    )
    (model / "scheduler").mkdir()
    (model / "scheduler" / "scheduler_config.json").write_text(json.dumps({"_class_name": "DDIMScheduler"}))
    return model


@pytest.fixture
def said(audobon: Audobon, parrot: Path) -> str:
    """The id of a text that was generated."""
    ran = audobon("generate", "good morning", "--model", str(parrot), "--out", "a.text", "--json")
    assert ran.status == 0, ran.err
    (asset,) = ran.data["assets"]
    return str(asset["id"])


def test_it_is_generated_filed_and_written(audobon: Audobon, parrot: Path, said: str) -> None:
    data = Path("a.text").read_bytes()
    recipe = MEDIUM.read_recipe(data)
    assert recipe is not None
    assert (recipe.engine, recipe.output, recipe.operations) == (
        "parrot",
        {"medium": "text", "words": 4},
        ("loudly",),
    )
    assert data.endswith(f"GOOD MORNING {recipe.seed}".encode())
    shown = audobon("assets", "show", said, "--json").data["asset"]
    validator("asset").validate(shown)
    assert shown["media"] == {"medium": "text", "words": 3}
    assert (shown["width"], shown["height"], shown["mode"], shown["frames"]) == (0, 0, "", 1)
    assert (shown["format"], shown["prompt"]) == ("text", "good morning")
    into = audobon("generate", "good evening", "--model", str(parrot), "--out", "texts/", "--json")
    assert Path(into.data["assets"][0]["path"]).suffix == ".text"


def test_the_same_words_come_from_the_library(audobon: Audobon, parrot: Path) -> None:
    Path("lines.txt").write_text("hello\nhello there\n")
    argv = ("generate", "--batch", "lines.txt", "--model", str(parrot), "--json")
    first = audobon(*argv)
    assert [job["status"] for job in first.data["jobs"]] == ["done", "done"], first.out
    assert [job["status"] for job in audobon(*argv).data["jobs"]] == ["cached", "cached"]


def test_the_queue_makes_it(audobon: Audobon, parrot: Path) -> None:
    assert audobon("queue", "add", "hello", "--model", str(parrot)).status == 0
    # In this process, the only one that knows the engine (--debug: no child is made).
    assert audobon("queue", "run", "--debug").status == 0
    (asset,) = audobon("assets", "list", "--json").data["assets"]
    assert asset["media"]["medium"] == "text"


def test_it_is_found_exported_and_imported(audobon: Audobon, said: str, tmp_path: Path) -> None:
    assert [one["id"] for one in audobon("assets", "search", "morning", "--json").data["assets"]] == [said]
    assert audobon("assets", "search", "size:>=0", "--json").data["assets"] == []
    assert audobon("assets", "export", said, "--to", "texts").status == 0
    (exported,) = Path("texts").iterdir()
    assert exported.suffix == ".text"
    assert audobon("assets", "export", said, "--to", "texts", "--format", "webp").status == 2
    Path("texts/other.text").write_bytes(b"TEXT\n\nhello there")
    ran = audobon("assets", "import", "texts", "--json")
    assert sorted(file["status"] for file in ran.data["files"]) == ["existing", "imported"]
    Path("broken.text").write_bytes(b"TEXT\n")
    assert audobon("assets", "import", "broken.text").status == 3
    assert audobon("assets", "verify").status == 0
    assert audobon("assets", "similar", said).status == 0


def test_history_keeps_what_it_is(audobon: Audobon, said: str, parrot: Path) -> None:
    assert audobon("version", "commit", "-m", "first").status == 0
    assert audobon("assets", "trash", said).status == 0
    assert audobon("version", "commit", "-m", "second").status == 0
    assert audobon("assets", "list", "--json").data["total"] == 0
    assert audobon("version", "switch", "main~1").status == 0
    library = Library.open(user_locations().library)
    (asset,) = library.assets.matching("morning")
    assert (asset.id, asset.media) == (said, TextInfo(3))
    library.close()


def test_it_is_made_again(audobon: Audobon, said: str) -> None:
    (again,) = audobon("reproduce", said, "--json").data["assets"]
    assert again["status"] == "identical"
    assert audobon("recipe", "export", said, "--to", "a.toml").status == 0
    assert "words = 4" in Path("a.toml").read_text()
    (ran,) = audobon("recipe", "run", "a.toml", "--fresh", "--json").data["recipes"]
    assert ran["status"] == "identical"
    assert ran["asset"]["id"] == said


def test_an_engine_makes_only_what_it_says(
    audobon: Audobon, parrot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = EngineEntry("parrot", "nowhere:Engine", "nowhere:facts", ("image",))
    monkeypatch.setitem(engine_registry.ENGINES, "parrot", entry)
    ran = audobon("generate", "hello", "--model", str(parrot), "--json")
    assert (ran.status, ran.json["error"]["code"]) == (2, "usage.invalid")
    assert "makes no text" in ran.json["error"]["message"]
