"""Write the table of faults in docs/providers.md again: ``python -m tests.providers [PROVIDER ...]``."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from audobon_cli.providers.ledger import DATABASE_NAME, SCHEMA
from audobon_cli.storage.database import Database
from tests.providers.faults import TRIALS, Ended, run_trial, states_of, trials_of
from tests.providers.rigs import RIGS
from tests.providers.table import write_rows, written_rows

PROGRAM = """
import sys
from audobon_cli.providers import retry
from tests.providers.conftest import QUICK
from audobon_cli.cli.main import run
retry.RETRY_POLICY = QUICK
sys.exit(run(sys.argv[1:]))
"""


def main(names: list[str]) -> None:
    """Try every fault on the providers named, else on all; the rows of the others stay."""
    rows = written_rows()
    for name in names or list(RIGS):
        for trial in trials_of(RIGS[name]):
            with tempfile.TemporaryDirectory() as home:
                outcome = run_trial(
                    RIGS[name](), trial, lambda *args, h=home: _run(h, *args), lambda h=home: _row(h)
                )
            rows[name, trial.name] = outcome.row()
            sys.stdout.write(f"{name}: {trial.name}: {outcome}\n")
    order = [(name, trial.name) for name in RIGS for trial in TRIALS]
    write_rows({key: rows[key] for key in order if key in rows})


def _run(home: str, argv: tuple[str, ...], variables: Mapping[str, str]) -> Ended:
    environment = {
        **os.environ,
        "HOME": home,
        **variables,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, *argv],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return Ended(ran.returncode, ran.stdout)


def _row(home: str) -> tuple[str, int]:
    folder = Path(home) / ".local/share/audobon/usage"
    if not (folder / "audobon.db").exists():
        return "none", 0
    database = Database(folder, DATABASE_NAME, SCHEMA)
    with database.read() as statements:
        rows = statements.rows("SELECT state, attempts FROM calls ORDER BY started")
    database.close()
    return states_of(rows)


if __name__ == "__main__":
    main(sys.argv[1:])
