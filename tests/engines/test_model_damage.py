"""Model folders with something wrong in them, opened by the engine: an error that names the file."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from audobon_cli.domain.errors import ModelDamaged, ModelUnsupported
from audobon_cli.domain.events import ignore
from audobon_cli.engines.diffusers.engine import LocalEngine
from tests.tiny_models import resolved_request, sprite_folder, sprite_model

UNET = "unet/diffusion_pytorch_model.safetensors"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(sprite_folder(), tmp_path / "model"))


def load(folder: Path) -> None:
    LocalEngine(device="cpu").load(resolved_request(sprite_model(folder)), ignore)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def fill_with_garbage(path: Path) -> None:
    path.write_bytes(b"\x9c" * path.stat().st_size)


def change_json(path: Path, **changes: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize("damage", [truncate, fill_with_garbage, Path.unlink])
@pytest.mark.parametrize(
    "name",
    [
        "model_index.json",
        "scheduler/scheduler_config.json",
        "text_encoder/config.json",
        "text_encoder/model.safetensors",
        "tokenizer/tokenizer.json",
        "unet/config.json",
        UNET,
        "vae/diffusion_pytorch_model.safetensors",
    ],
)
def test_the_damaged_file_is_named(folder: Path, name: str, damage: Callable[[Path], None]) -> None:
    damage(folder / name)
    with pytest.raises(ModelDamaged) as caught:
        load(folder)
    assert caught.value.details["file"] == name
    assert str(folder / name) in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("name", ["unet", "vae", "text_encoder", "tokenizer", "scheduler"])
def test_a_missing_component_is_named(folder: Path, name: str) -> None:
    shutil.rmtree(folder / name)
    with pytest.raises(ModelDamaged, match=name):
        load(folder)


def test_an_empty_folder_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged, match=r"model_index\.json"):
        load(tmp_path)


@pytest.mark.parametrize("weight", ["conv_in.weight", "conv_out.bias"])
def test_a_weight_that_is_not_in_the_file_is_not_made_up(folder: Path, weight: str) -> None:
    weights = load_file(folder / UNET)
    del weights[weight]
    save_file(weights, folder / UNET, metadata={"format": "pt"})
    with pytest.raises(ModelDamaged, match="lacks 1 weights") as caught:
        load(folder)
    assert weight in caught.value.message
    assert caught.value.details["file"] == UNET


def test_a_text_encoder_that_lacks_weights_is_damaged_unless_they_are_unused(folder: Path) -> None:
    path = folder / "text_encoder/model.safetensors"
    weights = load_file(path)
    kept = {name: tensor for name, tensor in weights.items() if "pooler" not in name}
    assert len(kept) < len(weights)
    save_file(kept, path, metadata={"format": "pt"})
    load(folder)
    del kept["embeddings.word_embeddings.weight"]
    save_file(kept, path, metadata={"format": "pt"})
    with pytest.raises(ModelDamaged, match="word_embeddings"):
        load(folder)


@pytest.mark.parametrize("name", [UNET, "text_encoder/model.safetensors"])
def test_weights_of_the_wrong_shape_are_damaged(folder: Path, name: str) -> None:
    weights = load_file(folder / name)
    longest = max(weights, key=lambda key: weights[key].numel())
    weights[longest] = torch.zeros(3, 3)
    save_file(weights, folder / name, metadata={"format": "pt"})
    with pytest.raises(ModelDamaged, match=name.partition("/")[0]):
        load(folder)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("unet/config.json", {"block_out_channels": "wide"}),
        ("unet/config.json", {"down_block_types": ["NoSuchBlock"]}),
        ("vae/config.json", {"norm_num_groups": 7}),
        ("text_encoder/config.json", {"num_attention_heads": 5}),
        ("scheduler/scheduler_config.json", {"solver_type": "magic"}),
        ("tokenizer/tokenizer.json", {"model": {"type": "NoSuchModel"}}),
    ],
)
def test_configurations_without_sense_are_damaged(
    folder: Path, name: str, changes: dict[str, object]
) -> None:
    change_json(folder / name, **changes)
    with pytest.raises(ModelDamaged, match=r"cannot be loaded|not a list of widths"):
        load(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"_class_name": "NoSuchPipeline"},
        {"_class_name": "UNet2DConditionModel"},
        {"_class_name": "StableDiffusionImg2ImgPipeline"},
        {"unet": ["diffusers", "NoSuchModel"]},
        {"unet": ["my_code", "Network"]},
        {"_class_name": ["pipeline", "MyPipeline"]},
    ],
)
def test_pipelines_that_cannot_run_here_are_unsupported(folder: Path, changes: dict[str, object]) -> None:
    change_json(folder / "model_index.json", **changes)
    (folder / "pipeline.py").write_text("raise SystemExit('ran')")
    with pytest.raises(ModelUnsupported):
        load(folder)
