"""Ports for servers that cannot choose one themselves."""

import random
import socket
import subprocess
import time
import urllib.error
import urllib.request

from tests.waiting import PATIENCE_SECONDS

FIRST_PORT, LAST_PORT = 20_000, 32_000
"""Below those that systems give to connections and to servers that take any port (from 32768 on Linux, from 49152
elsewhere): what is free here stays so until whoever it was chosen for has bound it."""


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now, and that the system gives to nobody by itself."""
    draw = random.SystemRandom()  # each of the processes that tests run in draws others
    for _ in range(1000):
        port = draw.randrange(FIRST_PORT, LAST_PORT)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")


def wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    """Return once the server that ``process`` is answers at ``address``, whatever it says."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the server for {address} ended with status {process.returncode}"
        try:
            urllib.request.urlopen(address, timeout=PATIENCE_SECONDS).close()
        except urllib.error.HTTPError as answer:
            answer.close()
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"nothing answers at {address}")
