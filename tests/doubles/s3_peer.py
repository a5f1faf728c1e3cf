"""moto's server, an independent implementation of S3's protocol that others wrote."""

import contextlib
import importlib.util
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

from tests.ports import free_port, wait_for

IS_INSTALLED = all(importlib.util.find_spec(name) is not None for name in ("moto", "flask", "flask_cors"))


@contextlib.contextmanager
def running_moto(*buckets: str) -> Iterator[str]:
    """Its endpoint, while it runs, with these buckets. IS_INSTALLED must be true."""
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(f"{endpoint}/moto-api/data.json", process)
            for bucket in buckets:
                request = urllib.request.Request(f"{endpoint}/{bucket}", method="PUT")
                urllib.request.urlopen(request, timeout=60).close()
            yield endpoint
        finally:
            process.kill()
