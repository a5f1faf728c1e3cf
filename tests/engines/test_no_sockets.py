"""`generate --offline` in a process of its own, from the first import on, opens no socket to any network."""

import subprocess
import sys

from tests.fault_injection import child_environment
from tests.tiny_models import clip_folder

WATCHED = """
import socket, sys
opened = []
create = socket.socket.__init__
def watched(self, family=-1, *rest, **more):
    if family != socket.AF_UNIX:
        opened.append(family)
    create(self, family, *rest, **more)
socket.socket.__init__ = watched
socket.getaddrinfo = lambda *asked, **more: opened.append(asked) or []
from audobon_cli.cli.main import run
status = run(sys.argv[1:])
print(status, opened, file=sys.stderr)
"""


def test_generating_offline_opens_no_socket() -> None:
    environment = child_environment()
    environment["PYTHONPATH"] += ":" + ":".join(sys.path)
    made = ["generate", "cat", "--model", str(clip_folder()), "--steps", "1", "--seed", "1", "--quiet"]
    ran = subprocess.run(
        [sys.executable, "-c", WATCHED, *made, "--offline"],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert ran.stderr.splitlines()[-1] == "0 []", ran.stderr
