"""The strategies that a planner weighs, and what each asks for besides memory."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from audobon_cli.domain.vram.pipeline import Job, Offload, PipelineModel, Strategy
from audobon_cli.domain.vram.playback import Storage
from audobon_cli.domain.vram.trace import Precision

TILES = (512, 256)
"""Tile sides in pixels, from the quicker. A tile as large as the picture, which is what a decoder's own
setting often comes to, would change nothing."""

REQUIRED_PACKAGES = {
    Storage.INT8: "bitsandbytes",
    Storage.NF4: "bitsandbytes",
    Storage.GGUF_Q8: "gguf",
    Storage.GGUF_Q4: "gguf",
}
"""The package that holds weights in each storage; diffusers alone does the others."""

_HOLDINGS = (
    Strategy("full"),
    Strategy("model-offload", Offload.MODEL),
    Strategy("group-block-stream", Offload.BLOCK_STREAM),
    Strategy("group-block", Offload.BLOCK),
    Strategy("group-leaf-stream", Offload.LEAF_STREAM),
    Strategy("sequential", Offload.SEQUENTIAL),
    *(
        Strategy(f"{prefix}{storage.value}", offload, storage)
        for storage in (Storage.FLOAT8, Storage.INT8, Storage.NF4, Storage.GGUF_Q8, Storage.GGUF_Q4)
        for prefix, offload in (("", Offload.NONE), ("model-offload-", Offload.MODEL))
    ),
)


@dataclass(frozen=True, slots=True)
class Decoding:
    """One way to decode: a suffix of the strategy's name, and its fields."""

    suffix: str
    tile: int = 0
    sliced: bool = False
    half: bool = False


def holdings(batch: int) -> Iterator[Strategy]:
    """Every way to hold the weights, for every split of ``batch`` pictures: all at once, halves, … one."""
    at_once = batch
    while True:
        for strategy in _HOLDINGS:
            name = strategy.name if at_once == batch else f"{strategy.name}+batches-of-{at_once}"
            yield replace(strategy, name=name, batch=at_once)
        if at_once == 1:
            return
        at_once = -(-at_once // 2)


def decodings(model: PipelineModel, job: Job, batch: int) -> list[Decoding]:
    """The ways to decode that differ for this job, from the quickest to the smallest.

    Decoding in float16 comes after whole float32 decoding because it takes another decoder file (the
    fp16-safe one).
    """
    found = [Decoding("")]
    halves = model.upcasts and model.precision is Precision.FLOAT16
    if batch > 1:
        found.append(Decoding("+sliced-decoding", sliced=True))
    side = max(job.height, job.width)
    found += [Decoding(f"+tiles-{tile}", tile=tile) for tile in TILES if side > tile]
    if halves:
        found += [
            Decoding(f"{way.suffix}+half-decoder", way.tile, way.sliced, half=True) for way in list(found)
        ]
    return found


def with_decoding(strategy: Strategy, way: Decoding) -> Strategy:
    """``strategy`` that decodes in ``way``."""
    return replace(
        strategy,
        name=strategy.name + way.suffix,
        tile=way.tile,
        sliced=way.sliced,
        decoder_in_half=way.half,
    )
