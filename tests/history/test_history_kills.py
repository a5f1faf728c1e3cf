"""Kill it at any moment of a commit, merge or switch: the library is as before or as after, and history whole."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from audobon_cli.history import branches, commits, maintenance
from audobon_cli.library.store.library import Library
from audobon_cli.library.verify import verify_library
from tests.fault_injection import child_environment, kill_after
from tests.history.workshop import AUTHOR, add, snapshot
from tests.waiting import PATIENCE_SECONDS

WORK_FOR_EVER = """
import sys
from pathlib import Path
from audobon_cli.history.model.merge import Side
from audobon_cli.history import branches, commits, merge, undo
from audobon_cli.library.store.library import Library
from tests.history.workshop import edit, snapshot
library, start = Library.open(Path(sys.argv[1])), int(sys.argv[2])
print("begun", flush=True)
for number in range(start, start + 10_000):
    assets = sorted(snapshot(library))
    edit(library, assets[number % len(assets)], note=f"note {number}")
    made = commits.commit(library, f"commit {number}", "tester")
    print(made.id, flush=True)
    other = "flat" if commits.status(library).branch == "main" else "main"
    branches.switch(library, other, "tester")
    if number % 3 == 0:
        name = "flat" if other == "main" else "main"
        print(merge.merge(library, name, "tester", strategy=Side.OURS).commit, flush=True)
    if number % 7 == 0:
        undo.undo(library)
"""


def _check(root: Path, acknowledged: set[str]) -> None:
    library = Library.open(root)
    status = commits.status(library)
    assert status.merging is None
    assert all(change.fields == ("note",) for change in status.changes), "only an edit may be uncommitted"
    assert maintenance.verify(library).problems == ()
    assert verify_library(library).clean
    with library.database.read() as statements:
        held = {row[0] for row in statements.rows("SELECT id FROM history_commits")}
    assert acknowledged <= held
    branches.stash(library, AUTHOR)
    for ref in branches.branches(library):
        branches.switch(library, ref.name, AUTHOR)
        assert commits.diff(library) == ()
        assert len(snapshot(library)) == 20
    library.close()


def check_kills(tmp_path: Path, count: int) -> None:
    rng = random.Random(7)
    root = tmp_path / ".audobon"
    library = Library.create(root)
    for number in range(20):
        add(library, f"asset {number}", number)
    commits.commit(library, "first", AUTHOR)
    branches.create_branch(library, "flat")
    library.close()
    acknowledged: set[str] = set()
    for trial in range(count):
        command = [sys.executable, "-c", WORK_FOR_EVER, str(root), str(trial * 10_000)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=child_environment())
        _, *said = kill_after(child, rng.randint(1, 6), rng.random() * 0.05)
        acknowledged.update(said)
        _check(root, acknowledged)
    assert acknowledged


def test_kills_leave_the_old_or_the_new_state(tmp_path: Path) -> None:
    check_kills(tmp_path, 8)


@pytest.mark.slow
def test_two_hundred_kills_leave_the_old_or_the_new_state(tmp_path: Path) -> None:
    check_kills(tmp_path, 200)


COMMIT_MANY = """
import sys
from pathlib import Path
from audobon_cli.history import commits
from audobon_cli.library.store.library import Library
from tests.history.workshop import add
library, start = Library.open(Path(sys.argv[1])), int(sys.argv[2])
for number in range(start, start + 15):
    add(library, f"asset {number}", number)
    commits.commit(library, f"commit {number}", "tester")
"""


def test_two_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    root = tmp_path / ".audobon"
    Library.create(root).close()
    children = [
        subprocess.Popen([sys.executable, "-c", COMMIT_MANY, str(root), str(start)], env=child_environment())
        for start in (1000, 2000)
    ]
    assert [child.wait(timeout=PATIENCE_SECONDS) for child in children] == [0, 0]
    library = Library.open(root)
    assert len(snapshot(library)) == 30
    assert commits.status(library).changes == ()
    assert maintenance.verify(library).problems == ()
    library.close()
