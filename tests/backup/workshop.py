"""Small libraries and repositories, and how to tell that what was restored is what was backed up."""

import hashlib
import random
import secrets
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.backup.create.point import BackupReport, Purpose, create_backup
from audobon_cli.backup.extras import Extras
from audobon_cli.backup.point_contents import PointContents
from audobon_cli.backup.repository.inventory import write_roster
from audobon_cli.backup.repository.key_slots import UnlockSecret
from audobon_cli.backup.repository.repository import Repository, StoredPoint
from audobon_cli.backup.restore.to_folder import restore_to
from audobon_cli.backup.sync import SyncReport, sync
from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.media import ImageInfo
from audobon_cli.library.add import AssetDraft, add_assets
from audobon_cli.library.store.blobs import BlobStore
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.location import DATABASE_NAME
from audobon_cli.remotes.base import Remote
from audobon_cli.remotes.directory.remote import DirectoryRemote
from tests.fakes.memory_remote import MemoryRemote

SECRET = UnlockSecret(key_file=b"k" * 32)  # no scrypt: tests open repositories often


@dataclass(frozen=True)
class State:
    """A library at one moment: the digest of its database, and its stored files."""

    database: str
    blobs: frozenset[str]


def add_pictures(library: Library, count: int, seed: int, size: int = 400) -> None:
    """File ``count`` pictures of random bytes (nothing here looks at pixels)."""
    draw = random.Random(seed)
    drafts = [
        (
            AssetDraft(f"p{seed}-{number}", AssetKind.SPRITE, ImageInfo(8, 8, "RGBA")),
            draw.randbytes(draw.randrange(1, 2 * size)),
        )
        for number in range(count)
    ]
    add_assets(library, drafts)


def state_of(library: Library) -> State:
    """What a recovery point made now must bring back."""
    if library.keys is not None:
        digest = hashlib.sha256(library.database.image()).hexdigest()
    else:
        copy = library.root / "tmp" / secrets.token_hex(8)
        copy.parent.mkdir(exist_ok=True)
        library.database.copy_to(copy)
        digest = hashlib.sha256(copy.read_bytes()).hexdigest()
        copy.unlink()
    with library.database.read() as statements:
        blobs = frozenset(row[0] for row in statements.rows("SELECT id FROM blobs"))
    return State(digest, blobs)


def restored_state(repository: Repository, stored: StoredPoint, folder: Path) -> State:
    """Restore a point to ``folder``; what came back, every file hashed."""
    done = restore_to(PointContents(repository.reader(), stored.point), folder, lay_open=True)
    assert done.error() is None, done.lost
    blobs = BlobStore(folder)
    for blob in blobs:
        blobs.read(blob)
    database = hashlib.sha256((folder / DATABASE_NAME).read_bytes()).hexdigest()
    return State(database, frozenset(blobs))


def new_repository(remote: Remote) -> Repository:
    """An encrypted repository that SECRET opens."""
    return Repository.create(remote, SECRET)


def memory_repository() -> Repository:
    """One in memory."""
    return new_repository(MemoryRemote())


def folder_repository(folder: Path) -> Repository:
    """The one in ``folder``, made if need be."""
    remote = DirectoryRemote(folder, create=True)
    return Repository.open(remote, SECRET) if remote.stat("config") else new_repository(remote)


def back_up(repository: Repository, library: Library) -> BackupReport:
    """A recovery point, whether or not something has changed."""
    created = create_backup(repository, library, Purpose(Extras()))
    write_roster(repository.remote, repository.keys)
    return created


def copy_all(source: Repository, target: Repository) -> SyncReport:
    """Sync, which must not fail."""
    done = sync(source, target)
    assert done.error() is None
    return done
