"""Every memory strategy on real tiny pipelines: what it does, which pixels it gives."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from audobon_cli.domain.errors import ModelUnsupported
from audobon_cli.domain.events import ignore
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.strategy import FULL
from audobon_cli.domain.units import Size
from audobon_cli.engines.diffusers.engine import LocalEngine
from audobon_cli.engines.diffusers.memory import strategies as applying
from audobon_cli.engines.diffusers.memory.device import DevicePlacement
from audobon_cli.engines.diffusers.memory.live_memory import live_memory
from audobon_cli.engines.diffusers.memory.memory import release_cached
from audobon_cli.engines.diffusers.memory.strategies import apply_strategy, quantised_loading, set_tile
from audobon_cli.vram.strategies import strategy_named
from tests.tiny_models import (
    clip_folder,
    opaque_model,
    resolved_request,
    sdxl_folder,
    sprite_folder,
    sprite_model,
)
from tests.tiny_models.families import TINY_FAMILIES

MOVING = (
    "model-offload",
    "group-block",
    "group-block-stream",
    "group-leaf-stream",
    "sequential",
    "full+half-decoder",
)
"""Strategies that change where weights lie, and no pixel in float32 on the processor."""
CHANGING = ("float8", "model-offload-float8", "full+tiles-64")
CPU = DevicePlacement("cpu", torch.float32)


def request_for(kind: str, strategy: str) -> ResolvedRequest:
    model = {
        "sprite": lambda: sprite_model(sprite_folder()),
        "clip": lambda: opaque_model(clip_folder(), "StableDiffusionPipeline"),
        "sdxl": lambda: opaque_model(sdxl_folder(), "StableDiffusionXLPipeline"),
    }[kind]()
    size = Size(64, 64) if kind == "sprite" else Size(96, 64)
    return resolved_request(
        model,
        steps=2,
        size=size,
        render_size=size,
        strategy=FULL if strategy == "full" else strategy_named(strategy),
    )


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    return LocalEngine(device="cpu")


def draw(engine: LocalEngine, request: ResolvedRequest, seed: int = 7) -> NDArray[np.uint8]:
    return np.asarray(engine.render(request, seed, 0, ignore, lambda: False).image)


@pytest.mark.parametrize("kind", ["sprite", "clip", "sdxl"])
def test_moving_weights_changes_no_pixel(engine: LocalEngine, kind: str) -> None:
    expected = draw(engine, request_for(kind, "full"))
    for name in MOVING:
        request = request_for(kind, name)
        assert np.array_equal(draw(engine, request), expected), name
        assert np.array_equal(draw(engine, request), expected), f"{name}, the second picture"


@pytest.mark.parametrize("kind", ["clip", "sdxl"])
def test_strategies_that_change_pixels_do_take_effect(engine: LocalEngine, kind: str) -> None:
    expected = draw(engine, request_for(kind, "full"))
    for name in CHANGING:
        request = request_for(kind, name)
        changed = draw(engine, request)
        assert not np.array_equal(changed, expected), name
        assert np.array_equal(draw(engine, request), changed), f"{name} is not the same twice"


def pipeline(kind: str = "clip") -> Any:
    from diffusers import DiffusionPipeline

    return DiffusionPipeline.from_pretrained(str({"clip": clip_folder, "sdxl": sdxl_folder}[kind]()))


def test_float8_weights_are_a_byte_each() -> None:
    made = pipeline()
    apply_strategy(made, strategy_named("float8"), CPU)
    kept = {weight.dtype for weight in made.unet.parameters()}
    assert torch.float8_e4m3fn in kept
    assert {weight.dtype for weight in made.text_encoder.parameters()} == {torch.float32}


def test_tiles_have_the_size_asked_for() -> None:
    made = pipeline()
    apply_strategy(made, strategy_named("full+tiles-64"), CPU)
    seen: list[tuple[int, ...]] = []
    made.vae.decoder.register_forward_pre_hook(lambda _, inputs: seen.append(tuple(inputs[0].shape[-2:])))
    with torch.inference_mode():
        made.vae.decode(torch.zeros(1, 4, 16, 16))
    assert len(seen) > 1
    assert max(max(sides) for sides in seen) == 64 // 8


def test_decoders_of_other_kinds_get_their_tiles() -> None:
    class Video:
        tile_sample_min_height = tile_sample_min_width = 256
        tile_sample_stride_height = tile_sample_stride_width = 192

    video = Video()
    set_tile(video, 512)
    assert (video.tile_sample_min_width, video.tile_sample_stride_height) == (512, 384)
    with pytest.raises(ModelUnsupported):
        set_tile(object(), 512)


def test_the_deep_compression_decoder_works_in_tiles() -> None:
    from diffusers import DiffusionPipeline

    made = DiffusionPipeline.from_pretrained(str(TINY_FAMILIES["sana"].folder()))
    whole = DiffusionPipeline.from_pretrained(str(TINY_FAMILIES["sana"].folder())).vae
    apply_strategy(made, strategy_named("full+tiles-64"), CPU)
    seen: list[tuple[int, ...]] = []
    made.vae.decoder.register_forward_pre_hook(lambda _, inputs: seen.append(tuple(inputs[0].shape[-2:])))
    latents = torch.randn(1, 4, 64, 64)
    with torch.inference_mode():
        divided = made.vae.decode(latents).sample
        assert divided.shape == whole.decode(latents).sample.shape
    assert len(seen) > 1
    assert max(max(sides) for sides in seen) == 64 // made.vae.spatial_compression_ratio


def test_slices_decode_one_picture_at_a_time() -> None:
    made = pipeline()
    apply_strategy(made, strategy_named("full+sliced-decoding"), CPU)
    seen: list[int] = []
    made.vae.decoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].shape[0]))
    with torch.inference_mode():
        made.vae.decode(torch.zeros(3, 4, 8, 8))
    assert seen == [1, 1, 1]


def test_classic_attention_is_diffusers_own() -> None:
    from diffusers.models.attention_processor import AttnProcessor

    made = pipeline()
    apply_strategy(made, strategy_named("full+classic-attention"), CPU)
    assert {type(processor) for processor in made.unet.attn_processors.values()} == {AttnProcessor}


def test_math_attention_runs_on_no_other_kernel() -> None:
    with applying.attention_kernels(strategy_named("full+math-attention")):
        assert not torch.backends.cuda.flash_sdp_enabled()
        assert torch.backends.cuda.math_sdp_enabled()
    assert torch.backends.cuda.flash_sdp_enabled()


class RecordingPipeline:
    """Takes the calls that an accelerator would be needed for."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        if name in ("unet", "transformer", "vae", "moves_whole"):
            return None
        return lambda *args, **kwargs: self.calls.append((name, {"args": args, **kwargs}))


@pytest.mark.parametrize(
    ("strategy", "call", "arguments"),
    [
        ("full", "to", {"args": ("cuda:1",)}),
        ("model-offload", "enable_model_cpu_offload", {"device": torch.device("cuda:1")}),
        ("group-block-stream", "enable_group_offload", {"offload_type": "block_level", "use_stream": True}),
        ("group-block", "enable_group_offload", {"num_blocks_per_group": 1, "use_stream": False}),
        ("group-leaf-stream", "enable_group_offload", {"offload_type": "leaf_level", "use_stream": True}),
        ("sequential", "enable_group_offload", {"offload_type": "leaf_level", "use_stream": False}),
    ],
)
def test_what_diffusers_is_asked_on_a_card(strategy: str, call: str, arguments: dict[str, Any]) -> None:
    recording = RecordingPipeline()
    apply_strategy(recording, strategy_named(strategy), DevicePlacement("cuda:1", torch.bfloat16))
    ((name, given),) = recording.calls
    assert name == call
    assert arguments.items() <= given.items()


def test_apples_gpu_has_no_streams() -> None:
    recording = RecordingPipeline()
    apply_strategy(recording, strategy_named("group-leaf-stream"), DevicePlacement("mps", torch.float16))
    assert recording.calls[0][1]["use_stream"] is False


@pytest.mark.parametrize("name", ["int8", "nf4", "gguf-q8_0"])
def test_what_is_not_installed_or_not_there_is_named(name: str) -> None:
    with pytest.raises(ModelUnsupported, match=r"bitsandbytes|GGUF"):
        quantised_loading(strategy_named(name), CPU)
    assert quantised_loading(strategy_named("float8"), CPU) == {}


def test_only_the_strategy_asked_for_is_loaded() -> None:
    engine, loaded = LocalEngine(device="cpu"), list[Any]()
    for name in ("full", "full", "model-offload", "full"):
        engine.load(request_for("clip", name), loaded.append)
    assert [type(event).__name__ for event in loaded] == ["ModelLoading", "ModelLoaded"] * 3


class FakeAccelerator:
    """As much of torch.cuda as is asked."""

    def __init__(self, free: int = 0, total: int = 0, broken: bool = False) -> None:
        self.free, self.total, self.broken, self.emptied = free, total, broken, 0

    def mem_get_info(self, device: torch.device) -> tuple[int, int]:
        if self.broken:
            raise RuntimeError("no such device")
        return self.free, self.total

    def empty_cache(self) -> None:
        self.emptied += 1


def test_the_memory_of_a_card_is_told_while_it_draws() -> None:
    assert live_memory("cuda:0", FakeAccelerator(2 << 30, 6 << 30)) == (4 << 30, 6 << 30)
    assert live_memory("cuda", FakeAccelerator(broken=True)) is None
    assert live_memory("cpu") is None


def test_cached_blocks_are_given_back() -> None:
    card = FakeAccelerator()
    release_cached("cuda:0", card)
    release_cached("cpu", card)
    assert card.emptied == 1


def test_a_request_on_another_strategy_is_another_request() -> None:
    request = request_for("clip", "full")
    assert replace(request, strategy=strategy_named("sequential")) != request


@pytest.mark.parametrize(("card", "inside"), [(True, "high"), (False, "highest")])
def test_tensor_float_is_for_cards_and_for_one_picture(
    card: bool, inside: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: card)
    before = torch.get_float32_matmul_precision()
    with applying.matrix_products(strategy_named("model-offload+tf32")):
        assert torch.get_float32_matmul_precision() == inside
    with applying.matrix_products(strategy_named("model-offload")):
        assert torch.get_float32_matmul_precision() == "highest"
    assert torch.get_float32_matmul_precision() == before == "highest"
