"""The child from its parent's side: files that end it, limits, and answers that are none."""

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from audobon_cli.domain.errors import PictureUnreadable, PictureUnusable, SandboxUnavailable
from audobon_cli.media.sound.wav import SoundSamples, encode_wav
from audobon_cli.media.untrusted.decoding import decode_content, inspect_file, inspect_files
from audobon_cli.sandbox import child as child_module
from audobon_cli.sandbox import pool
from audobon_cli.sandbox.child import Child, Refused
from audobon_cli.sandbox.policy import SandboxMode, SandboxPolicy
from audobon_cli.sandbox.source import take_policy_from
from audobon_cli.sandbox.tasks import Answer
from tests.sandbox.mutations import large_png, whole_files
from tests.waiting import PATIENCE_SECONDS

POSIX = pytest.mark.posix
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces it")


@pytest.fixture
def child() -> Iterator[Child]:
    made = Child(SandboxPolicy())
    yield made
    made.close()


@pytest.fixture(autouse=True)
def policy() -> Iterator[None]:
    yield
    take_policy_from(SandboxPolicy)


def number_of(child: Child) -> int:
    assert child._process is not None
    return child._process.pid


@POSIX
@pytest.mark.parametrize(
    ("sent", "words"), [(signal.SIGSEGV, "SIGSEGV"), (signal.SIGKILL, "memory runs out")]
)
def test_a_child_that_ends_is_a_file_that_cannot_be_read(child: Child, sent: int, words: str) -> None:
    os.kill(number_of(child), signal.SIGSTOP)
    child.send("inspect", {}, [whole_files()["png"]])
    os.kill(number_of(child), sent)
    os.kill(number_of(child), signal.SIGCONT)
    found = child.receive()
    assert isinstance(found, Refused)
    assert words in found.why
    assert not child.is_open


@POSIX
def test_a_child_that_hangs_is_ended(child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "WALL_FACTOR", 0)
    monkeypatch.setattr(child_module, "WALL_SECONDS", 0.2)
    os.kill(number_of(child), signal.SIGSTOP)
    child.send("inspect", {}, [b"x" * 2**20])  # more than a pipe holds
    found = child.receive()
    assert isinstance(found, Refused)
    assert "import.max_seconds" in found.why


@POSIX
def test_the_files_of_a_batch_whose_child_ends_are_looked_at_one_by_one(child: Child) -> None:
    png = whole_files()["png"]
    os.kill(number_of(child), signal.SIGSTOP)
    child.send("inspect", {}, [png] * 3)
    os.kill(number_of(child), signal.SIGKILL)
    assert [type(one) for one in child.receive_all("inspect", [png] * 3)] == [Answer] * 3


@LINUX
def test_memory_is_limited() -> None:
    take_policy_from(lambda: SandboxPolicy(memory_bytes=256 * 2**20))
    with pytest.raises(PictureUnusable, match=r"256 MiB of memory \(import.max_memory\)"):
        decode_content("image", large_png(6000, 6000), "bomb")
    assert decode_content("image", whole_files()["png"], "small").nbytes == 24 * 24 * 4


@POSIX
def test_time_is_limited() -> None:
    take_policy_from(lambda: SandboxPolicy(seconds=1))
    noise = np.random.default_rng(1).integers(-9000, 9000, 2**16, dtype=np.int16)
    minutes = encode_wav(SoundSamples(np.tile(noise, 440)[:, None], 22050), None)
    with pytest.raises(PictureUnreadable, match=r"1 s of processor time \(import.max_seconds\)"):
        inspect_file(minutes)


def test_a_large_file_gets_a_child_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "LARGE_BYTES", 10)
    begun = []
    begin = Child._begin
    monkeypatch.setattr(
        Child, "_begin", lambda self: (begun.append(self.policy.memory_bytes), begin(self))[1]
    )
    png = whole_files()["png"]
    assert [one.format for one in inspect_files([png, png]) if not isinstance(one, PictureUnreadable)] == [
        "png"
    ] * 2
    assert begun == [SandboxPolicy().memory_bytes + len(png)] * 2


@pytest.mark.parametrize(
    "told", [None, 7, [], {}, {"error": {"code": "no.such"}}, {"more": 1}, {"error": []}]
)
def test_nonsense_is_a_file_that_cannot_be_read(child: Child, told: object) -> None:
    assert child._result_of(told) == Refused("its decoder failed")


def test_a_lacking_module_is_no_fault_of_the_file(child: Child) -> None:
    with pytest.raises(SandboxUnavailable, match="lacks a module"):
        child._result_of({"missing": "No module named 'PIL'"})


def test_what_is_required_and_cannot_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "FULL", frozenset({"the moon"}))
    Child(SandboxPolicy()).close()
    with pytest.raises(SandboxUnavailable, match="does not enforce: the moon") as caught:
        Child(replace(SandboxPolicy(), mode=SandboxMode.REQUIRE))
    assert caught.value.hint


def test_a_child_that_cannot_be_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module.sys, "executable", "/no/such/python")
    take_policy_from(lambda: SandboxPolicy(seconds=299))  # no other has such a child waiting
    with pytest.raises(SandboxUnavailable, match="could not be begun"):
        inspect_file(whole_files()["png"])


def test_one_child_serves_file_after_file() -> None:
    png = whole_files()["png"]
    inspect_file(png)
    with pool._child_for(0) as waiting:
        number = number_of(waiting)
    for _ in range(3):
        inspect_file(png)
    with pool._child_for(0) as waiting:
        assert number_of(waiting) == number


@POSIX
def test_a_fork_leaves_its_parents_child_alone() -> None:
    png = whole_files()["png"]
    inspect_file(png)
    number = os.fork()
    if not number:
        status = 1
        try:
            inspect_file(png)
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(number, 0)[1] == 0
    assert inspect_file(png).format == "png"


@POSIX
def test_the_child_ends_with_its_parent() -> None:
    with pool._child_for(0) as child:
        number = number_of(child)
        child._pipes()[0].close()
        assert child._process is not None
        assert child._process.wait(PATIENCE_SECONDS) == 0
    assert number
