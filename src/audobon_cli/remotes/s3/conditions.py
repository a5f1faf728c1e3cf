"""Whether a server honours the conditions of requests, on which everything that several machines write depends.

Amazon S3 does since 2024 (writes) and 2025 (deletes). Servers that do not know a condition pass over it in silence, and
the write happens: so it is tried on objects that are there for nothing else.
"""

import contextlib
import secrets
import threading
from collections.abc import Iterator

from audobon_cli.domain.errors import RemoteConditionsIgnored
from audobon_cli.remotes.s3.connection import S3Answered, S3Connection

PROBES = "probes/"
OTHER_ETAG = '"00000000000000000000000000000000"'
REFUSED = frozenset({404, 412})


class Conditions:
    """Tries conditions on one bucket, each once."""

    def __init__(self, connection: S3Connection, prefix: str) -> None:
        self._connection = connection
        self._prefix = prefix
        self._matches: bool | None = None
        self._lock = threading.Lock()

    def require_match(self) -> None:
        """Raise RemoteConditionsIgnored unless If-Match is honoured. Asks once."""
        with self._lock:
            if self._matches is None:
                key = f"{self._prefix}{PROBES}{secrets.token_hex(8)}"
                self._matches = self._is_refused("put_object", key, Body=b"", IfMatch=OTHER_ETAG)
                if not self._matches:
                    self._clear(key)
        if not self._matches:
            raise self._ignored("If-Match")

    def require_writes(self) -> bool:
        """Raise RemoteConditionsIgnored unless those of writes are honoured; whether that of deletes is, too."""
        self.require_match()
        with self._probe() as key:
            if not self._is_refused("put_object", key, Body=b"", IfNoneMatch="*"):
                raise self._ignored("If-None-Match")
            return self._is_refused("delete_object", key, IfMatch=OTHER_ETAG)

    @contextlib.contextmanager
    def _probe(self) -> Iterator[str]:
        key = f"{self._prefix}{PROBES}{secrets.token_hex(8)}"
        try:
            self._connection.ask("put_object", Key=key, Body=b"")
        except S3Answered as answered:
            raise self._connection.explain(answered) from answered
        try:
            yield key
        finally:
            self._clear(key)

    def _is_refused(self, name: str, key: str, **arguments: object) -> bool:
        """Whether the server sees that the condition does not hold; a server that cannot says 501 at best."""
        try:
            self._connection.ask(name, Key=key, **arguments)
        except S3Answered as answered:
            refusal = answered.refusal
            if refusal.is_precondition or (refusal.status in REFUSED and refusal.is_missing_object):
                return True
            if refusal.status == 501:
                return False
            raise self._connection.explain(answered) from answered
        return False

    def _clear(self, key: str) -> None:
        with contextlib.suppress(S3Answered):
            self._connection.ask("delete_object", Key=key)

    def _ignored(self, condition: str) -> RemoteConditionsIgnored:
        where = self._connection.options.endpoint or "the server"
        return RemoteConditionsIgnored(
            f"{self._connection.address} takes no part in conditional writes: {where} passes over {condition}.",
            hint="two machines could overwrite each other there, so that nothing is kept in it; use a newer version of "
            "that server, or another place",
            address=self._connection.address,
            condition=condition,
        )
