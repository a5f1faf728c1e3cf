"""Names and paths that are longer than file systems take: told at once, and no worker ends of them."""

import os
from pathlib import Path

import pytest

from audobon_cli.library.store.library import Library
from audobon_cli.queue.model import JobDraft, JobKind, JobNumber
from audobon_cli.queue.store.jobs import JobStore
from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine


def test_a_name_longer_than_names_can_be_is_told_at_once(audobon: Audobon, fake_engine: FakeEngine) -> None:
    assert audobon("init").status == 0
    for words in (("generate",), ("queue", "add")):
        for name in ("é" * 126 + ".png", "new/" + "龙" * 84 + ".png"):
            ran = audobon(*words, "fox", "--out", name)
            assert (ran.status, "255 bytes" in ran.err) == (2, True), ran.err
    assert fake_engine.calls == {}
    assert audobon("generate", "fox", "--out", "é" * 125 + ".png").status == 0


def test_a_worker_goes_on_after_a_job_whose_path_is_too_long(
    audobon: Audobon, fake_engine: FakeEngine
) -> None:
    assert audobon("init").status == 0
    too_long = f"{'a' * 200}/" * 25 + "fox.png"
    assert audobon("queue", "add", "fox", "--out", too_long).status == 2
    audobon("queue", "add", "cat", "--out", "cat.png")
    jobs = JobStore(Library.open(Path(".audobon")).database)
    request = {**jobs.get(JobNumber(1)).request, "out": too_long}
    jobs.add([JobDraft(JobKind.GENERATE, "fox", request, retries=0)])
    audobon("queue", "run")
    states = [audobon("queue", "show", number, "--json").data["job"]["state"] for number in "12"]
    assert states == ["done", "dead"]


def test_names_that_are_not_utf8_are_told_or_taken(
    audobon: Audobon, fake_engine: FakeEngine, tmp_path: Path
) -> None:
    odd = tmp_path / os.fsdecode(b"odd\xff")
    try:
        odd.mkdir()
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    assert audobon("init", str(odd)).status == 0
    library = ("--library", str(odd))
    assert audobon("generate", "fox", "--seed", "1", *library).status == 0
    ran = audobon("assets", "export", "fox", "--out", str(odd / "out"), *library)
    assert (ran.status, (odd / "out" / "fox.png").exists()) == (0, True), ran.err
    ran = audobon("version", "commit", "-m", "odd\udcff", *library)
    assert (ran.status, "not valid UTF-8" in ran.err) == (2, True)
    ran = audobon("backup", "init", str(odd / "b"), "--no-encryption", *library)
    assert (ran.status, (odd / "b").exists()) == (2, False)
    assert audobon("backup", "init", str(tmp_path / "b"), "--no-encryption", *library).status == 0
    ran = audobon("backup", "create", *library)
    assert ran.status == 0, ran.err
