"""A machine that edits, commits, pulls and pushes without end, until it is killed.

Run as ``python -m tests.sync.shift HOME ADDRESS ENDPOINT SEED``; ENDPOINT is "" for a folder. It prints a line for each
thing that must last: "added ID" once an asset is committed, "pushed COMMIT" once a push has returned.
"""

import random
import sys
from pathlib import Path

from audobon_cli.backup.repository import pack_writer
from audobon_cli.history import commits
from audobon_cli.library.store.library import Library
from tests.history.workshop import AUTHOR, add, edit, snapshot
from tests.sync.workshop import Machine


def _say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def work(machine: Machine, library: Library, seed: int) -> None:
    """Never returns."""
    rng = random.Random(seed)
    while True:
        added = [add(library, f"{machine.home.name} {seed}", rng.randrange(10**15)) for _ in range(3)]
        edit(library, rng.choice(sorted(snapshot(library))), note=f"{machine.home.name} {rng.random()}")
        made = commits.commit(library, f"{machine.home.name} {seed}", AUTHOR)
        for asset in added:
            _say("added", asset)
        machine.exchange(library)
        _say("pushed", made.id)


if __name__ == "__main__":
    pack_writer.TARGET_BYTES = 2_000  # type: ignore[attr-defined]  # several packs for each push
    home, address, endpoint, number = sys.argv[1:]
    one = Machine(Path(home), address, endpoint)
    its = one.library()
    commits.commit(its, "what a kill left", AUTHOR)
    _say("ready")
    work(one, its, int(number))
