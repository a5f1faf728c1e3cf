"""Clearing away what has served its purpose, where the destination allows it."""

from audobon_cli.domain.errors import RemoteRefused
from audobon_cli.remotes.base import Remote


def discard(remote: Remote, key: str, version: str | None = None) -> bool:
    """Delete an object that nobody needs; False, and it stays, where a retention rule or missing rights forbid it."""
    try:
        return remote.delete(key, version)
    except RemoteRefused:
        return False
