"""Swapped parts and single files at the command line: what fits, what is refused, what recipes say."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file, save_file

from tests.conftest import Audobon
from tests.tiny_models import clip_folder, sdxl_folder
from tests.tiny_models.checkpoints import vae_weights, write_checkpoint
from tests.tiny_models.families import TINY_FAMILIES
from tests.tiny_models.transformer_checkpoints import write_transformer_checkpoint
from tests.tiny_models.transformers_of_t5 import build_wide_flux

QUICK = ("--steps", "2", "--seed", "7", "--size", "64", "--style", "none", "--json")


@pytest.fixture
def registry(audobon: Audobon) -> None:
    for name, folder in (("tiny-sd", clip_folder()), ("tiny-xl", sdxl_folder())):
        assert audobon("models", "add", str(folder), "--name", name).status == 0


@pytest.fixture
def changed_vae(tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(clip_folder() / "vae", tmp_path / "other-vae"))
    file = folder / "diffusion_pytorch_model.safetensors"
    weights = load_file(file)
    weights["decoder.conv_out.bias"] += 0.2
    save_file(weights, file, metadata={"format": "pt"})
    return folder


def draw(audobon: Audobon, *argv: str) -> tuple[np.ndarray[Any, Any], dict[str, Any]]:
    ran = audobon("generate", "cute dragon", *QUICK, *argv)
    assert ran.status == 0, ran.out
    with Image.open(ran.data["assets"][0]["path"]) as image:
        return np.asarray(image.convert("RGB")).astype(int), json.loads(image.info["audobon"])


def refusal(audobon: Audobon, *argv: str) -> dict[str, Any]:
    ran = audobon("generate", "cute dragon", *QUICK, *argv)
    error: dict[str, Any] = ran.json["error"]
    return {**error, "status": ran.status}


@pytest.mark.usefixtures("registry")
def test_another_autoencoder_changes_the_picture_and_is_in_the_recipe(
    audobon: Audobon, changed_vae: Path
) -> None:
    own, plain = draw(audobon, "--model", "tiny-sd")
    other, recipe = draw(audobon, "--model", "tiny-sd", "--vae", str(changed_vae))
    assert (own != other).any()
    assert "components" not in plain
    assert recipe["components"]["vae"]["source"] == str(changed_vae)
    assert len(recipe["components"]["vae"]["digest"]) == 64
    same, _ = draw(audobon, "--model", "tiny-sd", "--component", f"vae={changed_vae}")
    assert (same == other).all()
    assert plain["model_digest"] == recipe["model_digest"]


@pytest.mark.usefixtures("registry")
def test_single_files_are_parts_too_in_both_layouts(
    audobon: Audobon, changed_vae: Path, tmp_path: Path
) -> None:
    from diffusers import AutoencoderKL

    other, _ = draw(audobon, "--model", "tiny-sd", "--vae", str(changed_vae))
    plain = changed_vae / "diffusion_pytorch_model.safetensors"
    assert (draw(audobon, "--model", "tiny-sd", "--vae", str(plain))[0] == other).all()
    first = tmp_path / "vae-first.safetensors"
    weights = vae_weights(AutoencoderKL.from_pretrained(str(changed_vae)))
    save_file({key: value.contiguous() for key, value in weights.items()}, first)
    assert (draw(audobon, "--model", "tiny-sd", "--vae", str(first))[0] == other).all()
    assert audobon("models", "add", str(first), "--name", "my-vae").status == 0
    assert (draw(audobon, "--model", "tiny-sd", "--vae", "my-vae")[0] == other).all()


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("--vae", "sprite"), "in_channels is 4, and 3 is needed"),
        (("--component", "unet=tiny-xl"), "cross_attention_dim is 72, and 32 is needed"),
        (("--component", "text_encoder=sprite"), "BertModel, and a CLIPTextModel is needed"),
        (("--component", "text_encoder_2=tiny-xl"), "no network 'text_encoder_2'"),
        (("--component", "prior=tiny-xl"), "its networks: text_encoder, unet, vae"),
        (("--component", "vae"), "NAME=MODEL"),
        (("--component", "vae=a", "--vae", "b"), "twice"),
    ],
)
def test_parts_that_do_not_fit_are_refused_with_what_does(
    audobon: Audobon, argv: tuple[str, ...], words: str
) -> None:
    error = refusal(audobon, "--model", "tiny-sd", *argv)
    assert error["status"] == 2
    assert words in error["message"] + error["hint"]
    assert error["hint"]


@pytest.mark.usefixtures("registry")
def test_a_part_that_is_not_there_is_named(audobon: Audobon, tmp_path: Path) -> None:
    assert refusal(audobon, "--model", "tiny-sd", "--vae", "tiny-xx")["hint"].startswith("did you mean tiny-")
    assert refusal(audobon, "--model", "tiny-sd", "--vae", "sdxl")["hint"].endswith(
        "`audobon models pull sdxl`"
    )
    lacking = tmp_path / "lacking.safetensors"
    weights = load_file(clip_folder() / "unet/diffusion_pytorch_model.safetensors")
    weights.pop("conv_out.bias")
    save_file(weights, lacking)
    error = refusal(audobon, "--model", "tiny-sd", "--component", f"unet={lacking}")
    assert "no weight conv_out.bias" in error["message"]


@pytest.mark.usefixtures("registry")
def test_schedulers_by_name(audobon: Audobon) -> None:
    own, plain = draw(audobon, "--model", "tiny-sd")
    other, recipe = draw(audobon, "--model", "tiny-sd", "--scheduler", "euler-a")
    assert (own != other).any()
    assert plain["scheduler"] == "PNDMScheduler"
    assert "scheduler_name" not in plain
    assert recipe["scheduler"] == "EulerAncestralDiscreteScheduler"
    assert recipe["scheduler_name"] == "euler-a"
    unknown = refusal(audobon, "--model", "tiny-sd", "--scheduler", "euler-b")
    assert (unknown["code"], unknown["status"]) == ("preset.not_found", 14)
    assert "euler-a" in unknown["hint"]


def test_a_scheduler_for_another_kind_of_model_is_refused(audobon: Audobon) -> None:
    flux = str(TINY_FAMILIES["flux"].folder())
    error = refusal(audobon, "--model", flux, "--scheduler", "ddim")
    assert (error["code"], error["status"]) == ("usage.option_unsupported", 2)
    assert error["hint"] == "schedulers that fit it: euler, unipc, lcm"


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize(("model", "folder"), [("tiny-sd", clip_folder), ("tiny-xl", sdxl_folder)])
def test_a_checkpoint_draws_what_the_folder_draws(
    audobon: Audobon, tmp_path: Path, model: str, folder: Any
) -> None:
    file = write_checkpoint(folder(), tmp_path / "first.safetensors")
    expected, recipe = draw(audobon, "--model", model)
    by_path, other = draw(audobon, "--model", str(file))
    assert (by_path == expected).all()
    assert other["model_digest"] != recipe["model_digest"]
    assert audobon("models", "add", str(file), "--name", "mine").status == 0
    by_name, same = draw(audobon, "--model", "mine")
    assert (by_name == expected).all()
    assert same["model_digest"] == other["model_digest"]
    assert audobon("models", "verify", "mine").status == 0
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(bytes(data))
    assert refusal(audobon, "--model", "mine")["code"] == "model.altered"


def test_a_checkpoint_of_stable_diffusion_3_draws_what_the_folder_draws(
    audobon: Audobon, tmp_path: Path
) -> None:
    _compare(audobon, TINY_FAMILIES["sd3"].folder(), tmp_path)


@pytest.mark.slow
def test_a_checkpoint_of_flux_draws_what_the_folder_draws(audobon: Audobon, tmp_path: Path) -> None:
    _compare(audobon, build_wide_flux(tmp_path / "wide"), tmp_path)


def _compare(audobon: Audobon, folder: Path, tmp_path: Path) -> None:
    file = write_transformer_checkpoint(folder, tmp_path / "first.safetensors")
    assert audobon("models", "add", str(folder), "--name", "base").status == 0
    expected, _ = draw(audobon, "--model", "base")
    found, _ = draw(audobon, "--model", str(file))
    assert (found == expected).all()


def test_a_checkpoint_without_a_model_of_its_kind_says_what_to_pull(audobon: Audobon, tmp_path: Path) -> None:
    file = write_checkpoint(clip_folder(), tmp_path / "first.safetensors")
    error = refusal(audobon, "--model", str(file))
    assert (error["code"], error["status"]) == ("model.unsupported", 15)
    assert "audobon models pull sd" in error["hint"]
    weights = clip_folder() / "unet/diffusion_pytorch_model.safetensors"
    assert "--component" in refusal(audobon, "--model", str(weights))["hint"]


@pytest.mark.usefixtures("registry")
def test_a_checkpoint_of_another_shape_is_refused(audobon: Audobon, tmp_path: Path) -> None:
    file = write_checkpoint(clip_folder(), tmp_path / "first.safetensors")
    weights = load_file(file)
    key = "model.diffusion_model.input_blocks.0.0.weight"
    weights[key] = weights[key].repeat(1, 2, 1, 1)[:, :8].contiguous()
    save_file(weights, file)
    assert "8 channels in" in refusal(audobon, "--model", str(file))["message"]
