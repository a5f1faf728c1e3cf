"""What single files say of their noise, in marks and metadata: they are drawn as they were trained, or refused."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from tests.conftest import Audobon
from tests.tiny_models import clip_folder, sdxl_folder
from tests.tiny_models.checkpoints import write_checkpoint

QUICK = ("--steps", "3", "--seed", "7", "--size", "64", "--style", "none", "--json")
V = {"prediction_type": "v_prediction", "rescale_betas_zero_snr": False}
V_TO_NOISE = {"prediction_type": "v_prediction", "rescale_betas_zero_snr": True}
EPSILON = {"prediction_type": "epsilon", "rescale_betas_zero_snr": False}
MARK = torch.zeros(0)

MARKS: dict[str, tuple[Mapping[str, torch.Tensor], Mapping[str, str], Mapping[str, Any]]] = {
    "nothing": ({}, {}, EPSILON),
    "v_pred": ({"v_pred": MARK}, {}, V),
    "v_pred and ztsnr": ({"v_pred": MARK, "ztsnr": MARK}, {}, V_TO_NOISE),
    "ztsnr alone": ({"ztsnr": MARK}, {}, EPSILON),
    "the model specification": ({}, {"modelspec.prediction_type": "v"}, V),
    "the model specification, noise": ({}, {"modelspec.prediction_type": "epsilon"}, EPSILON),
    "kohya's flags": ({}, {"ss_v_parameterization": "True", "ss_zero_terminal_snr": "True"}, V_TO_NOISE),
}


def pixels(audobon: Audobon, *argv: str) -> np.ndarray[Any, Any]:
    ran = audobon("generate", "cute dragon", *QUICK, *argv)
    assert ran.status == 0, ran.out
    with Image.open(ran.data["assets"][0]["path"]) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def folder_with(folder: Path, target: Path, settings: Mapping[str, Any]) -> Path:
    shutil.copytree(folder, target)
    path = target / "scheduler" / "scheduler_config.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **settings}))
    return target


@pytest.mark.parametrize(
    ("mark", "lender"),
    [*((mark, "v") for mark in MARKS), ("nothing", "noise"), ("v_pred and ztsnr", "noise")],
)
def test_a_file_is_drawn_as_it_says_whatever_the_lending_model_predicts(
    audobon: Audobon, tmp_path: Path, mark: str, lender: str
) -> None:
    tensors, metadata, settings = MARKS[mark]
    file = write_checkpoint(sdxl_folder(), tmp_path / "one.safetensors")
    save_file({**load_file(file), **tensors}, file, dict(metadata))
    base = folder_with(sdxl_folder(), tmp_path / "base", EPSILON if lender == "noise" else V_TO_NOISE)
    assert audobon("models", "add", str(base), "--name", "lender").status == 0
    expected = pixels(audobon, "--model", str(folder_with(sdxl_folder(), tmp_path / "folder", settings)))
    assert (pixels(audobon, "--model", str(file)) == expected).all()


def trained_to_noise(target: Path, **settings: Any) -> Path:
    """A folder of Stable Diffusion that begins in noise alone, which the PNDM of the plain one cannot."""
    folder_with(clip_folder(), target, {**V_TO_NOISE, "_class_name": "EulerDiscreteScheduler", **settings})
    index = target / "model_index.json"
    named = {**json.loads(index.read_bytes()), "scheduler": ["diffusers", "EulerDiscreteScheduler"]}
    index.write_text(json.dumps(named))
    return target


@pytest.mark.parametrize("scheduler", ["euler", "dpm++-karras", "ddim", "pndm", "heun"])
def test_the_mark_holds_for_other_schedulers(audobon: Audobon, tmp_path: Path, scheduler: str) -> None:
    file = write_checkpoint(clip_folder(), tmp_path / "one.safetensors")
    save_file({**load_file(file), "v_pred": MARK, "ztsnr": MARK}, file)
    assert audobon("models", "add", str(clip_folder()), "--name", "lender").status == 0
    like = trained_to_noise(tmp_path / "folder")
    expected = pixels(audobon, "--model", str(like), "--scheduler", scheduler)
    drawn = pixels(audobon, "--model", str(file), "--scheduler", scheduler)
    assert np.abs(drawn - expected).max() <= 1
    assert (drawn != pixels(audobon, "--model", "lender", "--scheduler", scheduler)).any()


@pytest.mark.parametrize("mark", ["edm_mean", "edm_vpred.sigma_max"])
def test_noise_of_another_kind_is_refused(audobon: Audobon, tmp_path: Path, mark: str) -> None:
    file = write_checkpoint(sdxl_folder(), tmp_path / "one.safetensors")
    save_file({**load_file(file), mark: torch.zeros(4)}, file)
    assert audobon("models", "add", str(sdxl_folder()), "--name", "lender").status == 0
    ran = audobon("generate", "cute dragon", *QUICK, "--model", str(file))
    assert (ran.status, ran.json["error"]["code"]) == (15, "model.unsupported")
    assert "EDM" in ran.json["error"]["message"]


@pytest.mark.parametrize(("scheduler", "steps"), [("lcm", 51), ("tcd", 51), ("lcm", 50)])
def test_a_scheduler_of_few_steps_says_how_many_it_takes(
    audobon: Audobon, scheduler: str, steps: int
) -> None:
    argv = ("--model", str(clip_folder()), "--scheduler", scheduler, "--steps", str(steps), "--size", "64")
    ran = audobon("generate", "cute dragon", "--seed", "7", "--json", *argv)
    assert ran.status == (2 if steps > 50 else 0)
    if steps > 50:
        assert "1 to 50 steps" in ran.json["error"]["message"]


@pytest.mark.parametrize("scheduler", ["dpm++-karras", "dpm++-sde-karras"])
def test_a_model_trained_to_noise_takes_as_many_steps_as_are_usual(
    audobon: Audobon, tmp_path: Path, scheduler: str
) -> None:
    """Of the first levels several are at one time."""
    betas = {
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "beta_schedule": "scaled_linear",
    }  # those of the real model
    model = trained_to_noise(tmp_path / "model", **betas)
    drawn = pixels(audobon, "--model", str(model), "--scheduler", scheduler, "--steps", "28")
    assert drawn.std() > 0
