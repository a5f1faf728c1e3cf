"""Closes what tests opened; a command line whose cloud are doubles."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloud import rigs
from tests.conftest import Audobon
from tests.doubles.cloud_run_server import IMAGE, CloudRunDouble
from tests.doubles.cloud_starters import StartersDouble
from tests.fakes.fake_engine import FakeEngine


@pytest.fixture(autouse=True)
def closing() -> Iterator[None]:
    """Close all connections and ledgers when the test is over."""
    yield
    while rigs.OPENED:
        rigs.OPENED.pop().close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[CloudRunDouble]:
    home = tmp_path / "container"
    home.mkdir()
    with CloudRunDouble((*rigs.WORKER, "0.0"), {**rigs.environment(), "HOME": str(home)}) as running:
        yield running
        running.end()


@pytest.fixture
def starters() -> Iterator[StartersDouble]:
    with StartersDouble() as running:
        yield running
        running.settle()


@pytest.fixture
def place(tmp_path: Path) -> str:
    """A folder in the bucket's stead."""
    return str(tmp_path / "place")


@pytest.fixture
def cloud(
    audobon: Audobon,
    fake_engine: FakeEngine,
    server: CloudRunDouble,
    starters: StartersDouble,
    place: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Audobon:
    """The command line, with everything deployed to ``place``."""
    rigs.choose_cloud(monkeypatch, server.address, place, 0.2)
    for service in ("CLOUDSCHEDULER", "CLOUDTASKS"):
        monkeypatch.setenv(f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{service}", starters.address)
    monkeypatch.setenv("AUDOBON_CLOUD_STARTER", rigs.STARTER)
    assert audobon("init").status == 0
    assert audobon("cloud", "deploy", "--image", IMAGE, "--timeout", "2m").status == 0
    return audobon
