"""``--offline`` opens no socket, in any command: the list is made from the command tree."""

import shlex
import socket
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from audobon_cli.cli.reference import commands, examples
from tests.conftest import Audobon, Engines
from tests.fakes.fake_engine import FakeEngine

EXAMPLES = [(name, line) for name, command in commands() for line in examples(command)]
STARTING_PROCESSES = ("audobon warm", "audobon queue run", "audobon queue watch")
"""They wait for processes of their own, which get ``--offline`` handed on and do what is tried here."""


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
        if name.startswith(STARTING_PROCESSES):
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
