"""``audobon quality compare``: kept pictures drawn again, and held against what they were."""

from pathlib import Path

from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine


def keep(audobon: Audobon, *prompts: str) -> None:
    for prompt in prompts:
        assert audobon("generate", prompt, "--seed", "4", "--library-only").status == 0


def test_the_same_version_draws_no_worse_and_files_nothing(audobon: Audobon) -> None:
    keep(audobon, "red dragon", "owl")
    ran = audobon("quality", "compare", "kind:sprite", "--report", "compare.html", "--json")
    assert ran.status == 0
    assert ran.data["passed"]
    assert [one["before"] == one["after"] for one in ran.data["pictures"]] == [True, True]
    assert ran.data["before"]["shown"] > 0.1
    assert Path("compare.html").read_text(encoding="utf-8").count("data:image/png") == 4
    assert len(audobon("assets", "list", "--json").data["assets"]) == 2
    assert audobon("quality", "compare", "kind:sprite", "--report", "compare.html").status == 51
    by_settings = audobon("quality", "compare", "kind:sprite", "--quality", "draft")
    assert by_settings.status == 3
    assert "2 were not drawn" in by_settings.err


def test_what_came_out_worse_is_named_with_a_status(audobon: Audobon, fake_engine: FakeEngine) -> None:
    keep(audobon, "cat", "dog")
    fake_engine.blank_seeds = frozenset({4})
    ran = audobon("quality", "compare", "kind:sprite", "--json")
    assert ran.status == 3
    assert "look" in ran.data["worse"]
    assert all(one["after"]["look"] == 6 for one in ran.data["pictures"])
    shown = audobon("quality", "compare", "kind:sprite")
    assert "draws these worse" in shown.err
    assert "worse" in shown.out
