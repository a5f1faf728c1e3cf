"""kill -9 and Ctrl-C at random moments of a real process."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from audobon_cli.library.store.library import Library
from audobon_cli.library.verify import verify_library

ROOT = Path(__file__).parents[2]


def start(*argv: str, seconds_per_step: float = 0.01) -> "subprocess.Popen[str]":
    """``audobon ARGV`` with the fake engine, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.program", str(seconds_per_step), *argv],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
        start_new_session=True,
    )


def events(lines: str) -> list[dict[str, Any]]:
    """The complete lines of an NDJSON stream."""
    return [json.loads(line) for line in lines.split("\n")[:-1]]


def filed(lines: str) -> list[str]:
    return [event["asset"] for event in events(lines) if event.get("event") == "image_filed"]


def kill_trials(count: int, project: Path) -> int:
    """Kill ``count`` runs of five pictures; return in how many pictures were being made."""
    chance = random.Random(20261121)
    library = Library.create(project / ".audobon")
    acknowledged: set[str] = set()
    busy = 0
    for trial in range(count):
        process = start(
            "generate", "cute dragon", "--count", "5", "--seed", str(trial * 5), "--steps", "4", "--events"
        )
        assert process.stdout is not None
        process.stdout.readline()  # the first event: from here on pictures are made
        time.sleep(chance.uniform(0, 0.4))
        os.killpg(process.pid, signal.SIGKILL)
        out, _ = process.communicate()
        done = filed(out)
        busy += len(done) < 5
        acknowledged.update(done)
        report = verify_library(library)
        assert report.clean
        assert {asset.id for asset in library.assets.list(limit=10_000).assets} >= acknowledged
        for png in project.glob("*.png"):
            assert png.read_bytes().endswith(b"IEND\xaeB`\x82"), "a half-written picture"
    return busy


def test_kill_at_a_random_moment_loses_nothing_that_was_reported(isolation: Path) -> None:
    assert kill_trials(8, isolation) >= 2, "the kills came too late to prove anything"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_kill_at_200_random_moments_loses_nothing_that_was_reported(isolation: Path) -> None:
    assert kill_trials(200, isolation) >= 50


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_ends_at_the_next_step_and_keeps_what_is_finished(isolation: Path, number: int) -> None:
    Library.create(isolation / ".audobon").close()
    process = start("generate", "cat", "--count", "50", "--steps", "5", "--events", seconds_per_step=0.05)
    assert process.stdout is not None
    lines = []
    while not filed("".join(lines)):
        lines.append(process.stdout.readline())
        assert lines[-1], "it ended too early"
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    told = filed("".join(lines) + out)
    envelope = json.loads(out.splitlines()[-1])
    assert process.returncode == 130
    assert envelope["error"]["code"] == "run.interrupted"
    assert [asset["id"] for asset in envelope["data"]["assets"]] == told
    assert 1 <= len(told) < 50
    assert "Traceback" not in err


def test_a_closed_pipe_ends_quietly(isolation: Path) -> None:
    process = start("generate", "cat", "--count", "20", "--steps", "1", "--events", seconds_per_step=0.05)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr:
        err = process.stderr.read()
    assert process.wait(timeout=20) == 141
    assert "Traceback" not in err
    assert "Exception" not in err
