"""Killed in create, sync and prune at any moment, a repository keeps every point whole, and needs no help."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from audobon_cli.domain.backup.retention import Retention
from audobon_cli.services.backup.pruning import PruneRequest, prune
from audobon_cli.services.backup.verifying import verify_repository
from audobon_cli.stores.library import Library
from tests.backup.workshop import (
    State,
    add_pictures,
    back_up,
    copy_all,
    folder_repository,
    restored_state,
    state_of,
)
from tests.stores.faults import child_environment

# Backs up, copies and prunes two repositories without end; says what must be there from now on.
WORK = """
import json, sys
from pathlib import Path
from audobon_cli.domain.backup.retention import Retention
from audobon_cli.services.backup import collecting
from audobon_cli.services.backup.pruning import PruneRequest, prune
from audobon_cli.stores.backup import writer
from audobon_cli.stores.library import Library
from tests.backup.workshop import add_pictures, back_up, copy_all, folder_repository, state_of

writer.TARGET_BYTES = 20_000
collecting.MOST_SMALL = 3
library = Library.open(Path(sys.argv[1]))
first, second = (folder_repository(Path(path)) for path in sys.argv[2:4])
seed = int(sys.argv[4])
print(json.dumps("ready"), flush=True)
while True:
    seed += 1
    add_pictures(library, 8, seed, size=2000)
    state = state_of(library)
    print(json.dumps(["state", state.database, sorted(state.blobs)]), flush=True)
    print(json.dumps(["made", back_up(first, library).point.id]), flush=True)
    for point in copy_all(first, second).copied:
        print(json.dumps(["copied", point.id]), flush=True)
    for repository in (first, second):
        prune(repository, PruneRequest(Retention(last=3), grace_hours=0))
"""


def _trial(tmp_path: Path, number: int) -> None:
    folder = tmp_path / str(number)
    library = Library.create(folder / "library")
    add_pictures(library, 20, seed=number * 1000)
    library.close()
    places = [folder / "first", folder / "second"]
    for place in places:
        folder_repository(place)
    child = subprocess.Popen(
        [sys.executable, "-c", WORK, str(folder / "library"), *map(str, places), str(number * 1000 + 1)],
        stdout=subprocess.PIPE,
        env=child_environment(),
    )
    assert child.stdout is not None
    assert json.loads(child.stdout.readline()) == "ready"
    time.sleep(random.Random(number).random() * 0.8)
    child.kill()
    out, _ = child.communicate()
    said = [json.loads(line) for line in out.splitlines(keepends=True) if line.endswith(b"\n")]
    states = {State(words[1], frozenset(words[2])) for words in said if words[0] == "state"}
    for place, word in zip(places, ("made", "copied"), strict=True):
        _check(place, folder, states, [words[1] for words in said if words[0] == word])
    # Everything works on, with no help.
    library = Library.open(folder / "library")
    first, second = map(folder_repository, places)
    created = back_up(first, library)
    copy_all(first, second)
    for name, repository in (("end1", first), ("end2", second)):
        prune(repository, PruneRequest(Retention(last=1), grace_hours=0))
        (left,) = repository.points()
        assert left.point.id == created.point.id  # type: ignore[union-attr]
        assert restored_state(repository, left, folder / name) == state_of(library)  # type: ignore[arg-type]
        report = verify_repository(repository, 1.0, folder)
        assert report.clean, report.error()
        assert report.intents == 0
    library.close()


def _check(place: Path, folder: Path, states: set[State], acknowledged: list[str]) -> None:
    repository = folder_repository(place)
    report = verify_repository(repository, 1.0, folder)
    assert report.clean, report.error()
    points = list(repository.points())
    for number, stored in enumerate(points):
        assert restored_state(repository, stored, folder / f"{place.name}-{number}") in states  # type: ignore[arg-type]
    # Pruned were all but the newest three: the last ones acknowledged are there.
    assert {stored.point.id for stored in points} >= set(acknowledged[-2:])  # type: ignore[union-attr]


def test_twenty_kills_lose_nothing(tmp_path: Path) -> None:
    for number in range(20):
        _trial(tmp_path, number)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_hundred_kills_lose_nothing(tmp_path: Path) -> None:
    for number in range(100, 300):
        _trial(tmp_path, number)
