"""Training runs in the cloud, from the command line to the filed LoRA: real processes, taken away in the middle."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.cloud.rigs import environment, until, variables
from tests.cloud.test_runs import nothing_left
from tests.conftest import Audobon, Engines
from tests.doubles.cloud_run_server import IMAGE, PROJECT, REGION, CloudRunDouble
from tests.training.test_runs import COMMON, draw_set, tensors

pytestmark = pytest.mark.loopback

STEPS = 4
SETTINGS = ("--set", f"steps={STEPS}", "--set", "measure_every=2", "--set", "sample_every=0")
SETTINGS += ("--set", "checkpoint_seconds=0")
ON = ("--on", "cloudrun", "--image", IMAGE, "--timeout", "5m")


@pytest.fixture
def place(tmp_path: Path) -> str:
    """A folder in the bucket's stead."""
    return str(tmp_path / "place")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[CloudRunDouble]:
    home = tmp_path / "container"
    home.mkdir()
    program = (sys.executable, "-m", "audobon_cli")
    with CloudRunDouble(program, {**environment(), "HOME": str(home)}) as running:
        yield running
        running.end()


@pytest.fixture
def cloud(audobon: Audobon, server: CloudRunDouble, place: str, monkeypatch: pytest.MonkeyPatch) -> Audobon:
    for name, value in variables(server.address).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AUDOBON_CLOUD_PROJECT", PROJECT)
    monkeypatch.setenv("AUDOBON_CLOUD_REGION", REGION)
    monkeypatch.setenv("AUDOBON_CLOUD_PLACE", place)
    monkeypatch.setenv("AUDOBON_CLOUD_LOOK_SECONDS", "0.2")
    monkeypatch.setenv("AUDOBON_BUDGET_CONFIRM_ABOVE", "1000")
    return audobon


def lora(name: str, art: Path) -> tuple[str, ...]:
    return ("train", "lora", str(art), "--name", name, *COMMON, *SETTINGS)


def lines_until(server: CloudRunDouble, event: str, step: int) -> None:
    """Wait until the machine has written of ``event``."""

    def told() -> bool:
        return any(
            f'"event": "{event}"' in one["textPayload"] and f'"step": {step}' in one["textPayload"]
            for one in list(server.lines)
        )

    until(told, 60)


def test_taken_away_in_the_middle_it_ends_as_here(
    cloud: Audobon, server: CloudRunDouble, place: str, tmp_path: Path
) -> None:
    art = draw_set(tmp_path / "art")
    here = cloud(*lora("here", art), "--json").data
    plan = cloud(*lora("there", art), *ON, "--retries", "1", "--plan", "--json").data
    assert plan["at_most_usd"] == pytest.approx(2 * 300 * 44e-6)
    assert server.executions == {}
    server.preempt = {0: 6}
    ran = cloud(*lora("there", art), *ON, "--retries", "1", "--events", "--json")
    assert ran.status == 0, ran.out + ran.err
    print(ran.out, server.lines)
