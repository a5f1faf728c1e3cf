"""Several processes at one repository at once."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from audobon_cli.backup.check.verify import verify_repository
from audobon_cli.backup.create import publish
from audobon_cli.backup.create.point import Purpose, create_backup
from audobon_cli.backup.extras import Extras
from audobon_cli.backup.opener import find_point
from audobon_cli.backup.point_contents import PointContents
from audobon_cli.backup.prune.prune import PruneRequest, prune
from audobon_cli.backup.repository.deletion_marks import put_mark
from audobon_cli.backup.repository.lease import KEY, break_lease, find_holder, leased
from audobon_cli.backup.repository.repository import INTENTS, POINTS, Repository
from audobon_cli.backup.restore.to_folder import restore_to
from audobon_cli.backup.retention import Retention
from audobon_cli.domain.errors import BackupBusy, RemoteRefused, RemoteUnreachable
from audobon_cli.library.store.library import Library
from audobon_cli.remotes.base import ObjectStat, Remote
from tests.backup.workshop import (
    SECRET,
    add_pictures,
    back_up,
    folder_repository,
    memory_repository,
    new_repository,
    restored_state,
    state_of,
)
from tests.fakes.memory_remote import MemoryRemote
from tests.fault_injection import child_environment
from tests.waiting import PATIENCE_SECONDS, until

ROUNDS = """
import sys
from pathlib import Path
from audobon_cli.domain.errors import BackupBusy
from audobon_cli.library.store.library import Library
from tests.backup.workshop import add_pictures, back_up, folder_repository, state_of

library = Library.open(Path(sys.argv[1]))
repository = folder_repository(Path(sys.argv[2]))
for number in range(10):
    input()
    add_pictures(library, 15, seed=int(sys.argv[3]) + number, size=2000)
    while True:
        try:
            point = back_up(repository, library).point
            break
        except BackupBusy:  # a prune took it for finished, and it is told to begin again
            pass
    state = state_of(library)
    print(point.id, state.database, ",".join(sorted(state.blobs)), flush=True)
"""


def test_two_processes_back_up_to_one_repository(tmp_path: Path) -> None:
    place = tmp_path / "backup"
    repository = folder_repository(place)
    children = []
    for number in range(2):
        library = Library.create(tmp_path / f"library{number}")
        add_pictures(library, 30, seed=5)  # the same pictures in both
        library.close()
        words = [sys.executable, "-c", ROUNDS, str(library.root), str(place), str(1000 * number)]
        children.append(
            subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=child_environment()
            )
        )
    for number in range(10):
        for child in children:
            assert child.stdin is not None
            child.stdin.write("go\n")
            child.stdin.flush()
        for which, child in enumerate(children):
            assert child.stdout is not None
            point, database, blobs = child.stdout.readline().split()
            state = restored_state(repository, find_point(repository, point), tmp_path / f"r{number}-{which}")
            assert (state.database, sorted(state.blobs)) == (database, blobs.split(","))
    for child in children:
        _end(child)
    assert verify_repository(repository, 1.0, tmp_path).clean


def _end(child: "subprocess.Popen[str]") -> None:
    child.communicate(timeout=PATIENCE_SECONDS)
    assert child.returncode == 0


class Interrupting:
    """A remote that runs something once, before the first call that matches."""

    def __init__(self, remote: Remote, method: str, prefix: str, action: Any) -> None:
        self._remote, self._method, self._prefix, self._action = remote, method, prefix, action
        self.address = remote.address

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._remote, name)

        def call(key: str = "", *arguments: Any, **named: Any) -> Any:
            if name == self._method and key.startswith(self._prefix) and self._action is not None:
                action, self._action = self._action, None
                action()
            return found(key, *arguments, **named)

        return call if callable(found) else found


@pytest.mark.parametrize(
    ("method", "prefix"),
    [
        ("list", "marks/"),
        ("list", "packs/"),
        ("put", "packs/"),
        ("put", "index/"),
        ("put", INTENTS),
        ("put", POINTS),
        ("delete", INTENTS),
    ],
)
def test_a_prune_at_any_moment_of_a_backup_harms_nothing(method: str, prefix: str, tmp_path: Path) -> None:
    """A backup stands still while another process prunes without any grace, and then goes on."""
    library = Library.create(tmp_path / "library")
    add_pictures(library, 20, seed=1)
    remote = MemoryRemote()
    repository = new_repository(remote)
    back_up(repository, library)
    emptied = Library.create(tmp_path / "emptied")
    back_up(repository, emptied)
    newest = find_point(repository).point.id

    def collect() -> None:
        # The pictures of the first point lose their last use; the backup has just seen that they are there.
        old = [s.point.id for s in repository.points() if s.point.id != newest]  # type: ignore[union-attr]
        prune(repository, PruneRequest(None, tuple(old), grace_hours=0))

    stopped = Repository(
        Interrupting(remote, method, prefix, collect),
        repository.config,
        repository.keys,  # type: ignore[arg-type]
    )
    add_pictures(library, 3, seed=2)
    state = state_of(library)
    try:
        created = create_backup(stopped, library, Purpose(Extras()))
    except BackupBusy:
        # Stopped between intent and point, the prune takes it for finished, and is told to remove that, too.
        created = create_backup(repository, library, Purpose(Extras()))
    report = verify_repository(repository, 1.0, tmp_path)
    assert report.clean, report.error()
    for stored in repository.points():
        if stored.point.id == created.point.id:  # type: ignore[union-attr]
            assert restored_state(repository, stored, tmp_path / "again") == state  # type: ignore[arg-type]
            break
    else:
        assert method == "delete"  # removed by the prune itself, which was told to


def test_a_stopped_process_and_a_prune(tmp_path: Path) -> None:
    """The same with a real SIGSTOP of a real process, at moments of its own."""
    place = tmp_path / "backup"
    repository = folder_repository(place)
    library = Library.create(tmp_path / "library")
    add_pictures(library, 60, seed=1, size=3000)
    back_up(repository, library)
    library.close()
    child = subprocess.Popen(
        [sys.executable, "-c", ROUNDS, str(library.root), str(place), "500"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=child_environment(),
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write("go\n" * 10)
    child.stdin.flush()
    for number in range(10):
        assert len(child.stdout.readline().split()) == 3, number
        while not _pruned_while_stopped(child, repository):
            pass
    _end(child)
    report = verify_repository(repository, 1.0, tmp_path)
    assert report.clean, report.error()
    for number, stored in enumerate(repository.points()):
        restored_state(repository, stored, tmp_path / f"again{number}")  # type: ignore[arg-type]


def _pruned_while_stopped(child: "subprocess.Popen[str]", repository: Repository) -> bool:
    """Whether a prune came to its end; false where the child was stopped while it had the place's lock."""
    os.kill(child.pid, signal.SIGSTOP)
    try:
        prune(repository, PruneRequest(Retention(last=2), grace_hours=0))
    except RemoteUnreachable:
        return False
    finally:
        os.kill(child.pid, signal.SIGCONT)
    return True


def test_a_pack_that_was_marked_is_put_under_another_name(tmp_path: Path) -> None:
    library = Library.create(tmp_path / "library")
    add_pictures(library, 5, seed=1)
    repository = memory_repository()
    point = back_up(repository, library).point
    packs = {stat.key for stat in repository.remote.list("packs/")}
    emptied = Library.create(tmp_path / "emptied")
    back_up(repository, emptied)
    prune(repository, PruneRequest(None, (point.id,), grace_hours=0))
    assert not {stat.key for stat in repository.remote.list("packs/")} >= packs


def test_one_prune_at_a_time_and_none_after_the_dead() -> None:
    moment = [datetime.now(UTC)]
    remote = MemoryRemote(clock=lambda: moment[0])
    with leased(remote, "prune"):
        with pytest.raises(BackupBusy, match="works at"), leased(remote, "prune"):
            pass
        moment[0] += timedelta(seconds=500)
        with leased(remote, "repair"):  # it did not beat in time
            holder = find_holder(remote)
            assert holder is not None
            assert holder.what == "repair"
    assert break_lease(remote) is None
    remote.compare_and_swap(KEY, b"{}", None)
    assert break_lease(remote) is not None
    assert remote.stat(KEY) is None


def test_the_lease_of_a_process_that_died_here_is_taken_at_once(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    code = (
        "import os, sys; from pathlib import Path\n"
        "from audobon_cli.backup.repository.lease import leased\n"
        "from audobon_cli.remotes.directory.remote import DirectoryRemote\n"
        "with leased(DirectoryRemote(Path(sys.argv[1])), 'prune'): os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(place)], env=child_environment(), check=False)
    from audobon_cli.remotes.directory.remote import DirectoryRemote

    remote = DirectoryRemote(place)
    assert remote.stat(KEY) is not None
    with leased(remote, "prune"):
        pass


def test_a_prune_whose_lease_was_taken_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audobon_cli.backup.repository.lease.BEAT_SECONDS", 0.01)
    remote = MemoryRemote()
    with leased(remote, "prune") as lease:
        stat = remote.stat(KEY)
        while stat is not None and remote.compare_and_swap(KEY, b"{}", stat.version) is None:
            stat = remote.stat(KEY)
        with pytest.raises(BackupBusy, match="took the lease over"):
            until(lease.check)


class Keeping(MemoryRemote):
    """A place whose retention rule lets nothing be deleted or replaced, while ``keeps``."""

    keeps = True

    def delete(self, key: str, version: str | None = None) -> bool:
        if self.keeps and self.stat(key) is not None:
            raise RemoteRefused("A retention rule keeps it.", hint="wait")
        return super().delete(key, version)

    def compare_and_swap(self, key: str, content: bytes | memoryview, version: str | None) -> str | None:
        if self.keeps and version is not None:
            raise RemoteRefused("A retention rule keeps it.", hint="wait")
        return super().compare_and_swap(key, content, version)


def test_a_retention_rule_delays_but_breaks_nothing(tmp_path: Path) -> None:
    moment = [datetime.now(UTC)]
    remote = Keeping(clock=lambda: moment[0])
    repository = new_repository(remote)
    library = Library.create(tmp_path / "library")
    for seed in range(3):
        add_pictures(library, 8, seed=seed, size=3000)
        back_up(repository, library)
    for _ in range(2):
        prune(repository, PruneRequest(Retention(last=1), grace_hours=0))
        moment[0] += timedelta(minutes=10)  # the lease could not be given back
        assert len(list(repository.points())) == 3
        assert verify_repository(repository, 1.0, tmp_path).clean
    remote.keeps = False
    prune(repository, PruneRequest(Retention(last=1), grace_hours=0))
    (left,) = repository.points()
    assert restored_state(repository, left, tmp_path / "again") == state_of(library)  # type: ignore[arg-type]
    assert verify_repository(repository, 1.0, tmp_path).clean


def test_a_restore_goes_on_while_a_prune_moves_what_it_reads(tmp_path: Path) -> None:
    repository = memory_repository()
    library = Library.create(tmp_path / "library")
    add_pictures(library, 12, seed=1, size=3000)
    back_up(repository, library)
    state = state_of(library)
    keep = find_point(repository).point
    contents = PointContents(repository.reader(), keep)
    packs = {stat.key: stat.version for stat in repository.remote.list("packs/")}
    names = {key.rpartition("/")[2]: version for key, version in packs.items()}
    put_mark(repository.remote, repository.keys, names)
    prune(repository, PruneRequest(None, grace_hours=0))
    assert packs.keys().isdisjoint(stat.key for stat in repository.remote.list("packs/"))
    restore_to(contents, tmp_path / "again")
    restored = Library.open(tmp_path / "again")
    assert frozenset(restored.blobs) == state.blobs


def test_the_last_look_is_after_the_intent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order that makes it safe: intent, marks, packs, point."""
    library = Library.create(tmp_path / "library")
    add_pictures(library, 5, seed=1)
    remote = MemoryRemote()
    repository = new_repository(remote)
    seen: list[str] = []

    class Watching(MemoryRemote):
        def put(self, key: str, content: bytes | memoryview) -> bool:
            seen.append(f"put {key.split('/')[0]}")
            return remote.put(key, content)

        def list(self, prefix: str = "") -> Iterator[ObjectStat]:
            seen.append(f"list {prefix.rstrip('/')}")
            return remote.list(prefix)

        get, stat, delete, compare_and_swap = remote.get, remote.stat, remote.delete, remote.compare_and_swap  # type: ignore[assignment]

    assert publish.lost_packs(repository, frozenset({"absent"}), {"absent": 1}) == {"absent"}
    create_backup(Repository.open(Watching(), SECRET), library, Purpose(Extras()))
    order = [
        seen.index("put intents"),
        *(len(seen) - 1 - seen[::-1].index(w) for w in ("list marks", "list packs")),
    ]
    assert order == sorted(order)
    assert seen.index("put points") > order[-1]
    assert max(number for number, word in enumerate(seen) if word == "put packs") < order[0]
