"""Closes what tests opened."""

from collections.abc import Iterator

import pytest

from tests.cloud import rigs


@pytest.fixture(autouse=True)
def closing() -> Iterator[None]:
    """Close all connections and ledgers when the test is over."""
    yield
    while rigs.OPENED:
        rigs.OPENED.pop().close()
