"""The model that ships with the program, run for real: what a newcomer does first."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from audobon_cli.engines.diffusers.pixels import to_picture
from audobon_cli.media.image.png import read_recipe
from audobon_cli.presets.catalog import Presets, shipped_presets
from tests.conftest import Audobon

MODEL = Path(__file__).parents[1] / "src" / "audobon_cli" / "builtin" / "sprite"


def blobs(audobon: Audobon, *argv: str) -> list[str]:
    ran = audobon("generate", *argv, "--json")
    assert ran.status == 0, ran.out
    return [asset["blob"] for asset in ran.data["assets"]]


def test_a_cute_dragon_is_a_sprite_with_its_recipe(audobon: Audobon) -> None:
    ran = audobon("generate", "cute dragon", "--quality", "high")
    assert ran.status == 0, ran.err
    path = Path(ran.out.strip())
    with Image.open(path) as image:
        assert (image.mode, image.size) == ("RGBA", (64, 64))
        alpha = np.asarray(image)[..., 3]
    assert 0.1 < (alpha > 128).mean() < 0.9, "a figure on a clear ground"
    # Each kind of processor rounds in its own way, so a nearly clear pixel may end on either side of the cut.
    corners = alpha[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert corners.max() < 128, "the ground is clear"
    recipe = read_recipe(path)
    assert recipe is not None
    assert (recipe.prompt, recipe.model, recipe.quality) == ("cute dragon", "sprite", "high")


def test_the_same_seed_gives_the_same_blob_alone_and_in_a_run(audobon: Audobon) -> None:
    first = blobs(audobon, "cute dragon", "--seed", "7")
    assert blobs(audobon, "cute dragon", "--seed", "7") == first
    four = blobs(audobon, "cute dragon", "--seed", "7", "--count", "4")
    assert four[0] == first[0]
    assert len(set(four)) == 4


def plain_pipeline_picture(seed: int, **settings: Any) -> Image.Image:
    """What plain diffusers draws with the folder, colours divided by alpha as the model card says."""
    from diffusers import DiffusionPipeline

    torch.set_num_threads(1)
    pipeline = DiffusionPipeline.from_pretrained(MODEL, torch_dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    output = pipeline(
        generator=torch.Generator("cpu").manual_seed(seed), output_type="np", height=64, width=64, **settings
    )
    return to_picture(output.images[0], premultiplied=True)[0]


def test_ultra_keeps_the_best_of_four_and_does_so_again(audobon: Audobon) -> None:
    command = ("generate", "red apple", "--quality", "ultra", "--steps", "4", "--seed", "7", "--events")
    first, again = audobon(*command), audobon(*command)
    chosen = [event for event in first.events if event["event"] == "candidate_chosen"]
    assert len(chosen) == 1
    assert max(chosen[0]["scores"], key=lambda pair: pair[1])[0] == chosen[0]["seed"]
    assert first.data["assets"][0]["seed"] == chosen[0]["seed"]
    assert first.data["assets"][0]["blob"] == again.data["assets"][0]["blob"]


@pytest.mark.filterwarnings("ignore")
def test_plain_diffusers_gives_the_same_picture(audobon: Audobon) -> None:
    ran = audobon(
        "generate", "red apple", "--seed", "5", "--steps", "6", "--guidance", "3", "--style", "none",
        "--negative", "green", "--out", "-",
    )  # fmt: skip
    assert ran.status == 0, ran.err
    plain = plain_pipeline_picture(
        5, prompt="red apple", negative_prompt="green", num_inference_steps=6, guidance_scale=3.0
    )
    with Image.open(io.BytesIO(ran.raw)) as picture:
        ours = np.asarray(picture).astype(int)
    # The exported graph rounds in another order than PyTorch, on each kind of processor in its own way.
    apart = np.abs(ours - np.asarray(plain).astype(int)).max(axis=2)
    assert apart.max() <= 1
    assert (apart > 0).mean() <= 0.001


STYLES = [
    style.name for style in Presets((("", shipped_presets()),)).styles.values() if "sprite" in style.families
]


@pytest.mark.parametrize("style", STYLES)
def test_every_style_of_the_model_gives_a_picture_of_its_own(audobon: Audobon, style: str) -> None:
    plain = blobs(audobon, "skull", "--seed", "1", "--steps", "4", "--style", "none")
    assert blobs(audobon, "skull", "--seed", "1", "--steps", "4", "--style", style) != plain


def test_a_long_prompt_is_not_cut_silently(audobon: Audobon) -> None:
    ran = audobon("generate", "dragon " * 40, "--steps", "1", "--events")
    cut = [event for event in ran.events if event["event"] == "prompt_truncated"]
    assert len(cut) == 1
    assert "dragon" in cut[0]["dropped"]
