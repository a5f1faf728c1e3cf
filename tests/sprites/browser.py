"""A headless Chromium over its DevTools protocol, and the files it is given, served on 127.0.0.1."""

import base64
import json
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import websocket

from tests.waiting import PATIENCE_SECONDS, until

SECONDS = 240
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless=new", "--no-sandbox", "--remote-debugging-port=0", "--no-first-run", "--hide-scrollbars",
    "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--force-device-scale-factor=1", "--mute-audio",
    "--force-color-profile=srgb", "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
)  # fmt: skip


def chromium() -> str | None:
    """The browser's program, if there is one."""
    return next((path for name in CHROMIUM if (path := shutil.which(name))), None)


class _Files(SimpleHTTPRequestHandler):
    """Files below several folders, each under a path of its own."""

    extensions_map: dict[str, str] = {  # noqa: RUF012
        ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json",
        ".css": "text/css", ".png": "image/png", ".gif": "image/gif", ".apng": "image/apng", ".webp": "image/webp",
        "": "application/octet-stream",
    }  # fmt: skip

    def __init__(self, roots: Mapping[str, Path], *args: Any, **kwargs: Any) -> None:
        self.roots = roots
        super().__init__(*args, **kwargs)

    def translate_path(self, path: str) -> str:
        first, _, rest = unquote(urlsplit(path).path).lstrip("/").partition("/")
        return str(self.roots[first] / rest) if first in self.roots else "/nonexistent"

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def served(roots: Mapping[str, Path]) -> Iterator[str]:
    """The address under which the folders are served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, roots))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class NoValueError(AssertionError):
    """An expression has no value: it threw, or its document went away before it had one."""


@dataclass
class Page:
    """One tab."""

    socket: websocket.WebSocket
    number: int = 0
    said: list[str] = field(default_factory=list)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command of the protocol and its answer."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == self.number:
                assert "error" not in message, message["error"]
                return message["result"]
            if message.get("method") == "Runtime.exceptionThrown":
                details = message["params"]["exceptionDetails"]
                self.said.append(str(details.get("exception", {}).get("description", details["text"]))[:300])

    def open(self, address: str) -> None:
        """Go there, and wait until it is loaded; ``said`` is then what this document said."""
        self.call("Page.enable")
        self.call("Runtime.enable")
        self._leave_by("Page.navigate", url=address)

    def reload(self) -> None:
        """Load the page anew."""
        self._leave_by("Page.reload")

    def _leave_by(self, method: str, **parameters: Any) -> None:
        """Be in a document that has loaded; the one before answers for a while after the command has."""
        self.until("window.isBefore = true")
        self.said.clear()
        self.call(method, **parameters)
        self.until("!window.isBefore && document.readyState === 'complete'")

    def run(self, script: str) -> Any:
        """The value of an expression, awaited if it is a promise. Raises NoValueError."""
        try:
            ran = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        except AssertionError as failed:
            raise NoValueError(script, *failed.args) from None
        if "exceptionDetails" in ran:
            raise NoValueError(script, ran["exceptionDetails"], self.said)
        return ran["result"].get("value")

    def until(self, script: str) -> None:
        """Wait until an expression is true: in whichever document is there, and when it can be worked out at all.

        A page that loads anew takes its document away from under a question, and has another
        that may be empty yet; ``run`` fails then, and what is waited for has not happened.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                if self.run(script):
                    return
                why = self.run("document.body?.innerText.slice(0, 500)")
            except NoValueError as failed:
                why = str(failed)
            assert time.monotonic() < deadline, (script, why, self.said)
            time.sleep(0.02)

    def screenshot(self, width: int, height: int) -> bytes:
        """The page's top left as a PNG."""
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        return base64.b64decode(self.call("Page.captureScreenshot", format="png", clip=clip)["data"])


@contextmanager
def browser() -> Iterator[Page]:
    """A browser with one empty tab."""
    program = chromium()
    assert program is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            with closing(_connected(Path(profile) / "DevToolsActivePort")) as socket:
                yield Page(socket)
        finally:
            process.kill()
            process.wait()


def _connected(port_file: Path) -> websocket.WebSocket:
    """A connection to a new tab."""
    until(lambda: port_file.is_file() and port_file.read_text().count("\n"))
    port, path = port_file.read_text().split("\n")[:2]
    whole = websocket.create_connection(f"ws://127.0.0.1:{port}{path}", timeout=SECONDS, suppress_origin=True)
    page = Page(whole)
    target = page.call("Target.createTarget", url="about:blank")["targetId"]
    whole.close()
    address = f"ws://127.0.0.1:{port}/devtools/page/{target}"
    return websocket.create_connection(address, timeout=SECONDS, suppress_origin=True)
