"""``--offline`` opens no socket, in any command: the list is made from the command tree."""

import os
import shlex
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audobon_cli.cli.reference import commands, examples
from tests.conftest import Audobon, Engines
from tests.fakes.fake_engine import FakeEngine
from tests.fault_injection import child_environment

EXAMPLES = [(name, line) for name, command in commands() for line in examples(command)]
STARTING_PROCESSES = ("audobon warm", "audobon queue run", "audobon queue watch")
"""They wait for processes of their own: tried below, with these."""
ENDLESS = ("audobon monitor", "audobon logs --command generate --follow")
"""Examples that go on until Ctrl-C; the other examples of these commands are tried."""
SERVING = ("audobon studio", "audobon mcp")
"""They listen at this machine's own address or to stdin, which is no network; tests/studio and tests/mcp have what they
answer."""


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What would have reached the network: sockets but for Unix's own, names looked up."""
    found: list[Any] = []
    create = socket.socket.__init__

    def watched(self: socket.socket, family: int = -1, *rest: Any, **more: Any) -> None:
        if family != getattr(socket, "AF_UNIX", None):
            found.append(family)
            raise OSError("no sockets here")
        create(self, family, *rest, **more)

    def looked_up(host: Any, *_: Any, **__: Any) -> None:
        found.append(host)
        raise OSError("no names here")

    monkeypatch.setattr(socket.socket, "__init__", watched)
    for name in ("getaddrinfo", "gethostbyname", "gethostbyaddr", "getfqdn"):
        monkeypatch.setattr(socket, name, looked_up)
    return found


@pytest.fixture
def filled(audobon: Audobon, engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library with a picture, every provider's key, and no processes."""
    engines.give(FakeEngine())
    assert audobon("init").status == 0
    assert (
        audobon("generate", "dragon", "--quality", "draft", "--seed", "1", "--out", "dragon.png").status == 0
    )
    for name in ("REPLICATE_API_TOKEN", "HF_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "abcdefghijkl")

    def refused(*words: Any, **_: Any) -> None:
        raise OSError(2, "no processes here")

    monkeypatch.setattr(subprocess, "Popen", refused)


def test_every_command_has_an_example() -> None:
    assert {name for name, _ in EXAMPLES} == {name for name, _ in commands()}


@pytest.mark.usefixtures("filled")
def test_no_command_opens_a_socket_offline(audobon: Audobon, opened: list[Any]) -> None:
    reached, broken = [], []
    for name, line in EXAMPLES:
        if name.startswith((*STARTING_PROCESSES, *SERVING)) or line in ENDLESS:
            continue
        words = shlex.split(line.split(" | ")[-1].split(" > ")[0])[1:]
        ran = audobon(*words, "--offline", "--json")
        if opened:
            reached.append((line, list(opened)))
            opened.clear()
        if ran.status == 1:
            broken.append((line, ran.json["error"]["message"]))
    assert not reached
    assert not broken


HOOK = """
import os, socket, sys
LOG = os.environ["WATCHED_SOCKETS"]
def note(*what):
    with open(LOG, "a") as file:
        print(os.getpid(), *what, file=file)
def hook(event, arguments):
    if event == "socket.__new__" and arguments[1] in (socket.AF_INET, socket.AF_INET6):
        note(event, arguments[1:])
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        note(event, arguments)
sys.addaudithook(hook)
note("watched", *sys.argv[:1])
"""
"""Of every Python process that begins with this on its path: which families of sockets it makes, which names it
looks up (docs.python.org/3/library/audit_events.html)."""


@pytest.mark.parametrize(
    "lines",
    [
        (
            "queue add cat --quality draft --seed 1",
            "queue command assets list",
            "queue run --offline",
            "queue watch --offline",
        ),
        ("queue add cat --quality draft --seed 1", "queue run --workers 2 --offline"),
        (
            "generate cat --quality draft --seed 1 --keep-warm 60s --offline",
            "models warm list --offline",
            "models warm stop --offline",
        ),
    ],
    ids=["queue run", "two workers", "warm"],
)  # fmt: skip
def test_no_process_that_a_command_begins_opens_one(
    isolation: Path, tmp_path: Path, lines: tuple[str, ...]
) -> None:
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(HOOK)
    log = tmp_path / "sockets"
    environment = child_environment()
    environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path / "hook"), environment["PYTHONPATH"]])
    environment |= {"WATCHED_SOCKETS": str(log), "HF_TOKEN": "abcdefghijkl"}
    with tempfile.TemporaryDirectory() as runtime:  # its path is short enough for a socket
        environment["XDG_RUNTIME_DIR"] = runtime
        for line in ("init", *lines):
            ran = subprocess.run(
                [sys.executable, "-m", "audobon_cli", *line.split()],
                env=environment,
                capture_output=True,
                text=True,
                timeout=180,
                stdin=subprocess.DEVNULL,
            )
            assert ran.returncode == 0, (line, ran.stderr)
    noted = log.read_text().splitlines()
    watched = {line.split()[0] for line in noted if " watched" in line}
    assert len(watched) > len(lines) + 1, "no children were watched"
    assert [line for line in noted if " watched" not in line] == []
