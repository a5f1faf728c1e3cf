"""Ctrl-C and SIGTERM end every command in seconds, with status 130 and words of the command's own."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from audobon_cli.cli.ending import KEPT
from audobon_cli.library.store.library import Library
from tests.backup.workshop import add_pictures
from tests.conftest import Audobon
from tests.doubles.gcs_server import Bucket, GcsDouble
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.loopback
SOON_SECONDS = 60.0
"""TIDYING_SECONDS, on a machine that does much else; the work that is ended would take three minutes and more."""


def start(*argv: str) -> "subprocess.Popen[str]":
    """``audobon ARGV`` as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "audobon_cli", *argv],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ},
    )


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> Iterator[GcsDouble]:
    with GcsDouble() as started:
        started.buckets["art"] = Bucket()
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", started.endpoint)
        yield started


def _ended(process: "subprocess.Popen[str]", number: int) -> tuple[dict[str, object], str]:
    began = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert time.monotonic() - began < SOON_SECONDS
    assert process.returncode == 130, err
    return json.loads(out.splitlines()[-1]), err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_backup_over_a_slow_line_ends_soon_and_goes_on(
    audobon: Audobon, double: GcsDouble, isolation: Path, tmp_path: Path, number: int
) -> None:
    key = tmp_path / "cloud.key"
    key.write_bytes(b"k" * 40)
    audobon("init")
    library = Library.open(isolation / ".audobon")
    add_pictures(library, 12, seed=1, size=1_500_000)
    library.close()
    slow = ("--bandwidth", "0.1MB")
    assert (
        audobon("backup", "init", "gs://art/home", "--key-file", str(key), "--name", "c", *slow).status == 0
    )
    process = start("backup", "create", "--json")
    while double.received_bytes() < 300_000:
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)
    envelope, _ = _ended(process, number)
    assert envelope["error"]["code"] == "run.interrupted"  # type: ignore[index]
    assert "destination" in envelope["error"]["hint"]  # type: ignore[index]
    assert not [name for name in double.buckets["art"].objects if "/points/" in name]
    settings = Path(os.environ["HOME"]) / ".config" / "audobon" / "settings.toml"
    settings.write_text(settings.read_text().replace('bandwidth = "0.1MB"', 'bandwidth = "500MB"'))
    assert audobon("backup", "create", "--json").status == 0
    assert audobon("backup", "verify", "--read-data").status == 0


@pytest.mark.parametrize(
    "argv", [("backup", "verify"), ("backup", "list"), ("models", "pull", "gs://art/model")]
)
def test_a_server_that_does_not_answer_does_not_keep_a_command(
    isolation: Path, monkeypatch: pytest.MonkeyPatch, argv: tuple[str, ...]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{silent.getsockname()[1]}")
        place = ("--dest", "gs://art/home") if argv[0] == "backup" else ()
        process = start(*argv, *place, "--json")
        accepted = threading.Event()

        def accept() -> None:
            held.append(silent.accept()[0])
            accepted.set()

        held: list[socket.socket] = []
        threading.Thread(target=accept, daemon=True).start()
        assert accepted.wait(PATIENCE_SECONDS)
        envelope, _ = _ended(process, signal.SIGTERM)
        held.pop().close()
        assert envelope["error"]["code"] == "run.interrupted"  # type: ignore[index]


def test_what_the_words_speak_of_are_commands(audobon: Audobon) -> None:
    for name in KEPT:
        assert audobon(*name.split(), "--help").status == 0, name
