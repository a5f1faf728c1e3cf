"""From an address to a remote."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.remotes.addresses import GCS, KINDS, S3, bucket_and_prefix
from audobon_cli.remotes.bandwidth import BandwidthLimit, Paces
from audobon_cli.remotes.base import Remote
from audobon_cli.remotes.counting import CountingRemote
from audobon_cli.remotes.directory.remote import DirectoryRemote
from audobon_cli.remotes.options import ADDRESSINGS, S3_STORAGE_CLASSES, STORAGE_CLASSES, RemoteOptions
from audobon_cli.remotes.retry import RetryingRemote, retry_remote

if TYPE_CHECKING:
    from audobon_cli.remotes.gcs.bucket import BucketFacts
    from audobon_cli.remotes.gcs.remote import GcsRemote
    from audobon_cli.remotes.gcs.stored import StoredObject

T = TypeVar("T")


def open_remote(address: str, options: RemoteOptions | None = None, *, create: bool = False) -> Remote:
    """The remote at ``address``: the path of a folder, ``gs://bucket/prefix`` or ``s3://bucket/prefix``.

    ``create`` makes a folder that is not there; a bucket is never made. Nothing is asked of a bucket yet.
    Raises InvalidInput for other addresses or impossible options, and for a folder what a Remote raises.
    """
    options = options or RemoteOptions()
    paces = Paces(
        BandwidthLimit(options.upload_bytes_per_second), BandwidthLimit(options.download_bytes_per_second)
    )
    if address.startswith(GCS):
        return _open_gcs(address, options, paces)
    if address.startswith(S3):
        return _open_s3(address, options, paces)
    if not address or "://" in address:
        raise InvalidInput(
            f"{address!r} is no place for a backup.",
            hint=f"name {KINDS}",
            address=address,
        )
    return DirectoryRemote(Path(address).absolute(), create=create, paces=paces)


def _open_gcs(address: str, options: RemoteOptions, paces: Paces) -> Remote:
    from audobon_cli.remotes.gcs.remote import GcsRemote
    from audobon_cli.remotes.upload_journal import UploadJournal

    bucket, prefix = bucket_and_prefix(address, GCS)
    if options.gcs.storage_class not in ("", *STORAGE_CLASSES):
        raise InvalidInput(
            f"{options.gcs.storage_class} is no storage class.",
            hint=f"choose from {', '.join(STORAGE_CLASSES)}",
        )
    journal = UploadJournal(_uploads(options))
    return RetryingRemote(
        GcsRemote(bucket, prefix, options.gcs, options.retries, paces, journal), options.retries
    )


def _open_s3(address: str, options: RemoteOptions, paces: Paces) -> Remote:
    from audobon_cli.remotes.s3.remote import S3Remote
    from audobon_cli.remotes.upload_journal import UploadJournal

    bucket, prefix = bucket_and_prefix(address, S3)
    if options.s3.storage_class not in ("", *S3_STORAGE_CLASSES):
        raise InvalidInput(
            f"{options.s3.storage_class} is no storage class of S3 that can be read at once.",
            hint=f"choose from {', '.join(S3_STORAGE_CLASSES)}",
        )
    if options.s3.addressing not in ("", *ADDRESSINGS):
        raise InvalidInput(
            f"{options.s3.addressing} is no way of addressing buckets.",
            hint=f"choose from {', '.join(ADDRESSINGS)}",
        )
    journal = UploadJournal(_uploads(options))
    return RetryingRemote(
        S3Remote(bucket, prefix, options.s3, options.retries, paces, journal), options.retries
    )


def _uploads(options: RemoteOptions) -> Path | None:
    """Where the journal of uploads lies."""
    return None if options.state_folder is None else options.state_folder / "uploads"


def check_conditions(remote: Remote) -> tuple[str, ...]:
    """Try whether the place honours what its protocol leaves to servers: before anything is kept there. What is worth
    knowing of it. Raises RemoteConditionsIgnored, and what a Remote raises."""
    from audobon_cli.remotes.s3.remote import S3Remote

    bare = _bare(remote)
    if not isinstance(bare, S3Remote):
        return ()
    if retry_remote(bare.conditions.require_writes, bare.connection.retries, address=bare.address):
        return ()
    return ("The server does not check what it deletes: prune from one machine at a time.",)


def bucket_facts(remote: Remote) -> "BucketFacts | None":
    """What the bucket of a remote is set to; None for other places, and where the account may not look.

    Raises what a Remote raises.
    """
    from audobon_cli.remotes.gcs.bucket import read_facts

    gcs = _gcs_of(remote)
    return None if gcs is None else _ask(gcs, lambda: read_facts(gcs.connection))


def chosen_storage_class(remote: Remote) -> str | None:
    """The class that new packs get there, "" if that is left to the bucket; None for places without classes."""
    gcs = _gcs_of(remote)
    return None if gcs is None else gcs.options.storage_class


def objects_stored(remote: Remote, soft_deleted: bool) -> "list[StoredObject] | None":
    """All that is billed there, or what was deleted and is kept for a while; None for places that bill nothing.

    Raises what a Remote raises.
    """
    from audobon_cli.remotes.gcs.stored import stored_objects

    gcs = _gcs_of(remote)
    if gcs is None:
        return None
    connection, prefix = gcs.connection, f"{gcs.prefix}/" if gcs.prefix else ""
    return _ask(gcs, lambda: list(stored_objects(connection, prefix, soft_deleted)))


def suggest_lifecycle(remote: Remote) -> "list[dict[str, Any]]":
    """Lifecycle rules that suit a backup there, in the JSON API's form; none for other places."""
    from audobon_cli.remotes.gcs.bucket import lifecycle_rules

    gcs = _gcs_of(remote)
    return [] if gcs is None else lifecycle_rules(gcs.prefix, gcs.options.storage_class)


def set_lifecycle(remote: Remote) -> int:
    """Add those rules to the bucket; how many were new. Raises what a Remote raises."""
    from audobon_cli.remotes.gcs.bucket import add_lifecycle

    gcs, rules = _gcs_of(remote), suggest_lifecycle(remote)
    return 0 if gcs is None else _ask(gcs, lambda: add_lifecycle(gcs.connection, rules))


def _ask(gcs: "GcsRemote", ask: Callable[[], T]) -> T:
    return retry_remote(ask, gcs.connection.retries, address=gcs.address)


def _gcs_of(remote: Remote) -> "GcsRemote | None":
    from audobon_cli.remotes.gcs.remote import GcsRemote

    bare = _bare(remote)
    return bare if isinstance(bare, GcsRemote) else None


def _bare(remote: Remote) -> Remote:
    """The remote without what is wrapped around it."""
    while isinstance(remote, RetryingRemote | CountingRemote):
        remote = remote.inner
    return remote
