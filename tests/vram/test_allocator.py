"""The allocator's rules, and that its books always balance."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audobon_cli.vram.simulation.allocator import MIB, CachingAllocator, CapacityExceeded


@pytest.mark.parametrize(
    ("size", "allocated", "reserved"),
    [
        (1, 512, 2 * MIB),
        (513, 1024, 2 * MIB),
        (MIB, MIB, 2 * MIB),
        (MIB + 1, MIB + 512, 20 * MIB),
        (10 * MIB, 10 * MIB, 10 * MIB),
        (11 * MIB, 12 * MIB, 12 * MIB),  # a rest of 1 MiB is not split off
        (13 * MIB + 1, 14 * MIB, 14 * MIB),
    ],
)
def test_rounding_and_segments(size: int, allocated: int, reserved: int) -> None:
    allocator = CachingAllocator()
    allocator.take(size)
    assert (allocator.allocated, allocator.reserved) == (allocated, reserved)


def test_freed_blocks_are_merged_and_used_again() -> None:
    allocator = CachingAllocator()
    blocks = [allocator.take(6 * MIB) for _ in range(3)]
    for block in (blocks[0], blocks[2], blocks[1]):
        allocator.give(block)
    allocator.take(18 * MIB)
    assert allocator.reserved == 20 * MIB


def test_the_smallest_block_that_is_enough_is_taken() -> None:
    allocator = CachingAllocator()
    large, small = allocator.take(64 * MIB), allocator.take(32 * MIB)
    allocator.give(large)
    allocator.give(small)
    allocator.take(30 * MIB)
    allocator.take(64 * MIB)
    assert allocator.reserved == 96 * MIB


def test_cached_segments_are_given_back_before_the_card_runs_out() -> None:
    allocator = CachingAllocator(capacity=64 * MIB)
    allocator.give(allocator.take(40 * MIB))
    allocator.take(60 * MIB)
    assert (allocator.reserved, allocator.retries) == (60 * MIB, 1)
    with pytest.raises(CapacityExceeded):
        allocator.take(10 * MIB)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 40 * MIB)), max_size=60))
def test_books_balance(steps: list[tuple[bool, int]]) -> None:
    allocator = CachingAllocator()
    held = []
    for free, size in steps:
        if free and held:
            allocator.give(held.pop(size % len(held)))
        else:
            held.append(allocator.take(size))
        assert allocator.allocated == sum(block.size for block in held) <= allocator.reserved
    for block in held:
        allocator.give(block)
    allocator.release_cached()
    assert (allocator.allocated, allocator.reserved) == (0, 0)
