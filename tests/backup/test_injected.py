"""Killed at a chosen system call of create, sync and prune, or told by one that the disk fails or is full."""

import shutil
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from audobon_cli.library.store.library import Library
from tests.backup.shift import check, goes_on
from tests.backup.workshop import State, add_pictures, back_up, copy_all, folder_repository, state_of
from tests.fault_injection import needs_strace, run_injected, system_calls

PRELUDE = """
import sys
from pathlib import Path
from audobon_cli.backup.retention import Retention
from audobon_cli.backup.prune.prune import PruneRequest, prune
from audobon_cli.library.store.library import Library
from tests.backup.shift import small_packs
from tests.backup.workshop import back_up, copy_all, folder_repository
small_packs()
folder = Path(sys.argv[1])
library = Library.open(folder / "library")
first, second = folder_repository(folder / "first"), folder_repository(folder / "second")
"""
ACTIONS = {
    "create": PRELUDE + "print(back_up(first, library).point.id, flush=True)",
    "sync": PRELUDE + "print(*[point.id for point in copy_all(first, second).copied], flush=True)",
    # The second one deletes what the first has marked.
    "prune": PRELUDE
    + "for _ in range(2): prune(first, PruneRequest(Retention(last=2), grace_hours=0))\nprint('done', flush=True)",
}
CALLS = ("write", "pwrite64", "fsync", "fdatasync", "link", "rename", "unlink", "mkdir", "flock", "ftruncate")
"""The system calls by which a library or a repository changes on disk."""


MOST_KILLS = 15
"""Of each system call, spread over all that an action makes."""


@dataclass(frozen=True)
class Scene:
    """A library, a repository of four points, and another that has two of them: kept in ``master`` and spoilt in
    ``folder``, where they were made, as points are kept by the library's place."""

    folder: Path
    master: Path
    states: frozenset[State]
    points: tuple[str, ...]

    def renew(self) -> None:
        """Make ``folder`` as it was."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.master, self.folder)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    folder = tmp_path_factory.mktemp("scene") / "scene"
    library = Library.create(folder / "library")
    first, second = folder_repository(folder / "first"), folder_repository(folder / "second")
    states, points = [], []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("audobon_cli.backup.repository.pack_writer.TARGET_BYTES", 20_000)
        for number in range(4):
            add_pictures(library, 12, seed=number, size=2000)
            states.append(state_of(library))
            points.append(back_up(first, library).point.id)
            if number == 1:
                copy_all(first, second)
    add_pictures(library, 12, seed=9, size=2000)
    states.append(state_of(library))
    library.close()
    master = folder.rename(folder.with_name("master"))
    return Scene(folder, master, frozenset(states), tuple(points))


def _calls_of(scene: Scene, action: str, call: str) -> int:
    """How often a thread of the child makes the call, at most."""
    scene.renew()
    lines = system_calls(call, ACTIONS[action], str(scene.folder))
    return max(Counter(line.split()[0] for line in lines).values(), default=0)


def _kill(scene: Scene, action: str, call: str, when: int) -> bool:
    """Kill the child at its ``when``-th ``call``, and see what is left; whether it was killed."""
    scene.renew()
    done = run_injected(f"{call}:signal=SIGKILL:when={when}", ACTIONS[action], str(scene.folder))
    words = done.stdout.split()
    _whole(scene, action, words if action != "prune" else [])
    return done.returncode != 0


def _whole(scene: Scene, action: str, acknowledged: list[str]) -> None:
    """Nothing acknowledged is lost, and everything works on with no help."""
    folder = scene.folder
    working = folder / "working"
    working.mkdir()
    places = (folder / "first", folder / "second")
    kept = scene.points[2:] if action == "prune" else scene.points
    told = acknowledged if action == "sync" else []
    needed = ([*kept, *(acknowledged if action == "create" else [])], [*scene.points[:2], *told])
    for place, ids in zip(places, needed, strict=True):
        check(place, working, set(scene.states), [])
        there = {stored.point.id for stored in folder_repository(place).points()}
        assert there >= set(ids)
    library = Library.open(folder / "library")
    goes_on(library, places, working)
    library.close()


@needs_strace
@pytest.mark.parametrize(
    ("action", "call"),
    [pytest.param("create", "link", marks=pytest.mark.posix), ("sync", "fsync"), ("prune", "unlink")],
)
def test_a_kill_at_a_chosen_system_call_loses_nothing(scene: Scene, action: str, call: str) -> None:
    assert _kill(scene, action, call, 3)


@needs_strace
@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_kill_at_any_system_call_that_changes_the_disk_loses_nothing(scene: Scene, action: str) -> None:
    killed = 0
    for call in CALLS:
        for when in _spread(_calls_of(scene, action, call), MOST_KILLS):
            killed += _kill(scene, action, call, when)
    sys.stdout.write(f"{action}: {killed} kills\n")
    assert killed >= 30


def _spread(count: int, most: int) -> list[int]:
    """At most ``most`` numbers from 1 to ``count``, the first and the last among them."""
    if count <= most:
        return list(range(1, count + 1))
    return sorted({1 + round(step * (count - 1) / (most - 1)) for step in range(most)})
