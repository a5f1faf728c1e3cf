"""Every test runs in an empty home, an empty folder, without colour, without network."""

import gc
import io
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import urllib3.util.connection  # noqa: F401 - on import it asks for IPv6, by a socket that tests would count

from audobon_cli.cli.main import run
from audobon_cli.engines.registry import EngineFactory
from audobon_cli.hardware.probe import usable_cpus
from audobon_cli.library.store.library import Library
from tests.fakes.fake_engine import FakeEngine, fake_engines

# A busy machine takes its time, also to draw examples; what is too slow in itself shows in bench/.
hypothesis.settings.register_profile(
    "audobon", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("audobon")


STEERING = (
    *("AUDOBON_", "XDG_", "HF_", "HUGGING", "STORAGE_EMULATOR", "GOOGLE_", "CLOUDSDK_"),
    *("REPLICATE_", "AWS_", "AZURE_", "OPENAI_", "GEMINI_", "OTEL_", "TRACE"),
)
"""How variables begin that steer the program, or the SDKs that it uses."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--platform windows-rules`` and ``--encrypted``."""
    parser.addoption(
        "--platform",
        choices=["own", "windows-rules"],
        default="own",
        help="windows-rules: the Windows layer, on a Linux that keeps Windows' rules (tests/windows_rules/)",
    )
    parser.addoption(
        "--encrypted", action="store_true", help="every library is an encrypted one (tests/encrypted/)"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Put Windows' rules in force, and encrypt libraries, before tests are imported; and let children keep what
    they compile.

    Images of containers often forbid it, and each of the hundreds of programs that tests begin compiles the package
    anew, for a quarter of its time. One thread for each test: the tests run side by side, and threads of tiny
    networks mostly wait for each other.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell does for what it runs behind its back
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption("encrypted"):
        from tests.encrypted import install

        install()
    if config.getoption("platform") == "windows-rules":
        from tests.windows_rules.install import install_for_good

        install_for_good()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are processors: two fifths of their time tests wait for other programs and for disks."""
    return usable_cpus() + 1


HEAVY = ("engines", "capabilities")
"""Folders of tests that draw with PyTorch, which is the same on every system: left out under Windows' rules."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave HEAVY out of a run under Windows' rules, but what is named on the command line."""
    if config.getoption("platform") != "windows-rules" or collection_path.parent != Path(__file__).parent:
        return None
    named = any(collection_path.name in Path(argument).parts for argument in config.args)
    return True if collection_path.name in HEAVY and not named else None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what only POSIX has where it is not, and what looks at files as they lie where they are encrypted."""
    if item.get_closest_marker("plain") and item.config.getoption("encrypted"):
        pytest.skip("of what is not encrypted")
    if item.get_closest_marker("posix") and not hasattr(os, "fork"):
        pytest.skip("of what only POSIX has")


def pytest_collection_finish() -> None:
    """What was collected and imported stays: the engines' collections of garbage need not walk through it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def isolation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home and current folder, no variables that steer the program, 80 columns, no colour."""
    for name in list(os.environ):
        if name.startswith(STEERING):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # no credentials from the machine's own role
    home = tmp_path / "home"
    project = tmp_path / "project"
    home.mkdir()
    project.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv(
        "PYTHONUNBUFFERED", raising=False
    )  # users have it not, and it hides lines that lie in a buffer
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("AUDOBON_UPDATE_CHECK", "false")  # `doctor` would ask the package index
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")  # never the developer's
    monkeypatch.chdir(project)
    return project


@pytest.fixture(autouse=True)
def no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections to other than Unix sockets fail the test; with the marker ``loopback`` this machine
    itself may be reached."""
    connect = socket.socket.connect
    local = getattr(socket, "AF_UNIX", None)  # without one, programs of this machine meet at a port
    near = ("127.0.0.1", "::1") if local is None or request.node.get_closest_marker("loopback") else ()

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != local and address[0] not in near:
            raise AssertionError(f"a network connection was opened: {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@dataclass(frozen=True)
class Ran:
    """What one command line gave."""

    status: int
    out: str
    err: str
    raw: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The envelope: the last line of stdout."""
        envelope: dict[str, Any] = json.loads(self.out.splitlines()[-1])
        return envelope

    @property
    def data(self) -> dict[str, Any]:
        """The result in the envelope."""
        data: dict[str, Any] = self.json["data"]
        return data

    @property
    def events(self) -> list[dict[str, Any]]:
        """The lines before the envelope."""
        return [json.loads(line) for line in self.out.splitlines()[:-1]]


Audobon = Callable[..., Ran]


@dataclass
class Engines:
    """What makes the engines of this test's commands; None: those of the registry."""

    factory: EngineFactory | None = None

    def give(self, engine: FakeEngine) -> None:
        """Every engine made from now on is ``engine``."""
        self.factory = fake_engines(engine)


@pytest.fixture
def engines() -> Engines:
    """Put a factory into this to give commands other engines."""
    return Engines()


@pytest.fixture
def audobon(monkeypatch: pytest.MonkeyPatch, engines: Engines) -> Audobon:
    """Run a command line exactly as the console script does, and take what it writes."""

    def call(*argv: str, stdin: str = "") -> Ran:
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
            status = run(argv, engines.factory)
            raw, words = (_written(stream) for stream in (out, err))
        return Ran(status, raw.decode(errors="replace"), words.decode(), raw)

    return call


def _written(stream: io.TextIOWrapper) -> bytes:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue()


@pytest.fixture
def fake_engine(engines: Engines) -> FakeEngine:
    """Make the local engine a FakeEngine, so that commands need no model weights to run."""
    engine = FakeEngine()
    engines.give(engine)
    return engine


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """A fresh library."""
    library = Library.create(tmp_path / ".audobon")
    yield library
    library.close()
