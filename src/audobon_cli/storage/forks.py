"""SQLite's locks do not survive a fork: a child must inherit no open database."""

import functools
import weakref
from typing import Protocol

from audobon_cli.platforms import current


class Closing(Protocol):
    """A database that closes itself unless it is in use."""

    def close_if_idle(self) -> None:
        """Close the connection, if nothing is under way."""
        ...


_opened: "weakref.WeakSet[Closing]" = weakref.WeakSet()


def close_before_forks(database: Closing) -> None:
    """Close ``database`` before each fork of this process, for as long as it exists."""
    _watch()
    _opened.add(database)


@functools.cache
def _watch() -> None:
    current().before_fork(_close_idle)


def _close_idle() -> None:
    for database in list(_opened):
        database.close_if_idle()
