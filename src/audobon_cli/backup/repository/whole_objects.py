"""Objects that are named by their content: what lies under the name counts only if it is that content."""

from audobon_cli.backup.repository.problems import damaged
from audobon_cli.domain.errors import RemoteObjectMissing, RemoteObjectShort
from audobon_cli.remotes.base import Remote

COMPARED_BYTES = 4 * 1024 * 1024
"""So much of an object is read at once, that a comparison needs little memory."""
MOST_TRIES = 3


def put_whole(remote: Remote, key: str, content: bytes | memoryview) -> bool:
    """Put an object whose name only this content has; whether it was written. What else lies there is replaced.

    Raises BackupDamaged if something else comes back each time, and what the remote raises: RemoteRefused where a
    retention rule keeps what is damaged.
    """
    for _ in range(MOST_TRIES):
        if remote.put(key, content):
            return True
        version = damaged_version(remote, key, content)
        if version is None:
            return False
        remote.delete(key, version)
    raise damaged(f"{key} at {remote.address} is damaged each time that it is written.", object=key)


def damaged_version(remote: Remote, key: str, content: bytes | memoryview) -> str | None:
    """The version of the object if it is not ``content``; None if it is, "" if it is gone."""
    stat = remote.stat(key)
    if stat is None:
        return ""
    if stat.size_bytes != len(content):
        return stat.version
    view = memoryview(content)
    try:
        for start in range(0, len(content), COMPARED_BYTES):
            piece = view[start : start + COMPARED_BYTES]
            if remote.get(key, start, len(piece)) != piece:
                return stat.version
    except RemoteObjectMissing:
        return ""
    except RemoteObjectShort:
        return stat.version
    return None
