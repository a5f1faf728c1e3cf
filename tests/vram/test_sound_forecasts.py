"""The memory forecast of models of sounds: its calls are those of the pipelines, its bytes those of live calls."""

from pathlib import Path
from typing import Any

import pytest
import torch

from audobon_cli.domain.strategy import FULL, Attention, Precision, StageName
from audobon_cli.models.files.component_configs import FolderConfig, read_folder_config
from audobon_cli.presets.catalog import Presets, shipped_presets
from audobon_cli.vram.forecast_tables import decoder_table, denoiser_table, latent_scale, vocoder_table
from audobon_cli.vram.forecasts import ForecastRepository
from audobon_cli.vram.shipped import ForecastData
from audobon_cli.vram.simulation.allocator import CachingAllocator
from audobon_cli.vram.simulation.pipeline import PipelineReplay, StageRun
from audobon_cli.vram.simulation.replay import Replay
from audobon_cli.vram.simulation.trace import ENTER
from audobon_cli.vram.tracing.calls import CALLS, Maker
from audobon_cli.vram.tracing.fit import Point
from audobon_cli.vram.tracing.inputs import PartSpec, build_part
from audobon_cli.vram.tracing.recorder import Recording, record_call
from tests.engines.test_sound_families import BARE
from tests.tiny_models.families import TINY_SOUNDS
from tests.vram.test_tracing_calls import Call, alike, watched

PRESETS = Presets((("built-in", shipped_presets()),))
SECONDS = 0.2


def spec_of(table: dict[str, Any]) -> PartSpec:
    return PartSpec(
        table["class"],
        table["config"],
        table["inputs"],
        table["unit"],
        table.get("tokens", 0),
        table.get("scale", 8),
    )


def real_calls(folder: Path, family: str) -> tuple[list[Call], list[Call]]:
    """What the denoiser and the decoder of a pipeline are called with for one sound."""
    from diffusers import DiffusionPipeline
    from transformers import GPT2LMHeadModel

    more = {}
    if family == "audioldm2":
        more["language_model"] = GPT2LMHeadModel.from_pretrained(folder, subfolder="language_model")
    pipeline = DiffusionPipeline.from_pretrained(str(folder), **more)
    pipeline.set_progress_bar_config(disable=True)
    denoiser, decoder = list[Call](), list[Call]()
    with (
        watched(getattr(pipeline, "unet", None) or pipeline.transformer, "forward", denoiser),
        watched(pipeline.vae, "decode", decoder),
    ):
        pipeline(
            prompt="cute dragon",
            num_inference_steps=2,
            guidance_scale=4.0,
            generator=torch.Generator("cpu").manual_seed(7),
            **BARE[family],
        )
    return denoiser, decoder


def peak(recording: Recording) -> int:
    """The most bytes that a recorded call has at once, beside its weights; each allocation rounded as on a card."""
    living: list[int] = []
    most = 0
    for code in recording.codes:
        if code >= ENTER:
            continue
        if code < 0:
            del living[code]
        else:
            living.append(-(-recording.sizes[code] // 512) * 512)
        most = max(most, sum(living))
    return most


def loaded(replay: PipelineReplay, extra: int) -> int:
    """What the weights of all parts take on a card."""
    allocator = CachingAllocator()
    for part in replay.parts.values():
        Replay(part, allocator).load()
    if extra:
        allocator.take(extra)
    return allocator.peak_allocated


def live_peak(table: dict[str, Any], batch: int, rows: int, columns: int) -> int:
    spec = spec_of(table)
    module = build_part(spec, Precision.BFLOAT16)
    point = Point(batch, rows // spec.unit, max(1, columns // spec.unit))
    calls = [record_call(module, spec, Precision.BFLOAT16, Attention.FUSED, point) for _ in range(2)]
    return peak(calls[-1])


def tables(config: FolderConfig) -> dict[str, dict[str, Any]]:
    scale = latent_scale(config.decoder.config)
    found = {
        "denoiser": denoiser_table(config.denoiser, config, scale),
        "decoder": decoder_table(config.decoder, scale),
    }
    if config.vocoder is not None:
        found["vocoder"] = vocoder_table(config.vocoder, scale)
    return found


@pytest.mark.parametrize("family", sorted(TINY_SOUNDS.keys() - {"musicgen"}))
def test_calls_are_the_pipelines_and_bytes_are_those_of_live_calls(family: str, tmp_path: Path) -> None:
    folder = TINY_SOUNDS[family].folder()
    config = read_folder_config(folder)
    registry = ForecastRepository(ForecastData(shipped_presets()), tmp_path)
    known = registry.folder_model(folder, family, PRESETS)
    model, shape = known.model, known.sounds
    assert shape is not None
    parts = tables(config)
    denoised, decoded = real_calls(folder, family)
    size = shape.size(SECONDS)
    scale = parts["denoiser"].get("scale", 8)
    seen = model.seen_at_once
    make = Maker(
        torch.float32, seen, size.height // scale, size.width // scale, parts["denoiser"].get("tokens", 0)
    )
    ours = CALLS[parts["denoiser"]["inputs"]](parts["denoiser"]["config"], make)
    longest = (make.tokens, make.tokens + 1, make.tokens + 2, 8)
    for name in set(ours) - {"timestep"}:
        assert alike(ours[name], denoised[0].get(name), longest), name
    assert len(denoised) == (2 if model.paired else 4)
    latents = next(iter(decoded[0].values()))
    assert latents.shape[0] == 1
    assert latents.shape[2] == size.height // scale

    # A length that no trace was made at.
    longer = shape.size(SECONDS * 1.7)
    peaks = PipelineReplay(model, StageRun(1, longer.height, longer.width), FULL, registry.part).peaks()
    weights = loaded(PipelineReplay(model, StageRun(1, 64, 64), FULL, registry.part), model.extra_bytes)
    found = {one.name: one.allocated_bytes for one in peaks}
    side = (longer.height, longer.width)
    live = {
        StageName.DENOISE: live_peak(parts["denoiser"], seen, *side),
        StageName.DECODE: max(
            live_peak(table, 1, *side) for name, table in parts.items() if name != "denoiser"
        ),
    }
    for stage, activations in live.items():
        forecast = found[stage] - weights - StageRun(1, 1, 1).cublas_bytes
        assert forecast == pytest.approx(activations, rel=0.05), stage
