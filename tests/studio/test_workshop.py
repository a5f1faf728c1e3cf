"""The workshop over HTTP: every operation has its form, trials file nothing, and what is kept is what was seen."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Annotated, Any, ClassVar

import pytest
from jsonschema import Draft202012Validator
from PIL import Image

from audobon_cli.derivations.operation import Param
from audobon_cli.derivations.parameters import parameter_schema
from audobon_cli.derivations.registry import OPERATIONS, operation_class
from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.ids import AssetId, blob_id
from audobon_cli.domain.media import ImageInfo
from audobon_cli.library.add import AssetDraft, add_asset
from audobon_cli.library.store.library import Library
from audobon_cli.media.image.pixels import DecodedImage
from audobon_cli.sprites.operations.operation import Operation, Product
from tests.conftest import Audobon
from tests.studio.serving import Answer, Inside, fill


def figure(colour: tuple[int, int, int] = (200, 40, 40), place: int = 0) -> bytes:
    """A box with an eye on a clear ground of 16 pixels."""
    picture = Image.new("RGBA", (16, 16))
    picture.paste((*colour, 255), (4 + place, 4, 12, 15))
    picture.putpixel((7 + place, 7), (20, 20, 20, 255))
    stream = BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


def drawn(library: Library, name: str, data: bytes) -> AssetId:
    """A sprite of the library."""
    return add_asset(library, AssetDraft(name, AssetKind.SPRITE, ImageInfo(16, 16, "RGBA")), data)[0].id


def tried(inside: Inside, ids: list[AssetId], operation: str = "", **parameters: Any) -> Any:
    """What a trial answers."""
    asked = {"ids": ids, "operation": operation, "parameters": parameters}
    answer = inside.ask("POST", "/workshop/previews", {key: value for key, value in asked.items() if value})
    assert answer.status == 200, answer.body
    return answer.json


def test_every_operation_on_pictures_has_a_form_whose_defaults_are_its_own(inside: Inside) -> None:
    listed = {one["name"]: one for one in inside.ask("GET", "/workshop").json["operations"]}
    pictures = {name: one for name in OPERATIONS if (one := operation_class(name)).medium == "image"}
    assert set(listed) == {name for name, one in pictures.items() if one.by_parameters}
    for name, row in listed.items():
        Draft202012Validator.check_schema(row["parameters"])
        defaults = {key: one["default"] for key, one in row["parameters"]["properties"].items()}
        Draft202012Validator(row["parameters"]).validate(defaults)
        assert row["about"]
        if name != "recolor":  # which makes no sense without colours
            found = pictures[name].from_parameters(defaults).parameters()
            assert {key: found[key] for key in defaults} == defaults


def test_no_form_names_a_file_and_each_field_says_what_it_is(inside: Inside) -> None:
    for name in OPERATIONS:
        schema = parameter_schema(operation_class(name))
        for key, field in schema["properties"].items():
            assert field["type"] != "string" or "enum" in field or "maxLength" in field
            if name in {one["name"] for one in inside.ask("GET", "/workshop").json["operations"]}:
                assert field["description"].endswith("."), (name, key)
    assert not {"model", "card", "data", "digest"} & set().union(
        *(parameter_schema(operation_class(name))["properties"] for name in OPERATIONS)
    )


@dataclass(frozen=True, slots=True)
class Mirror(Operation):
    """Left becomes right, ``times`` times.

    Not a part of the program.
    """

    name: ClassVar[str] = "mirror"
    times: Annotated[int, Param("How often.", 1, 9)] = 1
    axis: Annotated[str, Param("Around what.", choices=("y", "x"))] = "y"
    table: str = ""

    def run(self, inputs: Sequence[DecodedImage]) -> Product:
        pixels = inputs[0].still
        return Product(pixels[:, ::-1].copy() if self.times % 2 else pixels)


def test_a_new_operation_needs_no_more_than_its_dataclass_and_a_name(
    library: Library, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(OPERATIONS, "mirror", Mirror)
    monkeypatch.setitem(OPERATIONS, "strange", "json:loads")
    listed = {one["name"]: one for one in inside.ask("GET", "/workshop").json["operations"]}
    assert "strange" not in listed
    assert listed["mirror"]["about"] == "Left becomes right, times times."
    assert listed["mirror"]["parameters"]["properties"] == {
        "times": {
            "title": "times", "type": "integer", "minimum": 1, "maximum": 9, "description": "How often.", "default": 1,
        },
        "axis": {
            "title": "axis", "type": "string", "enum": ["y", "x"], "description": "Around what.", "default": "y",
        },
    }  # fmt: skip
    hero = drawn(library, "hero", figure())
    made = tried(inside, [hero], "mirror", times=3)["results"][0]
    data = inside.ask("GET", made["file"].removeprefix("/api/v1")).body
    assert Image.open(BytesIO(data)).convert("RGBA").getpixel((8, 7)) == (20, 20, 20, 255)


def test_a_trial_files_nothing_and_what_is_kept_is_what_was_seen(
    library: Library, inside: Inside, audobon: Audobon
) -> None:
    hero = drawn(library, "hero", figure())
    options = {"colour": [255, 255, 255], "grow": True}
    found = tried(inside, [hero], "outline", **options)
    assert library.assets.count() == 1
    (made,) = found["results"]
    assert (made["name"], made["width"], made["height"]) == ("hero_outline", 18, 18)
    seen = inside.ask("GET", made["file"].removeprefix("/api/v1"))
    assert (seen.status, seen.headers["content-type"]) == (200, "image/png")
    assert "sandbox" in seen.headers["content-security-policy"]
    (gates,) = found["check"]["pictures"]
    assert gates["name"] == "hero_outline"
    assert {"islands", "colours"} <= {one["gate"] for one in gates["gates"]}
    asked = {"ids": [hero], "operation": "outline", "parameters": options, "name": "lined"}
    (kept,) = inside.ask("POST", "/workshop/results", asked).json["assets"]
    assert (kept["name"], kept["blob"], kept["existing"]) == ("lined", blob_id(seen.body), False)
    (again,) = inside.ask("POST", "/workshop/results", asked).json["assets"]
    assert (again["id"], again["existing"]) == (kept["id"], True)
    same = audobon(
        "sprite", "outline", hero, "--color", "#ffffff", "--grow", "--library", str(library.root), "--json"
    )
    assert same.data["results"][0]["asset"]["id"] == kept["id"]


def test_variants_pieces_sheets_and_movements_are_made_as_by_the_commands(
    library: Library, inside: Inside
) -> None:
    walk = [drawn(library, f"walk_{place}", figure(place=place)) for place in range(3)]
    swap = {"sources": [[200, 40, 40]], "targets": [[40, 40, 200]]}
    inside.ask("POST", "/workshop/results", {"ids": walk[:1], "operation": "recolor", "parameters": swap})
    assert library.assets.search("walk_0_recolor").total == 1
    sheet = tried(inside, walk, "sheet", fps=8)
    assert [one["name"] for one in sheet["results"]] == ["sheet"]
    (moving,) = sheet["playing"]["animations"]
    assert (moving["name"], [one["ms"] for one in moving["steps"]]) == ("walk", [125.0] * 3)
    page = inside.ask("GET", sheet["playing"]["pages"][0].removeprefix("/api/v1"))
    assert Image.open(BytesIO(page.body)).size == (
        sheet["results"][0]["width"],
        sheet["results"][0]["height"],
    )
    (kept,) = inside.ask("POST", "/workshop/results", {"ids": walk, "operation": "sheet"}).json["assets"]
    assert kept["kind"] == "sheet"
    looked = tried(inside, [kept["id"]])
    assert [one["name"] for one in looked["playing"]["frames"]] == ["walk_0", "walk_1", "walk_2"]
    assert looked["results"] == []
    assert [one["name"] for one in looked["check"]["sequences"]] == ["sheet: walk"]
    pieces = tried(inside, [kept["id"]], "slice")
    assert [one["name"] for one in pieces["results"]] == ["walk_0", "walk_1", "walk_2"] or pieces[
        "total"
    ] == 3
    hop = tried(inside, walk[:1], "animate", action="hop")
    assert hop["results"][0]["frames"] == len(hop["playing"]["frames"]) > 1
    palette = tried(inside, walk, "palette-extract", colours=2)
    assert palette["results"][0]["width"] == 2


def test_a_second_picture_is_asked_for_where_one_is_needed(library: Library, inside: Inside) -> None:
    red, blue = drawn(library, "red", figure()), drawn(library, "blue", figure((40, 40, 200)))
    asked = {"ids": [red], "operation": "palette"}
    assert refused(inside, asked).json["error"]["hint"].startswith("A picture whose colours")
    found = inside.ask("POST", "/workshop/previews", {**asked, "beside": blue}).json
    data = inside.ask("GET", found["results"][0]["file"].removeprefix("/api/v1")).body
    assert Image.open(BytesIO(data)).convert("RGBA").getpixel((8, 12)) == (40, 40, 200, 255)
    refused(inside, {**asked, "beside": blue, "parameters": {"palette": [[1, 2, 3]]}})
    refused(inside, {"ids": [red], "operation": "trim", "beside": blue})


def refused(inside: Inside, body: object, status: int = 400) -> Answer:
    """The refusal of a trial, which is the same for keeping."""
    answer = inside.ask("POST", "/workshop/previews", body)
    assert answer.status == status, answer.body
    assert inside.ask("POST", "/workshop/results", body).code == answer.code
    return answer


def test_what_is_wrong_is_refused_and_files_nothing(library: Library, inside: Inside) -> None:
    hero = drawn(library, "hero", figure())
    sound = {"ids": [hero], "operation": "outline"}
    wrong: list[dict[str, Any]] = [
        {}, {"ids": []}, {"ids": "x"}, {"ids": [hero] * 257}, {"ids": ["no"]}, {**sound, "beside": 1},
        {**sound, "operation": "sound-trim"}, {**sound, "operation": "redraw"}, {**sound, "operation": "nothing"},
        {**sound, "parameters": []}, {**sound, "parameters": {"thickness": 65}},
        {**sound, "parameters": {"thickness": 1.5}}, {**sound, "parameters": {"thickness": True}},
        {**sound, "parameters": {"colour": [1, 2]}}, {**sound, "parameters": {"colour": "#fff"}},
        {**sound, "parameters": {"unknown": 1}}, {"ids": [hero], "parameters": {"thickness": 1}},
        {**sound, "operation": "matte", "parameters": {"model": "/etc/passwd"}},
        {**sound, "operation": "slice", "parameters": {"data": "{}"}},
        {**sound, "operation": "pixelate", "parameters": {"scale": 1}}, {**sound, "name": "x" * 201},
        {**sound, "operation": "sheet", "parameters": {"spec": "[["}}, {**sound, "operation": "recolor"},
    ]  # fmt: skip
    for body in wrong:
        assert refused(inside, body).code.startswith("usage."), body
    refused(inside, {**sound, "ids": ["0" * 16]}, 404)
    assert inside.ask("POST", "/workshop/results", {"ids": [hero]}).status == 400
    for target in ("/workshop/previews/unknown/0", "/workshop/previews/unknown/x"):
        assert inside.ask("GET", target).status in (400, 404)
    assert library.assets.count() == 1


def test_what_is_large_is_left_to_the_command(library: Library, inside: Inside) -> None:
    draft = AssetDraft("poster", AssetKind.IMAGE, ImageInfo(8000, 8000, "RGB"))
    poster = add_asset(library, draft, figure())[0].id
    assert "can be worked on here" in refused(inside, {"ids": [poster]}).json["error"]["message"]


def test_a_studio_that_only_reads_tries_and_keeps_nothing(library: Library, inside: Inside) -> None:
    (one, *_) = fill(library, 1)
    reading = Inside(inside.place, inside.generation, read_only=True)
    body = {"ids": [one], "operation": "trim"}
    assert reading.ask("POST", "/workshop/previews", body).status == 200
    assert reading.ask("POST", "/workshop/results", body).code == "usage.http_read_only"


def test_old_previews_make_room(library: Library, inside: Inside) -> None:
    (one, *_) = fill(library, 1)
    first = tried(inside, [one], "trim")["results"][0]["file"].removeprefix("/api/v1")
    for _ in range(32):
        tried(inside, [one], "trim")
    gone = inside.ask("GET", first)
    assert (gone.status, gone.code) == (404, "usage.http_route")


@pytest.mark.parametrize("limit", ["0", "false"])
def test_the_contract_of_the_project_is_held_to(
    library: Library, inside: Inside, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from audobon_cli.sprites.contract_file import load_contract

    file = library.root.parent / "audobon.toml"
    file.write_text(f'[contract]\nsize = "32x32"\ngates = {{islands = {limit}}}\n')
    monkeypatch.setitem(vars(inside.place), "contract", load_contract(file))
    hero = drawn(library, "hero", figure())
    found = inside.ask("GET", "/workshop").json["contract"]
    assert (found["file"], found["size"]) == ("audobon.toml", "32x32")
    checked = tried(inside, [hero])["check"]
    assert (checked["contract"], checked["passed"]) == ("audobon.toml", False)
    failed = [one for one in checked["pictures"][0]["gates"] if not one["passed"]]
    assert [(one["gate"], one["value"]) for one in failed] == [("size", 16.0)]
    assert str(library.root.parent) not in json.dumps(checked)
