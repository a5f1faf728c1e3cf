"""Killed at any moment, a batch of sounds and pictures loses nothing that it reported, and repeats nothing."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from audobon_cli.library.store.library import Library
from audobon_cli.library.verify import verify_library
from tests.conftest import Audobon
from tests.fault_injection import child_environment

SOUNDS = ("coin", "laser", "heavy wooden door creaks", "footsteps on gravel")
JOBS = 30
EVENTS = JOBS * 3 + 3
"""What a whole run says, about: begun, one step, filed."""


def rows() -> str:
    """A picture after every four sounds: composed, so that no network is loaded."""
    found = []
    for number in range(JOBS):
        if number % 5 == 4:
            found.append(f'[[job]]\nprompt = "red apple"\nseed = {number}\nstrength = 0\n')
        else:
            found.append(f'[[job]]\nprompt = "{SOUNDS[number % 5]}"\nkind = "sound"\nseed = {number}\n')
    return "".join(found)


def killed(options: list[str], moment: random.Random) -> list[dict[str, Any]]:
    """The events of a run that was killed somewhere."""
    child = subprocess.Popen(
        [sys.executable, "-m", "audobon_cli", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=child_environment(),
        text=True,
    )
    assert child.stdout is not None
    lines = [child.stdout.readline() for _ in range(moment.randrange(1, EVENTS))]
    time.sleep(moment.random() * 0.02)  # also in the middle of rendering and of filing, which say nothing
    child.kill()
    rest, _ = child.communicate()
    whole = [line for line in [*lines, *rest.splitlines(keepends=True)] if line.endswith("\n")]
    return [json.loads(line) for line in whole]


def check_kill(number: int, audobon: Audobon) -> None:
    folder = Path(f"trial{number}")
    Library.create(folder / "library").close()
    (folder / "game.toml").write_text(rows(), encoding="utf-8")
    options = ["generate", "--batch", str(folder / "game.toml"), "--events"]
    options += ["--library", str(folder / "library"), "--out", str(folder / "out")]

    events = killed(options, random.Random(number))
    filed = {event["asset"] for event in events if event.get("event") == "image_filed"}
    library = Library.open(folder / "library")
    kept = {asset.id for asset in library.assets.matching("")}
    assert filed <= kept, "what was reported is lost"
    ran = audobon(*options)
    assert ran.status == 0, ran.err
    jobs = ran.data["jobs"]
    assert [job["status"] for job in jobs].count("done") == JOBS - len(kept)
    assert kept <= {job["asset"] for job in jobs}
    assert len({job["asset"] for job in jobs}) == library.assets.count() == JOBS, "something is there twice"
    assert len(list((folder / "out").glob("*.wav"))) == JOBS * 4 // 5
    assert len(list((folder / "out").glob("*.png"))) == JOBS // 5
    report = verify_library(library)
    assert report.clean, report.error()
    library.close()


def test_three_kills_lose_nothing(audobon: Audobon) -> None:
    for number in range(3):
        check_kill(number, audobon)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_fifty_kills_lose_nothing(audobon: Audobon) -> None:
    for number in range(100, 150):
        check_kill(number, audobon)
