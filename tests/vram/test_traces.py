"""The shipped traces against a live call with the installed diffusers and transformers, at random sizes."""

import json
import random
import tomllib
from dataclasses import replace

import pytest
import torch

from audobon_cli.domain.strategy import Attention, Precision
from audobon_cli.models.files.gguf_types import UNPACKING_BYTES, Packing, transient_bytes
from audobon_cli.presets.catalog import PACKAGE, shipped_presets
from audobon_cli.vram.shipped import ForecastData
from audobon_cli.vram.simulation.allocator import CachingAllocator
from audobon_cli.vram.simulation.replay import Replay, Weights, call_tiled
from audobon_cli.vram.simulation.trace import ENTER
from audobon_cli.vram.tracing.fit import Point, fit_trace
from audobon_cli.vram.tracing.inputs import PartSpec, build_part
from audobon_cli.vram.tracing.recorder import StorageRecorder, leaves_of, record_call

FOLDER = shipped_presets() / "vram"
DATA = ForecastData(shipped_presets())
PARTS = tomllib.loads((FOLDER / "components.toml").read_text(encoding="utf-8"))
HALF = Precision.FLOAT16
QUICK = (
    "sprite-unet",
    "sprite-vae",
    "sd15-unet",
    "kl4-vae",
    "kl16-vae",
    "qwen-vae",
    "clip-l",
    "sd3-transformer",
)


def spec_of(name: str) -> PartSpec:
    table = PARTS[name]
    return PartSpec(
        table["class"],
        table["config"],
        table["inputs"],
        table.get("unit", 1),
        table.get("tokens", 0),
        table.get("scale", 8),
    )


def check(
    name: str, rounds: int, precision: Precision = HALF, attention: Attention = Attention.FUSED
) -> None:
    """The shipped trace of ``name`` gives every allocation of a live call, and its weights are the module's."""
    spec = spec_of(name)
    module = build_part(spec, precision)
    if attention is Attention.CLASSIC:
        from diffusers.models.attention_processor import AttnProcessor

        module.set_attn_processor(AttnProcessor())
    chance = random.Random(name)
    variants = [
        many
        for many in (False, True)
        if (
            FOLDER / "traces" / f"{name}.{precision}.{attention}.{'many' if many else 'one'}.json.gz"
        ).is_file()
    ]
    assert variants
    for turn in range(rounds):
        many = variants[turn % len(variants)]
        limit = 2048 // spec.unit if spec.unit > 1 else 2
        sides = (chance.randrange(2, limit + 1), chance.randrange(2, limit + 1))
        point = Point(chance.randrange(2, 9) if many else 1, *sides)
        live = record_call(module, spec, precision, attention, point)
        part = DATA.part(name, precision, attention, many)
        sizes = part.trace.sizes(point.batch, point.height * spec.unit, point.width * spec.unit)
        replayed = iter(live.sizes)
        codes = [next(replayed) if 0 <= code < ENTER else code for code in live.codes]
        assert codes == [sizes[code] if 0 <= code < ENTER else code for code in part.trace.codes], point
        assert part.leaves == leaves_of(module)


@pytest.mark.parametrize("name", QUICK)
def test_shipped_traces_are_what_a_live_call_allocates(name: str) -> None:
    check(name, 2)


SHIPPED = sorted({tuple(file.name.split(".")[:3]) for file in (FOLDER / "traces").glob("*.*.*.*.json.gz")})
"""Part, precision and attention of every trace in the wheel."""


@pytest.mark.slow
@pytest.mark.parametrize(("name", "precision", "attention"), SHIPPED)
def test_shipped_traces_at_ten_random_sizes(name: str, precision: str, attention: str) -> None:
    check(name, 10, Precision(precision), Attention(attention))


def test_every_part_has_a_trace() -> None:
    assert {name for name, *_ in SHIPPED} == set(PARTS)


def test_a_decoder_without_a_kernel_is_what_a_live_call_allocates() -> None:
    check("kl4-vae", 2, HALF, Attention.MATH)


@pytest.mark.parametrize(
    ("tile", "sides"),
    [
        (512, (768, 640)),
        pytest.param(512, (1024, 1024), marks=pytest.mark.slow),
        pytest.param(256, (832, 1216), marks=pytest.mark.slow),
    ],
)
def test_tiled_decoding_peaks_where_a_live_call_does(tile: int, sides: tuple[int, int]) -> None:
    spec = spec_of("kl4-vae")
    module = build_part(spec, HALF)
    module.enable_tiling()
    module.tile_sample_min_size, module.tile_latent_min_size = tile, tile // 8
    live = CachingAllocator()
    living = []
    call = record_call(module, spec, HALF, Attention.FUSED, Point(1, sides[0] // 8, sides[1] // 8))
    for code in call.codes:
        if code < 0:
            live.give(living.pop(code))
        elif code < ENTER:
            living.append(live.take(call.sizes[code]))
    forecast = CachingAllocator()
    part = replace(DATA.part("kl4-vae", HALF, Attention.FUSED, False), weights=Weights(()))
    call_tiled(Replay(part, forecast), forecast, 1, sides, tile)
    assert forecast.peak_allocated == pytest.approx(live.peak_allocated, rel=0.02)


@pytest.mark.parametrize("precision", list(Precision))
@pytest.mark.parametrize("kind", sorted(UNPACKING_BYTES))
def test_unpacking_a_layer_takes_what_is_recorded(kind: str, precision: Precision) -> None:
    gguf = pytest.importorskip("gguf")
    from diffusers.quantizers.gguf.utils import GGUFParameter, dequantize_gguf_tensor

    number = gguf.GGMLQuantizationType[kind]
    block, block_bytes = gguf.GGML_QUANT_SIZES[number]
    rows, columns = 512, 4096
    stored = torch.empty(rows, columns // block * block_bytes, dtype=torch.uint8, device="meta")
    module = torch.nn.Module()
    module.weight = GGUFParameter(stored, quant_type=number)
    recorder = StorageRecorder(module)
    with recorder:
        unpacked = dequantize_gguf_tensor(module.weight)
        unpacked = unpacked.to(getattr(torch, precision.value))
    living: list[int] = []
    peak = 0
    for code in recorder.recording.codes:
        if code < 0:
            living.pop(code)
        else:
            living.append(recorder.recording.sizes[code])
            peak = max(peak, sum(living))
    packing = Packing(kind, 1, 1, UNPACKING_BYTES[kind])
    forecast = transient_bytes(packing, precision is HALF, precision.bytes)
    assert peak / (rows * columns) == pytest.approx(forecast, rel=0.001)
    assert unpacked.shape == (rows, columns)


def test_every_type_that_diffusers_unpacks_is_known() -> None:
    pytest.importorskip("gguf")
    from diffusers.quantizers.gguf.utils import SUPPORTED_GGUF_QUANT_TYPES

    assert {kind.name for kind in SUPPORTED_GGUF_QUANT_TYPES} == set(UNPACKING_BYTES)


def test_known_parameter_counts() -> None:
    published = {"sdxl-unet": 2567.46, "sd15-unet": 859.52, "flux-transformer": 11901.41, "kl4-vae": 83.65}
    for name, millions in published.items():
        leaves = DATA.part(name, HALF, Attention.FUSED, False).leaves
        assert sum(map(sum, (leaf.parameters for leaf in leaves))) / 1e6 == pytest.approx(millions, rel=1e-4)


def test_tracing_takes_no_memory_for_weights() -> None:
    module = build_part(spec_of("sd15-unet"), HALF)
    assert all(parameter.device == torch.device("meta") for parameter in module.parameters())


def test_sizes_that_are_no_polynomial_are_refused() -> None:
    points = [Point(1, side, side) for side in (2, 3, 4)]
    with pytest.raises(ValueError, match="no polynomial"):
        fit_trace([(10, 20, 77)], [0], points, [(0, 0, 0), (0, 1, 1)], 8)


@pytest.mark.parametrize(
    ("name", "part"), [("sprite-unet", "unet"), ("sprite-text", "text_encoder"), ("sprite-vae", "vae")]
)
def test_the_built_in_model_is_the_one_that_was_traced(name: str, part: str) -> None:
    file = PACKAGE / "builtin" / "sprite" / part / "config.json"
    if not file.is_file():
        pytest.skip("the built-in model is not in this checkout")
    config = json.loads(file.read_text(encoding="utf-8"))
    traced = PARTS[name]["config"]
    assert traced == {key: config[key] for key in traced}, "mend components.toml, run bench/vram_traces.py"
