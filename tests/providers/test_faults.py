"""Every fault on every provider: what comes of it is what docs/providers.md says."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.providers.faults import SHORT, RunCommand, Trial, run_trial, trials_of
from tests.providers.rigs import RIGS
from tests.providers.table import written_rows

pytestmark = pytest.mark.loopback


OFTEN = 3
"""Every third trial, of each provider others; all of them are a long trial."""


def case(provider: str, trial: Trial, often: bool) -> Any:
    """The parameters of one test."""
    marks = () if often else (pytest.mark.slow,)
    return pytest.param(provider, trial, marks=marks, id=f"{provider}: {trial.name}")


CASES = [
    case(provider, trial, often=(place + number) % OFTEN == 0)
    for place, (provider, rig) in enumerate(RIGS.items())
    for number, trial in enumerate(trials_of(rig))
]


@pytest.mark.parametrize(("provider", "trial"), CASES)
def test_the_table_says_what_happens(
    provider: str,
    trial: Trial,
    run_command: RunCommand,
    ledger_row: Callable[[], tuple[str, int]],
    time_passes: Callable[[], None],
) -> None:
    if RIGS[provider].needs:
        pytest.importorskip(RIGS[provider].needs)
    rig = RIGS[provider]()
    if trial.arguments == SHORT:  # its time is over when the answer trickles, and not before it was asked for
        trial, rig.double.trickles = replace(trial, arguments=("--timeout", "3600")), time_passes
    outcome = run_trial(rig, trial, run_command, ledger_row)
    assert outcome.billed <= 1
    assert outcome.counted != "no" or outcome.billed == 0, "billed, and the ledger does not count it"
    assert outcome.row() == written_rows().get((provider, trial.name)), (
        "run `python -m tests.providers`, and look"
    )
