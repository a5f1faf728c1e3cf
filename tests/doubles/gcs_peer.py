"""gcp-storage-emulator, an independent server of Cloud Storage's protocol that others wrote."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator

from tests.ports import free_port, wait_for

EMULATOR = os.environ.get("GCP_STORAGE_EMULATOR_PATH") or shutil.which("gcp-storage-emulator")


@contextlib.contextmanager
def running_emulator() -> Iterator[str]:
    """Its endpoint, while it runs. EMULATOR must not be None."""
    port = free_port()
    command = [str(EMULATOR), "start", "--host=127.0.0.1", f"--port={port}", "--in-memory"]
    endpoint = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(f"{endpoint}/storage/v1/b?project=x", process)
            yield endpoint
        finally:
            process.kill()
