"""A port of this machine and a secret beside it, for systems without sockets in the file system.

The file at the place names the port and holds the secret; its folder is the user's alone. Any user may connect to the
port, so both sides prove that they know the secret before either takes anything that the other says for a pickle.
"""

import contextlib
import hmac
import json
import secrets
import socket
from multiprocessing.connection import Connection
from pathlib import Path

HOST = "127.0.0.1"
NONCE_BYTES = 32


class LoopbackListener:
    """See LocalListener: a free port, written to ``place``."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._secret = secrets.token_bytes(NONCE_BYTES)
        self._socket = socket.socket(socket.AF_INET)
        try:
            self._socket.bind((HOST, 0))
            self._socket.listen()
            draft = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
            port = self._socket.getsockname()[1]
            draft.write_text(json.dumps({"port": port, "secret": self._secret.hex()}), encoding="ascii")
            draft.replace(place)
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
        """See LocalListener."""
        prove(connection, self._secret, b"server", b"client", seconds)

    def close(self) -> None:
        """See LocalListener."""
        self._socket.close()
        with contextlib.suppress(OSError):  # somebody reads it: nobody listens there any more
            self._place.unlink(missing_ok=True)


def connect_loopback(place: Path, seconds: float) -> Connection:
    """Reach who listens at ``place``. Raises OSError or EOFError."""
    try:
        found = json.loads(place.read_text(encoding="ascii"))
        address, secret = (HOST, int(found["port"])), bytes.fromhex(found["secret"])
    except (ValueError, KeyError, TypeError) as error:
        raise ConnectionError(f"{place} names no port") from error
    with socket.create_connection(address, seconds) as reached:
        reached.settimeout(None)
        connection = Connection(reached.detach())
    try:
        prove(connection, secret, b"client", b"server", seconds)
    except BaseException:
        connection.close()
        raise
    return connection


def prove(connection: Connection, secret: bytes, own: bytes, other: bytes, seconds: float) -> None:
    """Both sides send a random number, and then a digest of both with the secret and the role of who sends it.

    Raises OSError or EOFError when the other side does not know ``secret``, or says nothing for ``seconds``.
    """
    mine = secrets.token_bytes(NONCE_BYTES)
    connection.send_bytes(mine)
    theirs = _received(connection, seconds)
    both = min(mine, theirs) + max(mine, theirs)
    connection.send_bytes(hmac.digest(secret, own + both, "sha256"))
    if not hmac.compare_digest(_received(connection, seconds), hmac.digest(secret, other + both, "sha256")):
        raise ConnectionError("the other side does not know the secret")


def _received(connection: Connection, seconds: float) -> bytes:
    if not connection.poll(seconds):
        raise TimeoutError("the other side says nothing")
    return connection.recv_bytes(NONCE_BYTES)
