"""Making repositories, and keeping their addresses in the settings."""

import contextlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from audobon_cli.backup.create.point import refuse_nesting
from audobon_cli.backup.destinations import Destination, Destinations, with_destination
from audobon_cli.backup.opener import TERMS, RepositoryOpener
from audobon_cli.backup.repository.config import KEY as CONFIG
from audobon_cli.backup.repository.repository import Repository
from audobon_cli.domain.errors import (
    DiskFailed,
    DiskFull,
    InvalidInput,
    OutputUnwritable,
    RemoteFull,
    RemoteRefused,
)
from audobon_cli.domain.foreign.text import decode_file, plain
from audobon_cli.encryption.secret_files import Ask, SecretFiles, checked_secret, make_key_file
from audobon_cli.remotes.addresses import CLOUD, GCS, S3
from audobon_cli.remotes.base import Remote
from audobon_cli.storage.durable_files import output_errors, write_output

NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
FIRST_NAME = "main"
"""What the first destination is called in the settings if it is given no name."""


@dataclass(frozen=True, slots=True)
class InitRequest:
    """What kind of repository to make. ``default``: backups go there unless another is named."""

    destination: Destination
    default: bool
    secret: SecretFiles
    encrypted: bool
    lifecycle: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True)
class InitFiles:
    """The settings file that names the destination, and the library that it must not lie in."""

    settings: Path
    library: Path


@dataclass(frozen=True, slots=True)
class InitReport:
    """A new repository. ``key_file`` if one was made; ``settings_file`` if it is there now under ``name``."""

    address: str
    repository: str
    encrypted: bool
    key_file: Path | None
    name: str
    settings_file: Path | None
    lifecycle_rules: int = 0
    notes: tuple[str, ...] = ()


def init_repository(
    opener: RepositoryOpener,
    known: Destinations,
    request: InitRequest,
    files: InitFiles,
    ask: Ask,
) -> InitReport:
    """Make a repository where none is, and keep its address in the settings if it has a name or is the first.

    Raises BackupExists, BackupKeyRefused, InvalidInput and what a Remote raises.
    """
    from audobon_cli.remotes.open import check_conditions

    destination = request.destination
    if not destination.name and not known.named:
        destination = replace(destination, name=FIRST_NAME)
    _check_name(destination.name, known)
    _check_options(request, files.library)
    _check_writable(destination)
    key_file = make_key_file(request.secret) if request.encrypted else None
    secret = None
    if request.encrypted:
        secret = checked_secret(opener.secret(destination, request.secret, ask), TERMS)
    local = not destination.address.startswith(CLOUD)
    with _nothing_left(Path(destination.address).expanduser()) if local else contextlib.nullcontext():
        remote = opener.remote(destination, create=True)
        try:
            notes = check_conditions(remote)
            made = Repository.create(remote, secret, request.label, reserve=local)
            rules, more = _bucket(remote, request.lifecycle)
            notes += more
        finally:
            remote.close()
    named = files.settings if destination.name else None
    if named is not None:
        first = not known.named
        try:
            _name(named, destination, request, made.remote.address, request.default or first)
        except (DiskFull, OutputUnwritable) as error:
            if request.destination.name:
                raise
            notes = (*notes, f"{error.message} So name the repository each time: -d {made.remote.address}")
            named = None
    return InitReport(
        made.remote.address,
        made.config.repository.hex(),
        made.config.encrypted,
        key_file,
        destination.name if named is not None else "",
        named,
        rules,
        notes,
    )


def _check_options(request: InitRequest, library: Path) -> None:
    """Raise InvalidInput for options that do not go together, and for a folder that the library and it lie in."""
    address = request.destination.address
    if not address.startswith(CLOUD):
        refuse_nesting(Path(address).expanduser(), library)
    if request.lifecycle and address.startswith(S3):
        raise InvalidInput(
            "--lifecycle adds rules to buckets of Google Cloud only.",
            hint="docs/backup-s3.md has those that suit S3",
        )
    if not request.encrypted and (request.secret.passphrase_file or request.secret.key_file):
        raise InvalidInput(
            "A passphrase or key file was given together with --no-encryption.", hint="leave out one of them"
        )


@contextlib.contextmanager
def _nothing_left(folder: Path) -> Iterator[None]:
    """Take away again what a repository that could not be made has left in ``folder``, if that held nothing before; not
    where another process has made one meanwhile."""
    before = list(folder.iterdir()) if folder.is_dir() else None
    try:
        yield
    except (RemoteFull, RemoteRefused, DiskFailed):
        if (before == [] or before is None) and not (folder / CONFIG).exists():
            for left in list(folder.iterdir()) if folder.is_dir() else []:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        if before is None:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def _bucket(remote: Remote, lifecycle: bool) -> tuple[int, tuple[str, ...]]:
    """Set a bucket's lifecycle if that was asked for; what is worth knowing of the bucket."""
    from audobon_cli.remotes.open import bucket_facts, set_lifecycle

    if not remote.address.startswith(GCS):
        return 0, ()
    rules = set_lifecycle(remote) if lifecycle else 0
    facts = bucket_facts(remote)
    notes = []
    if facts is not None and facts.soft_delete_days:
        notes.append(f"The bucket keeps deleted objects for {facts.soft_delete_days:g} days, and bills them.")
    if facts is not None and facts.retention_days:
        notes.append(
            f"The bucket keeps every object for {facts.retention_days:g} days: prune waits for that."
        )
    if facts is not None and facts.may_be_public:
        notes.append(
            "Public access to the bucket is not prevented; the backup is encrypted, unless you chose not to."
        )
    if not lifecycle:
        notes.append(
            "`--lifecycle` adds rules that move old packs to the storage class and clear up what is left over."
        )
    return rules, tuple(notes)


def _check_name(name: str, known: Destinations) -> None:
    if name and not NAME.fullmatch(name):
        raise InvalidInput(
            f"A destination cannot be called {name!r}.", hint="use letters, digits, dashes and underscores"
        )
    if name in known.named:
        raise InvalidInput(
            f"A destination is called {name} already: {known.named[name].address}.",
            hint="take another name, or remove that one from the settings",
        )


def _check_writable(destination: Destination) -> None:
    """Refuse what a file of settings, which is UTF-8, cannot say of a destination that it names."""
    if destination.name and plain(destination.address) != destination.address:
        raise InvalidInput(
            f"The settings cannot name {destination.address}, which is not valid UTF-8.",
            hint="rename the folder",
        )


def _name(file: Path, destination: Destination, request: InitRequest, address: str, default: bool) -> None:
    """Append the destination to the settings, whose other lines and comments stay as they are."""
    absolute = {
        key: str(Path(value).expanduser().absolute()) if value else ""
        for key, value in (
            ("passphrase_file", request.secret.passphrase_file),
            ("key_file", request.secret.key_file),
        )
    }
    with output_errors(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        before = decode_file(file.read_bytes()) if file.exists() else ""
        text = with_destination(before, replace(destination, address=address, **absolute), default)
        write_output(file, text.encode(), overwrite=True)
