"""Pictures composed of the user's own: of one that is named, or of what a query finds in the library."""

import os
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.ids import BlobId
from audobon_cli.exemplars import trace
from audobon_cli.media.image.png import read_recipe
from audobon_cli.workspace import Workspace
from tests.conftest import Audobon


@pytest.fixture
def mascot() -> Path:
    """A figure on clear ground: a green body, two dark eyes, a red hat."""
    image = Image.new("RGBA", (40, 48))
    draw = ImageDraw.Draw(image)
    draw.ellipse((4, 14, 35, 45), fill="#3fae4a")
    draw.rectangle((10, 4, 29, 15), fill="#c8322b")
    for left in (12, 22):
        draw.ellipse((left, 22, left + 5, 28), fill="#101018")
    image.save("mascot.png")
    return Path("mascot.png")


def hues(path: Path) -> np.ndarray:
    """The hues (0 to 255) of what is seen and has one."""
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGBA"))
        hsv = np.asarray(image.convert("RGB").convert("HSV"))
    return hsv[..., 0][(pixels[..., 3] > 200) & (hsv[..., 1] > 60)]


def things(path: Path) -> list[dict[str, object]]:
    recipe = read_recipe(path)
    assert recipe is not None
    found: list[dict[str, object]] = recipe.composition["scene"]["things"]
    return found


@pytest.mark.parametrize(
    "options", [(), ("--style", "pixel", "--size", "48"), ("--style", "outline", "--size", "128")]
)
def test_a_picture_is_the_exemplar_and_its_recipe_names_its_bytes(
    audobon: Audobon, mascot: Path, options: tuple[str, ...]
) -> None:
    ran = audobon("generate", "golden mascot", "--reference", str(mascot), "--seed", "4", *options, "--json")
    assert ran.status == 0, ran.err
    [asset] = ran.data["assets"]
    [thing] = things(Path(asset["path"]))
    [kept] = [one for one in audobon("assets", "list", "--json").data["assets"] if one["kind"] == "input"]
    assert (thing["hand"], thing["thing"], thing["material"]) == (kept["blob"], "mascot", "golden")
    if "outline" not in options:
        assert np.median(hues(Path(asset["path"]))) == pytest.approx(30, abs=14)
    mascot.unlink()
    again = audobon("reproduce", asset["id"], "--exact", "--json")
    assert [one["status"] for one in again.data["assets"]] == ["identical"]


def test_the_seed_poses_it_in_its_own_colours(audobon: Audobon, mascot: Path) -> None:
    made = audobon("generate", "mascot", "--reference", str(mascot), "--seed", "1", "--count", "3", "--json")
    paths = [Path(one["path"]) for one in made.data["assets"]]
    assert len({path.read_bytes() for path in paths}) == 3
    for path in paths:
        found = hues(path)
        assert {"red", "green"} == {
            "red" if hue < 20 or hue > 235 else "green"
            for hue in found[(found < 20) | (found > 235) | (abs(found - 88.0) < 14)]
        }


def test_an_asset_is_the_exemplar_beside_shipped_things(audobon: Audobon, mascot: Path) -> None:
    assert audobon("assets", "import", str(mascot), "--name", "green_guy").status == 0
    ran = audobon(
        "generate", "guy with a sword", "--reference", "green_guy", "--seed", "2", "--out", "guy.png"
    )
    assert ran.status == 0, ran.err
    first, second = things(Path("guy.png"))
    assert (first["thing"], second["thing"], second["relation"]) == ("green guy", "sword", "held")
    credit = audobon("assets", "credits", "guy_with_a_sword", "--json").data
    assert [one["things"] for one in credit["credits"]] == [["sword"]]
    assert credit["unread"] == []
    [parent] = audobon("assets", "search", "derived-from:green_guy", "--json").data["assets"]
    assert parent["name"] == "guy_with_a_sword"


def test_drawings_are_exemplars_too(audobon: Audobon) -> None:
    Path("star.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><path fill="#e0b020" '
        'd="M50 5 L61 39 L97 39 L68 60 L79 95 L50 74 L21 95 L32 60 L3 39 L39 39 Z"/></svg>'
    )
    command = ("generate", "blue", "--reference", "star.svg", "--seed", "1", "--out")
    assert audobon(*command, "blue.svg").status == 0
    assert len(ElementTree.parse("blue.svg").getroot().findall(".//{*}path")) < 8
    assert audobon(*command, "blue.png", "--overwrite").status == 0
    assert np.median(hues(Path("blue.png"))) == pytest.approx(155, abs=14)
    assert audobon("assets", "export", "blue", "--format", "svg", "--out", "art").status == 0
    assert Path("art/blue.svg").read_bytes() == Path("blue.svg").read_bytes()


def test_pixel_art_is_taken_pixel_for_pixel(audobon: Audobon) -> None:
    source = np.zeros((16, 16, 4), np.uint8)
    source[2:14, 3:13] = (200, 40, 40, 255)
    source[5:7, 5:7] = (250, 240, 200, 255)
    Image.fromarray(source).save("brick.png")
    ran = audobon(
        "generate",
        "brick",
        "--reference",
        "brick.png",
        "--style",
        "pixel",
        "--size",
        "32",
        "--seed",
        "1",
        "--out",
        "again.png",
    )
    assert ran.status == 0
    with Image.open("again.png") as image:
        made = np.asarray(image)
    seen = made[made[..., 3] > 0]
    assert {tuple(map(int, colour)) for colour in seen} == {(200, 40, 40, 255), (250, 240, 200, 255)}
    assert len(seen) == 120


def test_what_cannot_be_done_with_a_picture_is_said(audobon: Audobon, mascot: Path) -> None:
    ran = audobon("generate", "angry mascot", "--reference", str(mascot), "--seed", "1")
    assert (ran.status, "angry: where mascot has its face is not known" in ran.err) == (0, True)
    Image.new("RGB", (30, 30), "#336699").save("flat.png")
    assert "no transparency" in audobon("generate", "flat", "--reference", "flat.png", "--seed", "1").err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--reference", "missing.png"), "no asset is called that"),
        (("--reference", "notes.txt"), "not a picture"),
        (("--reference", "clear.png"), "all of it is clear"),
        (("--reference", "broken.svg"), "no SVG drawing"),
        (("--reference", "mascot.png:0.5"), "leave the weight out"),
        (("--reference", "mascot.png", "--exemplars", "tag:x"), "exclude each other"),
        (("--exemplars", "tag:nothing"), "finds nothing in the library"),
        (("--exemplars", "(("), "bracket is not closed"),
        (("--exemplars", "tag:x", "--strength", "1"), "nothing is"),
        (("--exemplars", "tag:x", "--init-image", "mascot.png"), "nothing is"),
        (("--exemplars", "tag:x", "--steps", "9"), "only heeded by a network"),
        (("--exemplars", "tag:x", "--model", "synth"), "composes nothing"),
    ],
)
def test_bad_exemplars_are_refused_with_nothing_made(
    audobon: Audobon, mascot: Path, options: tuple[str, ...], words: str
) -> None:
    Path("notes.txt").write_text("no picture")
    Image.new("RGBA", (8, 8)).save("clear.png")
    Path("broken.svg").write_text("<svg")
    ran = audobon("generate", "mascot", *options, "--json")
    assert ran.status not in (0, 1, 70)
    error = ran.json["error"]
    assert words in f"{error['message']} {error.get('hint', '')}"
    assert not audobon("assets", "list", "--json").data["assets"]


@pytest.fixture
def armoury(audobon: Audobon, mascot: Path) -> Audobon:
    """A library with three of the user's own swords and a goblin."""
    for name, colour in (("steel_sword", "#8898a8"), ("sword-2", "#a05020"), ("excalibur", "#e0c040")):
        image = Image.new("RGBA", (24, 24))
        ImageDraw.Draw(image).rectangle((10, 2, 13, 21), fill=colour)
        ImageDraw.Draw(image).rectangle((6, 15, 17, 17), fill="#402010")
        image.save(f"{name}.png")
        assert audobon("assets", "import", f"{name}.png").status == 0
    assert audobon("assets", "import", str(mascot), "--name", "goblin").status == 0
    assert audobon("assets", "tag", "excalibur", "--tag", "blade").status == 0
    return audobon


def test_the_library_is_the_store(armoury: Audobon) -> None:
    blobs = {one["name"]: one["blob"] for one in armoury("assets", "list", "--json").data["assets"]}
    ran = armoury(
        "generate", "goblin with a sword", "--exemplars", "", "--seed", "1", "--count", "4", "--json"
    )
    assert ran.status == 0, ran.err
    used = [[one["hand"] for one in things(Path(made["path"]))] for made in ran.data["assets"]]
    assert {first for first, _ in used} == {blobs["goblin"]}
    assert {second for _, second in used} == {blobs["steel_sword"], blobs["sword-2"]}, "by name, in turn"
    ran = armoury("generate", "blade", "--exemplars", "tag:blade", "--seed", "1", "--json")
    assert [one["hand"] for one in things(Path(ran.data["assets"][0]["path"]))] == [blobs["excalibur"]]
    assert (
        "blade: drawn as excalibur"
        in armoury("generate", "blade", "--exemplars", "tag:blade", "--seed", "2").err
    )
    again = armoury("reproduce", "goblin_with_a_sword", "blade@latest", "--exact", "--json")
    assert {one["status"] for one in again.data["assets"]} == {"identical"}


def test_what_is_not_near_is_said(armoury: Audobon) -> None:
    ran = armoury("generate", "quasar", "--exemplars", "", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (2, "usage.invalid")
    assert "quasar: nothing near" in ran.json["error"]["message"]


def test_a_purged_exemplar_is_named_when_it_lacks(armoury: Audobon) -> None:
    made = armoury("generate", "excalibur", "--exemplars", "tag:blade", "--seed", "1", "--json").data[
        "assets"
    ][0]
    [blob] = [str(one["hand"]) for one in things(Path(made["path"]))]
    opened = Workspace(Path.cwd(), os.environ).library
    opened.blobs.delete([BlobId(blob)])
    ran = armoury("reproduce", made["id"], "--json")
    assert ran.status == 3
    assert blob[:12] in ran.json["error"]["message"]
    again = armoury("generate", "excalibur", "--exemplars", "tag:blade", "--seed", "2", "--json")
    assert "has no still picture that is there" in again.json["error"]["message"]
    assert armoury("assets", "export", made["id"], "--format", "svg", "--out", "art").status == 22
    assert armoury("assets", "import", "excalibur.png").status == 0
    assert armoury("reproduce", made["id"], "--exact").status == 0, "it is there again"


def test_what_has_too_many_shades_is_traced_in_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    across, down = np.meshgrid(np.arange(96), np.arange(96))
    waves = 128 + 100 * np.sin(across / 9) * np.sin(down / 7)
    shaded = np.stack([waves, waves[::-1], across, np.full_like(across, 255)], axis=-1).astype(np.uint8)
    Image.fromarray(shaded, "RGBA").save("shaded.png")
    data = Path("shaded.png").read_bytes()
    fine = trace.traced.__wrapped__(data, "shaded")
    monkeypatch.setattr(trace, "MOST_SHAPES", len(fine.shapes) - 1)
    assert 0 < len(trace.traced.__wrapped__(data, "shaded").shapes) < len(fine.shapes)
    monkeypatch.setattr(trace, "MOST_SHAPES", 0)
    with pytest.raises(InvalidInput, match="too detailed"):
        trace.traced.__wrapped__(data, "shaded")
