"""kill -9 at random moments of a pull: hardly a byte is fetched twice, and the model is whole in the end."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from audobon_cli.stores.downloads import CHUNK_BYTES
from tests.doubles.hub_server import HubDouble
from tests.stores.faults import child_environment
from tests.tiny_models import clip_folder

pytestmark = pytest.mark.loopback

NAME = "acme/large"


@dataclass(frozen=True)
class Kill:
    """Bytes that the server had sent, and that were on disk, when the process was dead."""

    sent: int
    kept: int

    @property
    def lost(self) -> int:
        return self.sent - self.kept


@pytest.fixture
def server() -> Iterator[HubDouble]:
    with HubDouble() as double:
        yield double


def weights(size: int) -> bytes:
    """A safetensors file with one tensor of ``size`` random bytes."""
    header = json.dumps({"w": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
    return len(header).to_bytes(8, "little") + header + random.Random(size).randbytes(size)


def publish(server: HubDouble, size: int) -> None:
    """A model with most of its bytes in one file, and some in two others."""
    folder = clip_folder()
    files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    for path in [path for path in files if path.endswith(".safetensors")]:
        files[path] = weights(size * 8 // 10 if path.startswith("unet") else size // 10)
    server.add(NAME, files)


def start(server: HubDouble, cache: Path) -> "subprocess.Popen[str]":
    environment = {**child_environment(), "HF_ENDPOINT": server.endpoint, "HF_HUB_CACHE": str(cache)}
    environment["PYTHONPATH"] += ":" + ":".join(sys.path)
    command = [sys.executable, "-m", "audobon_cli", "models", "pull", f"hf:{NAME}", "--events"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def kept_bytes(cache: Path) -> int:
    """What lies on disk of the large files, finished or not."""
    paths = [*cache.rglob("*.partial"), *cache.glob("models--*/blobs/*")]
    return sum(path.stat().st_size for path in paths if path.stat().st_size > 20_000)


def trials(server: HubDouble, cache: Path, kills: int, longest_seconds: float) -> list[Kill]:
    rng = random.Random(50)
    made = []
    for _ in range(kills):
        sent, kept = server.body_bytes(), kept_bytes(cache)
        with start(server, cache) as child:
            assert child.stdout is not None
            assert "progress" in child.stdout.readline()
            time.sleep(rng.random() * longest_seconds)
            child.kill()
        time.sleep(0.2)  # until the server has noticed
        made.append(Kill(server.body_bytes() - sent, kept_bytes(cache) - kept))
    with start(server, cache) as child:
        out, _ = child.communicate()
        assert child.returncode == 0, out
    return made


def check(server: HubDouble, cache: Path, made: list[Kill]) -> None:
    assert all(kill.kept >= 0 for kill in made)
    assert sum(kill.kept > 0 for kill in made) >= len(made) // 2, "most kills must hit a running download"
    assert max(kill.lost for kill in made) <= CHUNK_BYTES
    environment = {**child_environment(), "HF_HUB_CACHE": str(cache)}
    environment["PYTHONPATH"] += ":" + ":".join(sys.path)
    command = [sys.executable, "-m", "audobon_cli", "models", "verify", "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert ran.returncode == 0, ran.stdout
    data = json.loads(ran.stdout)["data"]
    assert data["models"] == ["large"]
    assert data["damaged"] == []
    assert not list(cache.rglob("*.partial"))
    lost = sorted(kill.lost for kill in made)
    sys.stdout.write(
        f"{len(made)} kills: lost {lost[0]} to {lost[-1]} bytes each, median {lost[len(lost) // 2]}\n"
    )


def test_ten_kills_during_a_pull(server: HubDouble, tmp_path: Path) -> None:
    server.piece_seconds = 0.002
    publish(server, 12_000_000)
    cache = tmp_path / "hub"
    check(server, cache, trials(server, cache, kills=10, longest_seconds=0.3))


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_fifty_kills_during_a_pull_of_200_megabytes(server: HubDouble, tmp_path: Path) -> None:
    server.piece_seconds = 0.002
    publish(server, 200_000_000)
    cache = tmp_path / "hub"
    check(server, cache, trials(server, cache, kills=50, longest_seconds=0.7))
