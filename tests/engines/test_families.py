"""The engine's pictures are those of a bare diffusers call, for every family."""

import inspect
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from audobon_cli.domain.capabilities import Option
from audobon_cli.domain.errors import ModelUnsupported
from audobon_cli.domain.events import Event, Warned, ignore
from audobon_cli.domain.media import DESCRIPTION
from audobon_cli.domain.model import LOCAL_ENGINE
from audobon_cli.engines.diffusers.engine import LocalEngine
from audobon_cli.engines.diffusers.musicgen import musicgen_pipeline
from audobon_cli.engines.diffusers.pixels import to_picture
from audobon_cli.models.catalog import find_model
from audobon_cli.presets.catalog import Presets, shipped_presets
from tests.capabilities.probing import make_bench, tiny_registry
from tests.tiny_models import opaque_model, resolved_request
from tests.tiny_models.families import ALL_FAMILIES, TINY_FAMILIES

PRESETS = Presets((("built-in", shipped_presets()),))

BARE: dict[str, dict[str, Any]] = {
    "flux-schnell": {"guidance_scale": 0.0},
    "flux2-klein": {},
    "hunyuan-dit": {"use_resolution_binning": False},
    "pixart": {"use_resolution_binning": False, "clean_caption": False},
    "qwen-image": {"true_cfg_scale": 4.0, "negative_prompt": " "},
    "sana": {"use_resolution_binning": False},
    "sana-sprint": {"use_resolution_binning": False, "intermediate_timesteps": None},
}
"""What a bare call of these families is given, beyond what all are; those not here take a guidance_scale."""


def draw_plainly(folder: Path, family: str, side: int) -> NDArray[np.uint8]:
    from diffusers import DiffusionPipeline

    pipeline = DiffusionPipeline.from_pretrained(str(folder))
    pipeline.set_progress_bar_config(disable=True)
    more = BARE.get(family, {})
    if family not in ("flux-schnell", "flux2-klein", "qwen-image"):
        more = {**more, "guidance_scale": 4.0}
    output = pipeline(
        prompt="cute dragon",
        width=side,
        height=side,
        num_inference_steps=2,
        generator=torch.Generator("cpu").manual_seed(7),
        output_type="np",
        **more,
    )
    return np.asarray(to_picture(output.images[0], premultiplied=output.images.shape[-1] == 4)[0])


@pytest.mark.parametrize("family", TINY_FAMILIES)
def test_pictures_are_those_of_plain_diffusers(family: str, tmp_path: Path) -> None:
    bench = make_bench(family, tmp_path)
    bench.draw(seed=1)  # a scheduler that kept state from here would spoil the next
    drawn = bench.draw(guidance=4.0)
    assert np.array_equal(drawn, draw_plainly(bench.folder, family, bench.tiny.side))


def test_every_family_has_a_tiny_pipeline_and_every_auto_pipeline_of_the_list_a_family() -> None:
    diffused = {name for name, family in PRESETS.families.items() if family.engine == LOCAL_ENGINE}
    assert set(ALL_FAMILIES) == diffused


@pytest.mark.parametrize(
    "family",
    [name for name, f in PRESETS.families.items() if f.pipelines and f.engine == LOCAL_ENGINE],
)
def test_a_folder_is_known_by_its_files(family: str, tmp_path: Path) -> None:
    if family == "sprite":
        pytest.skip("told by its preset: its files are those of Stable Diffusion 1")
    model = find_model(str(ALL_FAMILIES[family].folder()), tiny_registry(tmp_path))
    assert model.family == family
    assert model.calling is not None


def test_pipelines_and_call_arguments_of_the_presets_exist() -> None:
    import diffusers

    own = {"MusicgenForConditionalGeneration": type(musicgen_pipeline(None, None))}
    for family in PRESETS.families.values():
        for name in family.pipelines if family.engine == LOCAL_ENGINE else ():
            pipeline = own.get(name) or getattr(diffusers, name)
            accepted = set(inspect.signature(pipeline.__call__).parameters)
            calling = family.calling
            named = {calling.guidance, calling.negative, calling.length}
            used = {*named, *(key for key, _ in calling.fixed)} - {""}
            assert used <= accepted, (family.name, name)


@pytest.mark.parametrize("quality", PRESETS.qualities)
def test_every_family_has_steps_of_its_own_or_the_defaults(quality: str) -> None:
    settings = PRESETS.quality(quality)
    assert set(settings.families) <= {*PRESETS.families, "default"}
    making = [name for name, one in PRESETS.families.items() if one.produces != DESCRIPTION]
    for family in making:
        assert settings.settings(family).steps >= 1
        if not PRESETS.capabilities.honours(family, Option.GUIDANCE):
            assert settings.settings(family).guidance <= 1


def test_a_pipeline_of_no_family_is_run_with_a_warning(tmp_path: Path) -> None:
    events: list[Event] = []
    model = find_model(str(TINY_FAMILIES["unknown"].folder()), tiny_registry(tmp_path))
    assert model.family == "unknown"
    LocalEngine(device="cpu").render(resolved_request(model), 7, 0, events.append, lambda: False)
    assert any(isinstance(event, Warned) and "no family" in event.message for event in events)


def test_a_pipeline_of_no_family_that_refuses_the_call_is_named() -> None:
    folder = TINY_FAMILIES["sana-sprint"].folder()
    model = replace(opaque_model(folder, "SanaSprintPipeline"), calling=None)
    with pytest.raises(ModelUnsupported, match=r"refused the call: .*timesteps"):
        LocalEngine(device="cpu").render(resolved_request(model, steps=3), 7, 0, ignore, lambda: False)


def test_models_that_need_the_range_of_float32_do_not_get_float16() -> None:
    from audobon_cli.engines.diffusers.memory.device import DevicePlacement

    half, brain = DevicePlacement("mps", torch.float16), DevicePlacement("cuda", torch.bfloat16)
    assert half.for_model(float16=False).dtype is torch.float32
    assert half.for_model(float16=True) == half
    assert brain.for_model(float16=False) == brain
