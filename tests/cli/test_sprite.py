"""``audobon sprite`` at the command line: on files, on assets, dry, wrong, and for scripts."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from audobon_cli.media.image.pixels import encode_png, read_picture
from tests.cli.test_contract import validator
from tests.conftest import Audobon
from tests.sprites.samples import GREEN, RED, SKIN, disc, knight, over

MAGENTA = (255, 0, 255)


def put(path: str, pixels: np.ndarray) -> str:
    """A PNG file; its name."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(encode_png(pixels))
    return path


def pixels_of(path: str | Path) -> np.ndarray:
    """A file's pixels."""
    return read_picture(Path(path).read_bytes()).still


@pytest.fixture
def walk(audobon: Audobon) -> Audobon:
    """A library with a walk cycle of four frames and a disc, filed by slicing a sheet of them."""
    frames = [put(f"walk_{i:02}.png", knight(shift=i)) for i in range(4)]
    audobon("sprite", "sheet", *frames, put("disc.png", disc(24)), "--name", "hero", "--out", ".")
    _file(audobon, "hero.png")
    assert audobon("sprite", "slice", "hero", "--json").status == 0
    return audobon


def _file(audobon: Audobon, path: str) -> None:
    """A file into the library, under its stem."""
    from audobon_cli.domain.asset import AssetKind
    from audobon_cli.domain.media import ImageInfo
    from audobon_cli.library.add import AssetDraft, add_asset
    from audobon_cli.library.store.library import Library

    root = Path(audobon("config", "path", "library").out.strip())
    data = Path(path).read_bytes()
    found = read_picture(data)
    library = Library.create(root)
    add_asset(
        library,
        AssetDraft(Path(path).stem, AssetKind.SPRITE, ImageInfo(found.width, found.height, "RGBA")),
        data,
    )
    library.close()


def show(audobon: Audobon, name: str) -> dict[str, Any]:
    """All that `assets show` says."""
    asset: dict[str, Any] = audobon("assets", "show", name, "--json").data["asset"]
    return asset


def test_files_are_worked_on_without_a_library(audobon: Audobon) -> None:
    flat = put("flat.png", over(knight(), MAGENTA))
    assert audobon("sprite", "cut", flat, "--out", "cut.png").out == "cut.png\n"
    assert np.array_equal(pixels_of("cut.png"), knight())
    assert audobon("sprite", "trim", "cut.png", "--out", "small/").out == "small/cut.png\n"
    assert pixels_of("small/cut.png").shape == (13, 7, 4)
    assert audobon("assets", "list", "--json").data["total"] == 0


def test_nothing_is_overwritten_and_nothing_half_done(audobon: Audobon) -> None:
    a, b = put("a.png", knight()), put("b.png", knight(32))
    put("out/b.png", disc())
    ran = audobon("sprite", "trim", a, b, "--out", "out/")
    assert ran.status == 51
    assert not Path("out/a.png").exists()
    assert audobon("sprite", "trim", a, b, "--out", "out/", "--overwrite").status == 0
    assert audobon("sprite", "trim", a, b, "--out", "both.png").status == 2
    assert audobon("sprite", "trim", a, "--out", "a.jpg").status == 2


def test_a_dry_run_keeps_and_writes_nothing(walk: Audobon) -> None:
    before = walk("assets", "list", "--json").data["total"]
    for argv in (
        ("trim", "disc"), ("palette", "disc", "--colors", "3"), ("sheet", "disc"), ("slice", "hero"),
        ("cut", "disc.png", "--key", "f0f"), ("sheet", "disc.png", "--out", "new", "-f", "json"),
    ):  # fmt: skip
        ran = walk("sprite", *argv, "--dry-run", "--json")
        assert ran.status == 0, ran.out
        assert ran.data["dry_run"]
        assert ran.data["results"][0]["asset"] is None
    assert walk("assets", "list", "--json").data["total"] == before
    assert not Path("new").exists()


def test_assets_are_derived_and_the_same_is_filed_once(walk: Audobon) -> None:
    first = walk("sprite", "outline", "disc", "--color", "#fff", "--grow", "--json").data["results"][0]
    again = walk("sprite", "outline", "disc", "--color", "#fff", "--grow", "--json").data["results"][0]
    assert (first["asset"]["existing"], again["asset"]["existing"]) == (False, True)
    assert first["asset"]["id"] == again["asset"]["id"]
    shown = show(walk, first["asset"]["id"])
    assert {(r["kind"], r["target"]) for r in shown["relations"] if r["source"] == shown["id"]} == {
        ("derived-from", show(walk, "disc")["id"])
    }
    assert (shown["width"], shown["name"]) == (26, "disc_outline")


def test_pieces_are_part_of_their_sheet_and_queries_name_many(walk: Audobon) -> None:
    sheet = show(walk, "hero")
    relations = show(walk, "walk_02")["relations"]
    assert {(r["kind"], r["target"]) for r in relations} == {
        ("derived-from", sheet["id"]), ("part-of-sheet", sheet["id"])
    }  # fmt: skip
    ran = walk("sprite", "trim", f"derived-from:{sheet['id']}", "--json")
    assert len(ran.data["results"]) == 5
    frames = [f"walk_{i:02}" for i in range(4)]
    ran = walk("sprite", "trim", *frames, "--together", "--json")
    assert {(r["width"], r["height"]) for r in ran.data["results"]} == {(10, 13)}


def test_one_palette_for_a_set_and_its_file(walk: Audobon) -> None:
    ran = walk("sprite", "palette", "walk_00", "disc", "--colors", "4", "--save", "game.hex", "--json")
    palette, *results = ran.data["results"]
    allowed = {line.strip() for line in Path("game.hex").read_text().splitlines()}
    assert (palette["width"], palette["height"]) == (len(allowed), 1)
    for result in results:
        found = pixels_of(show(walk, result["asset"]["id"])["path"])
        colours = {"{:02x}{:02x}{:02x}".format(*c) for c in found[found[..., 3] > 0][:, :3].tolist()}
        assert colours <= allowed
    given = walk("sprite", "palette", "disc", "--from", "game.hex", "--dither", "bayer", "--json")
    assert given.data["results"][0]["parameters"]["palette"]
    assert walk("sprite", "palette", "disc", "--from", palette["asset"]["id"]).status == 0
    files = walk("sprite", "palette", "disc.png", "walk_00.png", "--colors", "3", "--out", "locked/")
    assert files.out.split() == ["locked/disc.png", "locked/walk_00.png"]


def test_variants_by_map_and_by_file(walk: Audobon) -> None:
    Path("teams.toml").write_text('[blue]\n"#c82828" = "#2850c8"\n[gold]\n"#c82828" = "#e0b020"\n')
    ran = walk("sprite", "recolor", "walk_00", "--variants", "teams.toml", "--json")
    assert [r["name"] for r in ran.data["results"]] == ["walk_00_blue", "walk_00_gold"]
    blue = show(walk, "walk_00_blue")
    assert {r["kind"] for r in blue["relations"]} == {"derived-from", "variant-of"}
    assert (pixels_of(blue["path"])[6, 5, :3] == (40, 80, 200)).all()
    assert walk("sprite", "recolor", "walk_00", "--map", "#c82828").status == 2
    assert walk("sprite", "recolor", "walk_00").status == 2


def test_a_sheet_in_every_format_and_back(walk: Audobon) -> None:
    formats = ["json", "phaser", "aseprite", "godot", "unity", "css", "gif", "apng", "webp"]
    flags = [part for name in formats for part in ("--format", name)]
    frames = [f"walk_{i:02}" for i in range(4)]
    ran = walk("sprite", "sheet", *frames, "disc", "--name", "party", "--out", "art", *flags, "--json")
    assert ran.status == 0, ran.out
    assert ran.data["animations"] == [{"name": "walk", "frames": 4}]
    # The four frames differ in where the figure is alone.
    assert (ran.data["frames"], ran.data["stored"]) == (5, 2)
    assert all(Path(file).is_file() for file in ran.data["files"])
    with Image.open("art/party-walk.gif") as preview:
        assert preview.n_frames == 4
    party = show(walk, "party")
    assert party["kind"] == "sheet"
    parts = walk("assets", "search", f"part-of-sheet:{party['id']}", "--json").data["assets"]
    assert sorted(part["name"] for part in parts) == ["disc", *frames]
    walk("sprite", "slice", "art/party.png", "--out", "back/")
    for i, name in enumerate(frames):
        assert np.array_equal(pixels_of(f"back/{name}.png"), knight(shift=i))
    again = walk("sprite", "sheet", *frames, "disc", "--name", "party", "--out", "art", *flags)
    assert again.status == 51
    assert walk("sprite", "sheet", "disc", "-f", "json").status == 2
    assert walk("sprite", "sheet", "disc", "-f", "spine", "--out", "x").status == 2


def test_slice_by_foreign_data(audobon: Audobon) -> None:
    put("sheet.png", np.hstack([knight(), knight(shift=2)]))
    frames = {f"k{i}": {"frame": {"x": 16 * i, "y": 0, "w": 16, "h": 16}} for i in range(2)}
    Path("sheet.json").write_text(json.dumps({"frames": frames}))
    ran = audobon("sprite", "slice", "sheet.png", "--data", "sheet.json", "--out", "cut/")
    assert ran.out.split() == ["cut/k0.png", "cut/k1.png"]
    assert np.array_equal(pixels_of("cut/k1.png"), knight(shift=2))
    ran = audobon("sprite", "slice", "sheet.png", "--grid", "2x1", "--out", "cut/")
    assert ran.out.split() == ["cut/sheet_00.png", "cut/sheet_01.png"]


def test_replace_and_replay(walk: Audobon) -> None:
    trimmed = walk("sprite", "trim", "disc", "--json").data["results"][0]["asset"]
    walk("sprite", "upscale", trimmed["id"], "--factor", "3", "--name", "big")
    assert {a["status"] for a in walk("sprite", "replay", "disc", "--json").data["assets"]} == {"identical"}
    source = show(walk, "disc")
    ran = walk("sprite", "replace", "disc", put("new.png", disc(48, GREEN)), "--json")
    assert (ran.data["asset"]["id"], ran.data["waiting"]) == (source["id"], 2)
    dry = walk("sprite", "replay", "disc", "--dry-run", "--json")
    assert [a["status"] for a in dry.data["assets"]] == ["remade", "remade"]
    ran = walk("sprite", "replay", "disc", "--json")
    assert [(a["operation"], a["status"]) for a in ran.data["assets"]] == [
        ("trim", "remade"),
        ("upscale", "remade"),
    ]
    assert show(walk, "big")["width"] == 3 * show(walk, trimmed["id"])["width"]
    # hero -> disc is a slice: the replaced disc stands for itself, and the sheet it came from does not undo that.
    walk("sprite", "replay", "hero")
    assert show(walk, "disc")["width"] == 48
    empty = put("empty.png", np.zeros((4, 4, 4), dtype=np.uint8))
    ran = walk("sprite", "replace", "disc", empty, "--replay", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (3, "sprite.replay")
    assert [a["status"] for a in ran.data["assets"]] == ["failed", "failed"]


def test_check_records_numbers_and_gates(walk: Audobon) -> None:
    Path("audobon.toml").write_text(
        '[contract]\nsize = "16"\npalette = "game.hex"\n[contract.gates]\nloop_seam = false\nanchor_drift = 1\n'
    )
    Path("game.hex").write_text("c82828\nf0c8a0\n3c0a14\n")
    frames = [f"walk_{i:02}" for i in range(4)]
    ran = walk("sprite", "check", *frames, "--gate", "--report", "check.html", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (3, "sprite.gates")
    gates = {g["gate"]: g for g in ran.data["pictures"][0]["gates"]}
    assert (gates["off_palette"]["value"], gates["off_palette"]["passed"]) == (4, False)
    assert (gates["size"]["value"], gates["size"]["passed"]) == (0, True)
    (sequence,) = ran.data["sequences"]
    values = {g["gate"]: g for g in sequence["gates"]}
    assert values["anchor_drift"]["value"] == 1.5
    assert values["loop_seam"]["limit"] is None
    page = Path("check.html").read_text()
    assert page.count("data:image/png;base64,") == 4 * 3 + 4
    assert not any(mark in page for mark in ("http:", "https:", "<script", 'src="/'))
    metadata = show(walk, "walk_00")["metadata"]
    assert metadata["gates"]["off_palette"] == 4
    assert metadata["gates"]["anchor_drift"] == 1.5
    assert walk("sprite", "check", "walk_00", "--limit", "halo=1").status == 2
    assert walk("sprite", "check", "walk_00", "--limit", "halo_white").status == 2
    assert (
        walk(
            "sprite", "check", *frames, "--gate", "--limit", "off_palette=9", "--limit", "anchor_drift=2"
        ).status
        == 0
    )


@pytest.mark.usefixtures("fake_engine")
def test_generate_holds_new_pictures_to_the_contract(audobon: Audobon) -> None:
    Path("audobon.toml").write_text('[contract]\nsize = "32"\nstyles = ["pixel-art"]\n')
    ran = audobon("generate", "cat", "--seed", "1", "--events")
    warnings = [e["message"] for e in ran.events if e["event"] == "warning"]
    assert any("size is 32" in message for message in warnings)
    assert ran.status == 0
    assert show(audobon, "cat")["metadata"]["gates"]["size"] == 32
    Path("audobon.toml").write_text("[contract]\nsize = 'huge'\n")
    ran = audobon("generate", "cat", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (2, "usage.setting")


@pytest.mark.parametrize(
    "contract",
    ["shape = 3", "gates = 3", "styles = 'one'", "[contract.gates]\nhalo_white = 'low'", "size = -1"],
)
def test_a_wrong_contract_says_so(audobon: Audobon, contract: str) -> None:
    Path("audobon.toml").write_text(f"[contract]\n{contract}\n")
    ran = audobon("sprite", "check", put("a.png", knight()), "--json")
    assert (ran.status, ran.json["error"]["code"]) == (2, "usage.setting")


def test_an_animated_file(audobon: Audobon) -> None:
    frames = [Image.fromarray(knight(shift=i)) for i in range(3)]
    frames[0].save("walk.webp", save_all=True, append_images=frames[1:], duration=80, lossless=True)
    ran = audobon("sprite", "trim", "walk.webp", "--out", "x.png")
    assert ran.status == 2
    assert "sprite slice" in ran.err
    assert len(audobon("sprite", "slice", "walk.webp", "--out", "f/").out.split()) == 3
    audobon("sprite", "sheet", "walk.webp", "--name", "w", "--out", "s", "--format", "aseprite")
    data = json.loads(Path("s/w-aseprite.json").read_text())
    assert [f["duration"] for f in data["frames"]] == [80, 80, 80]
    assert audobon("sprite", "check", "walk.webp", "--json").data["sequences"][0]["name"] == "walk"


def test_pixelate_tile_and_scale2x_on_files(audobon: Audobon) -> None:
    put("fake.png", knight().repeat(7, axis=0).repeat(7, axis=1))
    audobon("sprite", "pixelate", "fake.png", "--out", "true.png")
    assert np.array_equal(pixels_of("true.png"), knight())
    audobon("sprite", "upscale", "true.png", "--factor", "4", "--method", "scale2x", "--out", "big.png")
    assert pixels_of("big.png").shape == (64, 64, 4)
    put("flat.png", over(disc(32, SKIN), RED))
    assert audobon("sprite", "tile", "flat.png", "--only", "horizontal", "--out", "t.png").status == 0
    assert audobon("sprite", "tile", "flat.png", "--only", "diagonal", "--out", "t2.png").status == 2


@pytest.mark.parametrize(
    "argv",
    [
        ("cut", "a.png", "--matting-model", "none.onnx", "--out", "x.png"),
        ("trim", "a.png", "no_such_asset", "--out", "x/"),
        ("trim", "missing.png", "--out", "x.png"),
        ("trim", "a.png"),
        ("palette", "a.png", "--from", "missing.gpl", "--out", "x.png"),
        ("slice", "a.png", "--cell", "x", "--out", "x/"),
        ("outline", "a.png", "--color", "mauve", "--out", "x.png"),
        ("replay", "no_such_asset"),
    ],
    ids=" ".join,
)
def test_wrong_input_is_told_in_one_line_and_a_hint(audobon: Audobon, argv: tuple[str, ...]) -> None:
    put("a.png", over(knight(), MAGENTA))
    ran = audobon("sprite", *argv)
    assert ran.status in (2, 11, 13)
    assert ran.err.startswith("error: ")
    assert "hint: " in ran.err
    assert not Path("x.png").exists()


@pytest.mark.parametrize(
    "argv",
    [
        ("cut", "flat.png", "--out", "x.png"), ("trim", "disc"), ("palette", "disc"), ("outline", "disc"),
        ("pixelate", "disc", "--size", "12"), ("recolor", "walk_00", "--map", "#c82828=#000"), ("upscale", "disc"),
        ("tile", "disc"), ("slice", "hero"), ("sheet", "disc", "--out", "s", "-f", "json"),
        ("check", "walk_00", "walk_01"),
        ("replace", "disc", "flat.png"), ("replay", "hero"),
    ],
    ids=lambda argv: argv[0],
)  # fmt: skip
def test_json_keeps_to_its_schema(walk: Audobon, argv: tuple[str, ...]) -> None:
    put("flat.png", over(knight(), MAGENTA))
    ran = walk("sprite", *argv, "--json")
    assert (ran.status, ran.err) == (0, "")
    validator("envelope").validate(ran.json)
    shared = argv[0] in ("slice", "sheet", "check", "replace", "replay")
    validator(f"sprite-{argv[0]}" if shared else "sprite-results").validate(ran.data)


def test_results_that_nobody_named_are_called_unlike_what_is_there(walk: Audobon) -> None:
    """Pieces of a sheet take their frames' names, and so do results of one operation done twice in two ways."""
    frames = {asset["name"] for asset in walk("assets", "list", "--json").data["assets"]} - {"hero"}
    form = ("--format", "json", "--out", "steps/")
    assert walk("sprite", "sheet", *sorted(frames), "--name", "steps", *form).status == 0
    pieces = walk("sprite", "slice", "steps", "--json").data["results"]
    names = [piece["asset"]["name"] for piece in pieces]
    assert {name.removesuffix("-2") for name in names} == frames
    assert not set(names) & frames
    again = walk("sprite", "slice", "steps", "--json").data["results"]
    assert [(one["asset"]["name"], one["asset"]["existing"]) for one in again] == [
        (name, True) for name in names
    ]
    for size in ("4", "3"):
        assert walk("sprite", "pixelate", "disc", "--size", size).status == 0
    for name in (*names, *frames, "disc_pixelate", "disc_pixelate-2"):
        assert walk("assets", "show", name).status == 0, name
    for size in ("6", "5"):  # what a user calls alike stays so
        assert walk("sprite", "pixelate", "disc", "--size", size, "--name", "tiny").status == 0
    assert walk("assets", "show", "tiny").status == 12


def test_a_picture_is_animated_and_put_on_a_sheet(walk: Audobon) -> None:
    made = walk("sprite", "animate", "walk_00", "-a", "hop", "-a", "hurt", "--json").data
    assert [each["name"] for each in made["results"]] == ["walk_00_hop", "walk_00_hurt"]
    assert len({(each["width"], each["height"]) for each in made["results"]}) == 1
    again = walk("sprite", "animate", "walk_00", "-a", "hop", "-a", "hurt", "--json").data
    assert all(each["asset"]["existing"] for each in again["results"])
    sheet = walk("sprite", "sheet", "walk_00_hop", "walk_00_hurt", "--name", "one", "--json").data
    assert [each["name"] for each in sheet["animations"]] == ["walk_00_hop", "walk_00_hurt"]
    assert {each["status"] for each in walk("sprite", "replay", "walk_00", "--json").data["assets"]} == {
        "identical"
    }


def test_a_file_is_animated_with_a_preview(audobon: Audobon) -> None:
    put("knight.png", knight(32))
    options = ("sprite", "animate", "knight.png", "--action", "spin", "--preview", "gif", "--json")
    assert audobon(*options).json["error"]["code"] == "usage.invalid"
    made = audobon(*options, "--out", "art/").data
    assert [Path(path).name for path in made["files"]] == ["knight_spin.gif"]
    assert {path.name for path in Path("art").iterdir()} == {"knight_spin.png", "knight_spin.gif"}
    assert audobon(*options[:4], "dance", "--json").json["error"]["code"] == "usage.invalid"
    assert audobon(*options[:4], "blink", "--eye", "1,2", "--json").json["error"]["code"] == "usage.invalid"


def test_a_folder_of_frames_stands_for_its_files(audobon: Audobon) -> None:
    for number in (0, 1, 2, 10):
        put(f"frames/walk/walk_{number}.png", knight(shift=number))
    put("frames/disc.png", disc(24))
    Path("frames/walk/notes.txt").write_text("not a frame")
    Path("empty").mkdir()
    ran = audobon(
        "sprite", "sheet", "frames/walk", "--name", "hero", "--format", "json", "--out", "art", "--json"
    )
    assert ran.status == 0, ran.err
    assert ran.data["animations"] == [{"name": "walk", "frames": 4}]
    assert audobon("sprite", "sheet", "frames", "--out", "all", "--json").data["frames"] == 5
    assert audobon("sprite", "trim", "frames/walk", "extra.png", "--out", "t/").status == 2
    trimmed = audobon("sprite", "trim", "frames/walk", "--out", "trimmed/", "--json").data["results"]
    assert [one["name"] for one in trimmed] == ["walk_0", "walk_1", "walk_2", "walk_10"]
    put("z.png", disc(24))
    put("a.png", disc(24))
    mixed = audobon("sprite", "trim", "z.png", "frames/walk", "a.png", "--out", "m/", "--json").data[
        "results"
    ]
    assert [one["name"] for one in mixed] == ["z", "walk_0", "walk_1", "walk_2", "walk_10", "a"]
    nothing = audobon("sprite", "sheet", "empty", "--out", "art2", "--json")
    assert (nothing.status, nothing.json["error"]["message"]) == (2, "There is no picture or sound in empty.")


def test_an_asset_goes_before_a_folder_of_its_name(walk: Audobon) -> None:
    put("walk_00/other.png", disc(24))
    (one,) = walk("sprite", "trim", "walk_00", "--dry-run", "--json").data["results"]
    assert one["sources"] == [show(walk, "walk_00")["id"]]


def test_frames_of_an_animation_keep_their_times(audobon: Audobon) -> None:
    frames = [Image.fromarray(knight(shift=number)) for number in range(3)]
    times = [200, 50, 400]
    frames[0].save("walk.png", save_all=True, append_images=frames[1:], duration=times, loop=0)
    assert audobon("sprite", "slice", "walk.png", "--out", "frames/").status == 0
    assert audobon("sprite", "outline", "frames", "--out", "lined/").status == 0
    for folder in ("frames", "lined"):
        for asked, shown in (((), times), (("--fps", "8"), [125] * 3)):
            ran = audobon(
                "sprite", "sheet", folder, *asked, "--format", "aseprite", "--out", "s", "--overwrite"
            )
            assert ran.status == 0, ran.err
            said = json.loads(Path("s/sheet-aseprite.json").read_text())["frames"]
            assert [row["duration"] for row in said] == shown
    still = audobon(
        "sprite",
        "sheet",
        put("a.png", knight()),
        "--fps",
        "8",
        "--format",
        "aseprite",
        "--out",
        "s",
        "--overwrite",
    )
    assert still.status == 0
    assert '"duration":125' in Path("s/sheet-aseprite.json").read_text().replace(" ", "")
