"""One server for the tests of a module."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from audobon_cli.cli.session import CommonOptions, Session
from audobon_cli.cli.system.studio_generation import StudioGeneration
from audobon_cli.library.store.library import Library
from tests.studio.serving import Inside, Studio, fill, serving


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library of seven sprites."""
    library = Library.create(tmp_path_factory.mktemp("shown") / ".audobon")
    fill(library, 7)
    yield library
    library.close()


@pytest.fixture(scope="module")
def studio(shown: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio over it, in a home of its own."""
    home: Path = tmp_path_factory.mktemp("home")
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith(("AUDOBON_", "XDG_"))]:
        del os.environ[name]
    os.environ["HOME"] = str(home)
    try:
        with serving(shown.root) as running:
            yield running
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def inside(library: Library) -> Iterator[Inside]:
    """The application over an empty library of the test's own, without a server."""
    session = Session()
    session.options = CommonOptions(library=str(library.root), offline=True)
    yield Inside(session.workspace, StudioGeneration(session))
    session.close()
