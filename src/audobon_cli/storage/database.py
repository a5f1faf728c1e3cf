"""A database in a folder of its own: the only module that knows which SQLite is underneath.

apsw carries its own SQLite; the system's may be a version with the WAL-reset corruption bug (3.7.0
to 3.51.2). Every commit is on the disk when it returns (WAL with synchronous=FULL).
"""

import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import apsw

from audobon_cli.platforms import current
from audobon_cli.storage.copies import copy_pages
from audobon_cli.storage.disk_errors import (
    LIBRARY,
    Kept,
    database_damaged,
    disk_errors,
    library_busy,
    library_held,
    library_newer,
    library_not_found,
    library_read_only,
)
from audobon_cli.storage.durable_files import sync_file, sync_folder
from audobon_cli.storage.file_locks import exclusive_lock
from audobon_cli.storage.filesystems import refuse_unfit_filesystem
from audobon_cli.storage.forks import close_before_forks
from audobon_cli.storage.integrity import broken_rows, broken_text_indexes
from audobon_cli.storage.migration import Migration, Rebuild
from audobon_cli.storage.open_database import open_at_least_for_reading
from audobon_cli.storage.sqlite import WAIT_SECONDS, connect, uri
from audobon_cli.storage.sqlite_errors import explain
from audobon_cli.storage.temporary import temporary_folder
from audobon_cli.storage.transaction import Transaction

LOCK_NAME = "lock"
TEMPORARY_NAME = "tmp"
APPLICATION_ID = 0x41554442  # "AUDB" in the file's header: `file` and we can tell it from other databases


class Database:
    """The database ``name`` in the folder ``root``, opened on first use.

    ``migrations`` are all steps of its schema; ``rebuild`` makes anew, with the program of today, what a step says
    is derived from the rest; ``kept`` is what the errors are about. With a ``key`` (32 bytes) every page is encrypted,
    in the database, its log and its copies. Once it is ``held`` it is never changed.

    Processes may share it freely: writers queue on a lock file (which the kernel drops with a killed
    process), readers never wait. Threads may share one object: they take turns. A fork closes idle
    connections first, and parent and child open their own when they need one; in a child that was
    forked in the middle of a transaction the object raises RuntimeError, because SQLite's locks do
    not survive a fork.

    Every method may raise LibraryNotFound, LibraryCorrupt, LibraryNewer, LibraryReadOnly, LibraryBusy,
    FilesystemUnsupported, DiskFull or DiskFailed.
    """

    def __init__(
        self,
        root: Path,
        name: str,
        migrations: Sequence[Migration],
        wait_seconds: float = WAIT_SECONDS,
        rebuild: Rebuild | None = None,
        kept: Kept = LIBRARY,
        key: bytes | None = None,
    ) -> None:
        self.root = root
        self.path = root / name
        self.wait_seconds = wait_seconds
        self._migrations = migrations
        self._rebuild = rebuild
        self._kept = kept
        self.held = False
        self.key = key
        self._connection: apsw.Connection | None = None
        self._process = os.getpid()
        self._turn = threading.RLock()
        self._statements: Transaction | None = None
        self._writing = False
        self._alone = False

    def create(self) -> bool:
        """Make the database with its whole schema, or find it made; whether it was made now.

        It is built under a temporary name and then renamed, so that a database of that name is
        always whole, also after a kill.
        """
        refuse_unfit_filesystem(self.root)
        with disk_errors(self.root, self._kept), self._translated(), self._write_lock():
            if self.path.exists():
                return False
            with temporary_folder(self._temporary) as folder:
                draft = folder.path / self.path.name
                flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
                connection = connect(draft, flags, key=self.key)
                try:
                    connection.pragma("application_id", APPLICATION_ID)
                    connection.pragma("journal_mode", "wal")
                    self._apply(connection, after=0)
                    # Closing does so too, but is silent when the disk is too full for it.
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                finally:
                    connection.close()  # removes the write-ahead log
                sync_file(draft)
                current().replace(draft, self.path)
                sync_folder(self.root)
        return True

    def discard_lock(self) -> None:
        """Take the lock file away again where no database could be made, unless another process is making one."""
        lock = self.root / LOCK_NAME
        with contextlib.suppress(OSError):
            if lock.exists():
                with exclusive_lock(lock, 0) as taken:
                    if taken and not self.path.exists():
                        lock.unlink()

    @contextlib.contextmanager
    def transaction(self, durable: bool = True) -> Iterator[Transaction]:
        """A write transaction: durable when the block ends, undone when it raises.

        Inside another transaction it joins that one. Waits up to ``wait_seconds`` for other writers,
        then raises LibraryBusy. Without ``durable`` a power cut (but no kill) may undo it, as if it had never
        been; the next durable one makes it durable too. It saves the sync.
        """
        with self._own_turn():
            if self._statements is not None:
                if not self._writing:
                    raise RuntimeError("a write transaction cannot begin inside a read")
                yield self._statements
                return
            with self._translated():
                if not self.held and self._ready().readonly("main"):
                    raise library_read_only(self.root, "it was opened for reading only", self._kept)
                with self._write_lock(), self._relaxed(not durable):
                    yield from self._run("BEGIN IMMEDIATE", writing=True)

    @contextlib.contextmanager
    def read(self) -> Iterator[Transaction]:
        """Consistent reads: the block sees one moment of the library. Inside another block it joins it."""
        with self._own_turn():
            if self._statements is not None:
                yield self._statements
                return
            with self._translated():
                self._ready()
                yield from self._run("BEGIN", writing=False)

    def _run(self, begin: str, writing: bool) -> Iterator[Transaction]:
        connection = self._ready()
        connection.execute(begin)
        self._statements, self._writing = Transaction(connection), writing
        try:
            yield self._statements
            connection.execute("COMMIT")
        finally:
            self._statements, self._writing = None, False
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if self._alone:
                self.close()

    @contextlib.contextmanager
    def _relaxed(self, wanted: bool) -> Iterator[None]:
        if wanted:
            self._ready().pragma("synchronous", "normal")
        try:
            yield
        finally:
            if wanted and self._connection is not None:  # one that stands alone is closed by now
                self._connection.pragma("synchronous", "full")

    @property
    def read_only(self) -> bool:
        """Whether only reading is possible: because of permissions or read-only media, or it was asked for."""
        with self._own_turn(), self._translated():
            return self.held or self._ready().readonly("main")

    def copy_to(self, path: Path) -> None:
        """Write the database as it is at this moment to the new file ``path``, page by page; others may go on writing.

        The pages keep their places, so that copies differ where the library does. Not durable. Raises also OSError.
        """
        with self._own_turn(), self._translated():
            copy_pages(self._ready(), path, self.key)

    def image(self) -> bytes:
        """The pages of the database as they are at this moment, unencrypted, in memory."""
        with self.read(), self._translated():
            return self._ready().serialize("main")

    def truncate_log(self) -> None:
        """Bring the log into the database and empty it, so that no older state of a page is left in it."""
        with self._own_turn(), self._translated(), self._write_lock():
            self._ready().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def replace_with(self, path: Path) -> None:
        """Make the content of the database at ``path``, in one step, that of this one; its form may be an older one.

        Whoever has this library open sees one large change. Raises LibraryReadOnly, LibraryBusy, LibraryCorrupt.
        """
        with self._own_turn(), self._translated():
            source = connect(path, apsw.SQLITE_OPEN_READONLY, "immutable=1", key=self.key)
            try:
                connection = self._ready()
                with self._write_lock(), connection.backup("main", source, "main") as pages:
                    while not pages.done:
                        pages.step(-1)
            finally:
                source.close()
        self.close()  # the next to open it brings it to the present form

    def problems(self) -> tuple[str, ...]:
        """What SQLite finds wrong with the file, its references and its text index; empty when all is well.

        Reads the whole database: about 5 s at a million assets, during part of which writers wait.
        """
        # FTS5 checks its index against what a connection remembers of it, and reports damage that is not
        # there when another process has written since (seen with SQLite 3.54): look through a new one.
        self.close_if_idle()
        with self.read() as statements:
            found = broken_rows(statements)
        if found or self.read_only:
            return found
        with self.transaction() as statements:
            return broken_text_indexes(statements)

    def close(self) -> None:
        """Close the connection, if one is open. The object stays usable and opens it again when needed."""
        with self._own_turn(), self._translated():
            if self._connection is not None:
                self._connection.close()
            self._connection, self._alone = None, False

    @property
    def _temporary(self) -> Path:
        return self.root / TEMPORARY_NAME

    @contextlib.contextmanager
    def _write_lock(self) -> Iterator[None]:
        if self.held:
            raise library_held(self.root, self._kept)
        with contextlib.ExitStack() as stack:
            with disk_errors(self.root, self._kept):
                lock = exclusive_lock(self.root / LOCK_NAME, self.wait_seconds)
                taken = stack.enter_context(lock)
            if not taken:
                raise library_busy(self.root, self.wait_seconds, self._kept)
            yield

    def _own_turn(self) -> threading.RLock:
        """The lock between threads. After a fork in the middle of a transaction there is none to have."""
        if self._process != os.getpid():
            if self._connection is not None:
                raise RuntimeError("this process was forked inside a transaction of its library")
            self._turn, self._process = threading.RLock(), os.getpid()
        return self._turn

    def close_if_idle(self) -> None:
        """Close the connection unless a transaction or read is under way in some thread."""
        if self._process == os.getpid() and self._turn.acquire(blocking=False):
            try:
                if self._statements is None:
                    self.close()
            finally:
                self._turn.release()

    def _ready(self) -> apsw.Connection:
        if self._connection is None:
            self._connection = self._open()
            close_before_forks(self)
        return self._connection

    def _open(self) -> apsw.Connection:
        if not self.path.is_file():
            raise library_not_found(self.root, self._kept)
        refuse_unfit_filesystem(self.root)
        connection, self._alone = open_at_least_for_reading(
            self.path, self.wait_seconds, self._kept, self.key
        )
        try:
            self._check_and_upgrade(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _check_and_upgrade(self, connection: apsw.Connection) -> None:
        latest = self._migrations[-1].number
        version = connection.pragma("user_version")
        if connection.pragma("application_id") != APPLICATION_ID or version < 1:
            raise database_damaged(self.path, "it is empty or belongs to another program", self._kept)
        if version > latest:
            raise library_newer(self.root, version, latest, self._kept)
        if version == latest:
            return
        if connection.readonly("main") or self.held:
            raise library_read_only(
                self.root, f"it has format {version} and must be brought to {latest} first", self._kept
            )
        with self._write_lock():
            version = connection.pragma("user_version")  # another process may have been faster
            if version < latest:
                self._back_up(connection, version)
                self._apply(connection, after=version)

    def _back_up(self, connection: apsw.Connection, version: int) -> None:
        """Keep the database as it was before a migration, beside it, whole and durable."""
        with temporary_folder(self._temporary) as folder:
            copy = folder.path / self.path.name
            connection.execute("VACUUM INTO ?", (uri(copy),))
            sync_file(copy)
            current().replace(copy, self.path.with_name(f"{self.path.name}.before-{version + 1}"))
            sync_folder(self.root)

    def _apply(self, connection: apsw.Connection, after: int) -> None:
        """Bring the schema from step ``after`` to the last one: all of it, or nothing."""
        steps = self._migrations[after:]
        connection.execute("BEGIN IMMEDIATE")
        try:
            for step in steps:
                connection.execute(step.sql)
            if self._rebuild is not None and any(step.rebuilds for step in steps):
                self._rebuild(Transaction(connection))
            connection.pragma("user_version", steps[-1].number)
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:  # a full disk has undone it already
                connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """The one place where SQLite's errors become ours."""
        try:
            yield
        except apsw.Error as error:
            number = getattr(error, "system_errno", 0)
            if not number and self._connection is not None:
                number = self._connection.system_errno
            explained = explain(error, number, self.path, self.wait_seconds, self._kept)
            if explained is None:
                raise
            raise explained from error
