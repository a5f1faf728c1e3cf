"""Runs with short pauses and a quick patience, so that trials take no minutes."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from audobon_cli.engines.base import ShouldStop
from audobon_cli.providers import call, retry
from audobon_cli.providers.ledger import DATABASE_NAME, SCHEMA
from audobon_cli.settings.locations import user_locations
from audobon_cli.storage.database import Database
from tests.conftest import Audobon
from tests.doubles.comfyui_server import ComfyDouble
from tests.doubles.replicate_server import ReplicateDouble
from tests.providers.faults import Ended, RunCommand, states_of
from tests.providers.rigs import ComfyRig, ReplicateRig

QUICK = replace(retry.RETRY_POLICY, first_pause_seconds=0.01, longest_pause_seconds=0.05)
"""The patience that is shipped, with short pauses: the table of faults counts its requests."""
HOURS = 100_000.0
"""In seconds: longer than any time that a picture has."""


@pytest.fixture(autouse=True)
def quick_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "RETRY_POLICY", QUICK)


@pytest.fixture
def time_passes(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Called, it lets hours go by on the clock that the time of each picture is measured with: what --timeout ends is
    ended at a moment that the test chooses, on every machine."""
    passed = [0.0]

    def bound(seconds: float, should_stop: ShouldStop, *_: object) -> retry.Deadline:
        return retry.Deadline(seconds, should_stop, lambda: time.monotonic() + passed[0])

    def pass_by() -> None:
        passed[0] += HOURS

    monkeypatch.setattr(call, "Deadline", bound)
    return pass_by


@pytest.fixture
def run_command(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> RunCommand:
    """Run a command line with further variables."""

    def run(argv: tuple[str, ...], variables: Mapping[str, str]) -> Ended:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        ran = audobon(*argv)
        return Ended(ran.status, ran.out)

    return run


@pytest.fixture
def replicate(monkeypatch: pytest.MonkeyPatch) -> Iterator[ReplicateDouble]:
    """Replicate's double, with its address and key in the environment."""
    rig = ReplicateRig()
    with rig.double:
        for name, value in rig.variables(rig.double.address).items():
            monkeypatch.setenv(name, value)
        yield rig.double


@pytest.fixture
def comfy(monkeypatch: pytest.MonkeyPatch) -> Iterator[ComfyDouble]:
    """A ComfyUI server's double, which the settings name."""
    rig = ComfyRig()
    with rig.double:
        for name, value in rig.variables(rig.double.address).items():
            monkeypatch.setenv(name, value)
        yield rig.double


@pytest.fixture
def ledger_rows() -> Callable[[], list[tuple[Any, ...]]]:
    """All rows of the user's ledger: provider, model, state, attempts, counted micro-dollars, error."""

    def look() -> list[tuple[Any, ...]]:
        database = Database(user_locations().usage, DATABASE_NAME, SCHEMA)
        with database.read() as statements:
            rows = statements.rows(
                "SELECT provider, model, state, attempts, counted_micro_usd, error FROM calls ORDER BY started"
            )
        database.close()
        return rows

    return look


@pytest.fixture
def ledger_row() -> Callable[[], tuple[str, int]]:
    """See states_of."""

    def look() -> tuple[str, int]:
        folder = user_locations().usage
        if not (folder / "audobon.db").exists():
            return "none", 0
        database = Database(folder, DATABASE_NAME, SCHEMA)
        with database.read() as statements:
            rows = statements.rows("SELECT state, attempts FROM calls ORDER BY started")
        database.close()
        return states_of(rows)

    return look
