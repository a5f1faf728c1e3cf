"""The strategies that a planner weighs, what each asks for besides memory, and their names."""

from collections.abc import Iterator
from dataclasses import replace

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.strategy import FULL, Attention, Offload, Precision, Storage, Strategy
from audobon_cli.domain.units import count_of
from audobon_cli.vram.simulation.pipeline import PipelineModel, StageRun

TILES = (512, 256)
"""Tile sides in pixels, from the quicker. A tile as large as the picture, which is what a decoder's own
setting often comes to, would change nothing."""

REQUIRED_PACKAGES = {
    Storage.INT8: "bitsandbytes",
    Storage.NF4: "bitsandbytes",
    Storage.GGUF: "gguf",
    Storage.GGUF_Q8: "gguf",
    Storage.GGUF_Q4: "gguf",
}
"""The package that holds weights in each storage; diffusers alone does the others."""

GGUF_STORAGES = (Storage.GGUF, Storage.GGUF_Q8, Storage.GGUF_Q4)
GGUF_FILE = "a GGUF file"
SAFE_DECODER = "a float16-safe decoder"
"""What some strategies require besides a package: another file than the model's own."""

_HOLDINGS = (
    FULL,
    Strategy("model-offload", Offload.MODEL),
    Strategy("group-block-stream", Offload.BLOCK_STREAM),
    Strategy("group-block", Offload.BLOCK),
    Strategy("group-leaf-stream", Offload.LEAF_STREAM),
    Strategy("sequential", Offload.SEQUENTIAL),
    *(
        Strategy(f"{prefix}{storage.value}", offload, storage)
        for storage in (Storage.FLOAT8, Storage.INT8, Storage.NF4, *GGUF_STORAGES)
        for prefix, offload in (("", Offload.NONE), ("model-offload-", Offload.MODEL))
    ),
)
_BY_NAME = {strategy.name: strategy for strategy in _HOLDINGS}


@dataclass(frozen=True, slots=True)
class Decoding:
    """One way to decode: a suffix of the strategy's name, and its fields."""

    suffix: str
    tile: int = 0
    sliced: bool = False
    half: bool = False


def weight_placements(batch: int, attention: Attention = Attention.FUSED) -> Iterator[Strategy]:
    """Every way to hold the weights, for every split of ``batch`` pictures: all at once, halves, … one.

    Where ``attention`` is MATH, each also with diffusers' own attention, which keeps smaller scores.
    """
    attentions: tuple[Attention | None, ...] = (None,)
    if attention is Attention.MATH:
        attentions = (None, Attention.CLASSIC)
    at_once = batch
    while True:
        for strategy in _HOLDINGS:
            for chosen in attentions:
                name = strategy.name if at_once == batch else f"{strategy.name}+batches-of-{at_once}"
                name += f"+{chosen}-attention" if chosen else ""
                yield replace(strategy, name=name, batch=at_once, attention=chosen)
        if at_once == 1:
            return
        at_once = -(-at_once // 2)


def decodings(model: PipelineModel, job: StageRun, batch: int) -> list[Decoding]:
    """The ways to decode that differ for this job, from the quickest to the smallest.

    Decoding in float16 comes after whole float32 decoding because it takes another decoder file (the
    fp16-safe one).
    """
    found = [Decoding("")]
    halves = model.upcasts and model.precision is Precision.FLOAT16
    if batch > 1 and model.divisible:
        found.append(Decoding("+sliced-decoding", sliced=True))
    side = max(job.height, job.width)
    found += [Decoding(f"+tiles-{tile}", tile=tile) for tile in TILES if model.divisible and side > tile]
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


def strategy_named(name: str) -> Strategy:
    """The strategy whose ``name`` that is: ``"model-offload+tiles-512"``. Raises InvalidInput."""
    base, *suffixes = name.strip().split("+")
    strategy = _BY_NAME.get(base)
    if strategy is not None:
        for suffix in suffixes:
            strategy = _with_suffix(strategy, suffix) if strategy else None
    if strategy is None:
        raise InvalidInput(
            f"There is no memory strategy called {name!r}.",
            hint=f"strategies: {', '.join(_BY_NAME)}; each with +tiles-512, +tiles-256, +sliced-decoding, "
            "+half-decoder, +math-attention, +classic-attention or +tf32 after it",
            strategy=name,
        )
    return replace(strategy, name=name.strip())


def _with_suffix(strategy: Strategy, suffix: str) -> Strategy | None:
    kind, _, number = suffix.rpartition("-")
    if kind == "tiles" and number.isdecimal() and count_of(number) >= 64:
        return replace(strategy, tile=count_of(number))
    if kind == "batches-of" and number.isdecimal() and count_of(number) >= 1:
        return replace(strategy, batch=count_of(number))
    match suffix:
        case "sliced-decoding":
            return replace(strategy, sliced=True)
        case "half-decoder":
            return replace(strategy, decoder_in_half=True)
        case "math-attention":
            return replace(strategy, attention=Attention.MATH)
        case "classic-attention":
            return replace(strategy, attention=Attention.CLASSIC)
        case "tf32":
            return replace(strategy, tf32=True)
    return None


def small_steps(width: int, height: int) -> tuple[Strategy, ...]:
    """The strategies that can help where weights have nowhere else to go (on the processor, and where no
    forecast exists): the whole at first, then tiles smaller than the picture."""
    tiles = [tile for tile in TILES if max(width, height) > tile]
    return (FULL, *(replace(FULL, name=f"full+tiles-{tile}", tile=tile) for tile in tiles))


def offloading_steps(width: int, height: int) -> tuple[Strategy, ...]:
    """What to try on a card when nothing is known of the model: from the quickest to the smallest."""
    smallest = small_steps(width, height)[-1].tile
    suffix = f"+tiles-{smallest}" if smallest else ""
    names = ("full", f"model-offload{suffix}", f"group-leaf-stream{suffix}", f"sequential{suffix}")
    return tuple(strategy_named(name) for name in names)
