"""Forecasts of models that do not ship: traced once from configurations, then without torch."""

import gzip
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from audobon_cli.domain.errors import ModelDamaged, ModelUnsupported
from audobon_cli.domain.media import IMAGE
from audobon_cli.domain.strategy import Attention, Precision
from audobon_cli.presets.catalog import PACKAGE, Presets, shipped_presets
from audobon_cli.vram.forecasts import ForecastRepository
from audobon_cli.vram.plan import PlanRequest, plan_memory
from audobon_cli.vram.shipped import ForecastData
from audobon_cli.vram.simulation.trace import leaves_from_data
from tests.conftest import Audobon
from tests.tiny_models import clip_folder, sdxl_folder, sprite_folder

PRESETS = Presets((("built-in", shipped_presets()),))


def make_repository(folder: Path) -> ForecastRepository:
    return ForecastRepository(ForecastData(shipped_presets()), folder / "cache")


def without_weights(folder: Path, source: Path) -> Path:
    """The configurations of ``source`` alone."""
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    return folder


def test_the_built_in_model_is_a_shipped_one_wherever_it_lies(tmp_path: Path) -> None:
    folder = PACKAGE / "builtin" / "sprite"
    if not (folder / "unet" / "config.json").is_file():
        pytest.skip("the built-in model is not in this checkout")
    registry = make_repository(tmp_path)
    model = registry.folder_model(folder, "mine", PRESETS).model
    assert (model.encoders, model.denoiser, model.decoder) == (("sprite-text",), "sprite-unet", "sprite-vae")
    assert registry.traced == 0


@pytest.mark.parametrize("source", [clip_folder, sdxl_folder, sprite_folder])
def test_an_unknown_model_is_traced_once(tmp_path: Path, source: object) -> None:
    folder = without_weights(tmp_path / "model", source())  # type: ignore[operator]
    first = make_repository(tmp_path)
    model = first.folder_model(folder, "m", PRESETS).model
    names = (*model.encoders, model.denoiser, model.decoder)
    parts = [first.part(name, Precision.FLOAT32, Attention.FUSED, False) for name in names]
    assert first.traced == len(names)
    second = make_repository(tmp_path)
    again = second.folder_model(folder, "m", PRESETS).model
    assert again == model
    for name, part in zip(names, parts, strict=True):
        found = second.part(name, Precision.FLOAT32, Attention.FUSED, False)
        assert (found.trace, found.leaves) == (part.trace, part.leaves)
    assert second.traced == 0


def test_traced_weights_are_those_of_the_files(tmp_path: Path) -> None:
    registry = make_repository(tmp_path)
    model = registry.folder_model(clip_folder(), "m", PRESETS).model
    part = registry.part(model.denoiser, Precision.FLOAT32, Attention.FUSED, False)
    file = clip_folder() / "unet" / "diffusion_pytorch_model.safetensors"
    assert part.weights_bytes == pytest.approx(file.stat().st_size, rel=0.1)


def test_a_broken_cache_is_made_again(tmp_path: Path) -> None:
    folder = clip_folder()
    registry = make_repository(tmp_path)
    name = registry.folder_model(folder, "m", PRESETS).model.decoder
    registry.part(name, Precision.FLOAT32, Attention.FUSED, False)
    (file,) = (tmp_path / "cache").iterdir()
    file.write_bytes(b"torn")
    again = make_repository(tmp_path)
    again.folder_model(folder, "m", PRESETS)
    again.part(name, Precision.FLOAT32, Attention.FUSED, False)
    assert again.traced == 1


def test_networks_that_nothing_is_known_of_are_named(tmp_path: Path) -> None:
    folder = without_weights(tmp_path / "model", clip_folder())
    index = json.loads((folder / "model_index.json").read_text())
    index["unet"] = ["diffusers", "WuerstchenPrior"]
    (folder / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(ModelUnsupported, match="WuerstchenPrior"):
        make_repository(tmp_path).folder_model(folder, "m", PRESETS)


def test_a_configuration_that_cannot_be_called_is_no_crash(tmp_path: Path) -> None:
    folder = without_weights(tmp_path / "model", clip_folder())
    config = json.loads((folder / "unet" / "config.json").read_text())
    config["class_embed_type"] = "projection"
    (folder / "unet" / "config.json").write_text(json.dumps(config))
    registry = make_repository(tmp_path)
    name = registry.folder_model(folder, "m", PRESETS).model.denoiser
    with pytest.raises(ModelUnsupported, match="could not be traced"):
        registry.part(name, Precision.FLOAT32, Attention.FUSED, False)


def test_a_folder_without_a_decoder_is_refused(tmp_path: Path) -> None:
    folder = without_weights(tmp_path / "model", clip_folder())
    (folder / "vae" / "config.json").unlink()
    with pytest.raises(ModelDamaged, match="decoder"):
        make_repository(tmp_path).folder_model(folder, "m", PRESETS)


def test_a_quantised_file_is_planned_as_it_is(tmp_path: Path) -> None:
    folder = without_weights(tmp_path / "model", clip_folder())
    config = json.loads((folder / "unet" / "config.json").read_text())
    config["quantization_config"] = {"quant_method": "bitsandbytes", "load_in_4bit": True}
    (folder / "unet" / "config.json").write_text(json.dumps(config))
    assert str(make_repository(tmp_path).folder_model(folder, "m", PRESETS).stored) == "nf4"


def test_a_folder_is_planned_at_the_command_line_then_without_torch(audobon: Audobon, tmp_path: Path) -> None:
    folder = without_weights(tmp_path / "mine", clip_folder())
    first = audobon("vram", "plan", str(folder), "--budget", "2GB", "--json")
    assert first.status == 0, first.err
    script = (
        "import sys; from audobon_cli.cli.main import run; "
        f"status = run(('vram', 'plan', {str(folder)!r}, '--budget', '2GB', '--json')); "
        "assert not {'torch', 'diffusers', 'transformers'} & set(sys.modules); sys.exit(status)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout)["data"] == first.data


PUBLISHED_PARAMETERS = {
    "sd35-large-transformer": 8.06e9,
    "qwen-image-transformer": 20.43e9,
    "qwen25-vl-7b": 8.29e9,
    "z-image-transformer": 6.15e9,
    "qwen3-4b": 4.02e9,
    "flux2-transformer": 32.2e9,
    "mistral-small-24b": 24.0e9,
    "flux2-klein-transformer": 3.88e9,
    "sana-transformer": 1.60e9,
    "sana-vae": 0.312e9,
    "gemma2-2b": 2.61e9,
    "pixart-transformer": 0.61e9,
    "lumina2-transformer": 2.61e9,
    "auraflow-transformer": 6.86e9,
    "chroma-transformer": 8.90e9,
    "cogview4-transformer": 6.37e9,
    "hunyuan-dit-transformer": 1.50e9,
    "mt5-xl": 1.67e9,
    "kandinsky3-unet": 3.06e9,
    "flan-ul2": 8.72e9,
    "movq": 0.27e9,
    "sdxl-refiner-unet": 2.26e9,
}
"""As the makers or the files on the hub state them; a configuration that is not theirs would not give them."""


@pytest.mark.parametrize(("part", "published"), PUBLISHED_PARAMETERS.items())
def test_parts_have_as_many_parameters_as_published(part: str, published: float) -> None:
    leaves = json.loads(
        gzip.decompress((shipped_presets() / "vram" / "traces" / f"{part}.weights.json.gz").read_bytes())
    )
    total = sum(sum(leaf.parameters) for leaf in leaves_from_data(leaves))
    assert abs(total - published) < 0.012 * published


def test_every_listed_model_of_pictures_has_a_forecast_before_it_is_pulled(tmp_path: Path) -> None:
    data = ForecastData(shipped_presets())
    networks = {
        name: one
        for name, one in PRESETS.models.items()
        if not one.without_files and PRESETS.families[one.family].produces == IMAGE
    }
    assert set(networks) <= set(data.models)
    for name, preset in networks.items():
        found = plan_memory(PlanRequest(name, budget="90GB"), data, PRESETS, shipped_presets())
        assert found.plan.choice is not None
        assert data.models[name].model.family == preset.family


def test_a_model_without_networks_has_no_forecast_and_says_so(audobon: Audobon) -> None:
    ran = audobon("vram", "plan", "synth")
    assert (ran.status, "no networks for a graphics card" in ran.err) == (15, True), ran.err
