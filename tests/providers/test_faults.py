"""Every fault on every provider: what comes of it is what docs/providers.md says."""

from collections.abc import Callable

import pytest

from tests.providers.faults import RunCommand, Trial, run_trial, trials_of
from tests.providers.rigs import RIGS
from tests.providers.table import written_rows

pytestmark = pytest.mark.loopback


CASES = [(provider, trial) for provider, rig in RIGS.items() for trial in trials_of(rig)]


@pytest.mark.parametrize(("provider", "trial"), CASES, ids=[f"{name}: {trial.name}" for name, trial in CASES])
def test_the_table_says_what_happens(
    provider: str, trial: Trial, run_command: RunCommand, ledger_row: Callable[[], tuple[str, int]]
) -> None:
    if RIGS[provider].needs:
        pytest.importorskip(RIGS[provider].needs)
    rig = RIGS[provider]()
    outcome = run_trial(rig, trial, run_command, ledger_row)
    assert outcome.billed <= 1
    assert outcome.counted != "no" or outcome.billed == 0, "billed, and the ledger does not count it"
    assert outcome.row() == written_rows().get((provider, trial.name)), (
        "run `python -m tests.providers`, and look"
    )
