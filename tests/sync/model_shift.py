"""A machine that trains models, pushes them and pulls those of others without end, until a kill.

Run as ``python -m tests.sync.model_shift HOME ADDRESS ENDPOINT SEED``. It prints "pushed NAME" once a push has
returned.
"""

import random
import sys
from pathlib import Path

from audobon_cli.backup.repository import pack_writer
from audobon_cli.sync.models import pull as pulling
from audobon_cli.sync.models import push as pushing
from tests.sync.shelf import pull, push, trained
from tests.sync.workshop import Machine

PIECE_BYTES = 4096


def small_pieces() -> None:
    """Several pieces for each file, and several packs for each push."""
    pack_writer.TARGET_BYTES = 10_000  # type: ignore[attr-defined]
    pulling.PIECE_BYTES = pushing.PIECE_BYTES = PIECE_BYTES  # type: ignore[attr-defined]


def work(machine: Machine, seed: int) -> None:
    """Never returns."""
    rng = random.Random(seed)
    while True:
        name = f"{machine.home.name}-{rng.randrange(10**9)}"
        model = trained(machine, name, rng.choice((2_000, 60_000)), rng.randrange(10**9))
        push(machine, model)
        sys.stdout.write(f"pushed {name}\n")
        sys.stdout.flush()
        pull(machine)


if __name__ == "__main__":
    small_pieces()
    home, address, endpoint, number = sys.argv[1:]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    work(Machine(Path(home), address, endpoint), int(number))
