"""The memory forecast of models of sounds: its calls are those of the pipelines, its bytes those of live calls."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from audobon_cli.domain.errors import InvalidInput, ModelUnsupported, PlanImpossible
from audobon_cli.domain.strategy import FULL, Attention, Precision, StageName
from audobon_cli.engines.diffusers.loading.assembly import assemble
from audobon_cli.engines.diffusers.memory.device import DevicePlacement
from audobon_cli.models.files.component_configs import FolderConfig, read_folder_config
from audobon_cli.models.files.folder import inspect_model
from audobon_cli.presets.catalog import Presets, shipped_presets
from audobon_cli.vram.forecast_tables import (
    TEXT_TOKENS,
    decoder_table,
    denoiser_table,
    latent_scale,
    vocoder_table,
)
from audobon_cli.vram.forecasts import ForecastRepository
from audobon_cli.vram.plan import MemoryPlan, PlanRequest, plan_model
from audobon_cli.vram.shipped import ForecastData
from audobon_cli.vram.simulation.allocator import CachingAllocator
from audobon_cli.vram.simulation.pipeline import PipelineReplay, StageRun
from audobon_cli.vram.simulation.replay import Replay
from audobon_cli.vram.simulation.trace import ENTER
from audobon_cli.vram.strategies import strategy_named
from audobon_cli.vram.tracing.calls import CALLS, Maker
from audobon_cli.vram.tracing.fit import Point
from audobon_cli.vram.tracing.inputs import PartSpec, build_part
from audobon_cli.vram.tracing.recorder import Recording, StorageRecorder, record_call
from tests.engines.test_sound_families import BARE
from tests.tiny_models.families import TINY_SOUNDS, each_family
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


def generated(folder: Path, tokens: int, steps: int) -> dict[StageName, int]:
    """The most bytes that a real generation of MusicGen has at once beside its weights, from when each of its networks
    begins. Each allocation is rounded as on a card."""
    from transformers import MusicgenForConditionalGeneration

    model = MusicgenForConditionalGeneration.from_pretrained(folder)
    recorder = StorageRecorder(model, "cpu")
    begins: dict[StageName, int] = {}

    def mark(stage: StageName) -> Callable[..., None]:
        def note(*_: object) -> None:
            begins.setdefault(stage, len(recorder.recording.codes))

        return note

    model.text_encoder.register_forward_pre_hook(mark(StageName.ENCODE))
    model.decoder.register_forward_pre_hook(mark(StageName.DENOISE))
    model.audio_encoder.decoder.register_forward_pre_hook(mark(StageName.DECODE))
    words = torch.ones(1, tokens, dtype=torch.long)
    with torch.no_grad(), recorder:
        model.generate(
            input_ids=words,
            attention_mask=torch.ones_like(words),
            do_sample=True,
            guidance_scale=3.0,
            max_new_tokens=steps,
        )
    living: list[int] = []
    totals = [0]
    for code in recorder.recording.codes:
        size = -living.pop(code) if code < 0 else -(-recorder.recording.sizes[code] // 512) * 512
        living += [size] if code >= 0 else []
        totals.append(totals[-1] + size)
    ends = [*list(begins.values())[1:], len(totals)]
    return {stage: max(totals[begin:end]) for (stage, begin), end in zip(begins.items(), ends, strict=True)}


def test_musicgen_takes_what_a_real_generation_takes(tmp_path: Path) -> None:
    """With what its steps keep of those before, at a length that no trace was made at."""
    folder = TINY_SOUNDS["musicgen"].folder()
    registry = ForecastRepository(ForecastData(shipped_presets()), tmp_path)
    known = registry.folder_model(folder, "musicgen", PRESETS)
    assert known.sounds is not None
    size = known.sounds.size(1.0)
    model = replace(known.model, precision=Precision.FLOAT32)
    replay = PipelineReplay(model, StageRun(1, size.height, size.width), FULL, registry.part)
    idle = loaded(replay, model.extra_bytes) + StageRun(1, 1, 1).cublas_bytes
    found = {peak.name: peak.allocated_bytes - idle for peak in replay.peaks()}
    # Its second book of codes lags one step behind.
    real = generated(folder, TEXT_TOKENS["Musicgen"], size.height + 1)
    assert found == pytest.approx(real, rel=0.05)
    parameters = sum(sum(leaf.parameters) for part in replay.parts.values() for leaf in part.leaves)
    config = read_folder_config(folder)
    in_files = sum(one.parameters for one in (*config.encoders, config.denoiser, config.decoder))
    # In memory there are buffers besides: places, strides.
    assert in_files <= parameters <= in_files * 1.5


def plan(folder: Path, cache: Path, **asked: Any) -> MemoryPlan:
    registry = ForecastRepository(ForecastData(shipped_presets()), cache)
    known = registry.folder_model(folder, folder.name, PRESETS)
    request = PlanRequest(str(folder), **{"budget": "8GB", **asked})
    return plan_model(request, known, registry.part, PRESETS, shipped_presets())


def test_plans_count_in_seconds(tmp_path: Path) -> None:
    folder = TINY_SOUNDS["musicgen"].folder()
    short, usual = plan(folder, tmp_path, length=0.2), plan(folder, tmp_path)
    assert short.question.sound is not None
    assert usual.question.sound is not None
    assert (short.question.sound.seconds, short.size.height) == (0.2, 50)
    assert usual.question.sound.seconds == pytest.approx(1.592)
    decoding = [one.plan.forecasts[0].stages[-1].allocated_bytes for one in (short, usual)]
    assert decoding[0] < decoding[1]
    # It generates past the hooks that would bring parts of it.
    assert [one.strategy.name for one in plan(folder, tmp_path, everything=True).plan.forecasts] == ["full"]
    with pytest.raises(InvalidInput, match=r"0\.02 to 1\.592 seconds"):
        plan(folder, tmp_path, length=3.0)
    with pytest.raises(InvalidInput, match="seconds, not on pixels"):
        plan(folder, tmp_path, size="64")
    with pytest.raises(InvalidInput, match="one sound at a time"):
        plan(folder, tmp_path, batch=2)
    with pytest.raises(PlanImpossible, match=r"for 1\.592 s does not fit"):
        plan(folder, tmp_path, budget="130MB")
    with pytest.raises(ModelUnsupported, match="held whole"):
        assemble(
            inspect_model(folder),
            DevicePlacement("cpu", torch.float32),
            strategy=strategy_named("model-offload"),
        )


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
        "decoder": decoder_table(config, scale),
    }
    if config.vocoder is not None:
        found["vocoder"] = vocoder_table(config.vocoder, scale)
    return found


@pytest.mark.parametrize("family", each_family(sorted(TINY_SOUNDS.keys() - {"musicgen"})))
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
