"""``audobon reproduce`` and ``audobon recipe``: made again, and told whether it came out as it was."""

import os
import shutil
import signal
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from audobon_cli.domain.errors import ModelDamaged
from audobon_cli.domain.events import Listener
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import EngineFacts, Rendered, ShouldStop
from audobon_cli.library.store.library import Library
from audobon_cli.media.image.png import read_recipe
from audobon_cli.workspace import Workspace
from tests.cli.test_contract import validator
from tests.conftest import Audobon, Engines, Ran
from tests.fakes.fake_engine import FakeEngine
from tests.tiny_models import clip_folder, sprite_folder
from tests.tiny_models.adapters import tiny_files


def library() -> Library:
    return Workspace(Path.cwd(), {}).library


def reproduced(ran: Ran) -> list[tuple[str, str]]:
    validator("reproduce").validate(ran.data)
    return [(asset["name"], asset["status"]) for asset in ran.data["assets"]]


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--size", "256"),
        ("--size", "100", "--upscale", "nearest"),
        ("--style", "pixel"),
        ("--negative", "red", "--steps", "3"),
        ("--quality", "high", "--candidates", "2"),
        ("--tile", "x"),
    ],
)
def test_a_picture_comes_out_as_it_was(
    audobon: Audobon, fake_engine: FakeEngine, options: tuple[str, ...]
) -> None:
    made = audobon("generate", "cat", "--seed", "7", *options)
    assert made.status == 0, made.err
    fake_engine.calls.clear()
    ran = audobon("reproduce", "cat", "--json")
    assert (ran.status, reproduced(ran)) == (0, [("cat", "identical")])
    assert fake_engine.calls["render"] == 1
    assert audobon("assets", "list", "--json").data["total"] == 1


def test_the_built_in_model_gives_the_same_pixels_again(audobon: Audobon) -> None:
    audobon("generate", "red apple", "--seed", "7", "--steps", "2", "--model", str(sprite_folder()))
    ran = audobon("reproduce", "red", "--model", str(sprite_folder()), "--json")
    assert reproduced(ran) == [("red_apple", "identical")]
    assert audobon("reproduce", "red").status == 3  # the folder's name alone is no model here


def test_a_picture_with_everything_comes_out_as_it_was(audobon: Audobon) -> None:
    files = tiny_files()
    for path, name in (
        (clip_folder(), "sd"),
        (files.lora("sd15", "kohya"), "ink"),
        (files.embedding("a1111"), "fur"),
        (files.embedding("two words"), "words"),
        (files.controlnet("sd15"), "sd-canny"),
        (files.ip_adapter("sd15"), "look"),
    ):
        assert audobon("models", "add", str(path), "--name", name).status == 0
    picture = shutil.copy(files.picture(), "mascot.png")
    options = [
        "--model",
        "sd",
        "--size",
        "64",
        "--steps",
        "2",
        "--seed",
        "7",
        "--scheduler",
        "euler",
        "--lora",
        "ink:0.8",
    ]
    options += [
        "--embedding",
        "fur",
        "--embedding",
        "words",
        "--control",
        f"canny:{picture}:0.7",
        "--reference",
        f"{picture}:0.6",
    ]
    made = audobon("generate", "cute fur dragon", *options)
    assert made.status == 0, made.err
    Path("mascot.png").unlink()
    ran = audobon("reproduce", "cute_fur_dragon", "--json")
    assert reproduced(ran) == [("cute_fur_dragon", "identical")], ran.data
    assert ran.data["assets"][0]["changes"] == []
    audobon("models", "remove", "ink", "--yes")
    ran = audobon("reproduce", "cute_fur_dragon", "--json")
    assert (ran.status, reproduced(ran)) == (3, [("cute_fur_dragon", "failed")])
    assert "ink" in ran.data["assets"][0]["reason"]


class Interrupting(FakeEngine):
    """Ctrl-C is pressed while the second picture is drawn."""

    def render(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Rendered:
        if self.calls["render"] == 1:
            os.kill(os.getpid(), signal.SIGINT)
        return super().render(request, seed, index, listen, should_stop)


def test_after_ctrl_c_what_was_compared_is_told(
    audobon: Audobon, fake_engine: FakeEngine, engines: Engines
) -> None:
    audobon("generate", "cat", "dog", "owl", "--seed", "7")
    engine = Interrupting()
    engines.give(engine)
    ran = audobon("reproduce", "cat", "dog", "owl", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (130, "run.interrupted")
    assert [status for _, status in reproduced(ran)] == ["identical"]


def test_queries_choose_and_imports_have_no_recipe(audobon: Audobon, fake_engine: FakeEngine) -> None:
    audobon("generate", "cat", "dog", "--seed", "7")
    Image.new("RGBA", (8, 8), (255, 0, 0, 255)).save("mine.png")
    audobon("assets", "import", "mine.png")
    ran = audobon("reproduce", "kind:sprite", "mine", "--json")
    assert ran.status == 0
    assert sorted(reproduced(ran)) == [("cat", "identical"), ("dog", "identical"), ("mine", "no recipe")]
    assert audobon("reproduce", "nope").status == 11


class Changed(FakeEngine):
    """An engine of another version, whose pixels are ``off`` by so many levels in one place."""

    off = 0

    def facts(self) -> EngineFacts:
        libraries = {"audobon": "0", "fake": "2"}
        return replace(super().facts(), model_digest="e" * 64, libraries=libraries, dtype="float16")

    def render(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Rendered:
        rendered = super().render(request, seed, index, listen, should_stop)
        pixels = np.asarray(rendered.image).copy()
        middle = pixels[pixels.shape[0] // 2, pixels.shape[1] // 2]
        middle[0] = middle[0] + self.off if middle[0] < 128 else middle[0] - self.off
        return Rendered(Image.fromarray(pixels))


@pytest.mark.parametrize(
    ("off", "status", "exit_status", "exact"),
    [(0, "identical", 0, 0), (2, "within tolerance", 0, 3), (60, "drifted", 3, 3)],
)
def test_drift_is_told_with_its_causes(
    audobon: Audobon, engines: Engines, off: int, status: str, exit_status: int, exact: int
) -> None:
    engine: FakeEngine = FakeEngine()
    engines.give(engine)
    audobon("generate", "cat", "--seed", "7")
    engine = Changed()
    engine.off = off  # type: ignore[attr-defined]
    engines.give(engine)
    ran = audobon("reproduce", "cat", "--json")
    assert (ran.status, reproduced(ran)) == (exit_status, [("cat", status)])
    (asset,) = ran.data["assets"]
    assert asset["difference"]["levels"] == off
    causes = {(change["kind"], change["name"]) for change in asset["changes"]}
    assert causes == {("model", "model_digest"), ("library", "fake"), ("device", "dtype")}
    assert audobon("reproduce", "cat", "--exact").status == exact
    words = audobon("reproduce", "cat").out
    assert status in words
    if off:
        assert "library fake: 1 -> 2" in words


def test_what_cannot_be_made_is_told_and_the_others_are_made(
    audobon: Audobon, fake_engine: FakeEngine
) -> None:
    Image.new("RGBA", (64, 64), (255, 0, 0, 255)).save("start.png")
    audobon("generate", "cat", "--seed", "7")
    assert audobon("generate", "dog", "--seed", "7", "--init-image", "start.png").status == 0
    assert dict(reproduced(audobon("reproduce", "cat", "dog", "--json"))) == {
        "cat": "identical",
        "dog": "identical",
    }
    audobon("assets", "purge", "start", "--yes")
    audobon("assets", "trash", "start")
    opened = library()
    recipe = opened.assets.resolve("dog").recipe
    assert recipe is not None
    opened.blobs.delete([recipe.inputs["init_image"]])
    ran = audobon("reproduce", "cat", "dog", "--json")
    assert ran.status == 3
    assert dict(reproduced(ran)) == {"cat": "identical", "dog": "failed"}
    assert "input picture" in ran.json["error"]["message"]
    fake_engine.load_error = ModelDamaged("The file is damaged.", hint="pull it again")
    assert dict(reproduced(audobon("reproduce", "cat", "--json"))) == {"cat": "failed"}


def test_derived_assets_are_made_again_by_their_operation(audobon: Audobon, fake_engine: FakeEngine) -> None:
    audobon("generate", "cat", "--seed", "7")
    audobon("sprite", "trim", "cat", "--padding", "2")
    assert reproduced(audobon("reproduce", "cat_trim", "--json")) == [("cat_trim", "identical")]
    Image.new("RGBA", (64, 64), (255, 0, 0, 255)).save("mine.png")
    audobon("sprite", "replace", "cat", "mine.png")
    ran = audobon("reproduce", "cat_trim", "--json")
    assert reproduced(ran) == [("cat_trim", "drifted")]
    assert ran.data["assets"][0]["changes"][0]["kind"] == "input"


def test_a_model_that_lay_in_a_folder_is_asked_for(
    audobon: Audobon, fake_engine: FakeEngine, tmp_path: Path
) -> None:
    folder = tmp_path / "away" / "mine"
    shutil.copytree(sprite_folder(), folder)
    assert audobon("generate", "cat", "--seed", "7", "--model", str(folder)).status == 0
    moved = folder.rename(folder.with_name("moved"))
    error = audobon("reproduce", "cat", "--json").json["error"]
    assert "No model here is called mine" in error["message"]
    assert "audobon models add FOLDER --name mine" in error["hint"]
    assert "--model FOLDER" in audobon("recipe", "run", "cat", "--json").json["error"]["hint"]
    assert reproduced(audobon("reproduce", "cat", "--model", str(moved), "--json")) == [("cat", "identical")]
    assert audobon("models", "add", str(moved), "--name", "mine").status == 0
    assert reproduced(audobon("reproduce", "cat", "--json")) == [("cat", "identical")]


def test_what_was_made_now_can_be_kept(audobon: Audobon, fake_engine: FakeEngine) -> None:
    asset = audobon("generate", "cat", "--seed", "7", "--json").data["assets"][0]
    audobon("reproduce", "cat", "--keep", "again")
    (file,) = Path("again").iterdir()
    with Image.open(file) as again, Image.open(asset["path"]) as first:
        assert again.tobytes() == first.tobytes()


def test_a_recipe_goes_through_a_file_to_another_library(audobon: Audobon, fake_engine: FakeEngine) -> None:
    first = audobon("generate", "cat", "--seed", "7", "--size", "128", "--candidates", "2", "--json").data[
        "assets"
    ][0]
    assert audobon("recipe", "export", "cat", "--to", "cat.toml").status == 0
    assert audobon("recipe", "export", "cat", "--to", "cat.toml").status == 51
    table = tomllib.loads(Path("cat.toml").read_text())
    assert (table["schema"], table["seed"], table["width"]) == ("audobon-recipe/1", first["seed"], 128)
    Library.create(Path("other")).close()
    ran = audobon(
        "recipe", "run", "cat.toml", first["path"], "--library", "other", "--out", "again/", "--json"
    )
    assert ran.status == 0
    validator("recipe-run").validate(ran.data)
    assert [one["status"] for one in ran.data["recipes"]] == ["identical", "identical"]
    assert Path(ran.data["recipes"][0]["asset"]["path"]).read_bytes() == Path(first["path"]).read_bytes()
    assert audobon("assets", "list", "--library", "other", "--json").data["total"] == 1


def test_a_recipe_that_comes_out_otherwise_ends_with_three(audobon: Audobon, fake_engine: FakeEngine) -> None:
    audobon("generate", "cat", "--seed", "7")
    audobon("recipe", "export", "cat", "--to", "cat.toml")
    Path("cat.toml").write_text(Path("cat.toml").read_text().replace("seed = 7", "seed = 8"))
    ran = audobon("recipe", "run", "cat.toml", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (3, "reproduce.drifted")
    assert ran.data["recipes"][0]["status"] == "drifted"
    unpictured = Path("cat.toml").read_text().partition("[picture]")[0]
    Path("cat.toml").write_text(unpictured)
    assert audobon("recipe", "run", "cat.toml").status == 0
    fake_engine.load_error = ModelDamaged("The file is damaged.", hint="pull it again")
    failed = audobon("recipe", "run", "cat.toml", "--fresh")
    assert failed.status == 3
    assert "damaged" in failed.err


def test_recipes_are_shown_of_assets_pngs_and_files(audobon: Audobon, fake_engine: FakeEngine) -> None:
    path = audobon("generate", "cat", "--seed", "7", "--json").data["assets"][0]["path"]
    audobon("sprite", "trim", "cat")
    shown = [audobon("recipe", "show", source, "--json").data["recipe"] for source in ("cat", path)]
    recipe = read_recipe(Path(path))
    assert recipe is not None
    assert shown == [recipe.to_dict()] * 2
    assert audobon("recipe", "show", "cat").out == audobon("recipe", "export", "cat").out
    assert 'operation = "trim"' in audobon("recipe", "show", "cat_trim").out
    assert audobon("recipe", "export", "cat_trim").status == 11


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ('schema = "audobon-recipe/1"', 'schema = "audobon-recipe/2"'),
        ("seed = 7", "seed = 7.5"),
        ("seed = 7", 'seed = "7"'),
        ("seed = 7", "seed = true"),
        ("seed = 7", ""),
        ("seed = 7", "seed = 7\nextra = 1"),
        ("seed = 7", "seed ="),
        ("width = 64", "width = 100000"),
        ("guidance = ", "guidance = nan #"),
        ("operations = []", "operations = [1]"),
        ("operations = []", 'operations = ["grid 0"]'),
        ("operations = []", 'operations = ["grid 1000"]'),
        ("operations = []", 'operations = ["upscale oddly 2x"]'),
        ("[libraries]", "[inputs]\ntile = 3\n[libraries]"),
        ("[libraries]", "[adapters]\nloras = [3]\n[libraries]"),
        ("cat", "\xff"),
    ],
)
def test_files_that_are_no_recipes_are_refused(
    audobon: Audobon, fake_engine: FakeEngine, written: str, instead: str
) -> None:
    audobon("generate", "cat", "--seed", "7")
    whole = audobon("recipe", "show", "cat").out
    assert written in whole
    Path("a.toml").write_text(whole.replace(written, instead, 1), encoding="latin-1")
    ran = audobon("recipe", "run", "a.toml")
    assert ran.status == 2, ran.err
    assert "hint: " in ran.err


def test_a_png_without_a_recipe_has_none(audobon: Audobon, fake_engine: FakeEngine) -> None:
    Image.new("RGBA", (8, 8)).save("mine.png")
    assert audobon("recipe", "show", "mine.png").status == 11
    audobon("assets", "import", "mine.png")
    assert audobon("recipe", "show", "mine").status == 11
    assert audobon("recipe", "run", "-").status == 2
