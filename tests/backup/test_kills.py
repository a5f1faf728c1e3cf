"""Killed in create, sync and prune at any moment, a repository keeps every point whole, and needs no help."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from audobon_cli.library.store.library import Library
from tests.backup.shift import Said, check, goes_on
from tests.backup.workshop import add_pictures, folder_repository
from tests.fault_injection import child_environment


def check_kill(tmp_path: Path, number: int) -> None:
    folder = tmp_path / str(number)
    library = Library.create(folder / "library")
    add_pictures(library, 20, seed=number * 1000)
    library.close()
    places = (folder / "first", folder / "second")
    for place in places:
        folder_repository(place)
    words = [str(folder / "library"), *map(str, places), str(number * 1000 + 1)]
    said = Said()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.backup.shift", *words], stdout=subprocess.PIPE, env=child_environment()
    ) as child:
        assert child.stdout is not None
        assert said.hear(child.stdout.readline()) == "ready"
        time.sleep(random.Random(number).random() * 0.8)
        child.kill()
        for line in child.stdout:
            said.hear(line)
    for place, points in zip(places, (said.made, said.copied), strict=True):
        check(place, folder, said.states, points)
    library = Library.open(folder / "library")
    goes_on(library, places, folder)
    library.close()


def test_kills_lose_nothing(tmp_path: Path) -> None:
    for number in range(8):
        check_kill(tmp_path, number)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_hundred_kills_lose_nothing(tmp_path: Path) -> None:
    for number in range(100, 300):
        check_kill(tmp_path, number)
