"""kill -9 and Ctrl-C at random moments of a real process."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from audobon_cli.library.store.library import Library
from audobon_cli.library.verify import verify_library
from tests.fault_injection import hear, kill_after
from tests.waiting import PATIENCE_SECONDS

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


MORE_THAN_CAN_BE_DRAWN = 1000
"""Pictures of a run that shall not come to its end before the test gets to it: half a minute's worth and more."""


def kill_trials(count: int, project: Path) -> None:
    """Kill ``count`` runs while pictures are being made: at any line of the first few, and between lines."""
    chance = random.Random(20261121)
    library = Library.create(project / ".audobon")
    acknowledged: set[str] = set()
    for trial in range(count):
        pictures = ("--count", str(MORE_THAN_CAN_BE_DRAWN), "--seed", str(trial * MORE_THAN_CAN_BE_DRAWN))
        process = start("generate", "cute dragon", *pictures, "--steps", "4", "--events")
        said = kill_after(process, chance.randint(1, 40), chance.uniform(0, 0.05))
        acknowledged.update(filed("\n".join([*said, ""])))
        report = verify_library(library)
        assert report.clean
        assert {asset.id for asset in library.assets.list(limit=10_000).assets} >= acknowledged
        for png in project.glob("*.png"):
            assert png.read_bytes().endswith(b"IEND\xaeB`\x82"), "a half-written picture"
    assert len(acknowledged) >= count, "the kills came too early to prove anything"


def test_kill_at_a_random_moment_loses_nothing_that_was_reported(isolation: Path) -> None:
    kill_trials(8, isolation)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_kill_at_200_random_moments_loses_nothing_that_was_reported(isolation: Path) -> None:
    kill_trials(200, isolation)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_ends_at_the_next_step_and_keeps_what_is_finished(isolation: Path, number: int) -> None:
    Library.create(isolation / ".audobon").close()
    count = str(MORE_THAN_CAN_BE_DRAWN)
    process = start("generate", "cat", "--count", count, "--steps", "5", "--events", seconds_per_step=0.05)
    assert process.stdout is not None
    assert process.stderr is not None
    lines = hear(process, '{"event": "image_filed"')
    process.send_signal(number)
    with process.stdout, process.stderr:
        out, err = process.stdout.read(), process.stderr.read()
    process.wait(PATIENCE_SECONDS)
    told = filed("\n".join([*lines, out]))
    envelope = json.loads(out.splitlines()[-1])
    assert process.returncode == 130
    assert envelope["error"]["code"] == "run.interrupted"
    assert [asset["id"] for asset in envelope["data"]["assets"]] == told
    assert 1 <= len(told) < MORE_THAN_CAN_BE_DRAWN
    assert "Traceback" not in err


def test_a_closed_pipe_ends_quietly(isolation: Path) -> None:
    count = str(MORE_THAN_CAN_BE_DRAWN)
    process = start("generate", "cat", "--count", count, "--steps", "1", "--events", seconds_per_step=0.05)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr:
        err = process.stderr.read()
    assert process.wait(PATIENCE_SECONDS) == 141
    assert "Traceback" not in err
    assert "Exception" not in err
