"""Killed at any moment, a batch loses no finished picture; the same command finishes it and repeats nothing."""

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
from tests.fakes.fake_engine import FakeEngine
from tests.fault_injection import child_environment

JOBS, STEPS = 40, 2
EVENTS = JOBS * (STEPS + 2) + 3
"""What a whole run says, about."""


def _killed(options: list[str], moment: random.Random) -> list[dict[str, Any]]:
    """The events of a run that was killed somewhere."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.program", "0.002", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=child_environment(),
        text=True,
    )
    assert child.stdout is not None
    lines = [child.stdout.readline() for _ in range(moment.randrange(1, EVENTS))]
    time.sleep(moment.random() * 0.02)  # also in the middle of filing, which says nothing
    child.kill()
    rest, _ = child.communicate()
    whole = [line for line in [*lines, *rest.splitlines(keepends=True)] if line.endswith("\n")]
    return [json.loads(line) for line in whole]


def check_kill(number: int, audobon: Audobon, fake_engine: FakeEngine) -> None:
    folder = Path(f"trial{number}")
    Library.create(folder / "library").close()
    lines = [f"a red potion --seed {k}" if k % 2 else f"sword {k}" for k in range(JOBS)]
    (folder / "batch.txt").write_text("\n".join(lines), encoding="utf-8")
    options = ["generate", "--batch", str(folder / "batch.txt"), "--steps", str(STEPS), "--events"]
    options += ["--library", str(folder / "library"), "--out", str(folder / "out")]

    events = _killed(options, random.Random(number))
    started = sum(event.get("event") == "image_started" for event in events)
    filed = {event["asset"] for event in events if event.get("event") == "image_filed"}

    library = Library.open(folder / "library")
    kept = {asset.id for asset in library.assets.matching("")}
    assert filed <= kept, "a finished picture was lost"
    fake_engine.calls.clear()
    ran = audobon(*options)
    assert ran.status == 0
    jobs = ran.data["jobs"]
    assert [job["status"] for job in jobs].count("done") == JOBS - len(kept) == fake_engine.calls["render"]
    assert started + fake_engine.calls["render"] <= JOBS + 1, "more than one picture was drawn again"
    assert kept <= {job["asset"] for job in jobs}
    assert len({job["asset"] for job in jobs}) == library.assets.count() == JOBS, "a picture is there twice"
    assert len(list((folder / "out").glob("*.png"))) == JOBS
    report = verify_library(library)
    assert report.clean, report.error()
    library.close()


def test_kills_lose_nothing(audobon: Audobon, fake_engine: FakeEngine) -> None:
    for number in range(4):
        check_kill(number, audobon, fake_engine)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_hundred_kills_lose_nothing(audobon: Audobon, fake_engine: FakeEngine) -> None:
    for number in range(100, 200):
        check_kill(number, audobon, fake_engine)
