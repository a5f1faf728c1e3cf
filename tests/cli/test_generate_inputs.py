"""``--init-image``, ``--strength``, ``--mask`` and ``--tile`` at the command line."""

from pathlib import Path

import pytest
from PIL import Image

from audobon_cli.media.image.png import read_recipe
from tests.cli.test_contract import validator
from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine

pytestmark = pytest.mark.usefixtures("fake_engine")


def picture(name: str = "start.png", size: tuple[int, int] = (64, 64), colour: str = "red") -> str:
    Image.new("RGB", size, colour).save(name)
    return name


def test_the_recipe_names_what_it_was_made_from_and_the_library_keeps_it(audobon: Audobon) -> None:
    command = (
        "generate",
        "cat",
        "--seed",
        "7",
        "--init-image",
        picture(),
        "--mask",
        picture("m.png", colour="white"),
    )
    assert audobon(*command, "--strength", "0.5", "--out", "a.png").status == 0
    recipe = read_recipe(Path("a.png"))
    assert recipe is not None
    assert recipe.inputs["strength"] == 0.5
    assert recipe.operations == ("keep unmasked",)
    kinds = {asset["blob"]: asset["kind"] for asset in audobon("assets", "list", "--json").data["assets"]}
    assert kinds[recipe.inputs["init_image"]] == kinds[recipe.inputs["mask"]] == "input"
    assert audobon("assets", "verify").status == 0


def test_what_a_picture_began_with_is_its_parent_and_stays_one_asset(audobon: Audobon) -> None:
    audobon("generate", "ghost", "--out", "ghost.png")
    assert audobon("generate", "blue ghost", "--init-image", "ghost.png", "--out", "blue.png").status == 0
    assert audobon("assets", "import", "ghost.png", "blue.png").status == 0
    assets = audobon("assets", "list", "--json").data["assets"]
    assert sorted(asset["name"] for asset in assets) == ["blue_ghost", "ghost"]
    (root,) = audobon("assets", "tree", "blue_ghost", "--json").data["roots"]
    assert (root["name"], [child["name"] for child in root["children"]]) == ("ghost", ["blue_ghost"])
    audobon("generate", "green ghost", "--init-image", picture(), "--out", "green.png")
    (root,) = audobon("assets", "tree", "green_ghost", "--json").data["roots"]
    assert root["name"] == "start"


def test_pictures_of_libraries_that_kept_no_parents_get_them_from_their_recipes(
    audobon: Audobon, fake_engine: FakeEngine
) -> None:
    audobon("generate", "cat", "--seed", "5", "--out", "ghost.png")
    blue = audobon("generate", "blue ghost", "--init-image", "ghost.png", "--out", "blue.png", "--json").data
    audobon("generate", "green ghost", "--init-image", picture(), "--out", "green.png")
    before = [audobon("assets", "tree", name, "--json").data for name in ("blue_ghost", "green_ghost")]
    for name, parent in (("blue_ghost", "cat"), ("green_ghost", "start")):
        assert audobon("assets", "unlink", name, "derived-from", parent).status == 0
    assert len(audobon("assets", "parents", "--dry-run", "--json").data["relations"]) == 2
    found = audobon("assets", "parents", "--json").data
    validator("assets-parents").validate(found)
    assert {one["kind"] for one in found["relations"]} == {"derived-from"}
    assert blue["assets"][0]["id"] in {one["source"] for one in found["relations"]}
    assert [
        audobon("assets", "tree", name, "--json").data for name in ("blue_ghost", "green_ghost")
    ] == before
    assert audobon("assets", "parents", "--json").data["relations"] == []


@pytest.mark.parametrize(
    "text", ["a knight <lora:ink:0.8>", "a {red|green} cat", "a [cat:dog:0.5]", "__beast__"]
)
def test_what_other_programs_read_in_prompts_is_not_drawn(audobon: Audobon, text: str) -> None:
    found = audobon("generate", text, "--json")
    assert found.status in (2, 11, 12, 13, 14, 15)
    assert audobon("assets", "list", "--json").data["total"] == 0


def test_seeds_of_64_bits_are_kept_and_found_again(audobon: Audobon) -> None:
    seed = 2**64 - 1
    first = audobon("generate", "cat", "--seed", str(seed), "--out", "a.png", "--json").data["assets"][0]
    again = audobon("generate", "cat", "--seed", str(seed), "--out", "a.png", "--json").data["assets"][0]
    assert (first["seed"], again["seed"], again["id"]) == (seed, seed, first["id"])
    (kept,) = audobon("assets", "list", "--json").data["assets"]
    assert kept["seed"] == seed
    assert audobon("assets", "verify").status == 0
    assert audobon("generate", "cat", "--seed", str(seed), "--count", "2").status == 2
    assert audobon("generate", "cat", "--seed", str(seed + 1)).status == 2


def test_recipes_without_inputs_are_as_they_were(audobon: Audobon) -> None:
    audobon("generate", "cat", "--out", "a.png")
    recipe = read_recipe(Path("a.png"))
    assert recipe is not None
    assert "inputs" not in recipe.to_dict()


def test_strengths_that_are_not_given_are_chosen(audobon: Audobon) -> None:
    audobon("generate", "cat", "--init-image", picture(), "--out", "a.png")
    audobon(
        "generate",
        "cat",
        "--init-image",
        "start.png",
        "--mask",
        picture("m.png", colour="white"),
        "--out",
        "b.png",
    )
    strengths = [recipe.inputs["strength"] for name in "ab" if (recipe := read_recipe(Path(f"{name}.png")))]
    assert strengths == [0.75, 1.0]


def test_a_picture_of_the_library_can_be_drawn_over(audobon: Audobon) -> None:
    first = audobon("generate", "cat", "--seed", "1", "--json").data["assets"][0]
    ran = audobon("generate", "dog", "--init-image", first["id"], "--out", "b.png")
    assert ran.status == 0
    recipe = read_recipe(Path("b.png"))
    assert recipe is not None
    assert recipe.inputs["init_image"] == first["blob"]


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (("--mask", "start.png"), 2, "--mask needs a picture to begin with"),
        (("--strength", "0", "--steps", "4"), 2, "where no network draws"),
        (("--init-image", "start.png", "--strength", "0"), 2, "outside 0 to 1"),
        (("--init-image", "start.png", "--strength", "1.01"), 2, "outside 0 to 1"),
        (("--init-image", "start.png", "--strength", "nan"), 2, "takes a number"),
        (("--init-image", "nothere.png"), 11, "no file nothere.png, and no asset"),
        (("--init-image", "text.png"), 2, "not a picture"),
        (("--init-image", "cut.png"), 2, "damaged"),
        (("--init-image", "moving.gif"), 2, "animated (2 frames)"),
        (("--init-image", "start.png", "--mask", "large.png"), 2, "65x64 pixels, its picture 64x64"),
        (("--init-image", "start.png", "--mask", "black.png"), 2, "marks nothing"),
        (("--tile", "z"), 2, "cannot be z"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_drawn(
    audobon: Audobon, fake_engine: FakeEngine, options: tuple[str, ...], status: int, words: str
) -> None:
    picture()
    picture("large.png", (65, 64), "white")
    picture("black.png", colour="black")
    Path("text.png").write_text("not a picture")
    Image.effect_noise((64, 64), 50).save("cut.png")
    Path("cut.png").write_bytes(Path("cut.png").read_bytes()[:900])
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    frames[0].save("moving.gif", save_all=True, append_images=frames[1:])
    ran = audobon("generate", "cat", *options, "--json")
    assert ran.status == status
    assert words in ran.json["error"]["message"]
    assert ran.json["error"]["hint"]
    assert not fake_engine.calls
    assert audobon("assets", "list", "--json").data["total"] == 0


def test_a_strength_without_a_step_names_the_smallest_useful(audobon: Audobon) -> None:
    command = ("generate", "cat", "--init-image", picture(), "--steps", "8", "--strength")
    ran = audobon(*command, "0.1", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (2, "usage.invalid")
    assert ran.json["error"]["details"]["smallest"] == 0.125
    assert "0.125" in ran.json["error"]["hint"]
    assert audobon(*command, "0.125").status == 0
