"""The calls that traces are made of against those that real pipelines of every family make."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

from audobon_cli.domain.strategy import Attention, Precision
from audobon_cli.models.files.component_configs import FolderConfig, read_folder_config
from audobon_cli.presets.catalog import Presets, shipped_presets
from audobon_cli.vram.forecast_tables import decoder_table, denoiser_table, encoder_table, latent_scale
from audobon_cli.vram.forecasts import ForecastRepository
from audobon_cli.vram.planner import ForecastInput, MemoryBudget, make_plan
from audobon_cli.vram.shipped import ForecastData
from audobon_cli.vram.simulation.pipeline import StageRun
from audobon_cli.vram.simulation.trace import ENTER
from audobon_cli.vram.tracing.calls import CALLS, SD3_TEXT_TOKENS, Maker
from audobon_cli.vram.tracing.fit import Point
from audobon_cli.vram.tracing.inputs import PartSpec, build_part
from audobon_cli.vram.tracing.recorder import CACHING, LOOPING, record_call
from tests.engines.test_families import BARE
from tests.tiny_models.families import TINY_FAMILIES, each_family

PRESETS = Presets((("built-in", shipped_presets()),))
HEIGHT, WIDTH = 64, 128
UNGUIDED = ("flux-schnell", "flux2-klein", "qwen-image")

Call = dict[str, Any]


@contextmanager
def watched(module: Any, method: str, calls: list[Call]) -> Iterator[None]:
    """Notes the arguments of each call of ``module.method`` by their names."""
    real = getattr(module, method)
    signature = inspect.signature(real)

    def call(*args: Any, **kwargs: Any) -> Any:
        calls.append(dict(signature.bind(*args, **kwargs).arguments))
        return real(*args, **kwargs)

    setattr(module, method, call)
    try:
        yield
    finally:
        delattr(module, method)


def real_calls(folder: Path, family: str, names: tuple[str, str, str]) -> tuple[list[Call], ...]:
    """What the first encoder, the denoiser and the decoder of the pipeline are called with for one picture."""
    from diffusers import DiffusionPipeline

    pipeline = DiffusionPipeline.from_pretrained(str(folder))
    pipeline.set_progress_bar_config(disable=True)
    more = BARE.get(family, {}) | ({} if family in UNGUIDED else {"guidance_scale": 4.0})
    encoder, denoiser, decoder = list[Call](), list[Call](), list[Call]()
    parts = [pipeline.components[name] for name in names]
    with (
        watched(parts[0], "forward", encoder),
        watched(parts[1], "forward", denoiser),
        watched(parts[2], "decode", decoder),
    ):
        pipeline(
            prompt="cute dragon",
            width=WIDTH,
            height=HEIGHT,
            num_inference_steps=2,
            generator=torch.Generator("cpu").manual_seed(7),
            output_type="np",
            **more,
        )
    return encoder, denoiser, decoder


def alike(ours: Any, theirs: Any, longest: tuple[int, ...]) -> bool:
    """Whether two arguments have the same shape, but that theirs may have fewer words than the longest text."""
    if isinstance(ours, torch.Tensor):
        sides = list(zip(ours.shape, theirs.shape, strict=True))
        return all(a == b or (a in longest and b < a) for a, b in sides)
    if isinstance(ours, dict):
        return all(alike(value, theirs.get(key), longest) for key, value in ours.items())
    if isinstance(ours, list | tuple):
        return len(ours) == len(theirs) and all(
            alike(a, b, longest) for a, b in zip(ours, theirs, strict=True)
        )
    return bool(ours == theirs)


def tables(config: FolderConfig) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    scale = latent_scale(config.decoder.config)
    return (
        encoder_table(config.encoders[0], config),
        denoiser_table(config.denoiser, config, scale),
        decoder_table(config, scale),
    )


# The pipeline of no family is one with perturbed attention, which sees each picture three times.
@pytest.mark.parametrize("family", each_family(sorted(TINY_FAMILIES.keys() - {"unknown"})))
def test_calls_are_those_of_the_pipeline_and_the_model_can_be_planned(family: str, tmp_path: Path) -> None:
    folder = TINY_FAMILIES[family].folder()
    config = read_folder_config(folder)
    registry = ForecastRepository(ForecastData(shipped_presets()), tmp_path)
    model = registry.folder_model(folder, family, PRESETS).model
    encoding, denoising, decoding = tables(config)
    names = (config.encoders[0].name, config.denoiser.name, config.decoder.name)
    read, drawn, decoded = real_calls(folder, family, names)

    scale = denoising.get("scale", 8)
    seen = model.seen_at_once
    make = Maker(torch.float32, seen, HEIGHT // scale, WIDTH // scale, denoising.get("tokens", 0))
    ours = CALLS[denoising["inputs"]](denoising["config"], make)
    longest = (make.tokens, make.tokens + make.patches, SD3_TEXT_TOKENS)
    for name in set(ours) - {"timestep", "t"}:
        assert alike(ours[name], drawn[0].get(name), longest), name
    # Two calls for each of the two steps where the halves of guidance are not taken together.
    assert len(drawn) >= (4 if model.guided and not model.paired else 2)

    latents = next(iter(decoded[0].values()))
    channels = denoising["config"].get("in_channels")
    assert latents.shape[-2:] == (HEIGHT // scale, WIDTH // scale)
    assert latents.shape[0] == 1
    assert denoising["inputs"] != "unet" or latents.shape[1] == channels
    if "input_ids" in read[0] and not family.startswith("sana"):  # its instruction depends on the tokenizer
        assert max(call["input_ids"].shape[1] for call in read) <= encoding["tokens"]

    job = StageRun(1, HEIGHT, WIDTH)
    plan = make_plan(ForecastInput(model, job, (2, 1.0), MemoryBudget(None)), registry.part)
    assert plan.choice is not None
    assert all(stage.allocated_bytes > 0 for stage in plan.choice.stages)
    decodes_in_tiles = decoding["inputs"] != "vq-latents"
    assert model.divisible is decodes_in_tiles
    many = seen > 1 and denoising["inputs"] not in LOOPING
    _check_unseen_size(denoising, registry, model.denoiser, many)


def _check_unseen_size(table: dict[str, Any], registry: ForecastRepository, name: str, many: bool) -> None:
    """The trace at a size that it was not made of gives what a live call allocates."""
    spec = PartSpec(
        table["class"],
        table["config"],
        table["inputs"],
        table["unit"],
        table.get("tokens", 0),
        table.get("scale", 8),
    )
    module = build_part(spec, Precision.BFLOAT16)
    point = Point(4 if many else 1, 3, 10)
    for _ in range(2 if spec.inputs in CACHING else 1):
        live = record_call(module, spec, Precision.BFLOAT16, Attention.FUSED, point)
    trace = registry.part(name, Precision.BFLOAT16, Attention.FUSED, many).trace
    sizes = trace.sizes(point.batch, point.height * spec.unit, point.width * spec.unit)
    births = [sizes[code] for code in trace.codes if 0 <= code < ENTER]
    assert births == live.sizes
