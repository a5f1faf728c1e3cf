"""Kill it at any moment: nothing acknowledged is lost, and the next command needs no help."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from audobon_cli.library.add import add_asset
from audobon_cli.library.store.library import Library
from audobon_cli.library.verify import verify_library
from tests.fault_injection import child_environment, kill_after, needs_strace, run_injected
from tests.library.samples import draft, picture

FILE_FOR_EVER = """
import sys
from pathlib import Path
from audobon_cli.library.add import add_asset, add_assets
from audobon_cli.library.store.library import Library
from tests.library.samples import draft, picture
library, start = Library.create(Path(sys.argv[1])), int(sys.argv[2])
print("begun", flush=True)
for number in range(start, start + 10_000):
    if number % 5 == 0:
        batch = [(draft("of a batch"), picture(number * 100 + n)) for n in range(12)]
        filed = [one.asset.id for one in add_assets(library, batch)]
    else:
        filed = [add_asset(library, draft(str(number), tags=("a",)), picture(number * 100)).asset.id]
    print(" ".join(filed), flush=True)
"""

FILE_SOME = """
import sys
from pathlib import Path
from audobon_cli.library.add import add_asset, add_assets
from audobon_cli.library.store.library import Library
from tests.library.samples import draft, picture
library = Library.create(Path(sys.argv[1]))
print(add_asset(library, draft("one"), picture(1)).asset.id, flush=True)
for filed in add_assets(library, [(draft("many"), picture(100 + n)) for n in range(12)]):
    print(filed.asset.id, flush=True)
library.close()
"""


def _acknowledged(output: str) -> list[str]:
    """The ids of the whole lines of ``output``; the last line may be cut short."""
    whole = output[: output.rfind("\n") + 1].split()
    return [word for word in whole if word != "begun"]


def _check(root: Path, acknowledged: list[str]) -> None:
    """The next command: it opens, verifies clean, holds every acknowledged asset, and can file."""
    library = Library.create(root)
    report = verify_library(library)
    assert report.clean, report
    held = {asset.id for asset in library.assets.matching("")}
    assert set(acknowledged) <= held
    add_asset(library, draft("after"), picture(0))
    assert list((root / "tmp").iterdir()) == []
    library.close()


def _kill_at_random(root: Path, rng: random.Random, trial: int) -> list[str]:
    command = [sys.executable, "-c", FILE_FOR_EVER, str(root), str(trial * 10_000)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=child_environment())
    said = kill_after(child, rng.randint(1, 8), rng.random() * 0.05)
    return [asset for line in said[1:] for asset in line.split()]  # the first is "begun"


def check_kills(tmp_path: Path, count: int) -> None:
    rng = random.Random(20)
    acknowledged: list[str] = []
    for trial in range(count):
        # Sometimes a new library, so that kills also meet its first moments.
        root = tmp_path / f"library {trial // 4}"
        if trial % 4 == 0:
            acknowledged = []
        acknowledged += _kill_at_random(root, rng, trial % 4)
        _check(root, acknowledged)


def test_kills_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    check_kills(tmp_path, 8)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_hundred_kills_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    check_kills(tmp_path, 200)


def test_kills_while_the_library_is_being_made_leave_one_that_can_be_finished(tmp_path: Path) -> None:
    rng = random.Random(3)
    for trial in range(8):
        root = tmp_path / str(trial)
        code = (
            "import sys; from pathlib import Path; from audobon_cli.library.store.library import Library;"
            "print(flush=True); Library.create(Path(sys.argv[1]))"
        )
        with subprocess.Popen([sys.executable, "-c", code, root], stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(rng.random() * 0.03)
            child.kill()
        _check(root, [])


CALLS = ("pwrite64", "fsync", "fdatasync", "syncfs", "rename", "unlink", "unlinkat", "flock")
"""The system calls by which a library changes on disk."""


def _kill_at(tmp_path: Path, call: str, when: int) -> bool:
    """Kill the child as it enters its ``when``-th ``call``; false when it makes fewer of them."""
    root = tmp_path / f"{call} {when}"
    done = run_injected(f"{call}:signal=SIGKILL:when={when}", FILE_SOME, str(root))
    _check(root, _acknowledged(done.stdout))
    return done.returncode != 0


@needs_strace
@pytest.mark.parametrize(
    ("call", "when"),
    [
        *(("fsync", 6), ("fdatasync", 2), ("rename", 1), ("rename", 2)),
        pytest.param("syncfs", 2, marks=pytest.mark.posix),
    ],
)
def test_a_kill_at_a_chosen_system_call_loses_nothing(tmp_path: Path, call: str, when: int) -> None:
    assert _kill_at(tmp_path, call, when)


@needs_strace
@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("call", CALLS)
def test_a_kill_at_every_system_call_that_changes_the_disk_loses_nothing(tmp_path: Path, call: str) -> None:
    when = 1
    while _kill_at(tmp_path, call, when):
        when += 1
    assert when > 1, f"the child never calls {call}"
