"""Names and paths that are longer than file systems take: told at once, and no worker ends of them."""

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
    audobon("queue", "add", "fox", "--retries", "0", "--out", f"{'a' * 200}/" * 25 + "fox.png")
    audobon("queue", "add", "cat", "--out", "cat.png")
    audobon("queue", "run")
    states = [audobon("queue", "show", number, "--json").data["job"]["state"] for number in "12"]
    assert states == ["dead", "done"]
