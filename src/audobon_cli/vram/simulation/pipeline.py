"""A whole pipeline played on the allocator: text encoding, denoising, decoding, under one strategy."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.strategy import Attention, Offload, Placement, Precision, StageName, Storage, Strategy
from audobon_cli.models.files.gguf_types import Packing
from audobon_cli.vram.simulation.allocator import MIB, CachingAllocator, CapacityExceeded
from audobon_cli.vram.simulation.replay import Part, Replay, call_sliced, call_tiled

CUBLAS_BYTES = 8519680
"""The workspace that cuBLAS takes on first use, kept for good: 4096 KiB x 2 + 16 KiB x 8
(getChosenWorkspaceSize in aten/src/ATen/cuda/CUDABlas.cpp); 32 MiB on Hopper."""
CUBLAS_HOPPER_BYTES = 32 * MIB
SAMPLED_STEPS = 2
"""Denoising steps played: memory repeats from the second on."""
MINIMUM_STEP = 64 * MIB
"""To how many bytes the smallest sufficient capacity is searched."""


PLACEMENTS = {
    Offload.NONE: Placement.WHOLE,
    Offload.MODEL: Placement.WHOLE,
    Offload.BLOCK: Placement.BLOCK,
    Offload.BLOCK_STREAM: Placement.BLOCK_STREAM,
    Offload.LEAF_STREAM: Placement.LEAF_STREAM,
    Offload.SEQUENTIAL: Placement.LEAF,
}


@dataclass(frozen=True, slots=True)
class PipelineModel:
    """What the forecast knows of a model. ``guided``: the denoiser sees each picture twice (classifier-free
    guidance), in one call where that is ``paired``, else in two; ``upcasts``: in float16 its decoder is run in float32.

    Times are of one NVIDIA L40S at ``native`` pixels a side: seconds a denoising call for one picture.
    ``divisible``: its decoder can work in tiles and in slices.
    ``extra_bytes`` are weights besides, such as a safety checker's, that lie there unless parts come and go.
    ``vocoder`` is the part that makes samples of what the decoder gives, of some models of sounds ("": none).
    ``packing`` is that of a GGUF file with the denoiser, where one is at hand; ``packed``: it is the model's own,
    so that every strategy keeps the weights so. ``whole``: its parts are one network, which lies on the card or not.
    """

    name: str
    family: str
    title: str
    encoders: tuple[str, ...]
    denoiser: str
    decoder: str
    guided: bool
    upcasts: bool
    precision: Precision
    native: int
    unit: int
    call_seconds: float
    extra_bytes: int = 0
    paired: bool = True
    divisible: bool = True
    packing: Packing | None = None
    packed: bool = False
    vocoder: str = ""
    whole: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of all parts in the order of their calls."""
        last = (self.vocoder,) if self.vocoder else ()
        return (*self.encoders, self.denoiser, self.decoder, *last)

    @property
    def seen_at_once(self) -> int:
        """How often a call of the denoiser sees each picture."""
        return 2 if self.guided and self.paired else 1

    def storage(self, strategy: Strategy) -> Storage:
        """How the denoiser's weights are kept under ``strategy``."""
        return Storage.GGUF if self.packed else strategy.storage


@dataclass(frozen=True, slots=True)
class StageRun:
    """The pictures asked for: how many at once, and their size in pixels."""

    batch: int
    height: int
    width: int
    attention: Attention = Attention.FUSED
    cublas_bytes: int = CUBLAS_BYTES


@dataclass(frozen=True, slots=True)
class Peak:
    """Most bytes allocated and reserved during a stage on a card without bounds."""

    name: StageName
    allocated_bytes: int
    reserved_bytes: int

    def scaled(self, factor: float) -> "Peak":
        """The same stage with ``factor`` times the bytes."""
        if factor == 1:
            return self
        return Peak(self.name, int(self.allocated_bytes * factor), int(self.reserved_bytes * factor))


PartSource = Callable[[str, Precision, Attention, bool], Part]
"""Gives the part of that name; the last argument: with the trace for batches of two and more."""


class PipelineReplay:
    """One model, one job, one strategy."""

    def __init__(self, model: PipelineModel, job: StageRun, strategy: Strategy, source: PartSource) -> None:
        self._model = model
        self._job = replace(
            job, batch=min(job.batch, strategy.batch), attention=strategy.attention or job.attention
        )
        self._strategy = strategy
        self._decoder_precision = self._decoding_precision()
        self._parts = self._build(source)

    @property
    def resident_bytes(self) -> int:
        """Weights that lie on the card all the time: a bound below every peak, without playing."""
        sizes = [part.weights_bytes for part in self._parts.values()]
        if self._strategy.offload is Offload.NONE:
            return sum(sizes) + self._model.extra_bytes
        return max(sizes) if self._strategy.offload is Offload.MODEL else 0

    @property
    def parts(self) -> Mapping[str, Part]:
        """The parts by name, as the strategy holds them."""
        return self._parts

    def peaks(self) -> tuple[Peak, ...]:
        """Peaks of each stage, played one after the other on a card without bounds."""
        allocator = CachingAllocator()
        players = {name: Replay(part, allocator) for name, part in self._parts.items()}
        if self._strategy.offload is Offload.NONE:
            self._load_all(players, allocator)
        found: dict[StageName, Peak] = {}
        calls = self._calls()
        for turn, (stage, name) in enumerate(calls):
            self._prepare(players, calls, turn, allocator)
            if turn == 0:
                allocator.take(self._job.cublas_bytes)
            allocator.restart_peaks()
            self._play(stage, players[name], allocator, SAMPLED_STEPS)
            peak = found.get(stage, Peak(stage, 0, 0))
            found[stage] = Peak(
                stage,
                max(peak.allocated_bytes, allocator.peak_allocated),
                max(peak.reserved_bytes, allocator.peak_reserved),
            )
        return tuple(found.values())

    def minimum(self, peaks: Sequence[Peak]) -> tuple[int, StageName]:
        """The smallest capacity in bytes that is enough for every stage, within MINIMUM_STEP above, and the
        stage that needs it. ``peaks`` are those of this play.

        Each stage is played from the state in which it begins; cached segments of earlier stages would be
        given back before the card runs out, so they do not count.
        """
        best, worst = 0, StageName.ENCODE
        for peak in sorted(peaks, key=lambda peak: -peak.allocated_bytes):
            low, high = max(peak.allocated_bytes, best), peak.reserved_bytes
            if high <= low or (best and self.runs_in(peak.name, low)):
                if not best:
                    best, worst = peak.allocated_bytes, peak.name
                continue
            while high - low > MINIMUM_STEP:
                middle = (low + high) // 2
                if self.runs_in(peak.name, middle):
                    high = middle
                else:
                    low = middle
            best, worst = high, peak.name
        return best, worst

    def runs_in(self, stage: StageName, capacity: int) -> bool:
        """Whether ``stage`` gets through when no more than ``capacity`` bytes can be reserved."""
        allocator = CachingAllocator(capacity)
        players = {name: Replay(part, allocator) for name, part in self._parts.items()}
        calls = self._calls()
        try:
            if self._strategy.offload is Offload.NONE:
                self._load_all(players, allocator)
            allocator.take(self._job.cublas_bytes)
            for turn, (name_of_stage, name) in enumerate(calls):
                if self._strategy.offload is Offload.MODEL or name_of_stage is stage:
                    self._prepare(players, calls, turn, allocator)
                if name_of_stage is stage or self._model.whole:
                    # One network keeps something of each stage until its end.
                    self._play(name_of_stage, players[name], allocator, 1)
                if name_of_stage is stage and self._model.whole:
                    return True
        except CapacityExceeded:
            return False
        return True

    def _load_all(self, players: Mapping[str, Replay], allocator: CachingAllocator) -> None:
        for player in players.values():
            player.load()
        if self._model.extra_bytes:
            allocator.take(self._model.extra_bytes)

    def _calls(self) -> list[tuple[StageName, str]]:
        """Parts in the order of their calls. With guidance the encoders run for the prompt, then for the
        negative prompt, which changes something only where parts come and go."""
        encoding = [(StageName.ENCODE, name) for name in self._model.encoders]
        rounds = 2 if self._model.guided and self._strategy.offload is Offload.MODEL else 1
        return [
            *encoding * rounds,
            (StageName.DENOISE, self._model.denoiser),
            (StageName.DECODE, self._model.decoder),
            *[(StageName.DECODE, name) for name in (self._model.vocoder,) if name],
        ]

    def _prepare(
        self,
        players: Mapping[str, Replay],
        calls: list[tuple[StageName, str]],
        turn: int,
        allocator: CachingAllocator,
    ) -> None:
        stage, name = calls[turn]
        if self._strategy.offload is Offload.MODEL:
            # accelerate's hook moves away the part before it in the chain, and only that: at the second
            # round of encoders the last of the first round is still there.
            before = self._predecessor(name)
            if before is not None:
                players[before].unload()
            allocator.release_cached()
            players[name].load()
        elif self._strategy.offload is Offload.NONE and self._upcast and stage is StageName.DECODE:
            players[name].convert(Precision.FLOAT32)

    def _predecessor(self, name: str) -> str | None:
        chain = list(self._model.parts)
        place = chain.index(name)
        # The chain is closed: the hook of the first part knows no predecessor.
        return chain[place - 1] if place else None

    def _play(self, stage: StageName, player: Replay, allocator: CachingAllocator, steps: int) -> None:
        job = self._job
        if stage is StageName.ENCODE:
            results = player.call(1, 1, 1)
        elif stage is StageName.DENOISE:
            seen = job.batch * self._model.seen_at_once
            for _ in range(steps - 1):
                for block in player.call(seen, job.height, job.width):
                    allocator.give(block)
            results = player.call(seen, job.height, job.width)
        else:
            size = (job.height, job.width)
            tile = self._strategy.tile if self._strategy.tile < max(size) else 0
            if self._strategy.sliced and job.batch > 1:
                results = call_sliced(player, allocator, job.batch, size, tile)
            elif tile:
                results = call_tiled(player, allocator, job.batch, size, tile)
            else:
                results = player.call(job.batch, *size)
        if stage is StageName.DENOISE and self._model.whole:
            return
        for block in results:
            allocator.give(block)

    @property
    def _upcast(self) -> bool:
        return self._decoder_precision is not self._model.precision

    def _decoding_precision(self) -> Precision:
        upcast = self._model.upcasts and self._model.precision is Precision.FLOAT16
        return Precision.FLOAT32 if upcast and not self._strategy.decoder_in_half else self._model.precision

    def _build(self, source: PartSource) -> dict[str, Part]:
        model, job = self._model, self._job
        placement = PLACEMENTS[self._strategy.offload]
        seen = job.batch * model.seen_at_once
        parts = {name: source(name, model.precision, Attention.FUSED, False) for name in model.encoders}
        denoiser = source(model.denoiser, model.precision, job.attention, seen > 1)
        parts[model.denoiser] = replace(
            denoiser, storage=model.storage(self._strategy), packing=model.packing
        )
        many = job.batch > 1 and not self._strategy.sliced
        decoder = source(model.decoder, self._decoder_precision, Attention.FUSED, many)
        if self._upcast and self._strategy.offload is Offload.NONE:
            # Loaded in half precision, converted when it is its turn.
            decoder = replace(decoder, weights_precision=model.precision)
        parts[model.decoder] = decoder
        if model.vocoder:
            parts[model.vocoder] = source(model.vocoder, model.precision, Attention.FUSED, many)
        return {name: replace(part, placement=placement) for name, part in parts.items()}
