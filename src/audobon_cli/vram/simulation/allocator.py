"""A model of PyTorch's CUDA caching allocator: what a card would have to give for a row of requests.

Constants and rules are those of c10/cuda/CUDACachingAllocator.cpp (PyTorch 2.x) with default settings:
one stream, no expandable segments, no size limit on splitting. All sizes are bytes.
"""

from bisect import bisect_left, insort

MIB = 1 << 20
MIN_BLOCK = 512
"""kMinBlockSize: every request is rounded up to a multiple of it."""
SMALL_REQUEST = MIB
"""kSmallSize: requests up to this come from the pool of small blocks."""
SMALL_SEGMENT = 2 * MIB
"""kSmallBuffer: the segment taken from the card for small blocks."""
MEDIUM_SEGMENT = 20 * MIB
"""kLargeBuffer: the segment for requests below MEDIUM_REQUEST."""
MEDIUM_REQUEST = 10 * MIB
"""kMinLargeAlloc: from here on a segment of its own, rounded up to SEGMENT_ROUNDING."""
SEGMENT_ROUNDING = 2 * MIB
"""kRoundLarge."""


class CapacityExceeded(Exception):
    """The card has no room for a request, even after all cached segments were given back."""


class Block:
    """A piece of a segment; ``before`` and ``after`` are its neighbours in the segment."""

    __slots__ = ("after", "before", "free", "place", "size", "small")

    def __init__(self, size: int, place: int, small: bool) -> None:
        self.size = size
        self.place = place
        self.small = small
        self.free = False
        self.before: Block | None = None
        self.after: Block | None = None


class CachingAllocator:
    """Best fit among cached blocks, splitting, coalescing, segments; counts what is allocated and reserved.

    ``capacity`` bounds what is reserved; None for a card without bounds.
    """

    def __init__(self, capacity: int | None = None) -> None:
        self.capacity = capacity
        self.allocated = 0
        self.reserved = 0
        self.peak_allocated = 0
        self.peak_reserved = 0
        self.retries = 0
        self._small: list[tuple[int, int, Block]] = []
        self._large: list[tuple[int, int, Block]] = []
        self._end = 0

    def take(self, size: int) -> Block:
        """A block of at least ``size`` bytes. Raises CapacityExceeded."""
        size = -(-size // MIN_BLOCK) * MIN_BLOCK or MIN_BLOCK
        small = size <= SMALL_REQUEST
        pool = self._small if small else self._large
        found = bisect_left(pool, (size,))
        if found < len(pool):
            block = pool.pop(found)[2]
            block.free = False
        else:
            block = self._segment(size, small)
        rest = block.size - size
        # Large blocks are split only when more than kSmallSize would be left: the rest counts as allocated.
        if rest >= MIN_BLOCK if small else rest > SMALL_REQUEST:
            self._split(block, size, pool)
        self.allocated += block.size
        if self.allocated > self.peak_allocated:
            self.peak_allocated = self.allocated
        return block

    def give(self, block: Block) -> None:
        """Return a block to its pool, merged with free neighbours."""
        self.allocated -= block.size
        pool = self._small if block.small else self._large
        before, after = block.before, block.after
        if after is not None and after.free:
            self._remove(pool, after)
            block.size += after.size
            block.after = after.after
            if block.after is not None:
                block.after.before = block
        if before is not None and before.free:
            self._remove(pool, before)
            before.size += block.size
            before.after = block.after
            if before.after is not None:
                before.after.before = before
            block = before
        block.free = True
        insort(pool, (block.size, block.place, block))

    def release_cached(self) -> None:
        """Give all wholly free segments back to the card (torch.cuda.empty_cache)."""
        for pool in (self._small, self._large):
            whole = [entry for entry in pool if entry[2].before is None and entry[2].after is None]
            for entry in whole:
                pool.remove(entry)
                self.reserved -= entry[0]

    def restart_peaks(self) -> None:
        """Forget the peaks so far."""
        self.peak_allocated = self.allocated
        self.peak_reserved = self.reserved

    def _segment(self, size: int, small: bool) -> Block:
        if small:
            total = SMALL_SEGMENT
        elif size < MEDIUM_REQUEST:
            total = MEDIUM_SEGMENT
        else:
            total = -(-size // SEGMENT_ROUNDING) * SEGMENT_ROUNDING
        if self.capacity is not None and self.reserved + total > self.capacity:
            self.retries += 1
            self.release_cached()
            if self.reserved + total > self.capacity:
                raise CapacityExceeded(f"{total} bytes more than the {self.reserved} reserved")
        self.reserved += total
        if self.reserved > self.peak_reserved:
            self.peak_reserved = self.reserved
        block = Block(total, self._end, small)
        self._end += total
        return block

    def _split(self, block: Block, size: int, pool: list[tuple[int, int, Block]]) -> None:
        rest = Block(block.size - size, block.place + size, block.small)
        rest.free = True
        rest.before, rest.after = block, block.after
        if rest.after is not None:
            rest.after.before = rest
        block.after = rest
        block.size = size
        insort(pool, (rest.size, rest.place, rest))

    @staticmethod
    def _remove(pool: list[tuple[int, int, Block]], block: Block) -> None:
        pool.pop(bisect_left(pool, (block.size, block.place)))
