"""One part of a pipeline played on an allocator: its weights, as a strategy holds them, and its calls."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.strategy import Placement, Precision, Storage
from audobon_cli.models.files.gguf_types import UNPACKING_BYTES, Packing, transient_bytes
from audobon_cli.vram.simulation.allocator import Block, CachingAllocator
from audobon_cli.vram.simulation.trace import ENTER, LEAVE, Leaf, Trace

# Bytes a weight, scales included. int8: one float16 scale a row is left out. nf4: a float32 scale for 64
# weights (bitsandbytes without double quantisation). GGUF (ggml-common.h): q8_0 keeps 34 bytes for 32 weights,
# q4_k 144 bytes for 256.
_BYTES_EACH = {Storage.INT8: 1.0, Storage.NF4: 72 / 128, Storage.GGUF_Q8: 34 / 32, Storage.GGUF_Q4: 144 / 256}

_UNPACKING_KINDS = {Storage.GGUF_Q8: "Q8_0", Storage.GGUF_Q4: "Q4_K"}


def stored_sizes(leaf: Leaf, precision: Precision, storage: Storage, bytes_each: float) -> tuple[int, ...]:
    """Bytes of each weight of ``leaf`` kept in ``storage``; ``bytes_each`` for one that is quantised."""
    if storage is Storage.FLOAT8:
        return leaf.parameters if leaf.castable else leaf.sizes(precision)
    native = leaf.sizes(precision)
    if storage is Storage.NATIVE or not leaf.linear or not native:
        return native
    # The matrix is quantised; the bias, when there is one, is not.
    return (int(leaf.parameters[0] * bytes_each), *native[1:])


class Weights:
    """The weights of a part by leaf; what is derived from them is computed once, for all strategies."""

    def __init__(self, leaves: Iterable[Leaf]) -> None:
        self.leaves = tuple(leaves)
        self._stored: dict[tuple[Precision, Storage, Packing | None], tuple[tuple[int, ...], ...]] = {}

    def stored(
        self, precision: Precision, storage: Storage, packing: Packing | None = None
    ) -> tuple[tuple[int, ...], ...]:
        """Bytes of each weight, by leaf, when kept in ``storage``; in GGUF, all linear layers alike, so that
        their sum is that of the file's ``packing``."""
        key = (precision, storage, packing)
        if key not in self._stored:
            each = _BYTES_EACH.get(storage, float(precision.bytes))
            if storage is Storage.GGUF and packing is not None:
                each = packing.stored_bytes(self.linear_elements, precision.bytes)
            self._stored[key] = tuple(stored_sizes(leaf, precision, storage, each) for leaf in self.leaves)
        return self._stored[key]

    @cached_property
    def linear_elements(self) -> int:
        """Numbers in the matrices of all linear layers."""
        return sum(leaf.parameters[0] for leaf in self.leaves if leaf.linear and leaf.parameters)

    @cached_property
    def blocks(self) -> dict[int, list[int]]:
        """Numbers of leaves by their block; -1 has those in none."""
        found: dict[int, list[int]] = {}
        for number, leaf in enumerate(self.leaves):
            found.setdefault(leaf.block, []).append(number)
        return found


@dataclass(frozen=True, slots=True)
class Part:
    """A part with its trace and weights, called in one precision, held in one way.

    ``weights_precision`` is that of the weights when they are loaded, if it differs; ``packing`` is that of the
    file where the storage is GGUF.
    """

    name: str
    weights: Weights
    trace: Trace
    precision: Precision
    placement: Placement = Placement.WHOLE
    storage: Storage = Storage.NATIVE
    weights_precision: Precision | None = None
    packing: Packing | None = None

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """The modules that own weights."""
        return self.weights.leaves

    @property
    def stored(self) -> tuple[tuple[int, ...], ...]:
        """Bytes of each weight, by leaf."""
        return self.weights.stored(self.weights_precision or self.precision, self.storage, self.packing)

    @property
    def unpacking_bytes(self) -> float:
        """Bytes for each weight of a layer that live while it is unpacked; 0 where no more than the result do."""
        kind = _UNPACKING_KINDS.get(self.storage)
        packing = Packing(kind, 0, 0, UNPACKING_BYTES[kind]) if kind else self.packing
        if packing is None or self.storage is Storage.NATIVE:
            return 0.0
        return transient_bytes(packing, self.precision is Precision.FLOAT16, self.precision.bytes)

    @property
    def weights_bytes(self) -> int:
        """Bytes of all weights as they are kept."""
        return sum(map(sum, self.stored))


class Replay:
    """Plays one part on ``allocator``; knows which of its weights lie there."""

    def __init__(self, part: Part, allocator: CachingAllocator) -> None:
        self.part = part
        self._allocator = allocator
        self._sizes = part.stored
        self._held: dict[int, list[Block]] = {}
        self._turn = 0
        self._block = -1
        self._unpacked: dict[int, list[Block]] = {}

    @property
    def resident(self) -> bool:
        """Whether any weights lie on the card."""
        return bool(self._held)

    def load(self) -> None:
        """Put all weights on the card that are not there."""
        for leaf in range(len(self.part.leaves)):
            self._load(leaf)

    def unload(self) -> None:
        """Take all weights off the card."""
        for leaf in list(self._held):
            self._drop(leaf)

    def convert(self, precision: Precision) -> None:
        """Replace the weights one by one by those of another precision (Module.to)."""
        take, give = self._allocator.take, self._allocator.give
        for leaf, blocks in self._held.items():
            sizes = self.part.leaves[leaf].sizes(precision)
            for place, size in enumerate(sizes):
                new = take(size)
                give(blocks[place])
                blocks[place] = new

    def call(self, batch: int, height: int, width: int) -> list[Block]:
        """Play one call for ``batch`` pictures of ``height`` x ``width`` pixels; returns the result's blocks."""
        sizes = self.part.trace.sizes(batch, height, width)
        # Marks of leaves matter only where weights move or change.
        marked = self.part.placement is not Placement.WHOLE or self.part.storage is not Storage.NATIVE
        take, give = self._allocator.take, self._allocator.give
        living: list[Block] = []
        self._begin()
        for code in self.part.trace.codes if marked else self.part.trace.bare_codes:
            if code < 0:
                give(living.pop(code))
            elif code < ENTER:
                living.append(take(sizes[code]))
            elif code < LEAVE:
                self._enter(code - ENTER)
            else:
                self._leave(code - LEAVE)
        if self.part.placement is not Placement.WHOLE:
            self.unload()
        return living

    def _begin(self) -> None:
        self._turn = 0
        self._block = -1
        if self.part.placement in (Placement.BLOCK, Placement.BLOCK_STREAM):
            for leaf in self.part.weights.blocks.get(-1, ()):
                self._load(leaf)

    def _enter(self, leaf: int) -> None:
        placement = self.part.placement
        if placement in (Placement.LEAF, Placement.LEAF_STREAM):
            self._load(leaf)
            if placement is Placement.LEAF_STREAM:
                order = self.part.trace.order
                self._load(order[(self._turn + 1) % len(order)])
        elif placement in (Placement.BLOCK, Placement.BLOCK_STREAM):
            self._enter_block(self.part.leaves[leaf].block)
        if self.part.storage is not Storage.NATIVE:
            self._unpack(leaf)

    def _leave(self, leaf: int) -> None:
        if leaf in self._unpacked:
            self._pack(leaf)
        self._turn += 1
        if self.part.placement in (Placement.LEAF, Placement.LEAF_STREAM):
            self._drop(leaf)

    def _enter_block(self, block: int) -> None:
        """Load the block, and the one after it when streaming; drop the one before."""
        if block < 0 or block == self._block:
            return
        for leaf in self.part.weights.blocks.get(self._block, ()):
            self._drop(leaf)
        self._block = block
        ahead = (block + 1,) if self.part.placement is Placement.BLOCK_STREAM else ()
        for wanted in (block, *ahead):
            for leaf in self.part.weights.blocks.get(wanted, ()):
                self._load(leaf)

    def _load(self, leaf: int) -> None:
        if leaf not in self._held:
            self._held[leaf] = [self._allocator.take(size) for size in self._sizes[leaf]]

    def _drop(self, leaf: int) -> None:
        for block in self._held.pop(leaf, ()):
            self._allocator.give(block)

    def _unpack(self, number: int) -> None:
        """A leaf's weights in the precision of the call: in place of the stored ones for float8 (the hook
        moves the module), beside them for the others."""
        leaf, storage = self.part.leaves[number], self.part.storage
        if storage is Storage.FLOAT8 and leaf.castable:
            self._unpacked[number] = []
            self._swap(number, leaf.sizes(self.part.precision))
        elif storage is not Storage.FLOAT8 and leaf.linear and leaf.parameters:
            if self.part.unpacking_bytes:
                self._allocator.give(
                    self._allocator.take(int(leaf.parameters[0] * self.part.unpacking_bytes))
                )
            self._unpacked[number] = [self._allocator.take(leaf.sizes(self.part.precision)[0])]

    def _pack(self, number: int) -> None:
        for block in self._unpacked.pop(number):
            self._allocator.give(block)
        if self.part.storage is Storage.FLOAT8:
            self._swap(number, self._sizes[number])

    def _swap(self, number: int, sizes: Sequence[int]) -> None:
        blocks = self._held[number]
        for place, size in enumerate(sizes):
            new = self._allocator.take(size)
            self._allocator.give(blocks[place])
            blocks[place] = new


def tiles(side: int, tile: int) -> Iterator[int]:
    """Lengths, in pixels, of the tiles along a side (diffusers AutoencoderKL.tiled_decode: a quarter
    overlaps)."""
    step = max(8, tile // 8 * 3 // 4 * 8)
    yield from (min(tile, side - start) for start in range(0, side, step))


def call_tiled(
    player: Replay, allocator: CachingAllocator, batch: int, size: tuple[int, int], tile: int
) -> list[Block]:
    """Decode in tiles: each tile's picture is kept until the rows, then the whole, are put together.

    ``size`` is (height, width); ``tile`` the side of a tile, all in pixels. Returns the result's block. Of the
    tiles of one shape the first and the last are played, which has the highest peak; of the others only the
    result is kept.
    """
    height, width = size
    shapes = [(rows, columns) for rows in tiles(height, tile) for columns in tiles(width, tile)]
    last = {shape: place for place, shape in enumerate(shapes)}
    kept: list[Block] = []
    results: dict[tuple[int, int], list[int]] = {}
    for place, shape in enumerate(shapes):
        if shape in results and place != last[shape]:
            kept += [allocator.take(size) for size in results[shape]]
            continue
        found = player.call(batch, *shape)
        results[shape] = [block.size for block in found]
        kept += found
    whole = batch * 3 * height * width * player.part.precision.bytes
    kept.append(allocator.take(whole))
    joined = allocator.take(whole)
    for block in kept:
        allocator.give(block)
    return [joined]


def call_sliced(
    player: Replay, allocator: CachingAllocator, batch: int, size: tuple[int, int], tile: int = 0
) -> list[Block]:
    """Decode one picture at a time, in tiles where ``tile`` is not 0, then put the batch together. ``size`` is
    (height, width) in pixels. Returns the result's block."""
    height, width = size
    kept: list[Block] = []
    for _ in range(batch):
        kept += call_tiled(player, allocator, 1, size, tile) if tile else player.call(1, height, width)
    joined = allocator.take(batch * 3 * height * width * player.part.precision.bytes)
    for block in kept:
        allocator.give(block)
    return [joined]
