"""Running a pipeline as a memory strategy says: where weights wait, how they are kept, how it decodes.

What needs an accelerator falls back on the processor to the nearest thing that does not: streams are left
out there, offloading moves nothing. So every strategy runs anywhere, and gives the pixels that it gives.
"""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from audobon_cli.domain.errors import ModelUnsupported
from audobon_cli.domain.strategy import Attention, Offload, Storage, Strategy
from audobon_cli.engines.diffusers.memory.device import DevicePlacement

STREAMING_DEVICES = ("cuda", "xpu")
"""Kinds of device whose PyTorch backend has streams; Apple's has none, nor has the processor."""

BLOCKS = (Offload.BLOCK, Offload.BLOCK_STREAM)
STREAMED = (Offload.BLOCK_STREAM, Offload.LEAF_STREAM)


def quantised_loading(strategy: Strategy, placement: DevicePlacement) -> dict[str, Any]:
    """What ``from_pretrained`` of the denoiser takes besides, so that its weights are quantised as they load.

    Raises ModelUnsupported when bitsandbytes is not installed or the storage is that of a file.
    """
    if strategy.storage in (Storage.NATIVE, Storage.FLOAT8, Storage.GGUF):
        return {}  # a GGUF file is loaded as it is, in place of the model's own denoiser
    if strategy.storage in (Storage.GGUF_Q8, Storage.GGUF_Q4):
        raise ModelUnsupported(
            f"The strategy {strategy.name} needs the denoiser as a GGUF file; this model has none.",
            hint="choose another --strategy; `audobon vram plan --all` lists them",
        )
    if importlib.util.find_spec("bitsandbytes") is None:
        raise _needs_bitsandbytes(strategy)
    from diffusers import BitsAndBytesConfig

    if strategy.storage is Storage.INT8:
        config = BitsAndBytesConfig(load_in_8bit=True)
    else:
        config = BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=placement.dtype
        )
    return {"quantization_config": config}


def apply_strategy(pipeline: Any, strategy: Strategy, placement: DevicePlacement) -> None:
    """Bring ``pipeline``, as loaded on the processor, to ``placement`` as ``strategy`` says. Once a pipeline.

    Raises what torch raises when memory runs out on the way, ModelUnsupported for a denoiser or decoder
    that cannot be run so.
    """
    if getattr(pipeline, "moves_whole", False):
        _keep_whole(pipeline, strategy, placement)
        return
    _store(pipeline, strategy, placement)
    _decode(pipeline, strategy)
    _attend(pipeline, strategy)
    device = torch.device(placement.device)
    if strategy.offload is Offload.NONE:
        pipeline.to(placement.device)
    elif strategy.offload is Offload.MODEL:
        pipeline.enable_model_cpu_offload(device=device)
    else:
        # Sequential offloading is leaf groups without a stream: the same weights move at the same moments
        # as with accelerate's hooks, which break on modules of transformers 5 (accelerate 1.15: TypeError
        # in set_module_tensor_to_device).
        blocks = strategy.offload in BLOCKS
        pipeline.enable_group_offload(
            onload_device=device,
            offload_device=torch.device("cpu"),
            offload_type="block_level" if blocks else "leaf_level",
            num_blocks_per_group=1 if blocks else None,
            use_stream=strategy.offload in STREAMED and device.type in STREAMING_DEVICES,
        )


def _keep_whole(pipeline: Any, strategy: Strategy, placement: DevicePlacement) -> None:
    """Bring a pipeline that is one network to ``placement``: it generates past the hooks that would move its parts."""
    if strategy.offload is not Offload.NONE or strategy.storage is not Storage.NATIVE:
        raise ModelUnsupported(
            f"A {type(pipeline).__name__} is held whole on the device: the strategy {strategy.name} moves parts.",
            hint="leave --strategy out",
            strategy=strategy.name,
        )
    pipeline.to(placement.device)


@contextmanager
def matrix_products(strategy: Strategy) -> Iterator[None]:
    """While entered, float32 matrices are multiplied as ``strategy`` says.

    TensorFloat-32 keeps 10 bits of each factor instead of 23, on cards from Ampere on; convolutions have it by
    PyTorch's own default. Nothing changes for networks in half precision, nor on the processor.
    """
    before = torch.get_float32_matmul_precision()
    if strategy.tf32 and torch.cuda.is_available():
        torch.set_float32_matmul_precision("high")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


@contextmanager
def attention_kernels(strategy: Strategy) -> Iterator[None]:
    """While entered, attention runs on the kernels of ``strategy``, in every network of the pipeline."""
    if strategy.attention is not Attention.MATH:
        yield
        return
    from torch.nn.attention import SDPBackend, sdpa_kernel

    with sdpa_kernel(SDPBackend.MATH):
        yield


def _store(pipeline: Any, strategy: Strategy, placement: DevicePlacement) -> None:
    if strategy.storage is not Storage.FLOAT8:
        return
    denoiser = denoiser_of(pipeline)
    if not hasattr(denoiser, "enable_layerwise_casting"):
        raise _cannot(denoiser, strategy, "its weights cannot be kept in float8")
    denoiser.enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=placement.dtype)


def _decode(pipeline: Any, strategy: Strategy) -> None:
    vae = getattr(pipeline, "vae", None)
    if strategy.decoder_in_half and vae is not None:
        # With this the pipeline leaves the decoder in half precision (StableDiffusionXLPipeline.__call__).
        vae.register_to_config(force_upcast=False)
    if strategy.sliced:
        _switch(vae, "enable_slicing", strategy, "it cannot decode a batch in slices")
    if strategy.tile:
        _switch(vae, "enable_tiling", strategy, "it cannot decode in tiles")
        set_tile(vae, strategy.tile)


def set_tile(vae: Any, tile: int) -> None:
    """Make ``vae`` decode tiles of ``tile`` pixels a side with a quarter of overlap.

    ``enable_tiling`` alone leaves the size of the configuration, which for common decoders is the size of
    the picture: nothing would change. Raises ModelUnsupported for a decoder with sizes of another kind.
    """
    if hasattr(vae, "tile_latent_min_size"):
        scale = 2 ** (len(vae.config.block_out_channels) - 1)
        vae.tile_sample_min_size, vae.tile_latent_min_size = tile, max(1, tile // scale)
        vae.tile_overlap_factor = 0.25
    elif hasattr(vae, "tile_sample_min_height"):
        vae.tile_sample_min_height = vae.tile_sample_min_width = tile
        vae.tile_sample_stride_height = vae.tile_sample_stride_width = tile * 3 // 4
        if hasattr(vae, "tile_latent_min_height"):
            # AutoencoderDC decides by these whether there is anything to divide.
            side = max(1, tile // vae.spatial_compression_ratio)
            vae.tile_latent_min_height = vae.tile_latent_min_width = side
    else:
        raise ModelUnsupported(
            f"The decoder {type(vae).__name__} does not let the size of its tiles be set.",
            hint="choose a --strategy without +tiles",
        )


def _attend(pipeline: Any, strategy: Strategy) -> None:
    if strategy.attention is not Attention.CLASSIC:
        return
    denoiser = denoiser_of(pipeline)
    if not hasattr(denoiser, "set_attn_processor") or not hasattr(denoiser, "down_blocks"):
        raise _cannot(denoiser, strategy, "it has no other attention than the fused one")
    from diffusers.models.attention_processor import AttnProcessor

    denoiser.set_attn_processor(AttnProcessor())


def denoiser_of(pipeline: Any) -> Any:
    """The network that takes the denoising steps."""
    return getattr(pipeline, "unet", None) or getattr(pipeline, "transformer", None)


def _switch(vae: Any, method: str, strategy: Strategy, fault: str) -> None:
    try:
        getattr(vae, method)()
    except (AttributeError, NotImplementedError) as error:
        raise _cannot(vae, strategy, fault) from error


def _cannot(network: Any, strategy: Strategy, fault: str) -> ModelUnsupported:
    return ModelUnsupported(
        f"A {type(network).__name__} cannot be run with the strategy {strategy.name}: {fault}.",
        hint="choose another --strategy, or none to let the forecast choose",
        strategy=strategy.name,
    )


def _needs_bitsandbytes(strategy: Strategy) -> ModelUnsupported:
    return ModelUnsupported(
        f"The strategy {strategy.name} needs the package bitsandbytes, which is not installed.",
        hint="pip install bitsandbytes, or choose another --strategy",
        strategy=strategy.name,
    )
