"""How long a strategy takes: a first-order estimate, transfers and arithmetic, from published figures.

Not measured on the card at hand: right in the order of strategies, within a factor of two in seconds.
"""

from collections.abc import Mapping

from audobon_cli.domain.strategy import Offload, Precision, Storage, Strategy
from audobon_cli.vram.simulation.pipeline import PipelineModel, StageRun
from audobon_cli.vram.simulation.replay import Part

STREAM_BYTES_PER_SECOND = 12.5e9
"""Pinned memory to an L40S: FLUX.1's 23.8 GB in 1.90 s with leaf offloading on a stream
(Hugging Face dataset diffusers/benchmarks)."""
SEQUENTIAL_BYTES_PER_SECOND = 8.3e9
"""The same, leaf by leaf without a stream: 1.5 times as slow as groups in huggingface/diffusers#11682."""
MODEL_BYTES_PER_SECOND = 4.5e9
"""Whole parts to the card and back, pageable memory: FLUX.1's 36 GB add 8 s to a picture
(Hugging Face blog diffusers-quantization)."""

# Slow-down of a denoising call. SDXL (convolutions) and FLUX.1 (linear layers) on an L40S, the dataset above;
# int8 and GGUF of FLUX.1 on an H100, the blog above; q8_0 was not published and is put between.
_STORAGE_FACTORS: Mapping[Storage, float] = {
    Storage.NATIVE: 1.0,
    Storage.FLOAT8: 1.13,
    Storage.INT8: 1.25,
    Storage.NF4: 1.06,
    Storage.GGUF_Q8: 1.5,
    Storage.GGUF_Q4: 1.9,
}
_CONVOLUTION_FLOAT8 = 2.0
_LARGE_PACKED_BYTES = 0.9
"""Bytes a weight from which on a file is taken for quick to unpack, as q8_0 is."""
# Rough: a decoder and the text encoders are a few percent of a picture's time. Of Stable Diffusion XL's, and in
# proportion to their weights for others.
_DECODE_SECONDS_PER_MEGAPIXEL = {2: 0.1, 4: 0.35}
_SINGLE_PRECISION_DECODE_SECONDS = 0.057
"""The same where the whole pipeline is in single precision, as on processors, whose speed is that of such networks:
0.054 to 0.063 for Stable Diffusion 1.5's decoder at 256 to 512 pixels, in processor time on two cores."""
_DECODER_PARAMETERS = 83.65e6
# 2 operations a weight and token at 80 TFLOPS, some 200 tokens.
_ENCODE_SECONDS_PER_BYTE = 3e-12
_LATENCY_SECONDS = 0.01
"""A call takes at least this, however small the network: hundreds of kernels are launched from Python."""
_TILE_OVERLAP = (4 / 3) ** 2


def estimate_seconds(
    model: PipelineModel,
    job: StageRun,
    strategy: Strategy,
    parts: Mapping[str, Part],
    pace: tuple[int, float],
) -> float:
    """Seconds for all pictures of ``job``, loading from disk excepted.

    ``pace``: denoising steps, and the card's speed as a multiple of an L40S's.
    """
    steps, speed = pace
    at_once = min(job.batch, strategy.batch)
    rounds = -(-job.batch // at_once)
    guided = 2 if model.guided else 1
    pixels = job.height * job.width
    call = model.call_seconds * pixels / model.native**2 * at_once * guided / speed
    call = max(call * _storage_factor(model, model.storage(strategy)), _LATENCY_SECONDS)
    denoiser, decoder = parts[model.denoiser], parts[model.decoder]
    encoders = sum(parts[name].weights_bytes for name in model.encoders)
    encode = guided * max(_LATENCY_SECONDS * len(model.encoders), encoders * _ENCODE_SECONDS_PER_BYTE / speed)
    per_megapixel = (
        _SINGLE_PRECISION_DECODE_SECONDS
        if denoiser.precision is Precision.FLOAT32
        else _DECODE_SECONDS_PER_MEGAPIXEL[_width(decoder)]
    )
    once = encode + per_megapixel * _decoded_megapixels(job, strategy, decoder, at_once) / speed
    moved = encoders * guided + decoder.weights_bytes
    step, transfer = call, 0.0
    if strategy.offload is Offload.MODEL:
        transfer = sum(part.weights_bytes for part in parts.values()) / MODEL_BYTES_PER_SECOND
    elif strategy.offload in (Offload.BLOCK_STREAM, Offload.LEAF_STREAM):
        step = max(call, denoiser.weights_bytes / STREAM_BYTES_PER_SECOND)
        transfer = moved / STREAM_BYTES_PER_SECOND
    elif strategy.offload is not Offload.NONE:
        rate = STREAM_BYTES_PER_SECOND if strategy.offload is Offload.BLOCK else SEQUENTIAL_BYTES_PER_SECOND
        step = call + denoiser.weights_bytes / rate
        transfer = moved / rate
    return rounds * (once + steps * step + transfer)


def _storage_factor(model: PipelineModel, storage: Storage) -> float:
    if storage is Storage.GGUF and model.packing is not None:
        large = model.packing.size_bytes > model.packing.elements * _LARGE_PACKED_BYTES
        return _STORAGE_FACTORS[Storage.GGUF_Q8 if large else Storage.GGUF_Q4]
    if storage is Storage.FLOAT8 and model.denoiser.endswith("unet"):
        return _CONVOLUTION_FLOAT8
    return _STORAGE_FACTORS[storage]


def _width(part: Part) -> int:
    """Bytes a weight."""
    return 4 if part.precision is Precision.FLOAT32 else 2


def _decoded_megapixels(job: StageRun, strategy: Strategy, decoder: Part, at_once: int) -> float:
    """As many as Stable Diffusion XL's decoder would have to decode in that time."""
    size = decoder.weights_bytes / _width(decoder) / _DECODER_PARAMETERS
    tiled = strategy.tile and max(job.height, job.width) > strategy.tile
    return at_once * job.height * job.width / 1e6 * size * (_TILE_OVERLAP if tiled else 1.0)
