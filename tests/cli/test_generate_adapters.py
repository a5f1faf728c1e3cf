"""LoRA, embeddings, ControlNet, IP-Adapter and refiner at the command line: what works, and what is refused and how."""

import json
import shutil
from pathlib import Path

import pytest
from safetensors.torch import load_file

from audobon_cli.domain.errors import AdapterUnfit
from audobon_cli.engines.registry import EngineFactory
from audobon_cli.media.image.png import read_recipe
from audobon_cli.models.loras.trained import TRAINED_ON, TRAINED_ON_FAMILY, USE_KEY, LoraUse
from tests.cli.test_contract import validator
from tests.conftest import Audobon, Engines, Ran
from tests.fakes.fake_engine import FakeEngine
from tests.tiny_models import adapters as tiny
from tests.tiny_models import clip_folder, sdxl_folder, sprite_folder
from tests.tiny_models.adapters import Files, tiny_files

MAKE = ("generate", "cute dragon", "--size", "64", "--steps", "2", "--seed", "7", "--json")


@pytest.fixture
def files(audobon: Audobon) -> Files:
    """Tiny adapters; the tiny models are on the shelf as sd and xl."""
    for folder, name in ((clip_folder(), "sd"), (sdxl_folder(), "xl")):
        assert audobon("models", "add", str(folder), "--name", name).status == 0
    return tiny_files()


@pytest.fixture
def no_loading(engines: Engines) -> None:
    """Whoever makes an engine fails the test."""

    def refuse(name: str, **options: object) -> FakeEngine:
        raise AssertionError("an engine was made")

    engines.factory = EngineFactory(create=refuse)


def add(audobon: Audobon, path: Path, name: str) -> dict[str, object]:
    ran = audobon("models", "add", str(path), "--name", name, "--json")
    validator("models-add").validate(ran.data)
    model: dict[str, object] = ran.data["model"]
    return model


def error(ran: Ran) -> tuple[int, str, str, str]:
    said = ran.json["error"]
    return ran.status, said["code"], said["message"], said["hint"]


def test_a_picture_with_everything_is_made_again_byte_for_byte(
    audobon: Audobon, files: Files, isolation: Path
) -> None:
    add(audobon, files.lora("sd15", "kohya"), "ink")
    add(audobon, files.embedding("a1111"), "fur")
    add(audobon, files.controlnet("sd15"), "sd-canny")
    add(audobon, files.ip_adapter("sd15"), "look")
    picture = shutil.copy(files.picture(), isolation / "mascot.png")
    argv = [*MAKE, "--model", "sd", "--lora", "ink:0.8", "--lora", str(files.lora("sd15", "diffusers"))]
    argv[1] = "cute fur dragon"
    argv += ["--embedding", "fur", "--control", f"canny:{picture}:0.7", "--reference", f"{picture}:0.6"]
    ran = audobon(*argv)
    assert ran.status == 0, ran.out
    validator("generate").validate(ran.data)
    (asset,) = ran.data["assets"]
    recipe = read_recipe(Path(asset["path"]))
    assert recipe is not None
    said = recipe.adapters
    assert [(lora["name"], lora["weight"]) for lora in said["loras"]] == [
        ("ink", 0.8),
        ("sd15-diffusers", 1.0),
    ]
    assert said["embeddings"][0]["token"] == "fur"
    assert (said["controls"][0]["kind"], said["controls"][0]["weight"]) == ("canny", 0.7)
    assert said["references"]["pictures"][0]["weight"] == 0.6
    digests = [entry["digest"] for entry in (*said["loras"], *said["embeddings"], *said["controls"])]
    assert all(len(digest) == 64 for digest in digests)

    # The input is in the library under the hash that the recipe names, and nothing is orphaned.
    blob = said["controls"][0]["picture"]
    assert said["references"]["pictures"][0]["picture"] == blob
    listed = {found["blob"]: found for found in audobon("assets", "list", "--json").data["assets"]}
    assert (listed[blob]["kind"], listed[blob]["name"]) == ("input", "mascot")
    verified = audobon("assets", "verify", "--json").data
    assert verified["unreferenced"] == 0

    again = audobon(*argv).data["assets"][0]
    assert (again["blob"], again["existing"]) == (asset["blob"], True)
    plain = audobon("generate", "cute fur dragon", *MAKE[2:], "--model", "sd").data["assets"][0]
    assert plain["blob"] != asset["blob"]
    assert "adapters" not in json.loads((read_recipe(Path(plain["path"])) or recipe).to_json())


def test_a_trained_style_brings_the_model_that_it_was_trained_on(
    audobon: Audobon, files: Files, isolation: Path
) -> None:
    tensors = load_file(files.lora("sd15", "diffusers"))
    for name, model in (("ink", "sd"), ("lost", "gone")):
        notes = {
            USE_KEY: LoraUse(trigger="zorv").to_json(),
            TRAINED_ON: model,
            TRAINED_ON_FAMILY: "sd15",
        }
        add(audobon, tiny.save(tensors, isolation / f"{name}.safetensors", **notes), name)
    (planned,) = audobon(*MAKE, "--style", "ink", "--plan").data["plan"]["requests"]
    assert planned["model"] == "sd"
    status, code, message, _hint = error(audobon(*MAKE, "--style", "lost", "--plan"))
    assert (status, code) == (AdapterUnfit.exit_status, AdapterUnfit.code)
    assert "lost does not fit" in message


def test_a_refiner_by_name(audobon: Audobon, files: Files) -> None:
    assert audobon("models", "add", str(files.refiner()), "--name", "finish").status == 0
    ran = audobon(*MAKE, "--model", "xl", "--refiner", "finish:0.5")
    assert ran.status == 0, ran.out
    recipe = read_recipe(Path(ran.data["assets"][0]["path"]))
    assert recipe is not None
    assert recipe.adapters["refiner"]["name"] == "finish"
    assert recipe.adapters["refiner"]["share"] == 0.5


def test_the_shelf_says_what_weights_are(audobon: Audobon, files: Files) -> None:
    for path, name in (
        (files.lora("sdxl", "kohya"), "ink"),
        (files.embedding("two encoders"), "furs"),
        (files.controlnet("sdxl"), "canny"),
        (files.ip_adapter("sdxl"), "look"),
        (clip_folder() / "vae" / "diffusion_pytorch_model.safetensors", "vae"),
    ):
        add(audobon, path, name)
    listed = audobon("models", "list", "--json")
    validator("models-list").validate(listed.data)
    kinds = {model["name"]: model["kind"] for model in listed.data["models"]}
    assert kinds["ink"] == "LoRA"
    assert kinds["furs"] == "textual inversion"
    assert kinds["canny"] == "ControlNet"
    assert kinds["look"] == "IP-Adapter"
    assert kinds["vae"] == "VAE"
    assert kinds["xl"] == kinds["sprite"] == "model"
    shown = audobon("models", "show", "ink", "--json").data
    validator("models-show").validate(shown)
    assert (shown["kind"], shown["fits"]) == ("LoRA", ["xl"])
    words = audobon("models", "show", "look").out
    assert "IP-Adapter" in words
    assert "\nfits:        xl\n" in words
    look = audobon("models", "show", "look", "--json").data
    assert {Path(file["path"]).name for file in look["files"]} == {
        "ip-adapter_tiny.safetensors",
        "config.json",
        "model.safetensors",
    }
    assert audobon("models", "verify").status == 0


@pytest.mark.usefixtures("no_loading")
def test_what_does_not_fit_is_refused_with_what_does(audobon: Audobon, files: Files) -> None:
    add(audobon, files.lora("sd15", "kohya"), "ink")
    add(audobon, files.lora("sdxl", "kohya"), "inks")
    status, code, message, hint = error(audobon(*MAKE, "--model", "xl", "--lora", "ink"))
    assert (status, code) == (15, "adapter.unfit")
    assert "unet of width 32" in message
    assert "unet of width 72" in message
    assert "sd" in hint
    assert "inks" in hint
    for option, name, kind in (
        ("--embedding", files.embedding("a1111"), "textual inversion"),
        ("--control-model", files.controlnet("sd15"), "ControlNet"),
        ("--reference-model", files.ip_adapter("sd15"), "IP-Adapter"),
    ):
        picture = ["--control", f"map:{files.picture()}"] if "control" in option else []
        picture += ["--reference", str(files.picture())] if "reference" in option else []
        ran = audobon(*MAKE, "--model", "xl", option, str(name), *picture)
        assert error(ran)[:2] == (15, "adapter.unfit"), ran.out
        assert kind in error(ran)[2]
    refused = error(audobon(*MAKE, "--model", "sd", "--embedding", "ink"))
    assert refused[:2] == (15, "adapter.unfit")
    assert "is a LoRA" in refused[2]
    assert "--lora" in refused[3]
    whole = error(audobon(*MAKE, "--model", "sd", "--lora", "xl"))
    assert whole[:2] == (15, "adapter.unfit")
    assert "whole model" in whole[2]
    as_model = error(audobon(*MAKE, "--model", "ink"))
    assert as_model[:2] == (15, "adapter.unfit")
    assert "--lora" in as_model[3]
    base = error(audobon(*MAKE, "--model", "xl", "--refiner", str(sprite_folder())))
    assert base[:2] == (15, "adapter.unfit")


@pytest.mark.usefixtures("no_loading")
def test_the_shelf_is_searched_for_controlnets_and_ip_adapters(audobon: Audobon, files: Files) -> None:
    control = ("--control", f"canny:{files.picture()}")
    reference = ("--reference", str(files.picture()))
    for option in (control, reference):
        status, code, message, _ = error(audobon(*MAKE, "--model", "sd", *option))
        assert (status, code) == (13, "model.not_found")
        assert "that fits the model sd" in message
    add(audobon, files.controlnet("sdxl"), "xl-canny")
    assert error(audobon(*MAKE, "--model", "sd", *control))[0] == 13
    add(audobon, files.controlnet("sd15"), "sd-depth")
    assert "sd-depth" in error(audobon(*MAKE, "--model", "sd", *control))[3]
    for name in ("one-canny", "two-canny"):
        copied = shutil.copytree(files.controlnet("sd15"), Path(name))
        add(audobon, copied, name)
    status, code, message, hint = error(audobon(*MAKE, "--model", "sd", *control))
    assert (status, code) == (2, "usage.invalid")
    assert "one-canny, two-canny" in message
    assert "--control-model" in hint


@pytest.mark.usefixtures("no_loading")
def test_files_that_cannot_be_used(audobon: Audobon, files: Files) -> None:
    Path("old.pt").write_bytes(b"\x80\x02")
    status, code, message, _ = error(audobon(*MAKE, "--model", "sd", "--lora", "old.pt"))
    assert (status, code) == (2, "usage.invalid")
    assert "pickled" in message
    whole = files.lora("sd15", "kohya").read_bytes()
    Path("cut.safetensors").write_bytes(whole[:-10])
    status, code, message, _ = error(audobon(*MAKE, "--model", "sd", "--lora", "cut.safetensors:0.5"))
    assert (status, code) == (23, "model.damaged")
    assert "truncated" in message
    add(audobon, files.lora("sd15", "kohya"), "ink")
    status, code, _, hint = error(audobon(*MAKE, "--model", "sd", "--lora", "inc"))
    assert (status, code) == (13, "model.not_found")
    assert "ink" in hint
    Path("words.png").write_text("no picture")
    for text in ("canny:missing.png", "canny:words.png"):
        assert error(audobon(*MAKE, "--model", "sd", "--control", text))[:2] == (2, "usage.invalid")
    alone = shutil.copy(files.ip_adapter("sd15"), Path("ip.safetensors"))
    ran = audobon(
        *MAKE, "--model", "sd", "--reference", str(files.picture()), "--reference-model", str(alone)
    )
    assert error(ran)[:2] == (15, "adapter.unfit")
    assert "image_encoder" in error(ran)[3]


def test_an_adapter_that_was_changed_is_refused(audobon: Audobon, files: Files) -> None:
    path = Path(shutil.copy(files.lora("sd15", "kohya"), Path("ink.safetensors")))
    add(audobon, path, "ink")
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    assert error(audobon(*MAKE, "--model", "sd", "--lora", "ink"))[:2] == (25, "model.altered")
    assert audobon("models", "verify", "ink").status == 25


@pytest.mark.usefixtures("no_loading")
@pytest.mark.parametrize(
    ("argv", "fact"),
    [
        (("--lora", "ink:heavy"), "'heavy' is not a number"),
        (("--lora", "ink:nan"), "'nan' is not a number"),
        (("--lora", "ink:11"), "out of range"),
        (("--lora", ":0.5"), "names nothing"),
        (("--lora", "ink", "--lora", "ink:0.5"), "given twice"),
        (("--control", "a.png"), "does not begin with"),
        (("--control", "canny:a.png:0"), "out of range"),
        (("--control", "canny:"), "names nothing"),
        (("--control-model", "x"), "1 --control-model for 0 --control"),
        (("--reference", "a.png:3"), "out of range"),
        (("--reference-model", "x"), "needs a picture"),
        (("--refiner", "x:1"), "out of range"),
        (("--refiner", "x:much"), "is not a number"),
    ],
)
def test_texts_that_can_never_work(audobon: Audobon, argv: tuple[str, ...], fact: str) -> None:
    status, code, message, hint = error(audobon(*MAKE, *argv))
    assert (status, code) == (2, "usage.invalid")
    assert fact in message
    assert hint


def test_two_embeddings_of_one_word_and_a_word_that_is_known(audobon: Audobon, files: Files) -> None:
    path = files.embedding("a1111")
    other = Path("other") / path.name
    other.parent.mkdir()
    shutil.copy(path, other)
    ran = audobon(*MAKE, "--model", "sd", "--embedding", str(path), "--embedding", str(other))
    assert error(ran)[:2] == (2, "usage.invalid")
    known = tiny.save({"ca": tiny.vectors(32)}, Path("ca.safetensors"))
    status, code, message, _ = error(audobon(*MAKE, "--model", "sd", "--embedding", str(known)))
    assert (status, code) == (15, "adapter.unfit")
    assert "knows already" in message
