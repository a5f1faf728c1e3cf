"""SD 1.5, SDXL, SD 3 and FLUX in small: trained, gone on with, written under two sets of names, read by others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from safetensors.torch import load_file
from torch import Tensor

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.ids import blob_id
from audobon_cli.domain.model import Model
from audobon_cli.models.catalog import find_model
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.presets.catalog import Presets, shipped_presets
from audobon_cli.settings.hub import HubAccess
from audobon_cli.training.networks.adapters import LoraLayers
from audobon_cli.training.networks.checkpoints import load_checkpoint, save_checkpoint
from audobon_cli.training.networks.examples import encode_set
from audobon_cli.training.networks.families.opaque import OpaqueTrainable
from audobon_cli.training.networks.families.registry import FAMILIES as REGISTERED
from audobon_cli.training.networks.families.registry import trainable_class
from audobon_cli.training.networks.families.transformers import FluxTrainable
from audobon_cli.training.networks.files import diffusers_tensors, kohya_tensors, written
from audobon_cli.training.networks.steps import Trainer
from audobon_cli.training.networks.trainable import TrainableModel
from audobon_cli.training.pictures.training_set import TrainingPicture, TrainingSet, training_set
from audobon_cli.training.settings import TrainingSettings
from audobon_cli.training.settings import settings_of as settings_from_preset
from tests.tiny_models.families import TINY_FAMILIES

FAMILIES = ("sd15", "sdxl", "sd3", "flux")
SETTINGS = TrainingSettings(
    rank=2,
    alpha=1.0,
    steps=6,
    batch=2,
    rate=0.05,
    warm_up=1,
    average=0.1,
    measure_times=2,
    side=64,
    gradient_checkpointing=True,
    threads=1,
)
CAPTIONS = ("zorv, an owl", "zorv, a key", "zorv, a boat", "zorv, a tree", "zorv", "zorv, a red key")


UNHEARD = {
    # SDXL reads the last state but one of its first text encoder.
    "sdxl": "text_encoder.encoder.layers.2.",
    # Of the words nothing is asked any more in the last block.
    "sd3": "transformer.transformer_blocks.1.attn.add_q_proj",
}
"""Layers that nothing depends on."""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Model]:
    folder = tmp_path_factory.mktemp("models")
    hub = HubAccess("http://127.0.0.1:9", folder / "cache", None, True)
    registry = ModelRegistry(Presets((("built-in", shipped_presets()),)), folder / "shelf", hub)
    torch.set_num_threads(1)
    return lambda family: find_model(str(TINY_FAMILIES[family].folder()), registry)


def drawing(number: int) -> Image.Image:
    """A disc on clear ground, of another place and colour for each number."""
    image = Image.new("RGBA", (48, 64 if number % 2 else 48))
    ImageDraw.Draw(image).ellipse((4, 4, 20 + 3 * number, 40), fill=(40 * number, 200 - 30 * number, 90, 255))
    return image


@pytest.fixture(scope="module")
def pictures() -> TrainingSet:
    return training_set(
        TrainingPicture(blob_id(str(number).encode()), str(number), caption, 48, 48, True)
        for number, caption in enumerate(CAPTIONS)
    )


def opened(picture: TrainingPicture) -> Image.Image:
    return drawing(int(picture.name))


def trainer_of(model: Model, pictures: TrainingSet, settings: TrainingSettings) -> Trainer:
    trainable = trainable_class(model).load(model, "cpu")
    trainable.configure(settings)
    return Trainer(trainable, encode_set(trainable, pictures, opened), settings)


@dataclass
class Trained:
    """A trained model with its files."""

    trainer: Trainer
    folder: Path

    @property
    def trainable(self) -> TrainableModel:
        return self.trainer.trainable


@pytest.fixture(scope="module")
def trained(
    models: Callable[[str], Model], pictures: TrainingSet, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Trained]:
    kept: dict[str, Trained] = {}

    def train(family: str) -> Trained:
        if family not in kept:
            settings = settings_of(family)
            trainer = trainer_of(models(family), pictures, settings)
            trainer.judge(trainer.measure())
            while not trainer.over:
                trainer.advance()
            folder = tmp_path_factory.mktemp(family)
            for name, tensors in (
                ("diffusers", diffusers_tensors(trainer.layers, trainer.averages)),
                ("kohya", kohya_tensors(trainer.trainable, trainer.layers, trainer.averages)),
            ):
                (folder / f"{name}.safetensors").write_bytes(written(tensors, {}))
            kept[family] = Trained(trainer, folder)
        return kept[family]

    return train


def settings_of(family: str) -> TrainingSettings:
    """Those of all, with text encoders where the family trains them."""
    return replace(SETTINGS, text_encoder=family in ("sd15", "sdxl"))


def drawn(pipeline: Any, prompt: str = "zorv, an owl", **more: Any) -> np.ndarray:
    """A picture of 64 x 64 pixels, three channels of 0 to 255."""
    found = pipeline(
        prompt,
        generator=torch.Generator().manual_seed(3),
        num_inference_steps=2,
        height=64,
        width=64,
        output_type="np",
        **more,
    ).images[0]
    return np.asarray(found) * 255


@pytest.mark.parametrize("family", FAMILIES)
def test_killed_and_gone_on_with_is_uninterrupted(
    trained: Callable[[str], Trained],
    models: Callable[[str], Model],
    pictures: TrainingSet,
    tmp_path: Path,
    family: str,
) -> None:
    whole = trained(family).trainer
    first = trainer_of(models(family), pictures, settings_of(family))
    first.judge(first.measure())
    for _ in range(3):
        first.advance()
    save_checkpoint(first, tmp_path / "run", "a run")
    second = trainer_of(models(family), pictures, settings_of(family))
    assert load_checkpoint(second, tmp_path / "run", "a run")
    while not second.over:
        second.advance()
    for values, others in (
        (whole.layers.values(), second.layers.values()),
        (whole.averages, second.averages),
    ):
        assert values.keys() == others.keys()
        assert all(torch.equal(value, others[name]) for name, value in values.items())
    silent = {
        name for name, value in whole.layers.values().items() if name.endswith("_B") and not value.any()
    }
    assert all(name.startswith(UNHEARD.get(family, "none")) for name in silent), silent


@pytest.mark.parametrize("family", FAMILIES)
def test_files_draw_the_picture_in_memory(trained: Callable[[str], Trained], family: str) -> None:
    from diffusers import DiffusionPipeline

    one = trained(family)
    with one.trainer.layers.holding(one.trainer.averages):
        expected = drawn(one.trainable.pipeline)
    with one.trainer.layers.switched_off():
        assert np.abs(drawn(one.trainable.pipeline) - expected).max() > 10
    for name in ("diffusers", "kohya"):
        if name == "kohya" and family in ("sd3", "flux"):
            continue  # diffusers knows no such names for SD 3, and FLUX only in its real width: see below
        fresh = DiffusionPipeline.from_pretrained(one.trainable.model.folder)
        fresh.load_lora_weights(one.folder / f"{name}.safetensors")
        assert np.abs(drawn(fresh) - expected).max() <= 1, name


def test_fused_layers_are_read_by_diffusers_own_reader_in_real_widths() -> None:
    from diffusers import FluxPipeline, FluxTransformer2DModel

    with torch.device("meta"):
        transformer = FluxTransformer2DModel(num_layers=1, num_single_layers=1, guidance_embeds=True)
    trainable = FluxTrainable(SimpleNamespace(transformer=transformer), None, torch.device("meta"))  # type: ignore[arg-type]
    layers = LoraLayers(trainable, SETTINGS)
    noise = torch.Generator().manual_seed(0)
    values = {name: torch.randn(value.shape, generator=noise) for name, value in layers.values().items()}
    read = FluxPipeline.lora_state_dict(kohya_tensors(trainable, layers, values))
    ours = diffusers_tensors(layers, values)
    names = {name.removesuffix(".lora_A.weight") for name in ours if name.endswith("lora_A.weight")}
    assert "transformer.single_transformer_blocks.0.attn.to_q" in names
    for name in names:
        expected = ours[f"{name}.lora_B.weight"] @ ours[f"{name}.lora_A.weight"]
        found = read.pop(f"{name}.lora_B.weight") @ read.pop(f"{name}.lora_A.weight")
        assert torch.allclose(found, expected, atol=1e-4), name
    # What was not trained of a fused layer comes back as a change by nothing.
    assert {name.split(".lora_")[0] for name in read} == {"transformer.single_transformer_blocks.0.proj_mlp"}
    up, down = (read[f"transformer.single_transformer_blocks.0.proj_mlp.lora_{end}.weight"] for end in "BA")
    assert not (up @ down).any()


def changes(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The change of each layer's weight that kohya-ss' keys say: up x down x alpha / rank."""
    found = {}
    for name in {key.rpartition(".lora_down")[0] for key in tensors if ".lora_down." in key}:
        down, up = (tensors[f"{name}.lora_{end}.weight"].double().flatten(1) for end in ("down", "up"))
        found[name] = up @ down * float(tensors[f"{name}.alpha"]) / len(down)
    return found


EXAMPLES = {
    "sd15": {
        "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_out_0": [
            "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_out.0"
        ],
        "lora_te_text_model_encoder_layers_0_self_attn_q_proj": [
            "text_encoder.encoder.layers.0.self_attn.q_proj"
        ],
    },
    "sdxl": {
        "lora_unet_input_blocks_3_1_transformer_blocks_1_attn1_to_k": [
            "unet.down_blocks.1.attentions.0.transformer_blocks.1.attn1.to_k"
        ],
        "lora_te1_text_model_encoder_layers_0_self_attn_v_proj": [
            "text_encoder.encoder.layers.0.self_attn.v_proj"
        ],
        "lora_te2_text_model_encoder_layers_0_self_attn_out_proj": [
            "text_encoder_2.text_model.encoder.layers.0.self_attn.out_proj"
        ],
    },
    "sd3": {
        "lora_unet_joint_blocks_0_x_block_attn_qkv": [
            f"transformer.transformer_blocks.0.attn.to_{one}" for one in "qkv"
        ],
        "lora_unet_joint_blocks_1_context_block_attn_qkv": [
            f"transformer.transformer_blocks.1.attn.add_{one}_proj" for one in "qkv"
        ],
    },
    "flux": {
        "lora_unet_double_blocks_0_txt_attn_proj": ["transformer.transformer_blocks.0.attn.to_add_out"],
        "lora_unet_single_blocks_0_linear1": [
            f"transformer.single_transformer_blocks.0.attn.to_{one}" for one in "qkv"
        ],
        "lora_unet_single_blocks_0_linear2": ["transformer.single_transformer_blocks.0.proj_out"],
    },
}
"""Names of layers as sd-scripts write them, each with the layers that stand in it below each other."""


@pytest.mark.parametrize("family", FAMILIES)
def test_kohyas_keys_say_the_same_change_by_plain_arithmetic(
    trained: Callable[[str], Trained], family: str
) -> None:
    one = trained(family)
    layers = {layer.name: layer for layer in one.trainer.layers.layers}

    def change(name: str) -> Tensor:
        values = one.trainer.averages
        up, down = (values[f"{name}.lora_{end}"].double().flatten(1) for end in "BA")
        return up @ down * layers[name].alpha / layers[name].rank

    found = changes(load_file(one.folder / "kohya.safetensors"))
    for name, parts in EXAMPLES[family].items():
        expected = torch.cat([change(part) for part in parts])
        assert torch.allclose(found[name][: len(expected)], expected, atol=1e-6), name
        assert not found[name][len(expected) :].any()
    # Nothing is lost and nothing is there twice.
    whole = sum(float((change(name) ** 2).sum()) for name in layers)
    assert sum(float((value**2).sum()) for value in found.values()) == pytest.approx(whole, rel=1e-5)


@pytest.mark.parametrize("family", ["sd15", "sdxl"])
def test_what_is_transparent_weighs_next_to_nothing(models: Callable[[str], Model], family: str) -> None:
    trainable = trainable_class(models(family)).load(models(family), "cpu")
    trainable.configure(SETTINGS)
    clear = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    clear.paste((0, 0, 255, 255), (0, 0, 32, 64))
    one, again, other = (trainable.encode_picture(clear, seed) for seed in (1, 1, 2))
    assert one.weight is not None
    assert one.weight[0, :, :4].min() == 1
    assert one.weight[0, :, 4:].max() < 0.03
    assert torch.equal(one.latents, again.latents)
    assert not torch.equal(one.latents, other.latents)  # the ground is the seed's
    trainable.configure(replace(SETTINGS, ground="#ff0000"))
    red = Image.new("RGBA", (64, 64), (255, 0, 0, 255))
    red.paste((0, 0, 255, 255), (0, 0, 32, 64))
    # Colours under clear pixels never show: the ground does.
    assert torch.allclose(
        trainable.encode_picture(clear, 1).latents, trainable.encode_picture(red, 1).latents, atol=1e-5
    )
    with pytest.raises(InvalidInput, match="no colour"):
        trainable.configure(replace(SETTINGS, ground="plaid"))


def test_buckets_keep_area_and_proportions(models: Callable[[str], Model]) -> None:
    trainable = trainable_class(models("sdxl")).load(models("sdxl"), "cpu")
    assert isinstance(trainable, OpaqueTrainable)
    trainable.configure(replace(SETTINGS, side=1024))
    for width, height in ((1, 1), (3, 4), (16, 9), (9, 1), (200, 201)):
        wide, high = trainable.bucket(width, height)
        assert wide % 64 == high % 64 == 0
        assert 0.85 < wide * high / 1024**2 <= 1
    assert trainable.bucket(1, 1) == (1024, 1024)
    assert trainable.bucket(9, 1)[0] / trainable.bucket(9, 1)[1] < 2.3


def test_families_refuse_what_they_do_not_train(models: Callable[[str], Model]) -> None:
    trainable = trainable_class(models("flux")).load(models("flux"), "cpu")
    with pytest.raises(InvalidInput, match="are not trained here"):
        trainable.configure(replace(SETTINGS, text_encoder=True))


@pytest.mark.parametrize("preset", ["quick", "standard", "thorough"])
def test_presets_have_settings_of_their_own_for_every_other_family(preset: str) -> None:
    presets = Presets((("built-in", shipped_presets()),))
    for family in set(REGISTERED) - {"sprite"}:
        settings = settings_from_preset(presets, preset, family)
        assert settings.rate == 1e-4, family
        assert settings.gradient_checkpointing == (family != "sd15"), family
        assert settings.min_snr == 5
