"""Pictures composed of exemplars, from the command line: the real composer, and no network."""

import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from audobon_cli.media.image.png import encode_png, read_recipe
from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine


def test_a_prompt_is_composed_and_its_recipe_says_of_what(audobon: Audobon) -> None:
    ran = audobon("generate", "cute dragon", "--seed", "7", "--out", "dragon.png")
    assert (ran.status, ran.err) == (0, "")
    with Image.open("dragon.png") as image:
        assert (image.mode, image.size) == ("RGBA", (64, 64))
    recipe = read_recipe(Path("dragon.png"))
    assert recipe is not None
    assert (recipe.engine, recipe.steps, recipe.composition["strength"]) == ("composer", 0, 0.0)
    [thing] = recipe.composition["scene"]["things"]
    assert (thing["thing"], thing["attributes"]) == ("dragon", ["cute"])
    assert {"hand", "digest", "pose"} <= thing.keys()


@pytest.mark.parametrize(
    "options", [(), ("--size", "200"), ("--style", "pixel", "--size", "48"), ("--style", "glossy")]
)
def test_it_is_reproduced_byte_for_byte(audobon: Audobon, options: tuple[str, ...]) -> None:
    made = audobon("generate", "goblin with a torch", "--count", "2", "--seed", "3", *options, "--json")
    for asset in made.data["assets"]:
        again = audobon("reproduce", asset["id"], "--exact", "--json")
        assert again.status == 0
        assert [one["status"] for one in again.data["assets"]] == ["identical"]


def test_its_recipe_is_run_as_a_file(audobon: Audobon) -> None:
    assert audobon("generate", "golden dragon with a shield", "--seed", "3", "--out", "a.png").status == 0
    assert audobon("recipe", "export", "a.png", "--to", "a.toml").status == 0
    ran = audobon("recipe", "run", "a.toml", "--fresh", "--out", "again.png")
    assert ran.status == 0, ran.err
    assert Path("again.png").read_bytes() == Path("a.png").read_bytes()
    text = Path("a.toml").read_text()
    for old, new in (
        ("strength = 0.0", ""),
        ("strength = 0.0", "strength = 7.0"),
        ("stretch = ", "stretch = -"),
    ):
        assert old in text
        Path("odd.toml").write_text(text.replace(old, new))
        assert audobon("recipe", "run", "odd.toml").status == 2


def test_the_same_seed_comes_from_the_library(audobon: Audobon) -> None:
    first, second = (audobon("generate", "knight", "--seed", "5", "--json").data["assets"][0] for _ in "12")
    assert (first["id"], first["blob"]) == (second["id"], second["blob"])


def test_svg_files_hold_vectors_and_the_recipe(audobon: Audobon) -> None:
    command = ("generate", "red dragon with a sword", "--seed", "3", "--out", "dragon.svg")
    assert audobon(*command).status == 0
    document = Path("dragon.svg").read_bytes()
    root = ElementTree.fromstring(document)
    assert (root.attrib["width"], root.find("{*}title").text) == ("64", "red dragon with a sword")  # type: ignore[union-attr]
    assert audobon(*command).status == 0, "a rerun finds its own file"
    assert Path("dragon.svg").read_bytes() == document
    assert audobon(*command[:2], "--seed", "4", "--out", "dragon.svg").status != 0, "another picture does not"


@pytest.mark.parametrize("options", [("--strength", "0.5"), ("--steps", "4"), ("--style", "pixel")])
def test_what_has_no_vectors_is_refused_as_svg(audobon: Audobon, options: tuple[str, ...]) -> None:
    ran = audobon("generate", "cat", *options, "--out", "cat.svg", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (2, "usage.invalid")
    assert not Path("cat.svg").exists()


def test_likeness_is_said(audobon: Audobon) -> None:
    ran = audobon("generate", "wyrm", "--seed", "1")
    assert ran.status == 0
    assert "wyrm: drawn as dragon" in ran.err


def test_with_strength_0_what_is_not_there_is_an_error(audobon: Audobon) -> None:
    ran = audobon("generate", "drgon", "--strength", "0", "--json")
    assert ran.status == 2
    assert "drgon: nothing near; try dragon" in ran.json["error"]["message"]


def test_what_is_not_there_is_drawn_from_the_words_and_said(
    audobon: Audobon, fake_engine: FakeEngine
) -> None:
    assert "quasar: nothing near. Drawn from the words alone" in audobon("generate", "quasar").err
    recipe = audobon("recipe", "show", "quasar", "--json").data["recipe"]
    assert "composition" not in recipe
    assert recipe["steps"] > 0


@pytest.mark.parametrize(
    "options",
    [
        ("--strength", "1"),
        ("--steps", "4"),
        ("--guidance", "3"),
        ("--negative", "red"),
        ("--candidates", "1"),
    ],
)
def test_what_only_a_network_heeds_is_drawn_from_words(
    audobon: Audobon, fake_engine: FakeEngine, options: tuple[str, ...]
) -> None:
    if options == ("--negative", "red"):
        ran = audobon("generate", "cat", *options, "--strength", "0", "--json")
        assert "where no network draws" in ran.json["error"]["message"]
    ran = audobon("generate", "cat", "--seed", "1", *options, "--json")
    recipe = audobon("recipe", "show", ran.data["assets"][0]["id"], "--json").data["recipe"]
    assert ("composition" in recipe) == (options == ("--candidates", "1"))


def test_the_network_goes_on_from_the_composition(audobon: Audobon) -> None:
    """Draws for real."""
    made = audobon(
        "generate", "red apple", "--seed", "4", "--strength", "0.5", "--quality", "draft", "--json"
    )
    assert made.status == 0, made.err
    [asset] = made.data["assets"]
    recipe = audobon("recipe", "show", asset["id"], "--json").data["recipe"]
    assert (recipe["engine"], recipe["composition"]["strength"]) == ("local", 0.5)
    again = audobon("reproduce", asset["id"], "--exact", "--json")
    assert [one["status"] for one in again.data["assets"]] == ["identical"]


def test_credits_name_the_hands(audobon: Audobon) -> None:
    audobon("generate", "golden sword", "--style", "vivid", "--seed", "1")
    ran = audobon("assets", "credits", "golden_sword", "--json")
    [credit] = ran.data["credits"]
    assert (credit["licence"], credit["things"]) == ("Apache-2.0", ["sword"])
    assert "Audobon" in credit["attribution"]
    assert audobon("assets", "credits", "golden_sword").out.startswith("Drawn for Audobon")


def test_nothing_heavy_is_imported_for_it(audobon: Audobon) -> None:
    before = set(sys.modules)
    assert audobon("generate", "wooden shield", "--seed", "1").status == 0
    heavy = {"torch", "diffusers", "transformers", "onnxruntime"}
    assert not heavy & (set(sys.modules) - before)


def test_queued_jobs_are_composed_as_asked(audobon: Audobon) -> None:
    from audobon_cli.queue.request import QueuedRequest

    assert audobon("queue", "add", "blue slime", "--seed", "9").status == 0
    old = QueuedRequest.from_dict({"request": {"prompt": "slime"}})
    assert old.request.inputs.strength == 1.0, "jobs of versions without compositions stay as they were"


def test_the_recipe_of_a_composed_picture_runs(audobon: Audobon) -> None:
    assert audobon("generate", "cat", "--seed", "7", "--out", "cat.png").status == 0
    assert audobon("recipe", "export", "cat", "--to", "cat.toml").status == 0
    (ran,) = audobon("recipe", "run", "cat.toml", "--redraw", "--out", "again/", "--json").data["recipes"]
    assert ran["status"] == "identical"


def test_a_composed_asset_is_exported_in_vectors(audobon: Audobon) -> None:
    command = ("generate", "golden sword", "--seed", "2")
    assert audobon(*command, "--out", "sword.svg").status == 0
    ran = audobon("assets", "export", "golden_sword", "--format", "svg", "--out", "art")
    assert (ran.status, ran.out.strip()) == (0, str(Path("art/golden_sword.svg")))
    assert Path("art/golden_sword.svg").read_bytes() == Path("sword.svg").read_bytes()
    again = audobon("assets", "export", "golden_sword", "--format", "svg", "--out", "art", "--json")
    assert [one["status"] for one in again.data["files"]] == ["unchanged"]
    assert audobon("assets", "import", "sword.svg", "--name", "drawn").status == 0
    assert audobon("assets", "export", "drawn", "--format", "svg", "--out", "art").status == 0
    assert Path("art/drawn.svg").read_bytes() == Path("sword.svg").read_bytes()


def test_what_has_no_vectors_is_not_exported_so(audobon: Audobon) -> None:
    assert audobon("generate", "golden sword", "--seed", "2").status == 0
    assert audobon("generate", "knight", "--seed", "2", "--style", "pixel").status == 0
    ran = audobon("assets", "export", "golden_sword", "knight", "--format", "svg", "--out", "art", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (2, "usage.invalid")
    assert ran.json["error"]["message"] == "knight has no vectors."
    assert not Path("art").exists()


ODD_SCENES = (
    {},
    {"rules": 1},
    {"rules": 9, "things": []},
    {"rules": 1, "things": [{"thing": "x"}]},
    "words",
    None,
)


@pytest.mark.parametrize("scene", ODD_SCENES)
def test_recipes_that_cannot_be_read_are_told(audobon: Audobon, scene: object) -> None:
    """A picture whose recipe holds a scene of another version: no command that reads it fails of it."""
    assert audobon("generate", "golden sword", "--seed", "2", "--out", "sword.png").status == 0
    recipe = read_recipe(Path("sword.png"))
    assert recipe is not None
    odd = replace(recipe, composition={"strength": 0.0, "scene": scene})
    with Image.open("sword.png") as image:
        Path("odd.png").write_bytes(encode_png(image, odd))
    assert audobon("assets", "import", "odd.png").status == 0
    found = audobon("assets", "credits", "odd", "golden_sword", "--json")
    assert found.status == 0
    assert len(found.data["credits"]) == 1
    [odd_id] = found.data["unread"]
    assert f"{odd_id}: this version cannot read" in audobon("assets", "credits", "odd").err
    for command in (("assets", "show", "odd"), ("assets", "export", "odd", "--out", "art")):
        assert audobon(*command).status == 0
    for command in (("assets", "export", "odd", "--format", "svg", "--out", "art"), ("reproduce", "odd")):
        ran = audobon(*command, "--json")
        assert ran.status != 0
        assert "bug" not in ran.err


def test_a_plan_of_compositions_tells_what_they_take(audobon: Audobon) -> None:
    ran = audobon("generate", "cute dragon", "lava tile", "--plan", "--json", "--size", "128")
    for one in ran.data["plan"]["requests"]:
        assert one["peak_bytes"] == one["minimum_bytes"] > 50 * 2**20
        assert (one["fits"], one["unknown"], one["stages"]) == (True, "", [])
        assert 0 < one["seconds"] < 1
    shown = audobon("generate", "cute dragon", "--plan")
    assert "composed without a network" in shown.out
    assert "loading" not in shown.out
    assert "Measuring" not in shown.err
    drawn = audobon("generate", "cute dragon", "--plan", "--strength", "0.5", "--json").data["plan"]
    assert drawn["requests"][0]["peak_bytes"] > 60 * 2**20
    assert drawn["requests"][0]["stages"]
