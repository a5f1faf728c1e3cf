"""Clocks jump by a year: nothing is deleted that should be kept. Needs libfaketime."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from audobon_cli.backup.check.verify import verify_repository
from audobon_cli.backup.prune.prune import PruneRequest, prune
from audobon_cli.backup.retention import Retention
from audobon_cli.domain.errors.exit_status import ExitStatus
from audobon_cli.library.store.library import Library
from tests.backup.workshop import add_pictures, back_up, folder_repository, restored_state, state_of
from tests.conftest import Audobon
from tests.fault_injection import child_environment
from tests.waiting import PATIENCE_SECONDS

YEAR = timedelta(days=365)
LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
needs_faketime = pytest.mark.skipif(not LIBRARIES, reason="another clock needs libfaketime")


class Trial:
    """A project with one point, and its machine's clock; the destination keeps the true time."""

    def __init__(self, audobon: Audobon, folder: Path) -> None:
        self._audobon, self._folder = audobon, folder
        key = folder / "backup.key"
        key.write_bytes(b"0123456789abcdef" * 4)
        self.run(0, "init")
        self.run(0, "backup", "init", str(folder / "usb"), "--key-file", str(key))
        self.points: list[str] = []
        self.create(0)

    def run(self, jump: int, *words: str) -> dict[str, Any]:
        """What a command line says whose clock is off by so many years."""
        environment = child_environment()
        if jump:
            # Files keep their true times: those are the destination's.
            environment |= {"LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME": f"{jump:+d}y", "NO_FAKE_STAT": "1"}
        done = subprocess.run(
            [sys.executable, "-B", "-m", "audobon_cli", *words, "--json"],
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
            env=environment,
        )
        said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return {**said, "status": done.returncode}

    def create(self, jump: int) -> str:
        """A new point of a library that has changed; its id."""
        library = Library.open(self._folder / "project" / ".audobon")
        add_pictures(library, 2, seed=len(self.points))
        library.close()
        said = self.run(jump, "backup", "create")
        assert said["status"] == 0, said
        self.points.append(said["data"]["point"]["id"])
        return self.points[-1]

    def prune(self, jump: int, *words: str) -> dict[str, Any]:
        """Keep the newest point only."""
        return self.run(jump, "backup", "prune", "--keep-last", "1", "--grace", "0", "--yes", *words)

    def left(self) -> list[str]:
        """The points that are there, all of them whole."""
        assert self.run(0, "backup", "verify", "--read-data")["data"]["clean"]
        return [point["id"] for point in self.run(0, "backup", "list")["data"]["points"]]


@pytest.fixture
def trial(audobon: Audobon, isolation: Path, tmp_path: Path) -> Trial:
    return Trial(audobon, tmp_path)


@needs_faketime
@pytest.mark.slow
@pytest.mark.parametrize("jump", [1, -1])
def test_a_prune_with_a_wrong_clock_removes_nothing(trial: Trial, jump: int) -> None:
    trial.create(0)
    for words in ((), ("--forget", trial.points[0])):
        said = trial.prune(jump, *words)
        assert (said["status"], said["error"]["code"]) == (ExitStatus.BACKUP_STATE, "backup.clock")
    assert set(trial.left()) == set(trial.points)
    assert trial.prune(0)["status"] == 0
    assert trial.left() == [trial.points[1]]


@needs_faketime
@pytest.mark.slow
def test_a_point_made_by_a_clock_that_was_set_back_is_not_the_first_to_go(trial: Trial) -> None:
    newest = trial.create(-1)
    assert trial.left()[0] == newest
    assert trial.prune(0)["status"] == 0
    assert trial.left() == [newest]


@needs_faketime
@pytest.mark.slow
def test_a_point_from_the_future_stops_prune_until_it_is_named(trial: Trial) -> None:
    future = trial.create(1)
    newest = trial.create(0)
    assert trial.prune(0)["error"]["code"] == "backup.clock"
    assert set(trial.left()) == set(trial.points)
    assert trial.prune(0, "--forget", future)["status"] == 0
    assert trial.left() == [newest]


def _set_times(files: Iterable[Path], age: timedelta) -> None:
    when = (datetime.now(UTC) - age).timestamp()
    for file in files:
        os.utime(file, (when, when))


@pytest.mark.parametrize("jump", [YEAR, -YEAR])
def test_marks_of_another_year_delete_nothing_that_is_needed(tmp_path: Path, jump: timedelta) -> None:
    """As after a jump of the destination's own clock between two prunes."""
    library = Library.create(tmp_path / "library")
    repository = folder_repository(tmp_path / "usb")
    for seed in range(3):
        add_pictures(library, 10, seed, size=4000)
        back_up(repository, library)
    then = state_of(library)
    _set_times(
        (tmp_path / "usb" / "packs").glob("*/*"), timedelta(days=2)
    )  # or they are too young to be marked
    prune(repository, PruneRequest(Retention(last=1)))
    marks = list((tmp_path / "usb" / "marks").iterdir())
    assert marks
    _set_times(marks, jump)
    add_pictures(library, 10, 7, size=4000)
    back_up(repository, library)
    now = state_of(library)
    prune(repository, PruneRequest(Retention(last=2)))
    assert all(mark.exists() == (jump < timedelta(0)) for mark in marks)
    assert verify_repository(repository, 1.0, tmp_path).clean
    found = {
        restored_state(repository, stored, tmp_path / f"again{number}")  # type: ignore[arg-type]
        for number, stored in enumerate(repository.points())
    }
    assert found == {then, now}
