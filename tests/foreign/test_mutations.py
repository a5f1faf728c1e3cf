"""Mutated foreign inputs: a status and few words for each, and no more than its work; libraries verify afterwards."""

import shutil
from pathlib import Path

import pytest

from tests.foreign.readers import READERS
from tests.foreign.trial import run_trial

NEEDS_GIT = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@NEEDS_GIT
@pytest.mark.loopback
def test_a_few_inputs_of_every_reader(isolation: Path) -> None:
    light = [reader for reader in READERS if reader.light]
    tally = run_trial(isolation, 3 * len(light), seed=7, readers=light, clock=False)
    assert not tally.faults, tally
    assert not tally.unverified, tally
    assert tally.statuses.keys() > {0, 2, 23, 26}, "the inputs are too tame, or too wild"


@NEEDS_GIT
@pytest.mark.loopback
@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_thousand_inputs(isolation: Path) -> None:
    tally = run_trial(isolation, 2_000, seed=1)
    assert not tally.faults, tally
    assert not tally.unverified, tally
