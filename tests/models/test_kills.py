"""kill -9 at random moments of a pull: hardly a byte is fetched twice, and the model is whole in the end."""

import contextlib
import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from audobon_cli.transfer.download import CHUNK_BYTES
from tests.doubles.gcs_server import GcsDouble
from tests.doubles.hub_server import HubDouble
from tests.fault_injection import child_environment
from tests.tiny_models import clip_folder
from tests.waiting import until

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


def weights(size: int) -> bytes:
    """A safetensors file with one tensor of ``size`` random bytes."""
    header = json.dumps({"w": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
    return len(header).to_bytes(8, "little") + header + random.Random(size).randbytes(size)


@dataclass(frozen=True)
class Trial:
    """A server, what is pulled from it, and the folder below which all of it comes to lie."""

    server: HubDouble | GcsDouble
    reference: str
    place: Path
    variables: dict[str, str]

    def publish(self, size: int) -> None:
        """A model with most of its bytes in one file, and some in two others."""
        folder = clip_folder()
        files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        for path in [path for path in files if path.endswith(".safetensors")]:
            files[path] = weights(size * 8 // 10 if path.startswith("unet") else size // 10)
        if isinstance(self.server, HubDouble):
            self.server.add(NAME, files)
        else:
            self.server.put_folder("acme", "large", files)

    def run(self, *argv: str) -> "subprocess.Popen[str]":
        """The program in a process of its own."""
        environment = {**child_environment(), **self.variables}
        environment["PYTHONPATH"] += ":" + ":".join(sys.path)
        command = [sys.executable, "-m", "audobon_cli", "models", *argv]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)

    def kept_bytes(self) -> int:
        """What lies on disk of the large files, finished or not."""
        sizes = []
        for path in (*self.place.rglob("*.partial"), *self.place.glob("models--*/blobs/*")):
            with contextlib.suppress(FileNotFoundError):  # it got its final name
                sizes.append(path.stat().st_size)
        return sum(size for size in sizes if size > 20_000)

    @contextlib.contextmanager
    def no_faster_than_the_disk(self) -> Iterator[None]:
        """Send little more than the client has written: a client that is not let run for a second would find megabytes
        in its sockets else. One that keeps a chunk in memory gets nothing more."""
        sent, kept, pace, over = (
            self.server.body_bytes(),
            self.kept_bytes(),
            self.server.pace,
            threading.Event(),
        )

        def wait() -> None:
            pace()
            while self.server.body_bytes() - sent - (self.kept_bytes() - kept) > CHUNK_BYTES // 2:
                if over.wait(0.005):
                    return

        self.server.pace = wait
        yield
        over.set()
        self.server.pace = pace


@pytest.fixture(params=["hf", "gs"])
def trial(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Trial]:
    if request.param == "hf":
        with HubDouble() as hub:
            variables = {"HF_ENDPOINT": hub.endpoint, "HF_HUB_CACHE": str(tmp_path / "hub")}
            yield Trial(hub, f"hf:{NAME}", tmp_path / "hub", variables)
    else:
        with GcsDouble() as gcs:
            variables = {"STORAGE_EMULATOR_HOST": gcs.endpoint, "XDG_DATA_HOME": str(tmp_path / "data")}
            place = tmp_path / "data" / "audobon" / "models" / "gs"
            yield Trial(gcs, "gs://acme/large", place, variables)


def kill(trial: Trial, kills: int, most_bytes: int) -> list[Kill]:
    """Kill so many pulls, each after it has brought up to ``most_bytes``, and then let one come to its end."""
    rng = random.Random(50)
    made = []
    for _ in range(kills):
        sent, kept, goal = trial.server.body_bytes(), trial.kept_bytes(), rng.randrange(1, most_bytes)
        with trial.no_faster_than_the_disk(), trial.run("pull", trial.reference, "--events") as child:
            try:
                until(
                    lambda start=kept, goal=goal: trial.kept_bytes() - start >= goal, "the pull stood still"
                )
                time.sleep(rng.random() * 0.02)
            finally:
                child.kill()
        assert child.returncode == -signal.SIGKILL, "it ended before it was killed"
        made.append(Kill(trial.server.body_bytes() - sent, trial.kept_bytes() - kept))
    with trial.run("pull", trial.reference, "--events") as child:
        out, _ = child.communicate()
        assert child.returncode == 0, out
    return made


def check(trial: Trial, made: list[Kill]) -> None:
    assert all(kill.kept > 0 for kill in made)
    assert max(kill.lost for kill in made) <= CHUNK_BYTES
    with trial.run("verify", "large", "--json") as child:
        out, _ = child.communicate()
    assert child.returncode == 0, out
    data = json.loads(out)["data"]
    assert data["models"] == ["large"]
    assert data["damaged"] == []
    assert not list(trial.place.rglob("*.partial"))
    lost = sorted(kill.lost for kill in made)
    sys.stdout.write(
        f"{len(made)} kills: lost {lost[0]} to {lost[-1]} bytes each, median {lost[len(lost) // 2]}\n"
    )


def test_kills_during_a_pull(trial: Trial) -> None:
    trial.server.piece_seconds = 0.002
    trial.publish(12_000_000)
    check(trial, kill(trial, kills=4, most_bytes=2_000_000))


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_fifty_kills_during_a_pull_of_200_megabytes(trial: Trial) -> None:
    trial.server.piece_seconds = 0.002
    trial.publish(200_000_000)
    check(trial, kill(trial, kills=50, most_bytes=3_000_000))
