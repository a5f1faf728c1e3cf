"""What every double is: a server on 127.0.0.1, up as long as a ``with`` block lasts."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """Nothing: clients are killed and connections broken on purpose; a wrong answer fails the test by itself."""


class LocalServer:
    """A context manager. Its ``handler`` finds it under the attribute ``name``."""

    def __init__(self, handler: type[BaseHTTPRequestHandler], name: str) -> None:
        self.lock = threading.RLock()
        self._server = _Server(("127.0.0.1", 0), type("Handler", (handler,), {name: self}))
        self.port = self._server.server_address[1]
        self.address = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
