"""A fresh library for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from audobon_cli.library.store.library import Library


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library.create(tmp_path / ".audobon")
    yield library
    library.close()
