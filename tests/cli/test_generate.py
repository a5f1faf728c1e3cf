"""``audobon generate``, with the real frame and store and a fake engine."""

import io
from pathlib import Path

import pytest
from PIL import Image

from audobon_cli.domain.errors import ModelDamaged
from audobon_cli.media.image.png import read_recipe
from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine
from tests.tiny_models import clip_folder

pytestmark = pytest.mark.usefixtures("fake_engine")


def test_a_picture_is_filed_and_written_and_its_path_printed(audobon: Audobon) -> None:
    ran = audobon("generate", "cute dragon", "--seed", "7")
    assert ran.status == 0
    path = Path(ran.out.strip())
    assert path.name.startswith("local_cute_dragon_20")
    with Image.open(path) as image:
        assert (image.mode, image.size) == ("RGBA", (64, 64))
        assert image.getchannel("A").getextrema() == (0, 255)
    recipe = read_recipe(path)
    assert recipe is not None
    assert (recipe.prompt, recipe.seed, recipe.quality) == ("cute dragon", 7, "optimized")
    assert audobon("assets", "list", "--json").data["total"] == 1


def test_the_same_seed_gives_the_same_blob_and_the_asset_that_is_there(audobon: Audobon) -> None:
    first = audobon("generate", "cute dragon", "--seed", "7", "--json").data["assets"][0]
    again = audobon("generate", "cute dragon", "--seed", "7", "--json").data["assets"][0]
    assert first["blob"] == again["blob"]
    assert first["id"] == again["id"]
    assert (first["existing"], again["existing"]) == (False, True)
    assert audobon("assets", "list", "--json").data["total"] == 1


def test_a_picture_of_a_run_is_that_picture_alone(audobon: Audobon) -> None:
    alone = audobon("generate", "cute dragon", "--seed", "9", "--json").data["assets"][0]["blob"]
    run = audobon("generate", "cute dragon", "--seed", "7", "--count", "4", "--json").data["assets"]
    assert [asset["seed"] for asset in run] == [7, 8, 9, 10]
    assert run[2]["blob"] == alone


def test_without_a_seed_one_is_drawn_and_told(audobon: Audobon) -> None:
    seeds = {audobon("generate", "cat", "--json").data["assets"][0]["seed"] for _ in range(3)}
    assert len(seeds) == 3


def test_json_has_the_fields_that_scripts_lean_on(audobon: Audobon) -> None:
    asset = audobon("generate", "cat", "--quality", "high", "--json").data["assets"][0]
    promised = "id name blob path width height mode seed prompt model quality duration_seconds"
    assert set(promised.split()) <= set(asset)
    assert asset["quality"] == "high"


def test_events_end_with_the_envelope(audobon: Audobon) -> None:
    ran = audobon("generate", "cat", "--steps", "3", "--count", "2", "--events")
    kinds = [event["event"] for event in ran.events]
    each = ["image_started", *["step"] * 3, "image_filed"]
    assert kinds == ["strategy_chosen", "model_loading", "model_loaded", *each * 2]
    assert ran.json["ok"] is True


def test_several_prompts_and_stdin(audobon: Audobon) -> None:
    ran = audobon("generate", "a cat", "-", "--json", stdin="red apple\n\n  iron sword \n")
    assert [asset["prompt"] for asset in ran.data["assets"]] == ["a cat", "red apple", "iron sword"]


@pytest.mark.parametrize(
    ("size", "pixels"), [("32", (32, 32)), ("128x128", (128, 128)), ("100", (100, 100)), ("icon", (32, 32))]
)
def test_sizes_by_number_and_by_name(audobon: Audobon, size: str, pixels: tuple[int, int]) -> None:
    ran = audobon("generate", "cat", "--size", size, "--out", "cat.png")
    assert ran.status == 0
    with Image.open("cat.png") as image:
        assert image.size == pixels


def test_a_recipe_lists_how_a_picture_was_scaled(audobon: Audobon) -> None:
    def operations(*options: str) -> tuple[str, ...]:
        audobon("generate", "cat", "--strength", "1", "--out", "cat.png", "--overwrite", *options)
        recipe = read_recipe(Path("cat.png"))
        assert recipe is not None
        return recipe.operations

    def libraries() -> dict[str, str]:
        recipe = read_recipe(Path("cat.png"))
        assert recipe is not None
        return recipe.libraries

    assert operations() == ()
    assert "vtracer" not in libraries()
    assert operations("--size", "100") == ("upscale smooth 2x", "downscale 100x100")
    assert {"vtracer", "resvg-py"} <= set(libraries())
    assert operations("--size", "128", "--upscale", "nearest") == ("upscale nearest 2x",)
    assert operations("--size", "24") == ("downscale 24x24",)


def test_upscale_is_refused_where_the_model_draws_every_size(audobon: Audobon) -> None:
    ran = audobon("generate", "x", "--model", str(clip_folder()), "--upscale", "smooth", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (2, "usage.invalid")


def test_a_style_goes_into_the_prompt_and_the_recipe(audobon: Audobon) -> None:
    audobon("generate", "cat", "--style", "flat", "--out", "cat.png")
    recipe = read_recipe(Path("cat.png"))
    assert recipe is not None
    assert (recipe.prompt, recipe.style) == ("cat", "flat")
    assert recipe.resolved_prompt == "cat, flat style"


def test_out_names_the_file_and_numbers_several(audobon: Audobon) -> None:
    assert audobon("generate", "cat", "--out", "a.png").out == "a.png\n"
    ran = audobon("generate", "cat", "--out", "b.png", "--count", "2")
    assert ran.out.splitlines() == ["b_1.png", "b_2.png"]


def test_out_to_a_folder_that_is_not_there_makes_it(audobon: Audobon) -> None:
    ran = audobon("generate", "cat", "--out", "art/cats/")
    assert Path(ran.out.strip()).parent == Path("art/cats")


def test_out_dash_writes_the_png_to_stdout_and_no_file(audobon: Audobon, isolation: Path) -> None:
    ran = audobon("generate", "cat", "--out", "-")
    with Image.open(io.BytesIO(ran.raw)) as image:
        assert image.size == (64, 64)
    assert list(isolation.glob("*.png")) == []


def test_a_foreign_file_is_not_overwritten_before_anything_is_drawn(
    audobon: Audobon, fake_engine: FakeEngine
) -> None:
    Path("a.png").write_bytes(b"mine")
    ran = audobon("generate", "cat", "--out", "a.png", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (51, "output.exists")
    assert Path("a.png").read_bytes() == b"mine"
    assert fake_engine.calls["render"] == 0
    assert audobon("generate", "cat", "--out", "a.png", "--overwrite").status == 0


def test_a_rerun_of_the_same_command_goes_through(audobon: Audobon) -> None:
    command = ("generate", "cat", "--seed", "1", "--count", "2", "--out", "a.png")
    assert audobon(*command).status == 0
    assert audobon(*command).status == 0
    assert audobon("generate", "dog", "--seed", "1", "--count", "2", "--out", "a.png").status == 51


def test_a_bad_picture_is_tried_again_with_another_seed(audobon: Audobon, fake_engine: FakeEngine) -> None:
    fake_engine.problems = {7: ("it is not finite",)}
    ran = audobon("generate", "cat", "--seed", "7", "--events")
    assert ran.status == 0
    rejected = next(event for event in ran.events if event["event"] == "image_rejected")
    assert rejected["problems"] == ["it is not finite"]
    assert ran.data["assets"][0]["seed"] == rejected["next_seed"] == 1_000_010


def test_a_picture_that_stays_bad_is_reported_and_the_others_are_kept(
    audobon: Audobon, fake_engine: FakeEngine
) -> None:
    fake_engine.blank_seeds = frozenset({8, 8 + 1_000_003, 8 + 2_000_006})
    ran = audobon("generate", "cat", "--seed", "7", "--count", "3", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (3, "generation.incomplete")
    assert [asset["seed"] for asset in ran.data["assets"]] == [7, 9]
    assert ran.json["error"]["details"]["failed"][0]["problems"] == ["it is fully transparent"]


def test_running_out_of_memory_keeps_what_is_finished(audobon: Audobon, fake_engine: FakeEngine) -> None:
    audobon("generate", "cat", "--seed", "1")
    fake_engine.memory_ends_at_step = 2
    ran = audobon("generate", "cat", "--strength", "1", "--seed", "2", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (30, "memory.exhausted")
    assert audobon("assets", "list", "--json").data["total"] == 1


def test_a_damaged_model_is_reported(audobon: Audobon, fake_engine: FakeEngine) -> None:
    fake_engine.load_error = ModelDamaged("unet is truncated", hint="get it again")
    ran = audobon("generate", "cat")
    assert ran.status == 23
    assert ran.err == "error: unet is truncated\nhint: get it again\n"


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        (("",), 2, "usage.empty_prompt"),
        (("  ",), 2, "usage.empty_prompt"),
        (("-",), 2, "usage.empty_prompt"),
        (("x", "--quality", "hihg"), 14, "preset.not_found"),
        (("x", "--style", "nope"), 14, "preset.not_found"),
        (("x", "--style", "pixel-art"), 2, "usage.invalid"),
        (("x", "--model", "sprit"), 13, "model.not_found"),
        (("x", "--size", "1025"), 2, "usage.size"),
        (("x", "--size", "64x32"), 2, "usage.size"),
        (("x", "--size", "0"), 2, "usage.size"),
        (("x", "--size", "-64"), 2, "usage.size"),
        (("x", "--size", "huge"), 14, "preset.not_found"),
        (("x", "--count", "-1"), 2, "usage.invalid"),
        (("x", "--count", "0"), 2, "usage.invalid"),
        (("x", "--count", "two"), 2, "usage.invalid"),
        (("x", "--seed", "-1"), 2, "usage.invalid"),
        (("x", "--steps", "0"), 2, "usage.invalid"),
        (("x", "--guidance", "nan"), 2, "usage.invalid"),
        (("x", "--out", "a.jpg"), 2, "usage.invalid"),
        (("x", "--out", "-"), 2, "usage.invalid"),
        (("x", "--out", "/proc/no/a.png"), 17, "output.unwritable"),
        (("x", "--out", "file.txt/a.png"), 17, "output.unwritable"),
        (("x", "--library", "nowhere"), 10, "library.not_found"),
        (("--wrong",), 2, "usage.invalid"),
        ((), 2, "usage.invalid"),
    ],
)
def test_bad_input_is_refused_before_anything_is_drawn(
    audobon: Audobon, fake_engine: FakeEngine, options: tuple[str, ...], status: int, code: str
) -> None:
    Path("file.txt").write_text("not a folder")
    ran = audobon("generate", *options, "--json")
    assert (ran.status, ran.json["error"]["code"]) == (status, code)
    assert ran.json["error"]["hint"]
    assert ran.json["ok"] is False
    assert fake_engine.calls["render"] == 0
    assert list(Path().glob("*.png")) == []


def test_the_nearest_names_are_offered(audobon: Audobon) -> None:
    assert "high" in audobon("generate", "x", "--quality", "hihg").err
    assert "sprite" in audobon("generate", "x", "--model", "sprit").err
    assert "cartoon" in audobon("generate", "x", "--style", "cartoony").err


def test_preview_needs_colour_and_leaves_stdout_to_the_path(audobon: Audobon) -> None:
    ran = audobon("generate", "cat", "--preview", "--out", "cat.png")
    assert ran.out == "cat.png\n"
