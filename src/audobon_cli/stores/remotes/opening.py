"""From an address to a remote."""

from pathlib import Path

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.stores.remotes.directory import DirectoryRemote
from audobon_cli.stores.remotes.remote import Remote


def open_remote(address: str, *, create: bool = False) -> Remote:
    """The remote at ``address``: the path of a folder, or ``gs://bucket/prefix``.

    ``create`` makes a folder that is not there; a bucket is never made. Raises InvalidInput for other
    addresses, and what a Remote raises.
    """
    scheme, separator, _ = address.partition("://")
    if separator or not address:
        raise InvalidInput(
            f"{address or 'An empty address'} is no place for a backup: {scheme or 'nothing'}:// is not known.",
            hint="name a folder, or gs://BUCKET/FOLDER",
        )
    return DirectoryRemote(Path(address).absolute(), create=create)
