"""Two machines that push to one place and pull from it, and how to tell that they have the same."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.backup.change_cache import BackupCache
from audobon_cli.backup.destinations import Destination
from audobon_cli.backup.opener import RepositoryOpener
from audobon_cli.domain.ids import BlobId
from audobon_cli.encryption.secret_files import SecretFiles
from audobon_cli.history import branches, commits, maintenance
from audobon_cli.history.model.merge import Side
from audobon_cli.library.store.library import Library
from audobon_cli.library.verify import verify_library
from audobon_cli.settings.google import GoogleAccess
from audobon_cli.storage.durable_files import write_output
from audobon_cli.sync.place import PlaceAccess, SharedPlace
from audobon_cli.sync.pull import LibraryPull, clone, pull
from audobon_cli.sync.push import LibraryPush, push
from tests.history.workshop import AUTHOR, snapshot


@dataclass(frozen=True)
class Machine:
    """A machine with a home of its own in the folder ``home``. ``endpoint`` is that of a double of Cloud Storage."""

    home: Path
    address: str
    endpoint: str = ""

    def create(self) -> Library:
        """Its library, made."""
        return Library.create(self.home / "project" / ".audobon")

    def library(self) -> Library:
        """Its library, opened."""
        return Library.open(self.home / "project" / ".audobon")

    @property
    def access(self) -> PlaceAccess:
        """How it opens places: by a key file that all machines have."""
        self.home.mkdir(parents=True, exist_ok=True)
        key = self.home / "key"
        if not key.exists():
            write_output(key, b"k" * 40, overwrite=True)  # in one step: threads and processes share it
        opener = RepositoryOpener(
            BackupCache(self.home / "cache"),
            (),
            (),
            self.home / "manifests",
            self.home / "uploads",
            google=GoogleAccess(self.endpoint, emulator=True) if self.endpoint else None,
        )
        return PlaceAccess(opener, SecretFiles(key_file=str(key)), lambda: None, lambda: None)

    @contextlib.contextmanager
    def place(self) -> Iterator[SharedPlace]:
        """The place, for reading."""
        with self.access.opened(Destination(self.address)) as place:
            yield place

    def push(self, library: Library, full: bool = False) -> LibraryPush:
        """As `audobon library push`."""
        with self.access.opened_or_made(Destination(self.address), encrypted=True) as place:
            return push(library, place, full)

    def pull(self, library: Library, strategy: Side | None = Side.OURS) -> LibraryPull:
        """As `audobon library pull`."""
        with self.place() as place:
            return pull(library, place, AUTHOR, strategy)

    def clone(self) -> LibraryPull:
        """As `audobon library clone`."""
        with self.place() as place:
            return clone(place, self.home / "project", AUTHOR)

    def exchange(self, library: Library) -> None:
        """Pull and push until the place has what the library has."""
        while True:
            if self.push(library).error() is None:
                return
            self.pull(library)


def check_whole(library: Library) -> None:
    """The library, its files and its history are whole, and nothing is left uncommitted but an edit."""
    assert maintenance.verify(library).problems == ()
    assert verify_library(library).clean
    assert commits.status(library).merging is None


def check_same(one: Library, other: Library) -> None:
    """Both have the same branches at the same commits, the same assets and the same files."""
    assert [(ref.name, ref.commit) for ref in branches.branches(one)] == [
        (ref.name, ref.commit) for ref in branches.branches(other)
    ]
    assert snapshot(one) == snapshot(other)
    assert _blobs_of_history(one) == _blobs_of_history(other)
    for blob in _blobs_of_history(one):
        assert one.blobs.read(blob) == other.blobs.read(blob)


def _blobs_of_history(library: Library) -> set[BlobId]:
    with library.database.read() as statements:
        return {row[0] for row in statements.rows("SELECT blob FROM history_blobs")}
