"""A process that backs up, copies and prunes without end, and what must be there when it ends all of a sudden.

Run as ``python -m tests.backup.shift LIBRARY FIRST SECOND SEED [steps]``. It prints one line of JSON for each state
of the library ("state") and for each thing that is done and so must last ("made", "copied", "pruned"); with
``steps`` it waits for a line of input after each of the latter.
"""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

from audobon_cli.backup.check.verify import verify_repository
from audobon_cli.backup.prune import collect
from audobon_cli.backup.prune.prune import PruneRequest, prune
from audobon_cli.backup.repository import pack_writer
from audobon_cli.backup.repository.repository import StoredPoint
from audobon_cli.backup.retention import Retention
from audobon_cli.library.store.library import Library
from tests.backup.workshop import (
    State,
    add_pictures,
    back_up,
    copy_all,
    folder_repository,
    restored_state,
    state_of,
)

KEPT = 3


def small_packs() -> None:
    """Let little libraries make many packs, so that there is something to prune."""
    pack_writer.TARGET_BYTES = 20_000  # type: ignore[attr-defined]
    collect.MOST_SMALL = 3


def _say(*words: object) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def work(library: Library, places: tuple[Path, Path], seed: int, steps: bool) -> None:
    """Never returns."""
    first, second = map(folder_repository, places)

    def done(word: str, what: str) -> None:
        _say(word, what)
        if steps:
            sys.stdin.readline()

    _say("ready")
    while True:
        seed += 1
        add_pictures(library, 8, seed, size=2000)
        state = state_of(library)
        _say("state", state.database, sorted(state.blobs))
        done("made", back_up(first, library).point.id)
        for point in copy_all(first, second).copied:
            done("copied", point.id)
        for repository in (first, second):
            prune(repository, PruneRequest(Retention(last=KEPT), grace_hours=0))
            done("pruned", repository.remote.address)


@dataclass
class Said:
    """What a process has said until it ended."""

    states: set[State] = field(default_factory=set)
    made: list[str] = field(default_factory=list)
    copied: list[str] = field(default_factory=list)
    blobs: frozenset[str] = frozenset()

    def hear(self, line: bytes) -> str:
        """Take in a line; its first word. One that is cut short was never said."""
        if not line.endswith(b"\n"):
            return ""
        word, *rest = json.loads(line)
        if word == "state":
            self.blobs = frozenset(rest[1])
            self.states.add(State(rest[0], self.blobs))
        elif word in ("made", "copied"):
            (self.made if word == "made" else self.copied).append(rest[0])
        return str(word)


def check(place: Path, working: Path, states: set[State], acknowledged: list[str]) -> int:
    """Whether what was acknowledged is there, and all that is there is whole; the number of points."""
    repository = folder_repository(place)
    report = verify_repository(repository, 1.0, working)
    assert report.clean, report.error()
    points = [found for found in repository.points() if isinstance(found, StoredPoint)]
    for number, stored in enumerate(points):
        folder = working / f"{place.name}-{number}"
        assert restored_state(repository, stored, folder) in states, stored.point.id
    # Pruned were all but the newest three, of which one may never have been acknowledged.
    assert {stored.point.id for stored in points} >= set(acknowledged[1 - KEPT :])
    return len(points)


def goes_on(library: Library, places: tuple[Path, Path], working: Path) -> State:
    """Everything works on with no help, and leaves one point in both places: the state that it is of."""
    first, second = map(folder_repository, places)
    created = back_up(first, library)
    copy_all(first, second)
    state = state_of(library)
    for name, repository in (("end1", first), ("end2", second)):
        prune(repository, PruneRequest(Retention(last=1), grace_hours=0))
        (left,) = repository.points()
        assert isinstance(left, StoredPoint)
        assert left.point.id == created.point.id
        assert restored_state(repository, left, working / name) == state
        report = verify_repository(repository, 1.0, working)
        assert report.clean, report.error()
        assert report.intents == 0
    return state


if __name__ == "__main__":
    small_packs()
    root, one, other = map(Path, sys.argv[1:4])
    work(Library.open(root), (one, other), int(sys.argv[4]), "steps" in sys.argv[5:])
