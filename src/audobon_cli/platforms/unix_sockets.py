"""A socket in the file system, which only those reach who may enter its folder."""

import os
import socket
from multiprocessing.connection import Connection
from pathlib import Path


class UnixListener:
    """See LocalListener: a socket of mode 0600 at ``place``."""

    def __init__(self, place: Path) -> None:
        self._place = place
        place.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            mask = os.umask(0o177)
            try:
                self._socket.bind(str(place))
            finally:
                os.umask(mask)
            self._socket.listen()
        except BaseException:
            self._socket.close()
            raise

    def accept(self, seconds: float) -> Connection:
        """See LocalListener."""
        self._socket.settimeout(seconds)
        accepted, _ = self._socket.accept()
        accepted.setblocking(True)
        return Connection(accepted.detach())

    def greet(self, connection: Connection, seconds: float) -> None:
        """See LocalListener: whoever came through the folder is this user."""

    def close(self) -> None:
        """See LocalListener."""
        self._socket.close()
        self._place.unlink(missing_ok=True)
