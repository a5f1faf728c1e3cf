"""The database opens, refuses, upgrades and locks as it promises."""

import multiprocessing
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import apsw
import pytest

from audobon_cli.domain.errors import (
    LibraryBusy,
    LibraryCorrupt,
    LibraryNewer,
    LibraryNotFound,
)
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.location import DATABASE_NAME
from audobon_cli.library.store.migrations import MIGRATIONS
from audobon_cli.storage.database import Database
from audobon_cli.storage.file_locks import exclusive_lock
from audobon_cli.storage.migration import Migration, in_order
from audobon_cli.storage.sqlite import WAIT_SECONDS
from tests.fault_injection import as_nobody
from tests.processes import process_context

MARKERS = "SELECT name FROM tags ORDER BY name"
AFTER = len(MIGRATIONS) + 1
NEXT = Migration(AFTER, "moods", "CREATE TABLE moods (name TEXT) STRICT; INSERT INTO moods VALUES ('calm');")
BROKEN = Migration(AFTER, "broken", "CREATE TABLE moods (name TEXT) STRICT; INSERT INTO nowhere VALUES (1);")


@pytest.fixture
def database(library: Library) -> Database:
    return library.database


def _mark(database: Database, name: str) -> None:
    with database.transaction() as transaction:
        transaction.run("INSERT INTO tags (name) VALUES (?)", name)


def _marks(database: Database) -> list[str]:
    with database.read() as statements:
        return [row[0] for row in statements.rows(MARKERS)]


def test_every_commit_waits_for_the_disk(database: Database) -> None:
    with database.read() as statements:
        for pragma, value in (
            ("journal_mode", "wal"),
            ("synchronous", 2),
            ("foreign_keys", 1),
            ("mmap_size", 0),
        ):
            assert statements.row(f"PRAGMA {pragma}") == (value,), pragma


def test_a_transaction_that_raises_changes_nothing(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as transaction:
            transaction.run("INSERT INTO tags (name) VALUES ('lost')")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert _marks(database) == []


def test_transactions_and_reads_join_the_one_around_them(database: Database) -> None:
    with database.transaction():
        _mark(database, "inner")
        assert _marks(database) == ["inner"]
    assert _marks(database) == ["inner"]


def test_a_write_inside_a_read_is_a_mistake_that_is_told(database: Database) -> None:
    with database.read(), pytest.raises(RuntimeError), database.transaction():
        pass


def test_a_read_sees_one_moment_while_another_process_writes(database: Database) -> None:
    other = Database(database.root, DATABASE_NAME, MIGRATIONS)
    with database.read() as statements:
        assert statements.rows(MARKERS) == []
        _mark(other, "later")
        assert statements.rows(MARKERS) == []
    assert _marks(database) == ["later"]
    other.close()


def test_a_library_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(LibraryNotFound, match="no library") as caught,
        Database(tmp_path, DATABASE_NAME, MIGRATIONS).read(),
    ):
        pass
    assert "audobon init" in caught.value.hint


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 100, b"not a database at all, only words" * 400, b"SQLite format 3"]
)
def test_what_is_no_database_is_called_damaged_and_left_alone(library: Library, content: bytes) -> None:
    library.database.path.write_bytes(content)
    with pytest.raises(LibraryCorrupt), library.database.read():
        pass
    assert library.database.path.read_bytes() == content


def test_a_truncated_database_is_called_damaged(library: Library) -> None:
    for number in range(500):
        _mark(library.database, f"tag {number}")
    library.close()
    os.truncate(library.database.path, library.database.path.stat().st_size // 2)
    with pytest.raises(LibraryCorrupt):
        assert library.database.problems() == ()


def test_another_programs_database_is_refused(library: Library) -> None:
    library.database.path.unlink()
    connection = apsw.Connection(str(library.database.path))
    connection.execute("CREATE TABLE photos (name TEXT)")
    connection.pragma("user_version", 1)
    connection.close()
    with pytest.raises(LibraryCorrupt, match="another program"), library.database.read():
        pass


def test_a_newer_library_is_refused_with_both_numbers(library: Library) -> None:
    library.close()
    connection = apsw.Connection(str(library.database.path))
    connection.pragma("user_version", 99)
    connection.close()
    with pytest.raises(LibraryNewer) as caught, library.database.read():
        pass
    assert caught.value.details["version"] == 99
    assert caught.value.details["known"] == MIGRATIONS[-1].number


def test_an_older_library_is_upgraded_after_a_backup(library: Library) -> None:
    _mark(library.database, "kept")
    library.close()
    upgraded = Database(library.root, DATABASE_NAME, [*MIGRATIONS, NEXT])
    with upgraded.read() as statements:
        assert statements.rows("SELECT name FROM moods") == [("calm",)]
    assert _marks(upgraded) == ["kept"]
    upgraded.close()
    backup = library.root / f"audobon.db.before-{AFTER}"
    shutil.copy(backup, library.database.path)
    assert _marks(library.database) == ["kept"]


def test_an_upgrade_that_fails_changes_nothing(library: Library) -> None:
    _mark(library.database, "kept")
    library.close()
    with pytest.raises(apsw.SQLError), Database(library.root, DATABASE_NAME, [*MIGRATIONS, BROKEN]).read():
        pass
    assert _marks(library.database) == ["kept"]
    assert library.database.problems() == ()


def _upgrade(root: Path) -> list[tuple[object, ...]]:
    database = Database(root, DATABASE_NAME, [*MIGRATIONS, NEXT])
    with database.read() as statements:
        return statements.rows("SELECT name FROM moods")


def test_processes_that_open_an_old_library_together_upgrade_it_once(library: Library) -> None:
    library.close()
    with process_context().Pool(4) as pool:
        assert pool.map(_upgrade, [library.root] * 4) == [[("calm",)]] * 4


def test_migrations_must_be_numbered_in_order() -> None:
    assert in_order(MIGRATIONS) == MIGRATIONS
    with pytest.raises(ValueError, match=f"where {AFTER} belongs"):
        in_order([*MIGRATIONS, Migration(AFTER + 1, "skipped", "")])


def test_a_writer_that_waits_too_long_says_so(library: Library) -> None:
    impatient = Database(library.root, DATABASE_NAME, MIGRATIONS, wait_seconds=0.1)
    began = time.monotonic()
    with exclusive_lock(library.root / "lock", 1.0), pytest.raises(LibraryBusy), impatient.transaction():
        pass
    assert 0.1 <= time.monotonic() - began < WAIT_SECONDS, "it waited as long as others do"
    _mark(impatient, "afterwards")
    impatient.close()


def test_a_writer_waits_for_programs_that_know_only_sqlite(library: Library) -> None:
    impatient = Database(library.root, DATABASE_NAME, MIGRATIONS, wait_seconds=0.1)
    foreign = apsw.Connection(str(library.database.path))
    foreign.execute("BEGIN IMMEDIATE")
    with pytest.raises(LibraryBusy), impatient.transaction():
        pass
    foreign.close()
    impatient.close()


def test_readers_do_not_wait_for_writers(library: Library) -> None:
    reader = Database(library.root, DATABASE_NAME, MIGRATIONS, wait_seconds=0)
    with library.database.transaction():
        assert _marks(reader) == []
    reader.close()


def test_a_killed_writers_lock_is_gone_with_it(library: Library) -> None:
    code = """
import sys, time
from pathlib import Path
from audobon_cli.library.store.library import Library
with Library(Path(sys.argv[1])).database.transaction() as transaction:
    transaction.run("INSERT INTO tags (name) VALUES ('half')")
    print("in", flush=True)
    time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", code, library.root], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        child.kill()
    _mark(library.database, "next")
    assert _marks(library.database) == ["next"]


def test_threads_take_turns_on_one_object(database: Database) -> None:
    def work(number: int) -> None:
        for turn in range(20):
            _mark(database, f"{number} {turn}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(_marks(database)) == 80


def _mark_in_child(database: Database, name: str) -> None:
    _mark(database, name)


@pytest.mark.posix
def test_parent_and_forked_children_go_on_with_connections_of_their_own(database: Database) -> None:
    context = multiprocessing.get_context("fork")
    _mark(database, "before")
    children = [context.Process(target=_mark_in_child, args=(database, f"child {n}")) for n in range(3)]
    for child in children:
        child.start()
        _mark(database, f"parent of {child.name}")
    for child in children:
        child.join()
        assert child.exitcode == 0
    assert len(_marks(database)) == 7
    assert database.problems() == ()


@pytest.mark.posix
def test_a_child_forked_inside_a_transaction_is_told_so_and_the_parent_goes_on(database: Database) -> None:
    def attempt() -> str:
        with pytest.raises(RuntimeError, match="forked inside"):
            _mark(database, "child")
        return "told"

    with database.transaction() as transaction:
        transaction.run("INSERT INTO tags (name) VALUES ('parent')")
        assert as_nobody(attempt) == "told"
    assert _marks(database) == ["parent"]


def test_a_damaged_text_index_is_found(library: Library) -> None:
    with library.database.transaction() as transaction:
        transaction.run("INSERT INTO asset_search (rowid, words) VALUES (77, 'ghost')")
        transaction.run("INSERT INTO words VALUES ('ghost')")
    assert library.assets.problems() == ("the text index names asset number 77, which is not there",)


def test_a_row_without_its_blob_is_found(library: Library) -> None:
    library.close()
    connection = apsw.Connection(str(library.database.path))
    connection.execute("INSERT INTO asset_tags VALUES (5, 5)")
    connection.close()
    assert any("asset_tags" in problem for problem in library.database.problems())


@pytest.mark.posix
def test_a_library_in_a_folder_with_a_difficult_name_works(tmp_path: Path) -> None:
    name = os.fsdecode(b"50% of ?#&=\xff \xc3\xa9")
    library = Library.create(tmp_path / name)
    _mark(library.database, "here")
    library.close()
    assert _marks(library.database) == ["here"]
    upgraded = Database(library.root, DATABASE_NAME, [*MIGRATIONS, NEXT])
    assert _marks(upgraded) == ["here"]
    upgraded.close()
    library.close()


def test_the_log_is_folded_in_when_the_last_one_closes(library: Library) -> None:
    _mark(library.database, "kept")
    library.close()
    assert sorted(os.listdir(library.root)) == ["audobon.db", "lock", "objects", "tmp"]


def test_a_check_on_an_old_connection_is_not_fooled_by_the_writes_of_others(library: Library) -> None:
    """FTS5's own check, on a connection that has not seen them, takes other processes' writes for damage."""
    script = (
        "import sys; from pathlib import Path\n"
        "from audobon_cli.library.add import add_asset\n"
        "from audobon_cli.library.store.library import Library\n"
        "from tests.library.samples import draft, picture\n"
        "library = Library.open(Path(sys.argv[1]))\n"
        "for number in range(int(sys.argv[2]), int(sys.argv[2]) + 6):\n"
        "    add_asset(library, draft('dragon'), picture(number))\n"
    )
    for first in (0, 6, 12, 18):
        argv = [sys.executable, "-c", script, str(library.root), str(first)]
        subprocess.run(argv, check=True, cwd=Path(__file__).parents[2])
        assert library.database.problems() == ()
