"""A library folder: its stored files, its database, its assets."""

import contextlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from audobon_cli.domain.errors import AudobonError, LibraryCorrupt, LibraryKeyRefused
from audobon_cli.library.store import sql as sql
from audobon_cli.library.store.assets import AssetStore
from audobon_cli.library.store.blobs import BlobStore
from audobon_cli.library.store.location import DATABASE_NAME, ENCRYPTING, find_library, is_encrypted
from audobon_cli.library.store.location import LIBRARY_FOLDER as LIBRARY_FOLDER
from audobon_cli.library.store.migrations import MIGRATIONS
from audobon_cli.library.store.stored_form import PLAIN
from audobon_cli.storage.database import Database
from audobon_cli.storage.disk_errors import (
    ENCRYPTED,
    LIBRARY,
    library_busy,
    library_errors,
    library_held,
    library_not_found,
)
from audobon_cli.storage.file_locks import exclusive_lock, shared_lock
from audobon_cli.storage.filesystems import refuse_no_folder, refuse_unfit_filesystem
from audobon_cli.storage.sqlite import WAIT_SECONDS

if TYPE_CHECKING:
    import tempfile

    from audobon_cli.library.store.encryption.keys import LibraryKeys
    from audobon_cli.library.store.encryption.sealed_form import SealedForm
    from audobon_cli.library.store.overview import AssetSurvey
    from audobon_cli.library.store.quota import Quota
    from audobon_cli.library.store.writer import AssetChanges
    from audobon_cli.storage.transaction import Transaction

PIN_NAME = "pin"
IGNORED = ".gitignore"


class Witness(Protocol):
    """Records changes."""

    def record(self, statements: "Transaction", did: Mapping[str, Sequence[str]]) -> None:
        """Record what was done, ids of assets by verb, in the same transaction."""
        ...

    def keep(self) -> None:
        """What was recorded last is durable."""
        ...


class Library:
    """The library in the folder ``root``. Making one of these touches no disk: parts open when used.

    ``most_bytes`` is what its files may take (None: no limit), ``has_grown`` whether it was given any that it did not
    have, ``witness`` what records changes (None: nothing does), ``given_by_rules`` how often tag rules gave or took
    each tag since it was opened.

    ``keys`` open one that is encrypted. A ``read_only`` one is never changed: whatever would raises LibraryReadOnly.
    """

    def __init__(
        self,
        root: Path,
        wait_seconds: float = WAIT_SECONDS,
        keys: "LibraryKeys | None" = None,
        read_only: bool = False,
    ) -> None:
        self.root = root
        self.keys = keys
        self.read_only = read_only
        self.blobs = BlobStore(root, PLAIN if keys is None else _sealed(keys), read_only)
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        self.most_bytes: int | None = None
        self.has_grown = False
        self.witness: Witness | None = None
        self.given_by_rules: Counter[str] = Counter()
        self._keep_in(root, wait_seconds, read_only)

    @classmethod
    def create(
        cls,
        root: Path,
        wait_seconds: float = WAIT_SECONDS,
        hidden_from_git: bool = False,
        keys: "LibraryKeys | None" = None,
    ) -> Self:
        """Make a library in ``root``, or find it made; safe to run again after a kill, and to race. What cannot be
        made whole leaves nothing behind.

        ``hidden_from_git`` keeps the stored pictures out of a git repository around it. Raises LibraryReadOnly,
        DiskFull, FilesystemUnsupported, and LibraryCorrupt when files are stored in ``root`` but the database that
        should name them is gone, and LibraryKeyRefused where one that is encrypted is or was begun, and there are no
        ``keys``.
        """
        library = cls(root, wait_seconds, keys)
        if keys is None and is_encrypted(root):
            raise _locked(root, begun=not library.exists)
        if library.exists:
            return library
        refuse_no_folder(root)
        refuse_unfit_filesystem(root)
        library.refuse_lost_database()
        made = [folder for folder in (root, *root.parents) if not folder.exists()]
        try:
            with library_errors(root):
                root.mkdir(parents=True, exist_ok=True)
                if hidden_from_git and not (root / IGNORED).exists():
                    (root / IGNORED).write_text("*\n", encoding="utf-8")
            library.blobs.create()
            library.database.create()
        except AudobonError:
            if root in made:
                library.database.discard_lock()
                (root / IGNORED).unlink(missing_ok=True)
            remove_empty(made)
            raise
        return library

    @classmethod
    def open(
        cls,
        root: Path,
        wait_seconds: float = WAIT_SECONDS,
        keys: "LibraryKeys | None" = None,
        read_only: bool = False,
    ) -> Self:
        """The library in ``root``. Raises LibraryNotFound, LibraryCorrupt when its database is gone, and
        LibraryKeyRefused for an encrypted one without ``keys``.

        The database itself is opened on first use, and what is wrong with it is raised then.
        """
        library = cls(root, wait_seconds, keys, read_only)
        if not library.exists:
            library.refuse_lost_database()
            raise library_not_found(root)
        if keys is None and is_encrypted(root):
            raise _locked(root, begun=False)
        return library

    def _keep_in(self, folder: Path, wait_seconds: float, read_only: bool) -> None:
        self.database = Database(
            folder,
            DATABASE_NAME,
            MIGRATIONS,
            wait_seconds,
            _rebuild_index,
            LIBRARY if self.keys is None else ENCRYPTED,
            None if self.keys is None else self.keys.database,
        )
        self.database.held = read_only
        self.assets = AssetStore(self.database)
        self.__dict__.pop("survey", None)

    @cached_property
    def survey(self) -> "AssetSurvey":
        """Looks over all assets."""
        from audobon_cli.library.store.overview import AssetSurvey

        return AssetSurvey(self.database)

    def work_on_copy(self) -> None:
        """From now on, until it is closed, change a copy of the database that is thrown away then: for reading what
        has to be noted first, where nothing can be written. Raises what Database raises, and OSError."""
        import tempfile

        self._copy = tempfile.TemporaryDirectory(prefix="audobon-")
        folder = Path(self._copy.name)
        self.database.copy_to(folder / DATABASE_NAME)
        self.database.close()
        self._keep_in(folder, self.database.wait_seconds, read_only=False)

    @staticmethod
    def find(start: Path) -> Path | None:
        """The library folder nearest to ``start``; see find_library."""
        return find_library(start)

    @property
    def exists(self) -> bool:
        """Whether a library was made here."""
        return self.database.path.is_file()

    @contextlib.contextmanager
    def change(self) -> "Iterator[AssetChanges]":
        """A transaction of changes: the only way in which the record of an asset changes.

        Durable when the block ends, undone when it raises. Raises what Database.transaction raises, and LibraryFull
        when it adds files and they are more than ``most_bytes``.
        """
        from audobon_cli.library.store.quota import Quota
        from audobon_cli.library.store.writer import AssetChanges

        with self.database.transaction() as statements:
            before = stored_bytes(statements)
            changes = AssetChanges(statements)
            yield changes
            changes.finish()
            self._tag_by_rules(statements, changes)
            if (after := stored_bytes(statements)) > before:
                if self.most_bytes is not None and after > self.most_bytes:
                    raise Quota(before, self.most_bytes).refused(after - before)
                self.has_grown = True
            if self.witness is not None and changes.did:
                self.witness.record(statements, changes.did)
        if self.witness is not None:
            self.witness.keep()

    def _tag_by_rules(self, statements: "Transaction", changes: "AssetChanges") -> None:
        """Tag what was added as the library's rules say (see tag_rules/)."""
        if not changes.did.get("added") or statements.row(sql.HAS_RULES) is None:
            return
        from audobon_cli.library.store.tag_rules.apply import apply_rules

        done = apply_rules(statements, lambda one: self.assets.resolve(one).id, changes.did["added"])
        changes.tagged = {one.after.id: one.after for one in done.assets}
        changes.did["changed"] += list(changes.tagged)
        self.given_by_rules.update(sign for one in done.assets for sign in one.does)

    @property
    def quota(self) -> "Quota | None":
        """What its files take of what they may; None without a limit."""
        from audobon_cli.library.store.quota import Quota

        if self.most_bytes is None:
            return None
        with self.database.read() as statements:
            return Quota(stored_bytes(statements), self.most_bytes)

    def pinned(self) -> AbstractContextManager[None]:
        """Hold this from before files are stored until the rows that name them are committed: gc waits.

        Take it before a transaction, never inside one. Raises LibraryBusy.
        """
        return self._pin(shared=True)

    def collecting(self) -> AbstractContextManager[None]:
        """Hold this to delete stored files: nobody is filing meanwhile. Raises LibraryBusy."""
        return self._pin(shared=False)

    def require_writable(self) -> None:
        """Raise LibraryReadOnly for a library that was opened for reading only: before work whose result it would
        take."""
        if self.read_only:
            raise library_held(self.root)

    @contextlib.contextmanager
    def _pin(self, shared: bool) -> Iterator[None]:
        self.require_writable()
        with contextlib.ExitStack() as stack:
            with library_errors(self.root):
                lock = shared_lock if shared else exclusive_lock
                taken = stack.enter_context(lock(self.root / PIN_NAME, self.database.wait_seconds))
            if not taken:
                raise library_busy(self.root, self.database.wait_seconds)
            yield

    def close(self) -> None:
        """Close the database, if it is open."""
        self.database.close()
        if self._copy is not None:
            self._copy.cleanup()
            self._copy = None
            self._keep_in(self.root, self.database.wait_seconds, self.read_only)

    def refuse_lost_database(self) -> None:
        """Raise LibraryCorrupt where files are stored and the database that should name them is gone, LibraryKeyRefused
        where encrypting was broken off."""
        if (self.root / ENCRYPTING).exists():
            raise LibraryKeyRefused(
                f"`audobon library encrypt` did not come to its end in {self.root}.",
                hint=f"run it again: `audobon library encrypt {self.root}`; the old library is as it was",
                path=str(self.root),
            )
        log = self.root / f"{DATABASE_NAME}-wal"
        if log.exists() or next(iter(self.blobs), None) is not None:
            raise LibraryCorrupt(
                f"The database of the library at {self.root} is gone, though pictures are stored there.",
                hint=f"put a copy of {DATABASE_NAME} back; the pictures in objects/ are not touched",
                path=str(self.database.path),
            )


def stored_bytes(statements: "Transaction") -> int:
    """The bytes of all stored files that the database names."""
    row = statements.row(sql.STORED_BYTES)
    return int(row[0]) if row else 0


def _sealed(keys: "LibraryKeys") -> "SealedForm":
    from audobon_cli.library.store.encryption.sealed_form import SealedForm

    return SealedForm(keys)


def _locked(root: Path, begun: bool) -> LibraryKeyRefused:
    if begun:
        return LibraryKeyRefused(
            f"An encrypted library was begun at {root} and never finished.",
            hint="run `audobon init --encrypted` again; nothing was stored in it yet",
            path=str(root),
        )
    return LibraryKeyRefused(
        f"The library at {root} is encrypted, and was opened without a key.",
        hint="`audobon library key list` shows what opens it",
        path=str(root),
    )


def _rebuild_index(statements: "Transaction") -> None:
    """See writer.rebuild_index, which newer schemas ask for."""
    from audobon_cli.library.store.writer import rebuild_index

    rebuild_index(statements)


def remove_empty(made: list[Path]) -> None:
    """Take away the folders that were made, the innermost first, where nothing lies in them: what another process
    writes there at the same time stays."""
    for root in made[:1]:
        for inner, _, _ in os.walk(root, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(inner)
    for folder in made[1:]:
        with contextlib.suppress(OSError):
            folder.rmdir()
