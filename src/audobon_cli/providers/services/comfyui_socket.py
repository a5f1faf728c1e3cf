"""What a ComfyUI server tells over its websocket while it works. Losing it loses nothing: history has the rest."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import websocket

from audobon_cli.domain.foreign.documents import parse_json
from audobon_cli.providers.protocol import FailureKind, ProviderFailure
from audobon_cli.settings.proxies import require_usable_proxies

LISTEN_SECONDS = 1.0
CONNECT_SECONDS = 10.0


class ServerSocket:
    """The connection to ``server`` as the client ``client_id``; opened when it is first needed."""

    def __init__(self, server: str, client_id: str) -> None:
        parts = urlsplit(server)
        scheme = "wss" if parts.scheme == "https" else "ws"
        self._address = urlunsplit((scheme, parts.netloc, f"{parts.path}/ws", f"clientId={client_id}", ""))
        self._connection: websocket.WebSocket | None = None

    def open(self) -> None:
        """Connect, unless that is done. Raises ProviderFailure (UNREACHABLE)."""
        if self._connection is not None:
            return
        require_usable_proxies(self._address)
        try:
            self._connection = websocket.create_connection(self._address, timeout=CONNECT_SECONDS)
        except (websocket.WebSocketException, OSError) as error:
            raise ProviderFailure(
                FailureKind.UNREACHABLE, f"no websocket ({type(error).__name__})"
            ) from error
        self._connection.settimeout(LISTEN_SECONDS)

    def next(self) -> dict[str, Any] | None:
        """The next message; None where none came for a second. Raises ProviderFailure (LOST) when it is closed."""
        if self._connection is None:
            raise ProviderFailure(FailureKind.LOST, "the websocket is closed")
        try:
            text = self._connection.recv()
        except websocket.WebSocketTimeoutException:
            return None
        except (websocket.WebSocketException, OSError) as error:
            self.close()
            raise ProviderFailure(FailureKind.LOST, "the websocket broke off") from error
        if not isinstance(text, str) or not text:
            return {}  # binary: a preview of the picture
        try:
            message = parse_json(text, lenient=True)
        except ValueError:
            return {}
        return message if isinstance(message, dict) else {}

    def close(self) -> None:
        """Close the connection; ``open`` makes a new one."""
        if self._connection is not None:
            self._connection.shutdown()  # type: ignore[no-untyped-call]
        self._connection = None
