"""What a process that gave up everything can still do, tried from inside it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import audobon_cli
from audobon_cli.platforms.base import Confinement
from audobon_cli.sandbox.child import readable_places

TRIES = """
import json, os, resource, signal, socket, sys, threading
sys.path.insert(0, {package!r})
from audobon_cli.platforms import current
secret, folder, parent = {secret!r}, {folder!r}, os.getppid()
held = sorted(current().give_up(512 * 2**20, {readable!r}))
found = {{}}
def attempt(name, call):
    try:
        call()
        found[name] = "done"
    except (OSError, MemoryError, ValueError) as error:
        found[name] = type(error).__name__
attempt("socket", socket.socket)
attempt("pair", socket.socketpair)
attempt("write", lambda: open(folder + "/new", "wb"))
attempt("append", lambda: open(secret, "ab"))
attempt("read elsewhere", lambda: open(secret, "rb").read())
attempt("read own", lambda: open(os.__file__, "rb").read())
attempt("list elsewhere", lambda: os.listdir(folder))
attempt("delete", lambda: os.unlink(secret))
attempt("rename", lambda: os.rename(secret, secret + "2"))
attempt("folder", lambda: os.mkdir(folder + "/made"))
attempt("link", lambda: os.symlink("/", folder + "/link"))
attempt("truncate", lambda: os.truncate(secret, 0))
attempt("mode", lambda: os.chmod(secret, 0o777))
attempt("fork", os.fork)
attempt("exec", lambda: os.execv("/bin/true", ["/bin/true"]))
attempt("kill", lambda: os.kill(parent, signal.SIGTERM))
attempt("limits of others", lambda: resource.prlimit(parent, resource.RLIMIT_CORE, (0, 0)))
attempt("memory", lambda: bytearray(600 * 2**20))
attempt("thread", lambda: threading.Thread(target=int).start())
print(json.dumps([held, found]))
"""
ALLOWED = ("read own", "thread")


@pytest.mark.posix
@pytest.mark.skipif(sys.platform != "linux", reason="of Linux")
def test_nothing_is_left_but_reading_the_program(tmp_path: Path) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    secret = folder / "secret"
    secret.write_text("mine")
    code = TRIES.format(
        package=str(Path(audobon_cli.__file__).parents[1]),
        secret=str(secret),
        folder=str(folder),
        readable=readable_places(),
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=240, check=True
    )
    held, found = json.loads(ran.stdout)
    assert set(held) == set(Confinement)
    assert [name for name, what in found.items() if (what == "done") != (name in ALLOWED)] == []
    assert [secret] == list(folder.iterdir())
    assert secret.read_text() == "mine"
